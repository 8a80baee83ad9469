/** Which of the two servers a connection is to, and what each can do: two sets of facts for one dialect. */

export interface Server {
  readonly flavor: 'mysql' | 'mariadb'
  /** 800 is MySQL 8.0, 804 is 8.4; 1011 is MariaDB 10.11, 1104 is 11.4. */
  readonly version: number
  /** Names of tables and views are kept in small letters, however they are written (lower_case_table_names = 1). */
  readonly small?: true
  /** The version is not known: a type that a newer one has is written, and an older one refuses it in words. */
  readonly assumed?: true
}

export const mysqlServer: Server = { flavor: 'mysql', version: 800, assumed: true }
export const mariadbServer: Server = { flavor: 'mariadb', version: 1006, assumed: true }

/** The server of a version number and of the text that the driver reports; the oldest supported one of the flavor where they are unknown. */
export function serverOf(version: number | undefined, usual: Server, text = ''): Server {
  const small = /\blower_case_table_names=1\b/u.test(text) ? ({ small: true } as const) : {}
  if (version === undefined || version < 100) return { ...usual, ...small }
  return { flavor: version >= 1000 ? 'mariadb' : 'mysql', version, ...small }
}
