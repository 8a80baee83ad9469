/** The rebuild of a SQLite table with many rows, beside the same statements in the sqlite3 shell; and the memory that it takes. */
import { copyFileSync, readFileSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { interleave, node, run, table } from '../lib/measure.mjs'
import { put } from '../lib/fixture.mjs'

/** Megabytes that the process held at most, told at its end. */
const memory = `process.on('exit', () => require('node:fs').writeFileSync(process.env.PEAK, String(process.resourceUsage().maxRSS / 1024)))`

export async function sqlite({ ambix, folder, quick, rounds }) {
  const project = folder()
  const count = quick ? 100_000 : 1_000_000
  put(project, 'ambix.config.json', JSON.stringify({ url: 'sqlite:./app.db' }))
  put(
    project,
    'migrations/1_t.ts',
    `import { integer, real, text } from 'ambix/schema'\nexport const revision = 'a1'\nexport const downRevision = null\nexport function upgrade(op) {\n  op.createTable('t', { id: integer().primaryKey(), name: text(), n: integer(), at: text() })\n  op.createIndex('t_name', 't', ['name'])\n}\n`,
  )
  put(
    project,
    'migrations/2_t.ts',
    `import { real } from 'ambix/schema'\nexport const revision = 'b1'\nexport const downRevision = 'a1'\nexport function upgrade(op) {\n  op.alterColumn('t', 'n', { type: real() })\n  op.alterColumn('t', 'name', { nullable: false })\n}\n`,
  )
  const file = (name) => join(project, name)
  const command = (...words) => ({ argv: [...node, ambix, ...words], cwd: project })
  await run(command('upgrade', 'a1'))
  const fill = (rows, into) => {
    rmSync(file(into), { force: true })
    copyFileSync(file('app.db'), file(into))
    const db = new DatabaseSync(file(into))
    db.exec(
      `WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < ${rows})
INSERT INTO t SELECT i, 'name ' || (i * 7919 % ${rows}), i, '2026-01-01 10:00:00' FROM s`,
    )
    db.close()
  }
  fill(count, 'full.db')
  fill(count / 10, 'tenth.db')
  const { out: script } = await run(command('upgrade', 'a1:b1', '--sql'))
  put(project, 'script.sql', script)
  const restore = (from) => async () => {
    for (const end of ['', '-journal', '-wal']) rmSync(file(`app.db${end}`), { force: true })
    copyFileSync(file(from), file('app.db'))
  }
  const rebuilt = (rows) => () => {
    const db = new DatabaseSync(file('app.db'))
    const { n, type } = db
      .prepare("SELECT (SELECT count(*) FROM t) AS n, type FROM pragma_table_info('t') WHERE name = 'n'")
      .get()
    db.close()
    if (n !== rows || type.toLowerCase() !== 'real') throw new Error(`${n} rows of type ${type}`)
  }
  const before = restore('full.db')
  const after = rebuilt(count)
  const results = await interleave(
    [
      {
        name: 'sqlite3 shell',
        before,
        command: () => ({ argv: ['sqlite3', '-bail', 'app.db', '.read script.sql'], cwd: project }),
        after,
      },
      { name: 'ambix upgrade', before, command: () => command('upgrade', 'head'), after, goal: 1.3 },
    ],
    { rounds },
  )
  put(project, 'memory.cjs', memory)
  const peak = async (from, rows) => {
    await restore(from)()
    await run({
      argv: [...node, '-r', file('memory.cjs'), ambix, 'upgrade', 'head'],
      cwd: project,
      env: { PEAK: file('peak') },
    })
    rebuilt(rows)()
    return Number(readFileSync(file('peak'), 'utf8'))
  }
  const [small, large] = [await peak('tenth.db', count / 10), await peak('full.db', count)]
  return [
    table(`The rebuild of a SQLite table of ${count} rows and an index`, results),
    `Memory at most: ${small.toFixed(0)} MB with ${count / 10} rows, ${large.toFixed(0)} MB with ${count}.\n`,
  ]
}
