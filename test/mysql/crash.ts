/** A revision of ten steps whose connection is cut at its statements: one plain run finishes it (reliability, MySQL). */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { upgrade } from '../../src/commands/move.ts'
import { mysql2 } from '../../src/drivers/mysql2.ts'
import type { Driver } from '../../src/drivers/driver.ts'
import { catalogOf, load } from '../support/mysql-pairs.ts'
import { dropMysql, mysqlDatabase, open } from '../support/mysql.ts'

const start = `CREATE TABLE a (id int PRIMARY KEY, n int, s enum('x','y'), KEY k (n)); CREATE TABLE b (id int PRIMARY KEY, a_id int, old int);
INSERT INTO a VALUES (1, 1, 'x'), (2, 2, 'y'); INSERT INTO b VALUES (1, 1, 5);`

/** Ten statements of DDL and rows, of every sort that a probe must tell. */
const ten = `
export const revision = 'ten'
export const downRevision = null
export const branchLabels = []
export const dependsOn = []
export function upgrade(op) {
  op.createTable('c', { id: integer().primaryKey(), n: integer() })
  op.addColumn('a', 'more', varchar(20))
  op.execute("UPDATE a SET more = CONCAT('m', id)")
  op.alterColumn('a', 'more', { type: varchar(40), nullable: false })
  op.createForeignKey('fk', 'b', 'a', ['a_id'], ['id'])
  op.alterColumn('b', 'old', { newColumnName: 'fresh' })
  op.dropIndex('k', { table: 'a' })
  op.execute('UPDATE b SET fresh = fresh + 1')
  op.createIndex('k2', 'a', ['n', 'more'])
  op.renameTable('c', 'd')
}
`

/** Runs the upgrade in a process that is killed just before, or just after, it has sent the statement of a number. */
async function killed(dir: string, url: string, at: number, after: boolean): Promise<boolean> {
  const driver = JSON.stringify(new URL('../../src/drivers/mysql2.ts', import.meta.url).href)
  writeFileSync(
    join(dir, 'kill.config.mjs'),
    `import { mysql2 } from ${driver}
let sent = 0
const open = async (url, options) => {
  const connection = await mysql2.open(url, options)
  const script = connection.script.bind(connection)
  connection.script = async (sql) => {
    const counts = []
    for (const one of typeof sql === 'string' ? [sql] : sql) {
      const mine = sent++
      if (mine === ${at} && ${!after}) process.kill(process.pid, 'SIGKILL')
      const asked = script(one)
      if (mine === ${at}) {
        // It is on its way, and the server goes on with it.
        await new Promise((done) => setImmediate(done))
        process.kill(process.pid, 'SIGKILL')
      }
      counts.push(...(await asked))
    }
    return counts
  }
  return connection
}
export default { driver: { ...mysql2, open }, migrations: './migrations', schema: './none.sql' }
`,
  )
  const program = fileURLToPath(new URL('../cli/program.mjs', import.meta.url))
  const words = [program, 'upgrade', 'head', '--config', join(dir, 'kill.config.mjs'), '--url', url]
  const child = spawn(process.execPath, words, { cwd: dir, stdio: 'ignore' })
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
  return signal === 'SIGKILL'
}

/** The driver with a connection that the server ends just before, or just after, the statement of a number. */
function cutting(at: number, after: boolean): { readonly driver: Driver; readonly sent: () => number } {
  let sent = 0
  const driver: Driver = {
    ...mysql2,
    open: async (url, options) => {
      const connection = await mysql2.open(url, options)
      const kill = async (): Promise<void> => {
        const other = await mysql2.open(url, { projectDir: options.projectDir })
        // A cast: mysql2's own connection knows its number on the server.
        await other.script(`KILL ${(connection.native as { threadId: number }).threadId}`).catch(() => {})
        await other.close()
      }
      const script = connection.script.bind(connection)
      connection.script = async (sql) => {
        const counts: number[] = []
        for (const one of typeof sql === 'string' ? [sql] : sql) {
          const mine = sent++
          if (mine === at && !after) await kill()
          counts.push(...(await script(one)))
          if (mine === at && after) await kill()
        }
        return counts
      }
      return connection
    },
  }
  return { driver, sent: () => sent }
}

/**
 * Cuts the connection, or kills the process, before and after every statement of such a stride, and looks at what one plain
 * run makes of it.
 */
export async function cutEverywhere(stride: number, what: 'connection' | 'process'): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'ambix-crash-'))
  mkdirSync(join(dir, 'migrations'))
  writeFileSync(join(dir, 'package.json'), '{ "type": "module" }')
  writeFileSync(join(dir, 'migrations', 'ten.ts'), `import { integer, varchar } from 'ambix/schema'\n${ten}`)
  const problems: string[] = []
  const lead = async (at: number, after: boolean): Promise<{ readonly sent: number; readonly state: string }> => {
    const url = await mysqlDatabase()
    const db = await open(url)
    try {
      await load(db, start)
      const { driver, sent } = cutting(at, after)
      const config = { migrations: './migrations', url, schema: './none.sql', driver }
      const failed =
        what === 'process' && at >= 0
          ? await killed(dir, url, at, after)
          : await upgrade(config, 'head', { cwd: dir }).then(
              () => false,
              () => true,
            )
      if (what === 'process' && at >= 0 && !failed) problems.push(`statement ${at} was not reached`)
      if (failed) await upgrade({ ...config, driver: mysql2 }, 'head', { cwd: dir })
      const rows = await db.values(
        'SELECT (SELECT GROUP_CONCAT(more ORDER BY id) FROM a), (SELECT SUM(fresh) FROM b), (SELECT COUNT(*) FROM ambix_journal), (SELECT version_num FROM ambix_version)',
      )
      return { sent: sent(), state: [...(await catalogOf(db)), rows[0]!.join(' ')].join('\n') }
    } catch (error) {
      return { sent: 0, state: `${String((error as Error).message)} ${String((error as { why?: string }).why)}` }
    } finally {
      await db.close()
      await dropMysql(url)
    }
  }
  try {
    const whole = await lead(-1, false)
    expect(whole.state).toContain('m1,m2 6 0 ten')
    for (let at = 0; at < whole.sent; at += stride)
      for (const after of [false, true]) {
        const { state } = await lead(at, after)
        if (state !== whole.state) problems.push(`${what} cut ${after ? 'after' : 'before'} statement ${at}: ${state}`)
      }
    expect(whole.sent).toBeGreaterThan(30)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
  expect(problems).toEqual([])
}
