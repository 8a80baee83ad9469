/** One embedded PostgreSQL a test file, started from a prepared data folder, and emptied between tests. */
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Connection } from '../../src/drivers/driver.ts'
import { pglite } from '../../src/drivers/pglite.ts'
import { afterFile } from './after-file.ts'

let opened: Promise<Connection> | undefined

/** The file's PGlite, in memory (about a second at first use, 200 MB); closed after the file's tests. */
export function testPglite(): Promise<Connection> {
  opened ??= openPglite()
  return opened
}

/** A further PGlite of its own, which the caller closes; `extensions` of its own collection: `citext,hstore`. */
export function openPglite(extensions = ''): Promise<Connection> {
  const cacheDir = join(tmpdir(), `ambix-test-pglite-${process.getuid?.() ?? 'user'}`)
  mkdirSync(cacheDir, { recursive: true, mode: 0o700 })
  return pglite.open(`pglite://memory${extensions === '' ? '' : `?extensions=${extensions}`}`, {
    projectDir: process.cwd(),
    cacheDir,
  })
}

afterFile(async () => {
  const connection = await opened
  opened = undefined
  await connection?.close()
})

/** Leaves nothing but an empty schema `public`: every schema, extension and setting of the session that tests have made is gone. */
export async function emptyDatabase(connection: Connection): Promise<void> {
  await connection.script('rollback')
  const rows = await connection.values(`
    select format('drop schema %I cascade', nspname) from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
    union all
    select format('drop publication %I', pubname) from pg_publication
    union all
    select format('drop event trigger %I', evtname) from pg_event_trigger
    union all
    select format('drop extension if exists %I cascade', extname) from pg_extension where extname <> 'plpgsql'`)
  await connection.script([
    ...rows.map((r) => r[0] as string),
    'create schema public',
    'grant usage, create on schema public to public',
  ])
  await connection.script('discard all')
}
