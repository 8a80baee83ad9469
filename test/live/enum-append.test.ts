/** A label at the end of an enum that a table with rows uses: no lock on the table, and not a byte of it written anew. */
import pg from 'pg'
import { expect, test } from 'vitest'
import { execute, project, value } from '../support/acceptance.ts'
import { describeLive } from '../support/live.ts'

const schema = (...labels: string[]): string =>
  `CREATE TYPE status AS ENUM (${labels.map((l) => `'${l}'`).join(', ')}); CREATE TABLE posts (id integer PRIMARY KEY, status status NOT NULL DEFAULT 'draft', more status[]); CREATE INDEX posts_status ON posts (status); CREATE VIEW v AS SELECT * FROM posts WHERE status = 'draft';`
const files =
  "SELECT string_agg(relname || '=' || pg_relation_filenode(oid), ' ' ORDER BY relname) FROM pg_class WHERE relname LIKE 'posts%' AND relkind IN ('r', 'i')"

describeLive('an appended label', (server) => {
  test('takes no lock on the table and rewrites nothing', { timeout: 60_000 }, async () => {
    const database = await server.createDatabase()
    const cli = project(database.url, schema('draft', 'published', 'archived'))
    // Another session that reads and writes the table all the while: any lock in its way would be noticed.
    const busy = new pg.Client({ connectionString: database.url })
    try {
      await execute(
        database.url,
        `${schema('draft', 'published')} INSERT INTO posts SELECT n, 'published', '{draft}' FROM generate_series(1, 20000) AS n;`,
      )
      const before = await value(database.url, files)
      const made = await cli.run('revision', '--autogenerate', '-m', 'append', '--rev-id', 'c1')
      expect(made.stderr).not.toContain('error')
      const script = (await cli.run('upgrade', 'head', '--sql')).stdout
      expect(script).toContain("ALTER TYPE status ADD VALUE 'archived' AFTER 'published'")

      await busy.connect()
      await busy.query("BEGIN; LOCK TABLE posts IN ROW EXCLUSIVE MODE; UPDATE posts SET status = 'draft' WHERE id = 1")
      const client = new pg.Client({ connectionString: database.url })
      await client.connect()
      try {
        // Inside the transaction of the script, before its commit: which relations are locked?
        await client.query("SET lock_timeout = '2s'")
        // The first line is psql's own.
        await client.query(script.replaceAll(/^\\.*$/gm, '').replace(/COMMIT;\s*$/, ''))
        const { rows } = await client.query<{ relation: string }>(
          "SELECT relation::regclass::text AS relation, mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND (relation::regclass::text LIKE 'posts%' OR relation = 'v'::regclass)",
        )
        expect(rows).toEqual([])
        await client.query('ROLLBACK')
      } finally {
        await client.end()
      }
      // The same by the command line, while the other session still holds its lock.
      const done = await cli.run('upgrade', 'head')
      expect(done.code, done.stderr).toBe(0)
      await busy.query('COMMIT')
      expect(await value(database.url, files)).toBe(before)
      expect(
        await value(
          database.url,
          "SELECT enum_range(NULL::status)::text || ' ' || count(*) FROM posts WHERE status = 'published'",
        ),
      ).toBe('{draft,published,archived} 19999')
    } finally {
      await busy.end()
      cli.close()
      await database.drop()
    }
  })

  test('of a removed label the table knows well: the check above can fail', { timeout: 60_000 }, async () => {
    const database = await server.createDatabase()
    const cli = project(database.url, schema('draft'))
    try {
      await execute(
        database.url,
        `${schema('draft', 'published')} INSERT INTO posts SELECT n FROM generate_series(1, 1000) AS n;`,
      )
      const before = await value(database.url, files)
      await cli.run('revision', '--autogenerate', '-m', 'remove', '--rev-id', 'c1')
      expect((await cli.run('upgrade', 'head')).code).toBe(0)
      expect(await value(database.url, files)).not.toBe(before)
    } finally {
      cli.close()
      await database.drop()
    }
  })
})
