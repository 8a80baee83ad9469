/** The least that a revision over many schemas can be: eight connections of `pg`, one query a schema. */
import pg from 'pg'

const [, , url, count, way, ...words] = process.argv
const queries = {
  up: (s) =>
    `BEGIN;SET LOCAL search_path TO ${s};ALTER TABLE users ADD COLUMN name text;UPDATE ambix_version SET version_num = '${words[1]}' WHERE version_num = '${words[0]}';COMMIT`,
  /** With the lock and the history row that a tool writes which others may meet. */
  kept: (s) =>
    `BEGIN;SET LOCAL search_path TO ${s};SELECT pg_try_advisory_xact_lock(hashtext('${s}'));SELECT version_num FROM ambix_version;ALTER TABLE users ADD COLUMN name text;UPDATE ambix_version SET version_num = '${words[1]}' WHERE version_num = '${words[0]}';INSERT INTO ambix_history (revision, direction, tool_version, actor, started_at, finished_at, status) VALUES ('${words[1]}', 'upgrade', '0', 'floor', now(), clock_timestamp(), 'done');COMMIT`,
  /** Back to where the job begins; not timed. */
  reset: (s) =>
    `BEGIN;SET LOCAL search_path TO ${s};ALTER TABLE users DROP COLUMN IF EXISTS name;UPDATE ambix_version SET version_num = '${words[0]}';DELETE FROM ambix_history WHERE revision = '${words[1]}';COMMIT`,
}
let next = 0
await Promise.all(
  Array.from({ length: 8 }, async () => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    while (next < Number(count)) await client.query(queries[way](`t${String(next++).padStart(5, '0')}`))
    await client.end()
  }),
)
