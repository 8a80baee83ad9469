/** Appending a label to the enum of a table with many rows: no rewrite, no wait for whoever works on the table, and how long it takes. */
import pg from 'pg'
import { node, run } from '../lib/measure.mjs'
import { put } from '../lib/fixture.mjs'

export async function enums({ ambix, folder, database, quick }) {
  const count = quick ? 100_000 : 1_000_000
  const place = await database()
  await place.exec(`CREATE TYPE state AS ENUM ('draft', 'live');
CREATE TABLE big (id bigint PRIMARY KEY, state state NOT NULL DEFAULT 'draft');
INSERT INTO big SELECT i, 'draft' FROM generate_series(1, ${count}) i`)
  const project = folder()
  put(project, 'ambix.config.json', '{}')
  put(
    project,
    'migrations/1_append.ts',
    `export const revision = 'append'\nexport const downRevision = null\nexport function upgrade(op) {\n  op.addEnumValue('state', 'gone')\n}\n`,
  )
  const fileOf = () => place.count(`SELECT pg_relation_filenode('big'::regclass)`)
  const before = await fileOf()
  // Somebody has written to the table and has not committed: a lock on the table that stops writers or readers would wait for them.
  const writer = new pg.Client({ connectionString: place.url })
  await writer.connect()
  await writer.query(`BEGIN; UPDATE big SET state = 'live' WHERE id = 1`)
  const { wall } = await run({
    argv: [...node, ambix, 'upgrade', 'head'],
    cwd: project,
    env: { DATABASE_URL: place.url },
  })
  await writer.query('COMMIT')
  await writer.end()
  const labels = await place.count(`SELECT count(*) FROM pg_enum WHERE enumtypid = 'state'::regtype`)
  const same = (await fileOf()) === before
  if (labels !== 3 || !same) throw new Error(`${labels} labels, relfilenode ${same ? 'unchanged' : 'changed'}`)
  await place.drop()
  return [
    `\n### A label appended to the enum of a table with ${count} rows\n\nDone in ${wall.toFixed(0)} ms, start-up included, while another session held an uncommitted update of the table; its relfilenode is unchanged.\n`,
  ]
}
