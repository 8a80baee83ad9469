/** Issue 10.5: autogenerate writes by itself what keeps nobody waiting, and it goes both ways. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { catalog, execute, project, value } from '../support/acceptance.ts'
import { describeLive, freshDatabase } from '../support/live.ts'
import { tableOf } from '../support/table-of.ts'

const before = `
CREATE TABLE owners (id int PRIMARY KEY, code text);
CREATE TABLE t (id int PRIMARY KEY, owner int, n int, mail text, "order" text, small varchar(5));
CREATE INDEX t_mail_ix ON t (mail);
`
const after = `
CREATE TABLE owners (id int PRIMARY KEY, code text NOT NULL);
CREATE TABLE t (
  id int PRIMARY KEY,
  owner int CONSTRAINT t_owner_fk REFERENCES owners (id) ON DELETE CASCADE,
  n int CONSTRAINT t_n_check CHECK (n > 0),
  mail text CONSTRAINT t_mail_key UNIQUE,
  "order" text NOT NULL,
  small varchar(9) NOT NULL
);
CREATE INDEX t_n_ix ON t (n);
CREATE TABLE fresh (id int PRIMARY KEY, t int REFERENCES t (id), x int CHECK (x > 0));
CREATE INDEX fresh_ix ON fresh (x);
`

const notNull = (table: string, column: string): string[] => [
  `createCheckConstraint ${table}_${column}_not_null`,
  `validateConstraint ${table}_${column}_not_null`,
  `alterColumn ${table}`,
  `dropConstraint ${table}_${column}_not_null`,
]

describeLive('safe forms', () => {
  test('indexes, foreign keys, checks, unique constraints and NOT NULL of tables that are there; new tables as before', async () => {
    const { url } = await freshDatabase()
    const cli = project(url, before)
    try {
      await execute(url, `${before}; INSERT INTO owners VALUES (1, 'a'); INSERT INTO t VALUES (1, 1, 1, 'm', 'o', 's')`)
      writeFileSync(join(cli.dir, 'schema.sql'), after)
      const made = await cli.run('migrate', '-m', 'safe')
      expect([made.code, made.stderr]).toEqual([0, expect.any(String)])
      const [name] = readdirSync(join(cli.dir, 'migrations'))
      const text = readFileSync(join(cli.dir, 'migrations', name!), 'utf8')
      const up = text.slice(text.indexOf('function upgrade'), text.indexOf('function downgrade'))
      const calls = (body: string): string[] =>
        [...body.matchAll(/^  op\.(\w+)\((?:\s*'([^']*)')?/gm)].map((m) => `${m[1]} ${m[2] ?? ''}`.trim())
      expect(calls(up)).toEqual([
        'dropIndex t_mail_ix',
        'createTable fresh',
        ...notNull('owners', 'code'),
        ...notNull('t', 'order'),
        'alterColumn t',
        ...notNull('t', 'small'),
        'createIndex t_mail_key',
        'createUniqueConstraint t_mail_key',
        'createCheckConstraint t_n_check',
        'validateConstraint t_n_check',
        'createIndex t_n_ix',
        'createForeignKey t_owner_fk',
        'validateConstraint t_owner_fk',
      ])
      expect(up.match(/concurrently: true/g)).toHaveLength(3)
      expect(up.match(/notValid: true/g)).toHaveLength(5)
      expect(text.slice(text.indexOf('function downgrade')).match(/concurrently: true/g)).toHaveLength(2)
      const dry = await cli.run('upgrade', '--dry-run')
      // A moment of a lock is what remains: no scan and no build while others wait.
      expect(dry.stdout).not.toContain('TABLE_REWRITE')
      expect(dry.stdout.split('\n').filter((l) => /FULL_SCAN/.test(l) && !/SHARE UPDATE EXCLUSIVE/.test(l))).toEqual([])
      expect(dry.stdout).toMatch(/NOT VALID;\n-- commit\n/)
      expect((await cli.run('upgrade')).code).toBe(0)
      expect((await cli.run('check')).code).toBe(0)
      expect((await cli.run('downgrade')).code).toBe(0)
      writeFileSync(join(cli.dir, 'schema.sql'), before)
      expect((await cli.run('check')).code).toBe(0)
    } finally {
      cli.close()
    }
  })

  test('and short ones are not both asked for', async () => {
    const { url } = await freshDatabase()
    const cli = project(url, before)
    try {
      const said = await cli.run('revision', '--autogenerate', '-m', 'x', '--safe', '--no-safe')
      expect(said).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('revision takes one of --safe and --no-safe [USAGE.INVALID]'),
      })
      expect(readdirSync(cli.dir)).not.toContain('migrations')
    } finally {
      cli.close()
    }
  })

  test('are tried in a transaction too, where that is the scratch place', async () => {
    const { url } = await freshDatabase()
    const more = 'ALTER TABLE t ADD filled uuid NOT NULL DEFAULT gen_random_uuid();'
    const cli = project(url, `${after} ${more}`, '{"scratch":"transaction"}')
    try {
      await execute(url, before)
      expect(await cli.run('migrate', '-m', 'safe')).toMatchObject({ code: 0 })
      const [name] = readdirSync(join(cli.dir, 'migrations'))
      expect(readFileSync(join(cli.dir, 'migrations', name!), 'utf8')).toMatch(/concurrently: true[^]*backfill/)
    } finally {
      cli.close()
    }
  })

  const large = 'INSERT INTO t SELECT i, i FROM generate_series(1, 3000) i'
  // What the short forms do, the safe ones do: each was refused once, or left the rows without their key.
  test.each([
    {
      title: 'a volatile default where the primary key goes',
      before: 'CREATE TABLE t (id int PRIMARY KEY, a int);',
      after: 'CREATE TABLE t (id int NOT NULL, a int, e uuid NOT NULL DEFAULT gen_random_uuid());',
    },
    {
      title: 'a helper whose name another constraint has',
      before: 'CREATE TABLE t (id int PRIMARY KEY, a int, CONSTRAINT t_e_not_null CHECK (a > 0));',
      after:
        'CREATE TABLE t (id int PRIMARY KEY, a int, e uuid NOT NULL DEFAULT gen_random_uuid(), CONSTRAINT t_e_not_null CHECK (a > 0));',
    },
    {
      title: 'a helper whose name a constraint of a child has',
      before:
        'CREATE TABLE t (id int PRIMARY KEY, a int); CREATE TABLE k (x int, CONSTRAINT t_a_not_null CHECK (x > 0)) INHERITS (t);',
      after:
        'CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL); CREATE TABLE k (x int, CONSTRAINT t_a_not_null CHECK (x > 0)) INHERITS (t);',
    },
    {
      title: 'keys of the same names',
      before: 'CREATE TABLE t (id int PRIMARY KEY, a int, CONSTRAINT tu UNIQUE (a));',
      after: 'CREATE TABLE t (id int, a int CONSTRAINT t_pkey PRIMARY KEY, CONSTRAINT tu UNIQUE (a) INCLUDE (id));',
    },
  ])('both ways: $title', async ({ before: from, after: to }) => {
    const { url } = await freshDatabase()
    const cli = project(url, to)
    try {
      await execute(url, `${from} ${large}`)
      const start = await catalog(url)
      expect(await cli.run('revision', '--autogenerate', '-m', 'x')).toMatchObject({ code: 0 })
      expect(await cli.run('upgrade')).toMatchObject({ code: 0 })
      expect(await cli.run('check')).toMatchObject({ code: 0 })
      expect(await cli.run('downgrade')).toMatchObject({ code: 0 })
      expect((await catalog(url)).filter((l) => !l.includes('ambix_'))).toEqual(start)
    } finally {
      cli.close()
    }
  })

  test('a key that cannot be replaced stays', async () => {
    const { url } = await freshDatabase()
    const cli = project(url, 'CREATE TABLE t (id int, a int CONSTRAINT t_pkey PRIMARY KEY, b int CHECK (b > 0));')
    try {
      await execute(url, 'CREATE TABLE t (id int PRIMARY KEY, a int, b int); INSERT INTO t VALUES (1, 1), (2, 1)')
      expect(await cli.run('revision', '--autogenerate', '-m', 'x')).toMatchObject({ code: 0 })
      expect(await cli.run('upgrade')).toMatchObject({ code: 1, stderr: expect.stringContaining('t_pkey') })
      expect(await value(url, `SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 't_pkey'`)).toBe(
        'PRIMARY KEY (id)',
      )
    } finally {
      cli.close()
    }
  })

  test('a number of rows counts those of a table with capitals, and none of the table that a foreign key refers to', async () => {
    const { url } = await freshDatabase()
    const made = (more: string): string =>
      `CREATE TABLE u (id int PRIMARY KEY); CREATE TABLE "T" (id int PRIMARY KEY, u int${more});`
    const cli = project(url, made(' CONSTRAINT fk REFERENCES u (id)'), '{"safe":{"rows":1000}}')
    try {
      await execute(url, `${made('')} INSERT INTO "T" SELECT generate_series(1, 3000)`)
      expect(await cli.run('revision', '--autogenerate', '-m', 'x')).toMatchObject({ code: 0 })
      const [file] = readdirSync(join(cli.dir, 'migrations'))
      expect(readFileSync(join(cli.dir, 'migrations', file!), 'utf8')).toContain("validateConstraint('fk', 'T')")
    } finally {
      cli.close()
    }
  })

  // `t` has 3,000 rows and `u` 10, and the planner has seen neither.
  test.each([
    ['of no table', { safe: false }, [], []],
    ['of no table where one transaction is wanted', { transactionPerMigration: false }, [], []],
    ['of no table for one revision', {}, ['--no-safe'], []],
    ['of all tables for one revision', { safe: false }, ['--safe'], ['t', 'u']],
    ['of named tables', { safe: ['u'] }, [], ['u']],
    ['of tables with so many rows', { safe: { rows: 1000 } }, [], ['t']],
    ['of tables with few rows', { safe: { rows: 5 } }, [], ['t', 'u']],
  ] as const)('%s', async (_, config, options, expected) => {
    const { url } = await freshDatabase()
    const made = 'CREATE TABLE t (id int PRIMARY KEY); CREATE TABLE u (id int PRIMARY KEY);'
    const cli = project(url, `${made} CREATE INDEX ti ON t (id); CREATE INDEX ui ON u (id);`, JSON.stringify(config))
    try {
      await execute(
        url,
        `${made} INSERT INTO t SELECT generate_series(1, 3000); INSERT INTO u SELECT generate_series(1, 10)`,
      )
      expect(await cli.run('revision', '--autogenerate', '-m', 'x', ...options)).toMatchObject({ code: 0 })
      const [file] = readdirSync(join(cli.dir, 'migrations'))
      const text = readFileSync(join(cli.dir, 'migrations', file!), 'utf8')
      const found = [...text.matchAll(/createIndex\('(\w)i'(.*)/g)].filter((m) => m[2]!.includes('concurrently'))
      expect(found.map((m) => m[1])).toEqual(expected)
    } finally {
      cli.close()
    }
  })

  interface Kind {
    readonly title: string
    readonly before: string
    readonly after: string
    readonly rows?: string
    /** The calls of the revision's upgrade, and what they must say. */
    readonly calls: readonly string[]
    readonly says: RegExp
    /** True for the rows afterwards. */
    readonly holds?: string
  }
  const t = (columns: string, more = ''): string => `CREATE TABLE t (id int PRIMARY KEY, ${columns});\n${more}`
  const rows = 'INSERT INTO t SELECT i, i FROM generate_series(1, 3000) i'
  const kinds: readonly Kind[] = [
    {
      title: 'an index',
      before: t('n int'),
      after: t('n int', 'CREATE INDEX t_n_ix ON t (n);'),
      rows,
      calls: ['createIndex t_n_ix'],
      says: /concurrently: true/,
    },
    {
      title: 'an index that goes',
      before: t('n int', 'CREATE INDEX t_n_ix ON t (n);'),
      after: t('n int'),
      rows,
      calls: ['dropIndex t_n_ix'],
      says: /concurrently: true/,
    },
    {
      title: 'a foreign key',
      before: t('n int'),
      after: t('n int CONSTRAINT t_fk REFERENCES t (id)'),
      rows,
      calls: ['createForeignKey t_fk', 'validateConstraint t_fk'],
      says: /notValid: true/,
    },
    {
      title: 'a check',
      before: t('n int'),
      after: t('n int CONSTRAINT t_check CHECK (n > 0)'),
      rows,
      calls: ['createCheckConstraint t_check', 'validateConstraint t_check'],
      says: /notValid: true/,
    },
    {
      title: 'a unique constraint',
      before: t('n int'),
      after: t('n int CONSTRAINT t_n_key UNIQUE'),
      rows,
      calls: ['createIndex t_n_key', 'createUniqueConstraint t_n_key'],
      says: /usingIndex: 't_n_key'/,
    },
    {
      title: 'a primary key',
      before: 'CREATE TABLE t (id int, n int)',
      after: 'CREATE TABLE t (id int CONSTRAINT t_pk PRIMARY KEY, n int)',
      rows,
      calls: [...notNull('t', 'id'), 'createIndex t_pk', 'createPrimaryKey t_pk'],
      says: /usingIndex: 't_pk'/,
    },
    {
      title: 'NOT NULL',
      before: t('n int'),
      after: t('n int NOT NULL'),
      rows,
      calls: notNull('t', 'n'),
      says: /notValid: true/,
    },
    {
      title: 'a volatile default',
      before: t('n int'),
      after: t('n int, c uuid DEFAULT gen_random_uuid()'),
      rows,
      calls: ['addColumn t', 'alterColumn t', 'backfill t'],
      says: /where: sql`c IS NULL`/,
      holds: 'SELECT count(DISTINCT c) = 3000 FROM t',
    },
    {
      title: 'a volatile default that is not null',
      before: t('n int'),
      after: t('n int, "in" uuid NOT NULL DEFAULT gen_random_uuid()'),
      rows,
      calls: ['addColumn t', 'alterColumn t', 'backfill t', ...notNull('t', 'in')],
      says: /where: sql`"in" IS NULL`/,
      holds: 'SELECT count(DISTINCT "in") = 3000 FROM t',
    },
  ]

  test.each(tableOf(kinds).map((kind) => [kind.title, kind] as const))('with rows, both ways: %s', async (_, kind) => {
    const { url } = await freshDatabase()
    const cli = project(
      url,
      kind.after,
      '{"hazards":"refuse-both-ways","allow":["BLOCKS_READS","BLOCKS_WRITES","BREAKS_CLIENTS","DATA_LOSS"]}',
    )
    try {
      await execute(url, kind.before)
      if (kind.rows !== undefined) await execute(url, kind.rows)
      const start = await catalog(url, true)
      const made = await cli.run('revision', '--autogenerate', '-m', 'safe')
      expect([made.code, made.stderr]).toEqual([0, expect.any(String)])
      const [file] = readdirSync(join(cli.dir, 'migrations'))
      const text = readFileSync(join(cli.dir, 'migrations', file!), 'utf8')
      const up = text.slice(text.indexOf('function upgrade'), text.indexOf('function downgrade'))
      expect([...up.matchAll(/^  op\.(\w+)\((?:\s*'([^']*)')?/gm)].map((m) => `${m[1]} ${m[2] ?? ''}`)).toEqual(
        kind.calls,
      )
      expect(up).toMatch(kind.says)
      // The gate allows moments of a lock only: nothing that reads or rewrites a table while others wait.
      const upgraded = await cli.run('upgrade')
      expect(upgraded).toMatchObject({ code: 0 })
      expect(await cli.run('check')).toMatchObject({ code: 0 })
      if (kind.holds !== undefined) expect(await value(url, kind.holds)).toBe('true')
      const down = await cli.run('downgrade')
      expect(down).toMatchObject({ code: 0 })
      expect((await catalog(url, true)).filter((l) => !l.includes('ambix_'))).toEqual(start)
      if (kind.rows !== undefined) expect(Number(await value(url, 'SELECT count(*) FROM t'))).toBe(3000)
    } finally {
      cli.close()
    }
  })
})
