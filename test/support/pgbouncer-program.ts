/** Where PgBouncer is on this machine: read before any test runs, so nothing of vitest is imported here. */
import { existsSync } from 'node:fs'

/** Where Debian's package, or a build by hand, puts it. */
export const pgbouncer: string | undefined = [
  '/usr/sbin/pgbouncer',
  '/usr/local/bin/pgbouncer',
  '/usr/bin/pgbouncer',
].find((path) => existsSync(path))
