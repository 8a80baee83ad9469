/** Labels taken away or put in another order beside the traffic (specs/enums.md S8x): what others write meanwhile is kept, nothing is rewritten under a lock. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { splitStatements } from '../../src/util/split-sql.ts'
import { catalog, execute, project, value } from '../support/acceptance.ts'
import { describeLive } from '../support/live.ts'
import { tableOf } from '../support/table-of.ts'

const type = (...labels: string[]): string => `CREATE TYPE status AS ENUM (${labels.map((l) => `'${l}'`).join(', ')});`
const three = type('draft', 'published', 'archived')
const two = type('draft', 'published')
const posts = `
  COMMENT ON TYPE status IS 'how far';
  GRANT USAGE ON TYPE status TO PUBLIC;
  CREATE TABLE posts (id serial PRIMARY KEY, want text, page int, status status NOT NULL DEFAULT 'draft', prev status, tags status[] DEFAULT '{draft}');
  CREATE INDEX posts_status ON posts (status, id DESC) INCLUDE (page);
  CREATE INDEX posts_drafts ON posts (id) WHERE status = 'draft';
  CREATE INDEX posts_is ON posts ((status = 'published'));
  CREATE INDEX posts_tags ON posts USING gin (tags);
  COMMENT ON INDEX posts_drafts IS 'open';
  COMMENT ON COLUMN posts.status IS 'now';
  ALTER TABLE posts ALTER COLUMN status SET STATISTICS 500;
  GRANT SELECT (status), UPDATE (prev) ON posts TO PUBLIC;
  CREATE SCHEMA app;
  CREATE TABLE app."Pages" (id int, "order" status DEFAULT 'published');`
const rows = `INSERT INTO posts (want, status, prev, tags)
  SELECT s, s::status, s::status, ARRAY['draft', s]::status[] FROM (SELECT (ARRAY['draft', 'published', 'archived'])[i % 3 + 1] AS s FROM generate_series(1, 30000) AS i) AS x;
  INSERT INTO app."Pages" VALUES (1, 'archived');`
const wrong = `SELECT count(*) FROM posts WHERE status::text <> replace(want, 'archived', 'published') OR prev::text <> replace(want, 'archived', 'published')`
const remap = [{ remap: 'value', enum: 'status', from: 'archived', to: 'published' }]

describeLive('an enum is swapped online', (server) => {
  /** A project whose schema.sql wants `after`, over a database that has `before`. */
  const setUp = async (before: string, after: string, hints: readonly unknown[]) => {
    const database = await server.createDatabase()
    await execute(database.url, before)
    const cli = project(database.url, after)
    writeFileSync(join(cli.dir, 'hints.json'), JSON.stringify(hints))
    const revision = (...more: string[]) =>
      cli.run(
        'revision',
        '--autogenerate',
        '-m',
        'x',
        '--rev-id',
        'c1',
        '--hints',
        join(cli.dir, 'hints.json'),
        ...more,
      )
    const close = async (): Promise<void> => {
      cli.close()
      await database.drop()
    }
    return { url: database.url, cli, revision, close }
  }
  const ok = (done: { readonly code: number; readonly stderr: string }): void => expect(done.code, done.stderr).toBe(0)
  /** The catalog, without the order of columns. */
  const shape = async (url: string): Promise<readonly string[]> => (await catalog(url, true)).toSorted()

  test('while others write, and there and back', { timeout: 120_000 }, async () => {
    const { url, cli, revision, close } = await setUp(three + posts, two + posts, remap)
    const reference = await server.createDatabase()
    const writer = new pg.Client({ connectionString: url })
    await writer.connect()
    try {
      await execute(url, rows)
      await execute(reference.url, two + posts)
      const start = await shape(url)
      ok(await revision('--online'))
      const traffic = { on: true }
      let writes = 0
      const writing = (async () => {
        for (let i = 0; traffic.on; i++) {
          const label = ['draft', 'published', 'archived'][i % 3]!
          const id = 1 + ((i * 7919) % 30000)
          try {
            await writer.query(
              `UPDATE posts SET want = '${label}', status = '${label}', prev = '${label}' WHERE id = ${id}`,
            )
            await writer.query(`INSERT INTO posts (want, status) VALUES ('${label}', '${label}')`)
            // As one who applies what another server wrote: ordinary triggers do not fire.
            await writer.query(`SET session_replication_role = ${i % 2 === 0 ? 'replica' : 'origin'}`)
            writes++
          } catch (error) {
            // Once the label is gone it cannot be written.
            expect((error as Error).message).toMatch(/invalid input value for enum status: "archived"/)
          }
        }
      })()
      ok(await cli.run('upgrade', 'head'))
      traffic.on = false
      await writing
      expect(writes).toBeGreaterThan(10)
      expect(await value(url, wrong)).toBe('0')
      expect(await value(url, `SELECT count(*) FROM posts WHERE 'archived' = ANY (tags::text[])`)).toBe('0')
      expect(await value(url, 'SELECT "order" FROM app."Pages"')).toBe('published')
      expect(await shape(url)).toEqual(await shape(reference.url))
      expect(await value(url, 'SELECT bool_and(indisvalid) FROM pg_index')).toBe('true')
      ok(await cli.run('check'))
      ok(await cli.run('downgrade', 'base'))
      expect(await shape(url)).toEqual(start)
      ok(await cli.run('upgrade', 'head'))
      expect(await shape(url)).toEqual(await shape(reference.url))
    } finally {
      await writer.end()
      await reference.drop()
      await close()
    }
  })

  test('both ways, where labels change places, and no table is written anew', async () => {
    const { url, cli, revision, close } = await setUp(three + posts, type('archived', 'draft', 'published') + posts, [])
    try {
      await execute(url, rows)
      const start = await shape(url)
      const file = `SELECT pg_relation_filenode('posts')`
      const before = await value(url, file)
      ok(await revision('--online'))
      ok(await cli.run('upgrade', 'head'))
      expect(await value(url, `SELECT string_agg(DISTINCT status::text, ',') FROM posts WHERE status < 'draft'`)).toBe(
        'archived',
      )
      ok(await cli.run('check'))
      ok(await cli.run('downgrade', 'base'))
      expect(await shape(url)).toEqual(start)
      expect(await value(url, `SELECT count(*) FROM posts WHERE status::text <> want`)).toBe('0')
      expect(await value(url, file)).toBe(before)
    } finally {
      await close()
    }
  })

  test('by a script', async () => {
    const { url, cli, revision, close } = await setUp(three + posts, two + posts, remap)
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      await execute(url, rows)
      ok(await revision('--online'))
      const script = await cli.run('upgrade', 'head', '--sql')
      ok(script)
      for (const statement of splitStatements(script.stdout)) await client.query(statement.text)
      expect(await value(url, wrong)).toBe('0')
      ok(await cli.run('check'))
    } finally {
      await client.end()
      await close()
    }
  })

  test('on, after it was cut short', async () => {
    const unique = 'CREATE UNIQUE INDEX posts_one ON posts (page, status);'
    const { url, cli, revision, close } = await setUp(three + posts + unique, two + posts + unique, remap)
    try {
      await execute(url, `${rows} UPDATE posts SET page = 1 WHERE id IN (2, 3);`)
      expect(await value(url, 'SELECT string_agg(status::text, $$,$$ ORDER BY id) FROM posts WHERE page = 1')).toBe(
        'archived,draft',
      )
      await execute(url, `UPDATE posts SET status = 'published', want = 'published', prev = 'published' WHERE id = 3`)
      ok(await revision('--online'))
      const failed = await cli.run('upgrade', 'head')
      expect(failed.code).toBe(1)
      expect(failed.stderr).toContain('posts_one__new')
      // The rows that clash are put right, and the rest is done; what is written meanwhile is still carried over.
      await execute(url, `UPDATE posts SET page = 2 WHERE id = 2`)
      await execute(url, `INSERT INTO posts (want, status, prev) VALUES ('archived', 'archived', 'archived')`)
      ok(await cli.run('upgrade', 'head'))
      expect(await value(url, wrong)).toBe('0')
      ok(await cli.run('check'))
    } finally {
      await close()
    }
  })

  const refused: readonly (readonly [string, string, string])[] = [
    ['a view', 'CREATE VIEW v AS SELECT status FROM posts;', 'view v'],
    ['a policy', "CREATE POLICY p ON posts USING (status = 'draft');", 'policy posts.p'],
    [
      'a trigger that updates fire',
      "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER tr BEFORE UPDATE ON posts FOR EACH ROW EXECUTE FUNCTION f();",
      'trigger tr',
    ],
    ['a check', 'ALTER TABLE posts ADD CONSTRAINT c CHECK (status <> prev);', 'constraint posts.c'],
    [
      'a generated column',
      "ALTER TABLE posts ADD COLUMN g boolean GENERATED ALWAYS AS (status = 'draft') STORED;",
      'column posts.g',
    ],
    ['a function', "CREATE FUNCTION f(status) RETURNS int LANGUAGE sql AS 'SELECT 1';", 'routine f'],
    ['a domain', 'CREATE DOMAIN d AS status;', 'domain d'],
    [
      'a partitioned table',
      'CREATE TABLE parts (id int, s status) PARTITION BY RANGE (id);',
      'partitioned table parts',
    ],
    ['a unique constraint', 'ALTER TABLE posts ADD CONSTRAINT u UNIQUE (id, status);', 'constraint posts.u'],
    ['an index over two of its columns', 'CREATE INDEX i ON posts (status, prev);', 'two columns'],
    ['heirs', 'CREATE TABLE heir () INHERITS (posts);', 'heir'],
    [
      'a default of another type',
      `ALTER TABLE posts ADD COLUMN t text DEFAULT 'draft'::status::text;`,
      'column posts.t',
    ],
  ]
  test.each(tableOf(refused))('but not over %s, which is named', async (_, extra, says) => {
    const { url, revision, close } = await setUp(three + posts + extra, two + posts + extra, remap)
    try {
      const start = await shape(url)
      const refused = await revision('--online')
      expect(refused.code).toBe(1)
      expect(refused.stderr).toContain('DIFF.REFUSED')
      expect(refused.stderr).toContain(says)
      expect(refused.stderr).toContain('without --online')
      expect(await shape(url)).toEqual(start)
    } finally {
      await close()
    }
  })

  test('by a file that says what the new columns get', async () => {
    const { cli, revision, close } = await setUp(three + posts, two + posts, remap)
    try {
      const made = await revision('--online')
      const text = readFileSync(join(cli.dir, made.stdout.trim()), 'utf8')
      expect(text).toContain("online: {\n          comment: 'now'")
    } finally {
      await close()
    }
  })
})
