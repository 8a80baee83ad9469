/** Scripts, scratch places, DDL sources and verification on a real server. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { check } from '../../src/commands/check.ts'
import { downgrade, upgrade } from '../../src/commands/move.ts'
import { revision } from '../../src/commands/revision.ts'
import { diff } from '../../src/diff/diff.ts'
import { postgres } from '../../src/dialects/postgres/index.ts'
import type { Connection, Driver, Scratch } from '../../src/drivers/driver.ts'
import { pg } from '../../src/drivers/pg.ts'
import type { AmbixError } from '../../src/errors.ts'
import type { Operation } from '../../src/operations/kinds.ts'
import { integer, schema as namespace, table } from '../../src/schema.ts'
import { runSteps } from '../../src/runtime/runner.ts'
import { openScratch } from '../../src/runtime/scratch.ts'
import { writeScript } from '../../src/runtime/script.ts'
import type { RevisionStep } from '../../src/runtime/types.ts'
import { verifyPlan } from '../../src/runtime/verify.ts'
import type { Schema } from '../../src/schema/model.ts'
import { commandSource, sqlSource } from '../../src/sources/sql.ts'
import { line, settings, statement } from '../runtime/steps.ts'
import { describeLive } from '../support/live.ts'
import type { TestDatabase } from '../support/server.ts'

let database: TestDatabase
let connection: Connection
let dir: string
let place: Scratch | undefined

const scratch = async (wanted?: string): Promise<Scratch> =>
  (place ??= await openScratch({
    url: database.url,
    driver: pg,
    dialect: postgres,
    connection,
    wanted,
    projectDir: dir,
  }))
const scope = { schemas: 'all', privileges: true } as const
const read = (text: string): Promise<Schema> => {
  writeFileSync(join(dir, 'schema.sql'), text)
  return sqlSource('schema.sql').read({ dialect: postgres, projectDir: dir, scope, scratch })
}
const failure = async (work: Promise<unknown>): Promise<AmbixError> =>
  work.then(
    () => expect.fail('it should have failed'),
    (error: AmbixError) => error,
  )

describeLive('places and scripts', (server) => {
  beforeEach(async () => {
    database = await server.createDatabase()
    connection = await pg.open(database.url, { projectDir: process.cwd() })
    dir = mkdtempSync(join(tmpdir(), 'ambix-places-'))
  })
  afterEach(async () => {
    await place?.close()
    place = undefined
    await connection.close()
    await database.drop()
    rmSync(dir, { recursive: true })
  })

  /** Other files use the server too: theirs go again, what was left behind stays. */
  const leftovers = async (): Promise<unknown> => {
    const names = async (): Promise<string[]> =>
      (await connection.values("SELECT datname FROM pg_database WHERE datname LIKE 'ambix_scratch%'")).map((r) => r[0]!)
    let left = await names()
    for (let n = 0; n < 300 && left.length > 0; n++) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      const now = new Set(await names())
      left = left.filter((name) => now.has(name))
    }
    return left
  }

  const plan = line(
    4,
    (i) =>
      i === 2
        ? [
            statement("CREATE TYPE mood AS ENUM ('calm')"),
            statement("ALTER TYPE mood ADD VALUE 'keen'", { transaction: 'commit-after' }),
            statement("CREATE TABLE m (mood mood DEFAULT 'keen')"),
          ]
        : i === 3
          ? [statement('CREATE INDEX CONCURRENTLY mi ON m (mood)', { transaction: 'alone' })]
          : [statement(`CREATE TABLE t${i} (id integer) -- no ;`), statement(`INSERT INTO t${i} VALUES (1);`)],
    (i) =>
      i === 2
        ? [statement('DROP TABLE m'), statement('DROP TYPE mood')]
        : i === 3
          ? [statement('DROP INDEX mi')]
          : [statement(`DROP TABLE t${i}`)],
  )
  const script = async (heads: readonly string[], more = {}): Promise<string> =>
    writeScript({ dialect: postgres, settings: { ...settings, ...more }, steps: await plan(heads), from: heads })

  test('a script makes what the run makes, down and up again too', async () => {
    const online = await pg.open((await server.createDatabase()).url, { projectDir: process.cwd() })
    await runSteps({ connection: online, dialect: postgres, settings, plan })
    const down = line(
      0,
      () => [],
      (i) =>
        i === 2
          ? [statement('DROP TABLE m'), statement('DROP TYPE mood')]
          : i === 3
            ? [statement('DROP INDEX mi')]
            : [statement(`DROP TABLE t${i}`)],
    )
    const downScript = await writeScript({ dialect: postgres, settings, steps: await down(['r0004']), from: ['r0004'] })
    // As psql does: one statement at a time.
    const feed = async (text: string): Promise<void> => {
      const { splitStatements } = await import('../../src/util/split-sql.ts')
      for (const s of splitStatements(text)) await connection.script(s.text)
    }
    for (const text of [await script([]), downScript, await script([])]) await feed(text)
    const tables = { schemas: 'all', excludeTables: ['ambix_version', 'ambix_history', 'ambix_journal'] } as const
    expect(await postgres.reflect(connection, tables)).toEqual(await postgres.reflect(online, tables))
    expect(await connection.values('SELECT version_num FROM ambix_version')).toEqual([['r0004']])
    await online.close()
  })

  test('a script reads as Alembic’s does, and says the same each time', async () => {
    const text = await script([])
    expect(text).toBe(await script([]))
    expect(text).toMatchInlineSnapshot(`
      "BEGIN;

      CREATE TABLE IF NOT EXISTS ambix_version (
        version_num varchar(255) NOT NULL,
        CONSTRAINT ambix_version_pkc PRIMARY KEY (version_num)
      );

      CREATE TABLE IF NOT EXISTS ambix_journal (
        revision varchar(255) NOT NULL,
        pos integer NOT NULL,
        direction varchar(16) NOT NULL,
        state varchar(16) NOT NULL,
        checksum varchar(128) NOT NULL,
        owner varchar(64) NOT NULL,
        started_at timestamptz NOT NULL,
        backend_pid integer,
        plan text,
        PRIMARY KEY (revision, pos)
      );

      -- Running upgrade  -> r0001, number 1

      DO $ambix$
      BEGIN
        IF NOT (NOT EXISTS (SELECT FROM ambix_version) AND (SELECT count(*) FROM ambix_journal WHERE pos >= 0) = 0) THEN
          RAISE EXCEPTION USING MESSAGE = 'ambix: the database is not where this part of the script begins (base)', HINT = 'ambix_version says where it is; write the script from there';
        END IF;
      END
      $ambix$;

      CREATE TABLE t1 (id integer) -- no
      ;

      INSERT INTO t1 VALUES (1);

      INSERT INTO ambix_version (version_num) VALUES ('r0001');

      COMMIT;

      BEGIN;

      -- Running upgrade r0001 -> r0002, number 2

      DO $ambix$
      BEGIN
        IF NOT ((SELECT pg_catalog.count(*) = 1 AND pg_catalog.bool_and(version_num IN ('r0001')) FROM ambix_version) AND (SELECT count(*) FROM ambix_journal WHERE pos >= 0) = 0) THEN
          RAISE EXCEPTION USING MESSAGE = 'ambix: the database is not where this part of the script begins (r0001)', HINT = 'ambix_version says where it is; write the script from there';
        END IF;
      END
      $ambix$;

      CREATE TYPE mood AS ENUM ('calm');

      ALTER TYPE mood ADD VALUE 'keen';

      INSERT INTO ambix_journal (revision, pos, direction, state, checksum, owner, started_at, backend_pid, plan) VALUES ('r0002', -2, 'upgrade', 'plan', 'sum2', 'script', pg_catalog.clock_timestamp(), pg_catalog.pg_backend_pid(), '{"operations":[{"kind":"execute","sql":"CREATE TYPE mood AS ENUM (''calm'')"},{"kind":"execute","sql":"ALTER TYPE mood ADD VALUE ''keen''"},{"kind":"execute","sql":"CREATE TABLE m (mood mood DEFAULT ''keen'')"}],"statements":[{"sql":"CREATE TYPE mood AS ENUM (''calm'')","transaction":"inside","operation":0,"hazards":0},{"sql":"ALTER TYPE mood ADD VALUE ''keen''","transaction":"commit-after","operation":1,"hazards":0},{"sql":"CREATE TABLE m (mood mood DEFAULT ''keen'')","transaction":"inside","operation":2,"hazards":0}]}');

      INSERT INTO ambix_journal (revision, pos, direction, state, checksum, owner, started_at, backend_pid, plan) VALUES ('r0002', 0, 'upgrade', 'done', 'a664802e8e0e9831938a9d12f0f3d28c117e8767aab8349f6fe60c2fd02252f2', 'script', pg_catalog.clock_timestamp(), pg_catalog.pg_backend_pid(), NULL);

      COMMIT;

      BEGIN;

      DO $ambix$
      BEGIN
        IF NOT ((SELECT pg_catalog.count(*) = 1 AND pg_catalog.bool_and(version_num IN ('r0001')) FROM ambix_version) AND (SELECT count(*) FROM ambix_journal WHERE pos >= 0) = 1) THEN
          RAISE EXCEPTION USING MESSAGE = 'ambix: the database is not where this part of the script begins (r0001)', HINT = 'ambix_journal says which parts of r0002 are done; ambix upgrade finishes it';
        END IF;
      END
      $ambix$;

      CREATE TABLE m (mood mood DEFAULT 'keen');

      UPDATE ambix_version SET version_num = 'r0002' WHERE ambix_version.version_num = 'r0001';

      DELETE FROM ambix_journal WHERE revision = 'r0002';

      COMMIT;

      BEGIN;

      -- Running upgrade r0002 -> r0003, number 3

      DO $ambix$
      BEGIN
        IF NOT ((SELECT pg_catalog.count(*) = 1 AND pg_catalog.bool_and(version_num IN ('r0002')) FROM ambix_version) AND (SELECT count(*) FROM ambix_journal WHERE pos >= 0) = 0) THEN
          RAISE EXCEPTION USING MESSAGE = 'ambix: the database is not where this part of the script begins (r0002)', HINT = 'ambix_version says where it is; write the script from there';
        END IF;
      END
      $ambix$;

      INSERT INTO ambix_journal (revision, pos, direction, state, checksum, owner, started_at, backend_pid, plan) VALUES ('r0003', -2, 'upgrade', 'plan', 'sum3', 'script', pg_catalog.clock_timestamp(), pg_catalog.pg_backend_pid(), '{"operations":[{"kind":"execute","sql":"CREATE INDEX CONCURRENTLY mi ON m (mood)"}],"statements":[{"sql":"CREATE INDEX CONCURRENTLY mi ON m (mood)","transaction":"alone","operation":0,"hazards":0}]}');

      INSERT INTO ambix_journal (revision, pos, direction, state, checksum, owner, started_at, backend_pid, plan) VALUES ('r0003', 0, 'upgrade', 'started', '40ad5aa9082cdd871c36d3db80aaf371fd1552ddc0915f35e3f05bb226291980', 'script', pg_catalog.clock_timestamp(), pg_catalog.pg_backend_pid(), NULL);

      COMMIT;

      CREATE INDEX CONCURRENTLY mi ON m (mood);

      BEGIN;

      DO $ambix$
      BEGIN
        IF NOT ((SELECT pg_catalog.count(*) = 1 AND pg_catalog.bool_and(version_num IN ('r0002')) FROM ambix_version) AND (SELECT count(*) FROM ambix_journal WHERE pos >= 0) = 1) THEN
          RAISE EXCEPTION USING MESSAGE = 'ambix: the database is not where this part of the script begins (r0002)', HINT = 'ambix_journal says which parts of r0003 are done; ambix upgrade finishes it';
        END IF;
      END
      $ambix$;

      UPDATE ambix_journal SET state = 'done' WHERE revision = 'r0003' AND pos = 0;

      UPDATE ambix_version SET version_num = 'r0003' WHERE ambix_version.version_num = 'r0002';

      DELETE FROM ambix_journal WHERE revision = 'r0003';

      COMMIT;

      BEGIN;

      -- Running upgrade r0003 -> r0004, number 4

      DO $ambix$
      BEGIN
        IF NOT ((SELECT pg_catalog.count(*) = 1 AND pg_catalog.bool_and(version_num IN ('r0003')) FROM ambix_version) AND (SELECT count(*) FROM ambix_journal WHERE pos >= 0) = 0) THEN
          RAISE EXCEPTION USING MESSAGE = 'ambix: the database is not where this part of the script begins (r0003)', HINT = 'ambix_version says where it is; write the script from there';
        END IF;
      END
      $ambix$;

      CREATE TABLE t4 (id integer) -- no
      ;

      INSERT INTO t4 VALUES (1);

      UPDATE ambix_version SET version_num = 'r0004' WHERE ambix_version.version_num = 'r0003';

      COMMIT;
      "
    `)
  })

  test('in one transaction it has one BEGIN, but for what must be committed', async () => {
    const text = await writeScript({
      dialect: postgres,
      settings: { ...settings, transactionPerMigration: false },
      steps: (await plan([])).slice(0, 1),
      from: [],
    })
    expect(text.match(/^BEGIN;$/gm)).toHaveLength(1)
    expect(text.match(/^COMMIT;$/gm)).toHaveLength(1)
  })

  test('code cannot be written as SQL, and the revision is named', async () => {
    const steps: RevisionStep[] = [
      {
        revision: 'abc',
        direction: 'upgrade',
        message: 'x',
        down: [],
        edits: [{ kind: 'insert', to: 'abc' }],
        statements: () => [statement('', { source: { kind: 'run', run: () => {} }, run: () => {} })],
      },
    ]
    const error = await failure(writeScript({ dialect: postgres, settings, steps, from: [] }))
    expect(error.code).toBe('OPERATION.OFFLINE')
    expect(error.message).toContain('abc')
  })

  test('a refusal stands in a script as a block that raises it', async () => {
    const guarded: RevisionStep[] = [
      {
        revision: 'abc',
        direction: 'upgrade',
        message: 'line\nbreak',
        down: [],
        edits: [{ kind: 'insert', to: 'abc' }],
        statements: () => [
          statement('DROP TYPE IF EXISTS e', {
            source: { kind: 'dropEnum', enum: { name: 'e' } },
            refuseIf: "SELECT 'used by ' || count(*) FROM pg_class WHERE relname = 'pg_class'",
          }),
        ],
      },
    ]
    const text = await writeScript({ dialect: postgres, settings, steps: guarded, from: [] })
    expect(text).toContain('-- Running upgrade  -> abc, line break\n')
    const { splitStatements } = await import('../../src/util/split-sql.ts')
    // As psql does: one statement at a time, and no further than the first error.
    const feed = async (): Promise<void> => {
      for (const part of splitStatements(text)) await connection.script(part.text)
    }
    await expect(feed()).rejects.toThrow('used by 1')
    await connection.script('ROLLBACK')
    expect(await connection.values("SELECT to_regclass('ambix_version')")).toEqual([[null]])
  })

  test('a scratch database has the target’s encoding, is emptied, and leaves nothing', async () => {
    const open = await scratch()
    expect(open.sameServer).toBe(true)
    const locale =
      'SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = current_database()'
    expect(await open.connection.values(locale)).toEqual(await connection.values(locale))
    await open.connection.script(`
      CREATE SCHEMA x; CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (id serial PRIMARY KEY, e e, s e[]); CREATE VIEW v AS SELECT * FROM t;
      CREATE FUNCTION f(e) RETURNS integer LANGUAGE sql AS 'SELECT 1'; CREATE CAST (e AS integer) WITH FUNCTION f(e); CREATE PUBLICATION p FOR TABLE t;
      CREATE STATISTICS st ON id, e FROM t; CREATE MATERIALIZED VIEW mv AS SELECT 1 AS a; CREATE AGGREGATE ag(integer) (sfunc = int4pl, stype = integer);
      SET search_path = x`)
    const empty = await open.reset()
    expect((await postgres.reflect(empty, { schemas: 'all' })).objects.size).toBe(0)
    expect(await empty.values('SELECT current_schema()')).toEqual([['public']])
    await empty.script('ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO public')
    expect(await (await open.reset()).values('SELECT count(*) FROM pg_default_acl')).toEqual([['0']])
    await open.close()
    place = undefined
    expect(await leftovers()).toEqual([])
  })

  // A cancel request may arrive late, and then hits the statement after the one that it was meant for.
  test.each(['DROP DATABASE', 'search_path'])('a cancelled %s leaves no scratch database', async (words) => {
    let hit = false
    let name: string | undefined
    const instead = (sql: string): string => {
      name ??= /ambix_scratch_\w+/.exec(sql)?.[0]
      if (hit || !sql.includes(words)) return sql
      hit = true
      return 'SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(60)'
    }
    const driver: Driver = {
      ...pg,
      open: async (url, options) => {
        const real = await pg.open(url, options)
        const [script, values] = [real.script.bind(real), real.values.bind(real)]
        real.script = (sql) => script([sql].flat().map(instead))
        real.values = (sql) => values(instead(sql))
        return real
      },
    }
    const { url } = database
    const opened = openScratch({ url, driver, dialect: postgres, connection, projectDir: dir, wanted: 'database' })
    if (words === 'DROP DATABASE') await (await opened).close()
    else
      await expect(opened).rejects.toMatchObject({
        why: expect.stringContaining('canceling statement due to user request'),
      })
    expect({ hit, name }).toEqual({ hit: true, name: expect.stringMatching(/^ambix_scratch_/) })
    expect(await connection.values(`SELECT datname FROM pg_database WHERE datname = '${name}'`)).toEqual([])
  })

  test('a transaction on the target shows an empty database, and nothing of it stays', async () => {
    await connection.script('CREATE TABLE mine (id integer); INSERT INTO mine VALUES (1)')
    const open = await scratch('transaction')
    expect((await postgres.reflect(open.connection, { schemas: 'all' })).objects.size).toBe(0)
    await open.connection.script(['BEGIN', 'CREATE TABLE mine (other text)', 'COMMIT'])
    expect([...(await postgres.reflect(open.connection, { schemas: 'all' })).objects.keys()]).toEqual(['table:mine'])
    await open.reset()
    await open.close()
    place = undefined
    expect(await connection.values('SELECT id FROM mine')).toEqual([['1']])
  })

  test('with a transaction on the target as scratch place, or a database by URL, a project goes the whole way', async () => {
    await connection.script(
      'CREATE TABLE a (id integer PRIMARY KEY, b text DEFAULT 1::text); CREATE VIEW v AS SELECT id FROM a',
    )
    const other = await server.createDatabase()
    const spare = await server.createDatabase()
    try {
      const wished =
        'CREATE TABLE a (id integer PRIMARY KEY, b text DEFAULT 1::text, c integer); CREATE VIEW v AS SELECT id, c FROM a;'
      writeFileSync(join(dir, 'schema.sql'), wished)
      const there = await pg.open(other.url, { projectDir: dir })
      await there.script(wished)
      await there.close()
      for (const [i, own] of [
        { schema: './schema.sql', scratch: 'transaction' },
        { schema: other.url, scratch: 'transaction' },
        { schema: { url: other.url }, scratch: spare.url },
        { schema: './schema.sql', scratch: spare.url },
      ].entries()) {
        const project = { root: dir, url: database.url, migrations: `./migrations${i}`, ...own }
        mkdirSync(join(dir, `migrations${i}`))
        const [before] = await check(project)
        expect(before!.differences.map((d) => d.kind)).toEqual(['addColumn', 'replaceView'])
        await revision(project, { autogenerate: true, message: 'more' })
        await upgrade(project)
        const [after] = await check(project)
        expect(after!.differences).toEqual([])
        await downgrade(project, 'base')
      }
    } finally {
      await other.drop()
      await spare.drop()
    }
  })

  test('who lists schemas has these looked at, and the default one where something is wished in it', async () => {
    await connection.script('CREATE SCHEMA a1; CREATE TABLE a1.t (id integer); CREATE TABLE other (id integer)')
    const t = namespace('a1').table('t', { id: integer() })
    const found = async (own: object): Promise<readonly string[]> => {
      const [result] = await check({ root: dir, url: database.url, ...own })
      return result!.differences.map((d) => d.kind)
    }
    expect(await found({ schema: { t }, schemas: ['a1'] })).toEqual([])
    expect(await found({ schema: { t }, schemas: ['a1', 'public'] })).toEqual(['dropTable'])
    expect(await found({ schema: { t, mine: table('mine', { id: integer() }) }, schemas: ['a1'] })).toEqual([
      'createTable',
      'dropTable',
    ])
    writeFileSync(join(dir, 'schema.sql'), 'CREATE SCHEMA a1; CREATE TABLE a1.t (id integer);')
    expect(await found({ schema: './schema.sql', schemas: ['a1'] })).toEqual([])
  })

  test('the default schema of the target is the scratch’s too', async () => {
    await connection.script('CREATE SCHEMA tenant; CREATE TABLE tenant.t (id integer)')
    await connection.script('SET search_path = tenant')
    const schema = await read('CREATE TABLE t (id integer)')
    expect([...schema.objects.keys()]).toEqual(['table:t'])
  })

  test('DDL that the server refuses is told by file, line and column', async () => {
    const error = await failure(
      read('CREATE TABLE a (id integer);\n\nCREATE TABLE b (\n  id integer,\n  x nosuchtype\n);\n'),
    )
    expect(error.code).toBe('SCHEMA.SOURCE')
    expect(error.message).toBe('schema.sql:5:5: type "nosuchtype" does not exist')
  })

  test('DDL may use a label that it added, and build concurrently', async () => {
    const schema = await read(
      "CREATE TYPE e AS ENUM ('a'); ALTER TYPE e ADD VALUE 'b'; CREATE TABLE t (e e DEFAULT 'b'); CREATE INDEX CONCURRENTLY ti ON t (e);",
    )
    expect([...schema.objects.keys()]).toEqual(['enum:e', 'table:t'])
  })

  test('a dump that empties the search path is read all the same', async () => {
    const schema = await read(
      "SELECT pg_catalog.set_config('search_path', '', false); CREATE TABLE public.t (id integer);",
    )
    expect([...schema.objects.keys()]).toEqual(['table:t'])
  })

  test('a command’s output is DDL too, and its failure is told', async () => {
    const context = { dialect: postgres, projectDir: dir, scope, scratch }
    const schema = await commandSource("echo 'CREATE TABLE printed (id integer);'").read(context)
    expect([...schema.objects.keys()]).toEqual(['table:printed'])
    const error = await failure(commandSource('echo oh dear >&2; exit 3').read(context))
    expect(error).toMatchObject({ code: 'SCHEMA.SOURCE', why: 'oh dear' })
  })

  test('renamed-from comments mark what they stand before', async () => {
    const schema = await read(`
      -- ambix:renamed-from posts
      CREATE TABLE articles (
        id integer PRIMARY KEY,
        -- ambix:renamed-from headline
        title text,
        -- ambix:renamed-from old_check
        CONSTRAINT new_check CHECK (id > 0)
      );
      -- ambix:renamed-from "Old Type"
      CREATE TYPE status AS ENUM (
        'draft',
        -- ambix:renamed-from approved
        'ok'
      );
      -- ambix:renamed-from old_ix
      CREATE INDEX new_ix ON articles (title);
      -- ambix:renamed-from old_view
      CREATE OR REPLACE VIEW v AS SELECT 1 AS a;`)
    const table = schema.objects.get('table:articles')
    expect(table).toMatchObject({
      renamedFrom: 'posts',
      columns: [{ name: 'id' }, { name: 'title', renamedFrom: 'headline' }],
      indexes: [{ name: 'new_ix', renamedFrom: 'old_ix' }],
    })
    expect(table?.kind === 'table' && table.constraints.find((c) => c.name === 'new_check')?.renamedFrom).toBe(
      'old_check',
    )
    expect(schema.objects.get('enum:status')).toMatchObject({
      renamedFrom: 'Old Type',
      renamedValues: { ok: 'approved' },
    })
    expect(schema.objects.get('view:v')).toMatchObject({ renamedFrom: 'old_view' })
  })

  const verified = async (
    before: string,
    after: string,
    edit: (ops: readonly Operation[]) => readonly Operation[] = (ops) => ops,
  ) => {
    await connection.script(before)
    const start = await postgres.reflect(connection, scope)
    const wished = await read(after)
    const difference = diff(start, wished, { hints: [] })
    return verifyPlan({
      dialect: postgres,
      start,
      wished,
      upgrade: edit(difference.upgrade),
      downgrade: difference.downgrade,
      scratch: await scratch(),
      scope,
    })
  }

  test('a right plan is verified', async () => {
    const result = await verified(
      'CREATE TABLE a (id integer PRIMARY KEY)',
      "CREATE TYPE e AS ENUM ('x'); CREATE TABLE a (id integer PRIMARY KEY, e e NOT NULL DEFAULT 'x')",
    )
    expect(result).toEqual({ problems: [], remaining: [] })
  })

  test('a plan that leaves something out is not, and what is left is named', async () => {
    const result = await verified(
      'CREATE TABLE a (id integer)',
      'CREATE TABLE a (id integer, b text); CREATE INDEX ix ON a (b)',
      (ops) => ops.filter((op) => op.kind !== 'createIndex'),
    )
    expect(result.stage).toBe('upgrade')
    expect(result.remaining.map((op) => op.kind)).toEqual(['createIndex'])
    expect(result.problems[0]).toContain('op.createIndex')
  })

  test('of a big schema only what the plan touches is rebuilt', async () => {
    const many = Array.from({ length: 150 }, (_, i) => `CREATE TABLE t${i} (id integer PRIMARY KEY);`).join('\n')
    const open = await scratch()
    const texts: string[] = []
    const inner = open.connection
    const watched: Connection = Object.assign(Object.create(inner) as Connection, {
      values: inner.values.bind(inner),
      valuesOfAll: inner.valuesOfAll?.bind(inner),
      describeError: inner.describeError.bind(inner),
      script: (sql: string | readonly string[]) => {
        texts.push(...(typeof sql === 'string' ? [sql] : sql))
        return inner.script(sql)
      },
    })
    await connection.script(`${many} CREATE TABLE child (id integer REFERENCES t7);`)
    const start = await postgres.reflect(connection, scope)
    const wished = await read(
      `${many} ALTER TABLE t7 ADD COLUMN extra text; CREATE TABLE child (id integer REFERENCES t7);`,
    )
    await open.reset()
    const difference = diff(start, wished, { hints: [] })
    const result = await verifyPlan({
      dialect: postgres,
      start,
      wished,
      ...difference,
      scratch: {
        ...open,
        connection: watched,
        serverVersion: open.serverVersion,
        sameServer: true,
        reset: () => open.reset(),
        close: () => open.close(),
      },
      scope,
    })
    expect(result.problems).toEqual([])
    expect(texts.some((t) => t.includes('TABLE t7'))).toBe(true)
    expect(texts.some((t) => t.includes('TABLE child'))).toBe(true)
    expect(texts.some((t) => t.includes('TABLE t9'))).toBe(false)
  })
})
