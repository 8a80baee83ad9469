/** How long another client waits, at worst, behind an upgrade that wants ACCESS EXCLUSIVE on a table that a statement of 8 s reads. */
import { mkdirSync, writeFileSync } from 'node:fs'
import pg from 'pg'
import { upgrade } from '../../src/index.ts'

export async function stall({ folder, database }) {
  const lines = []
  for (const lockTimeout of [500, 3000]) {
    const place = await database()
    const open = async () => {
      const client = new pg.Client({ connectionString: place.url })
      await client.connect()
      return client
    }
    const root = folder()
    mkdirSync(`${root}/migrations`)
    writeFileSync(
      `${root}/migrations/a1.ts`,
      `export const revision = 'a1'\nexport const downRevision = null\nexport function upgrade(op) { op.execute('ALTER TABLE t ADD COLUMN more integer') }\n`,
    )
    await place.exec('CREATE TABLE t (id integer)')
    await place.exec('INSERT INTO t VALUES (1)')
    const [reader, client] = [await open(), await open()]
    const reading = reader.query('SELECT pg_sleep(8) FROM t')
    await new Promise((done) => setTimeout(done, 200))
    const state = { running: true }
    const run = upgrade({ root, url: place.url, lockTimeout }, 'head', { quiet: true }).finally(
      () => (state.running = false),
    )
    let worst = 0
    while (state.running) {
      const from = performance.now()
      await client.query('SELECT count(*) FROM t')
      worst = Math.max(worst, performance.now() - from)
      await new Promise((done) => setTimeout(done, 5))
    }
    await run
    await reading
    await place.count('SELECT count(more) FROM t')
    await Promise.all([reader.end(), client.end()])
    await place.drop()
    lines.push(`| ${lockTimeout} ms | ${Math.round(worst)} ms | ${lockTimeout + 150} ms |`)
  }
  return [
    `## The worst wait of another client behind a reader of 8 s\n\n| lock_timeout | worst | goal |\n|---|--:|--:|\n${lines.join('\n')}\n`,
  ]
}
