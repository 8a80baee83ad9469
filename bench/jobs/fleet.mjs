/** One pending revision over many schemas of one database, beside eight connections that send one query a schema. */
import { interleave, node, run, table } from '../lib/measure.mjs'
import { put, writeRevisions } from '../lib/fixture.mjs'

const list = [
  {
    id: 'aaaaaaaaaaaa',
    message: 'users',
    up: ['CREATE TABLE users (id integer PRIMARY KEY)'],
    down: ['DROP TABLE users'],
  },
  {
    id: 'bbbbbbbbbbbb',
    message: 'names',
    up: ['ALTER TABLE users ADD COLUMN name text'],
    down: ['ALTER TABLE users DROP COLUMN name'],
  },
]

export async function fleet({ ambix, floor, folder, database, quick, rounds }) {
  const out = []
  const peaks = []
  for (const count of quick ? [200] : [1000, 10_000]) {
    const project = folder()
    writeRevisions(project, list)
    const place = await database()
    put(
      project,
      'ambix.config.json',
      JSON.stringify({
        targets: { sql: "SELECT nspname AS id, nspname AS schema FROM pg_namespace WHERE nspname ~ '^t[0-9]+$'" },
      }),
    )
    const names = Array.from({ length: count }, (_, i) => `t${String(i).padStart(5, '0')}`)
    for (let i = 0; i < count; i += 500)
      await place.exec(
        names
          .slice(i, i + 500)
          .map((n) => `CREATE SCHEMA ${n}`)
          .join(';'),
      )
    const command = (goal) => ({
      argv: [...node, ambix, '-q', 'upgrade', goal, '--targets', '--parallel', '8', '--per-host', '8'],
      cwd: project,
      env: { DATABASE_URL: place.url },
    })
    const bare = (way) => ({
      argv: [...node, floor('fleet.mjs'), place.url, String(count), way, list[0].id, list[1].id],
    })
    await run(command(list[0].id))
    const before = () => run(bare('reset'))
    const after = async () => {
      const have = await place.count(
        "SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relname = 'users' AND a.attname = 'name' AND NOT a.attisdropped",
      )
      if (have !== count) throw new Error(`${have} schemas have the column, and ${count} should`)
    }
    const many = count > 1000 ? Math.min(rounds, 3) : rounds
    out.push(
      table(
        `One pending revision over ${count} schemas`,
        await interleave(
          [
            { name: 'floor: 8 connections, one query a schema', before, after, command: () => bare('up') },
            { name: 'the same with a lock and a history row', before, after, command: () => bare('kept') },
            {
              name: 'ambix upgrade head --targets',
              before,
              after: async (result) => {
                peaks.push(`${count} schemas: ${(result.peak / 1024).toFixed(0)} MiB`)
                await after()
              },
              command: () => command('head'),
              goal: 1.15,
            },
          ],
          { rounds: many, warmup: count > 1000 ? 0 : 1 },
        ),
      ),
    )
    await place.drop()
  }
  out.push(`\nPeak memory of ambix: ${[...new Set(peaks)].join(', ')}\n`)
  return out
}
