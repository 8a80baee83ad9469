/** The runner on a real server: exactly once whoever else deploys, what failed is rolled back, and few words on the wire. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { postgres } from '../../src/dialects/postgres/index.ts'
import type { Connection } from '../../src/drivers/driver.ts'
import { pg } from '../../src/drivers/pg.ts'
import type { AmbixError } from '../../src/errors.ts'
import { ensureVersionTable, readHistory, readState } from '../../src/runtime/history.ts'
import { runSteps } from '../../src/runtime/runner.ts'
import type { RunOptions, RunResult } from '../../src/runtime/types.ts'
import { id, line, settings, statement } from '../runtime/steps.ts'
import { describeLive } from '../support/live.ts'
import type { TestDatabase } from '../support/server.ts'

let database: TestDatabase
let connection: Connection
let sent: string[] = []

const open = async (): Promise<Connection> =>
  pg.open(database.url, { projectDir: process.cwd(), onSql: (sql) => sent.push(sql) })
const run = (plan: RunOptions['plan'], more: Partial<RunOptions> = {}): Promise<RunResult> =>
  runSteps({ connection, dialect: postgres, settings, plan, openAnother: open, ...more })
const failure = async (work: Promise<unknown>): Promise<AmbixError> =>
  work.then(
    () => expect.fail('it should have failed'),
    (error: AmbixError) => error,
  )
const rows = async (sql: string): Promise<readonly (readonly (string | null)[])[]> => connection.values(sql)

describeLive('the runner', (server) => {
  beforeEach(async () => {
    database = await server.createDatabase()
    connection = await open()
    sent = []
  })
  afterEach(async () => {
    await connection.close()
    await database.drop()
  })

  const tables = line(
    20,
    (i) => [statement(`CREATE TABLE t${i} (id integer)`), statement(`INSERT INTO t${i} VALUES (${i})`)],
    (i) => [statement(`DROP TABLE t${i}`)],
  )
  const back = line(
    0,
    () => [],
    (i) => [statement(`DROP TABLE t${i}`)],
  )

  describe('what goes over the wire', () => {
    test('reading the state is one statement and creates nothing', async () => {
      expect(await readState(connection, postgres, settings)).toEqual({ exists: false, heads: [] })
      expect(sent).toHaveLength(1)
      expect(await rows("SELECT relname FROM pg_class WHERE relname LIKE 'ambix%'")).toEqual([])
    })

    test('N revisions take at most N + 10 turns, up and down, and nothing to do takes one', async () => {
      await run(tables)
      expect(sent.length).toBeLessThanOrEqual(30)
      sent = []
      expect((await run(tables)).applied).toEqual([])
      expect(sent).toHaveLength(1)
      sent = []
      await run(back)
      expect(sent.length).toBeLessThanOrEqual(30)
    })

    test('in a single transaction as well', async () => {
      const result = await run(tables, { settings: { ...settings, transactionPerMigration: false } })
      expect(result.heads).toEqual([id(20)])
      expect(sent.length).toBeLessThanOrEqual(30)
      expect(new Set((await rows('SELECT xmin FROM ambix_history')).map((r) => r[0])).size).toBe(1)
    })
  })

  describe('what is recorded', () => {
    test('V17: the version table has the shape of Alembic’s, and the history says who did what', async () => {
      await run(line(2, () => []))
      expect(
        await rows(
          "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute WHERE attrelid = 'ambix_version'::regclass AND attnum > 0",
        ),
      ).toEqual([['version_num', 'character varying(255)', 't']])
      expect(
        await rows(
          "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'ambix_version'::regclass AND contype = 'p'",
        ),
      ).toEqual([['ambix_version_pkc', 'PRIMARY KEY (version_num)']])
      expect(await readHistory(connection, postgres, settings)).toMatchObject([
        {
          revision: id(1),
          direction: 'upgrade',
          checksum: 'sum1',
          actor: 'tester@here',
          toolVersion: '0.0.0-test',
          status: 'done',
        },
        { revision: id(2), direction: 'upgrade', checksum: 'sum2', status: 'done' },
      ])
    })

    test('V17: a table that Alembic made is taken over, and made wider before an id does not fit', async () => {
      await connection.script(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)); INSERT INTO alembic_version VALUES ('r0001')",
      )
      const long = 'x'.repeat(40)
      const result = await run(
        (heads) =>
          heads[0] === long
            ? []
            : [
                {
                  revision: long,
                  direction: 'upgrade',
                  message: '',
                  down: ['r0001'],
                  edits: [{ kind: 'update', from: 'r0001', to: long }],
                },
              ],
        { settings: { ...settings, versionTable: 'alembic_version' } },
      )
      expect(result.heads).toEqual([long])
      expect(await rows('SELECT version_num FROM alembic_version')).toEqual([[long]])
    })

    test.each([true, false])(
      'V17: a narrow table is made wider before the second id does not fit, as a run or again (a transaction per revision: %s)',
      async (transactionPerMigration) => {
        const own = { settings: { ...settings, versionTable: 'alembic_version', transactionPerMigration } }
        const long = 'l2_that_is_far_too_long_for_the_column'
        const last = `${long}_and_longer`
        const ids = ['l1', long, last]
        const upTo =
          (count: number): RunOptions['plan'] =>
          (heads) =>
            ids.slice(ids.indexOf(heads[0] ?? '') + 1, count).map((to) => {
              const from = ids[ids.indexOf(to) - 1]
              return {
                revision: to,
                direction: 'upgrade',
                message: '',
                down: from === undefined ? [] : [from],
                edits: [from === undefined ? { kind: 'insert', to } : { kind: 'update', from, to }],
              }
            })
        const narrow = 'CREATE TABLE alembic_version (version_num varchar(4) NOT NULL PRIMARY KEY)'
        await connection.script(narrow)
        expect((await run(upTo(3), own)).heads).toEqual([last])
        await connection.script(`DROP TABLE alembic_version; ${narrow}`)
        expect((await run(upTo(1), own)).heads).toEqual(['l1'])
        expect((await run(upTo(3), own)).heads).toEqual([last])
        expect(sent.filter((text) => text.includes('TYPE varchar(255)'))).toHaveLength(2)
      },
    )

    test('ensuring the version table twice, and ten times at once, makes it once', async () => {
      const others = await Promise.all(Array.from({ length: 10 }, open))
      const made = await Promise.all(others.map((c) => ensureVersionTable(c, postgres, settings)))
      await Promise.all(others.map((c) => c.close()))
      expect(made.filter(Boolean)).toHaveLength(1)
    })
  })

  describe('a failure in the middle', () => {
    const failing = line(4, (i) =>
      i === 3
        ? [
            statement('CREATE TABLE half (id integer PRIMARY KEY)'),
            statement('INSERT INTO half VALUES (1);\n-- again\nINSERT INTO half VALUES (1);'),
          ]
        : [statement(`CREATE TABLE t${i} (id integer)`)],
    )

    test('keeps what was before, rolls back what failed, and says which statement it was', async () => {
      const error = await failure(run(failing))
      expect(error.code).toBe('DATABASE.STATEMENT')
      expect(error.message).toContain('r0003')
      expect(error.why).toContain('Key (id)=(1) already exists.')
      expect(error.why).toContain('operation 2 of 2, op.execute')
      expect(error.why).toContain('INSERT INTO half VALUES (1)')
      expect(error.why).toContain('kept: r0001, r0002')
      expect(await rows("SELECT to_regclass('half')")).toEqual([[null]])
      expect((await readState(connection, postgres, settings)).heads).toEqual(['r0002'])
      const history = await readHistory(connection, postgres, settings)
      expect(history.at(-1)).toMatchObject({ revision: 'r0003', status: 'failed', error: error.message })
    })

    test('in a single transaction nothing stays', async () => {
      await failure(run(failing, { settings: { ...settings, transactionPerMigration: false } }))
      expect(await rows("SELECT relname FROM pg_class WHERE relname ~ '^(t1|t2|half|ambix_version)$'")).toEqual([])
    })

    test('a statement that the server cannot read is shown with its place', async () => {
      const error = await failure(
        run(
          line(1, () => [
            statement('CREATE TABLE fine (id integer)'),
            statement('CREATE TABLE wrong (\n  id intger\n)'),
          ]),
        ),
      )
      expect(error.why).toContain('line 2:   id intger')
      expect(error.why).toMatch(/\n +\^\n/)
    })

    test('COMMIT in a revision is refused: it would tear the version row from its effects', async () => {
      const operation = { kind: 'execute', sql: 'CREATE TABLE a (id integer); COMMIT' } as const
      const compiled = (): ReturnType<typeof postgres.compile> =>
        postgres.compile([operation], undefined, { offline: false, serverVersion: 15 })
      const error = await failure(run(line(1, compiled)))
      expect(error.code).toBe('OPERATION.INVALID')
      expect(await rows("SELECT to_regclass('a')")).toEqual([[null]])
    })

    test('a refusal is made before anything of the revision runs', async () => {
      const plan = line(1, () => [
        statement('CREATE TABLE a (id integer)'),
        statement('SELECT 1', {
          source: { kind: 'dropEnum', enum: { name: 'e' } },
          refuseIf: 'SELECT \'2 rows hold "x"\'',
        }),
      ])
      // The refusal follows raw SQL of the same revision, so it is asked in its place; all is rolled back either way.
      const error = await failure(run(plan))
      expect(error.code).toBe('ENUM.IN_USE')
      expect(error.message).toBe('Revision r0001 is refused: 2 rows hold "x"')
      expect(await rows("SELECT to_regclass('a')")).toEqual([[null]])
      expect(await readHistory(connection, postgres, settings)).toEqual([])
    })

    test('code in a revision runs in its transaction, and its own error is told', async () => {
      const seen: unknown[] = []
      const plan = line(2, (i) => [
        statement(`CREATE TABLE c${i} (id integer)`),
        statement('', {
          source: { kind: 'run', run: () => {} },
          run: async ({ db }) => {
            seen.push(...(await db.query<{ n: number }>(`INSERT INTO c${i} VALUES ($1) RETURNING id AS n`, [7])))
            if (i === 2) throw new Error('no such luck')
          },
        }),
      ])
      const error = await failure(run(plan))
      expect(seen).toEqual([{ n: 7 }, { n: 7 }])
      expect(error.why).toContain('no such luck')
      expect(await rows("SELECT to_regclass('c1')::text, to_regclass('c2')::text")).toEqual([['c1', null]])
    })

    test('an interruption cancels the statement, rolls its revision back, and says what was applied', async () => {
      const stop = new AbortController()
      const plan = line(3, (i) =>
        i === 2
          ? [statement('CREATE TABLE s (id integer)'), statement('SELECT pg_sleep(30)')]
          : [statement(`CREATE TABLE t${i} (id integer)`)],
      )
      const error = await failure(
        run(plan, {
          signal: stop.signal,
          onStep: (e) => {
            if (e.phase === 'start' && e.revision === 'r0002') setTimeout(() => stop.abort(), 200)
          },
        }),
      )
      expect(error.code).toBe('RUN.INTERRUPTED')
      expect(error.why).toContain('kept: r0001')
      expect((await readState(connection, postgres, settings)).heads).toEqual(['r0001'])
      expect(await rows("SELECT to_regclass('s')")).toEqual([[null]])
    })
  })

  describe('several deployers at once', () => {
    const counted = line(20, (i) => [
      ...(i === 1 ? [statement('CREATE TABLE ctr (n integer)'), statement('INSERT INTO ctr VALUES (0)')] : []),
      statement('UPDATE ctr SET n = n + 1'),
    ])

    test('ten of them all succeed, and each revision runs once', async () => {
      const others = await Promise.all(Array.from({ length: 10 }, open))
      const results = await Promise.all(others.map((c) => run(counted, { connection: c })))
      await Promise.all(others.map((c) => c.close()))
      expect(await rows('SELECT n FROM ctr')).toEqual([['20']])
      expect(results.flatMap((r) => r.applied.map((a) => a.revision)).sort()).toEqual(
        Array.from({ length: 20 }, (_, i) => id(i + 1)),
      )
      for (const r of results) expect(r.heads).toEqual([id(20)])
      expect(await rows("SELECT count(*) FROM ambix_history WHERE status = 'done'")).toEqual([['20']])
      expect(
        await rows(
          "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        ),
      ).toEqual([['0']])
    })

    test('with concurrent index builds among the revisions as well', async () => {
      const plan = line(9, (i) => [
        ...(i === 1 ? [statement('CREATE TABLE ctr (n integer)'), statement('INSERT INTO ctr VALUES (0)')] : []),
        ...(i % 3 === 0 ? [statement(`CREATE INDEX CONCURRENTLY ix${i} ON ctr (n)`, { transaction: 'alone' })] : []),
        statement('UPDATE ctr SET n = n + 1'),
      ])
      const others = await Promise.all(Array.from({ length: 10 }, open))
      const results = await Promise.all(others.map((c) => run(plan, { connection: c })))
      await Promise.all(others.map((c) => c.close()))
      expect(await rows('SELECT n FROM ctr')).toEqual([['9']])
      expect(results.every((r) => r.heads[0] === id(9))).toBe(true)
      expect(await rows("SELECT count(*) FROM pg_index WHERE indrelid = 'ctr'::regclass AND indisvalid")).toEqual([
        ['3'],
      ])
      expect(await rows('SELECT count(*) FROM ambix_journal')).toEqual([['0']])
    })

    test('real processes too', async () => {
      const script = new URL('../runtime/deployer.ts', import.meta.url).pathname
      const exec = promisify(execFile)
      await Promise.all(Array.from({ length: 4 }, () => exec(process.execPath, [script, database.url])))
      expect(await rows('SELECT n FROM ctr')).toEqual([['20']])
    })

    test('who holds the lock too long is named, and nothing is run', async () => {
      const holder = await open()
      await run(line(1, () => []))
      const { lockKey } = await import('../../src/runtime/bookkeeping.ts')
      await holder.script(['BEGIN', `SELECT pg_advisory_xact_lock(${lockKey('public', 'ambix_version')})`])
      const error = await failure(
        run(
          line(2, () => [statement('CREATE TABLE never (id integer)')]),
          { settings: { ...settings, lockWaitMs: 300 } },
        ),
      )
      await holder.close()
      expect(error.code).toBe('DATABASE.LOCKED')
      expect(error.why).toMatch(/process \d+ of the server \(ambix\)/)
      expect(await rows("SELECT to_regclass('never')")).toEqual([[null]])
    })
  })

  describe('a bookkeeping table that somebody planted', () => {
    const planted: readonly (readonly [string, string])[] = [
      [
        'it has triggers',
        'CREATE FUNCTION bad() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$; CREATE TRIGGER x BEFORE INSERT ON ambix_version FOR EACH ROW EXECUTE FUNCTION bad()',
      ],
      ['it has rules', 'CREATE RULE x AS ON INSERT TO ambix_version DO ALSO SELECT 1'],
      ['it has row security policies', 'CREATE POLICY x ON ambix_version USING (true)'],
      ['it has column defaults or generated columns', "ALTER TABLE ambix_version ALTER version_num SET DEFAULT 'x'"],
      ['it has constraints of its own', 'ALTER TABLE ambix_version ADD CHECK (length(version_num) > 1)'],
      ['it has an index on an expression', 'CREATE INDEX ON ambix_version (lower(version_num))'],
      [
        'it is not an ordinary table',
        'DROP TABLE ambix_version; CREATE VIEW ambix_version AS SELECT 1 AS version_num WHERE false',
      ],
    ]
    test.each(planted)('%s', async (problem, sql) => {
      await connection.script('CREATE TABLE ambix_version (version_num varchar(255) PRIMARY KEY)')
      await connection.script(sql)
      const error = await failure(
        run(
          line(1, () => [statement('CREATE TABLE never (id integer)')]),
          { heads: [] },
        ),
      )
      expect(error.code).toBe('VERSION.TABLE')
      expect(error.message).toContain(problem)
      expect(await rows("SELECT to_regclass('never')")).toEqual([[null]])
    })

    test('it belongs to somebody else', async () => {
      const role = `ambix_test_${process.pid}`
      await connection.script(
        `CREATE ROLE ${role}; CREATE TABLE ambix_version (version_num varchar(255) PRIMARY KEY); ALTER TABLE ambix_version OWNER TO ${role}`,
      )
      try {
        const error = await failure(run(line(1, () => [])))
        expect(error.message).toContain(`it belongs to ${role}`)
      } finally {
        await connection.script(`DROP TABLE ambix_version; DROP ROLE ${role}`)
      }
    })
  })

  describe('a revision of several transactions', () => {
    const probe = {
      sql: "SELECT CASE WHEN i.indisvalid THEN 'complete' ELSE 'partial' END FROM pg_index i WHERE i.indexrelid = to_regclass('ux')",
      undo: 'DROP INDEX CONCURRENTLY ux',
    }
    const plan = line(1, () => [
      statement('CREATE TABLE IF NOT EXISTS parts (id integer)'),
      statement('INSERT INTO parts SELECT 1', { transaction: 'commit-after' }),
      statement('CREATE UNIQUE INDEX CONCURRENTLY ux ON parts (id)', { transaction: 'alone', probe }),
      statement('INSERT INTO parts VALUES (2)'),
    ])

    test('goes on after its failure from where it stood, and leaves no journal', async () => {
      await connection.script('CREATE TABLE parts (id integer); INSERT INTO parts VALUES (1)')
      const error = await failure(run(plan))
      expect(error.code).toBe('DATABASE.STATEMENT')
      expect(error.why).toContain('part 1 is done and recorded')
      expect(await rows("SELECT to_regclass('ux')")).toEqual([[null]])
      expect(await rows('SELECT revision, pos, state FROM ambix_journal ORDER BY pos')).toEqual([
        ['r0001', '-2', 'plan'],
        ['r0001', '0', 'done'],
      ])
      await connection.script('DELETE FROM parts WHERE ctid = (SELECT min(ctid) FROM parts)')
      expect((await run(plan)).heads).toEqual(['r0001'])
      expect(await rows('SELECT id FROM parts ORDER BY id')).toEqual([['1'], ['2']])
      expect(await rows('SELECT count(*) FROM ambix_journal')).toEqual([['0']])
    })

    test('a build that a crash left behind is looked at: complete is kept, partial is made anew', async () => {
      for (const broken of [false, true]) {
        await connection.script('DROP TABLE IF EXISTS parts, ambix_version, ambix_history, ambix_journal')
        await connection.script('CREATE TABLE parts (id integer); CREATE UNIQUE INDEX ux ON parts (id)')
        if (broken) await connection.script("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ux'::regclass")
        const before = await rows("SELECT 'ux'::regclass::oid::text")
        await ensureVersionTable(connection, postgres, settings)
        await connection.script(postgres.session.bookkeeping.createJournal('ambix_journal'))
        const { planUnits } = await import('../../src/runtime/plan.ts')
        const steps = await plan([])
        const units = planUnits(await steps[0]!.statements!(connection))
        for (const [pos, state] of [
          [0, 'done'],
          [1, 'started'],
        ] as const) {
          await connection.query(
            "INSERT INTO ambix_journal VALUES ('r0001', $1, 'upgrade', $2, $3, 'somebody', now(), 999999)",
            [pos, state, units[pos]!.checksum],
          )
        }
        expect((await run(plan)).heads).toEqual(['r0001'])
        expect((await rows("SELECT 'ux'::regclass::oid::text"))[0]![0] === before[0]![0]).toBe(!broken)
        expect(await rows("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ux'::regclass")).toEqual([['t']])
      }
    })

    test('whoever would pass over an unfinished one is stopped', async () => {
      await connection.script('CREATE TABLE parts (id integer); INSERT INTO parts VALUES (1)')
      await failure(run(plan))
      const other = (): RunOptions['plan'] => () => [
        { revision: 'zzz', direction: 'upgrade', message: '', down: [], edits: [{ kind: 'insert', to: 'zzz' }] },
      ]
      const error = await failure(run(other()))
      expect(error.code).toBe('RUN.UNFINISHED')
      expect(error.next[0]?.command).toBe('ambix upgrade r0001')
    })

    test('a value that is added to an enum can be used after the commit', async () => {
      await connection.script("CREATE TYPE e AS ENUM ('a'); CREATE TABLE u (e e)")
      const result = await run(
        line(1, () => [
          statement("ALTER TYPE e ADD VALUE 'b'", { transaction: 'commit-after' }),
          statement("INSERT INTO u VALUES ('b')"),
        ]),
      )
      expect(result.heads).toEqual(['r0001'])
    })
  })
})
