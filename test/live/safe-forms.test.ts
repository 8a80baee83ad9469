/** Issue 10.5: with `safe`, autogenerate writes by itself what keeps nobody waiting, and it goes both ways. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { execute, project } from '../support/acceptance.ts'
import { describeLive, freshDatabase } from '../support/live.ts'

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
    const cli = project(url, before, '{"safe":true}')
    try {
      await execute(url, `${before}; INSERT INTO owners VALUES (1, 'a'); INSERT INTO t VALUES (1, 1, 1, 'm', 'o', 's')`)
      writeFileSync(join(cli.dir, 'schema.sql'), after)
      const made = await cli.run('migrate', '-m', 'safe')
      expect(made).toMatchObject({ code: 0 })
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
})
