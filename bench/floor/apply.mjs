/** The least that an upgrade can be: `pg` with the same statements, one query a revision, in one transaction or in one each. */
import { readFileSync } from 'node:fs'
import pg from 'pg'

const [, , url, file, way] = process.argv
const list = JSON.parse(readFileSync(file, 'utf8'))
const client = new pg.Client({ connectionString: url })
await client.connect()
await client.query('CREATE TABLE IF NOT EXISTS ledger (version text)')
if (way === 'one') await client.query('BEGIN')
for (const [i, statements] of list.entries()) {
  const text = [...statements, i === 0 ? `INSERT INTO ledger VALUES ('0')` : `UPDATE ledger SET version = '${i}'`].join(
    ';',
  )
  await client.query(way === 'one' ? text : `BEGIN;${text};COMMIT`)
}
if (way === 'one') await client.query('COMMIT')
await client.end()
