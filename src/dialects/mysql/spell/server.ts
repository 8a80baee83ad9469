/** Which of the two servers a connection is to, and what each can do: two sets of facts for one dialect. */

export interface Server {
  readonly flavor: 'mysql' | 'mariadb'
  /** 800 is MySQL 8.0, 804 is 8.4; 1011 is MariaDB 10.11, 1104 is 11.4. */
  readonly version: number
}

export const mysqlServer: Server = { flavor: 'mysql', version: 800 }
export const mariadbServer: Server = { flavor: 'mariadb', version: 1006 }

/** The server of a version number that the driver reports; the oldest supported version of the flavor where it is unknown. */
export function serverOf(version: number | undefined, usual: Server): Server {
  if (version === undefined || version < 100) return usual
  return { flavor: version >= 1000 ? 'mariadb' : 'mysql', version }
}
