/**
 * Starts what all test files share, once a run: a PostgreSQL and a MariaDB server. Without one its tests skip, and say so. And a place
 * where the many processes that run the command line from its source keep what they compiled: each would read 400 files anew.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startMysql } from './mariadb.ts'
import { pgbouncer } from './pgbouncer-program.ts'
import { startServer, type ServerOptions } from './server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The server of this run; or why there is none. */
    postgres: { readonly url: string; readonly version: string } | { readonly reason: string }
    mysql: { readonly url: string; readonly version: string } | { readonly reason: string }
  }
}

const versions = ['15', '18', 'any'] as const

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  checkPooler()
  const forget = shareCompiled()
  // What ambix advises to type would differ between `npm test` and `npx vitest`.
  delete process.env['npm_config_user_agent']
  const stops = await Promise.all([setupPostgres(project), setupMysql(project)])
  return async () => {
    for (const stop of stops) await stop?.()
    forget()
  }
}

/** Without PgBouncer its tests skip: one line here, one skip in each of their files. */
function checkPooler(): void {
  if (pgbouncer !== undefined) return
  const reason = 'no pgbouncer is in /usr/sbin, /usr/local/bin or /usr/bin (Debian has a package of that name)'
  if (process.env['AMBIX_TEST_PGBOUNCER_REQUIRED'] === '1') throw new Error(reason)
  console.error(`Tests through PgBouncer are skipped: ${reason}`)
}

/** Node keeps compiled modules in a folder that the environment names; workers and their children inherit it. */
function shareCompiled(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'ambix-test-compiled-'))
  process.env['NODE_COMPILE_CACHE'] = folder
  return () => rmSync(folder, { recursive: true, force: true })
}

/** Without one, the tests of MySQL and MariaDB skip: one line here, one skip in each of their files. */
async function setupMysql(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  try {
    const server = await startMysql()
    project.provide('mysql', { url: server.url, version: server.version })
    return () => server.stop()
  } catch (error) {
    const reason = (error as Error).message
    if (process.env['AMBIX_TEST_MYSQL_REQUIRED'] === '1') throw error
    console.error(`Tests of MySQL and MariaDB are skipped: ${reason}`)
    project.provide('mysql', { reason })
    return undefined
  }
}

/** AMBIX_TEST_PG_VERSION asks for a major version. */
async function setupPostgres(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const asked = process.env['AMBIX_TEST_PG_VERSION'] ?? 'any'
  const version: ServerOptions['version'] = versions.find((v) => v === asked) ?? 'any'
  try {
    const server = await startServer({ version })
    project.provide('postgres', { url: server.url('postgres'), version: server.version })
    return () => server.stop()
  } catch (error) {
    const reason = (error as Error).message
    console.error(`Live tests are skipped: ${reason}`)
    project.provide('postgres', { reason })
    return undefined
  }
}
