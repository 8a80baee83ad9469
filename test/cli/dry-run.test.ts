/** Issue 10, item 5: the dry run tells what statements cost from the live schema, and from what the steps before make of it. */
import { expect, test } from 'vitest'
import { execute } from '../support/acceptance.ts'
import { describeLive, freshDatabase } from '../support/live.ts'
import { revisionFile, sandbox } from './sandbox.ts'

const files = {
  // What only raw SQL made: no revision tells ambix of these columns.
  'migrations/a1.sql': `-- revision: a1
-- down_revision: none

-- upgrade
CREATE TABLE t (id int PRIMARY KEY, small varchar(5), n int, at timestamp);
CREATE INDEX t_n_ix ON t (n);
ALTER TABLE t ADD CONSTRAINT there CHECK (n IS NOT NULL);

-- downgrade
DROP TABLE t;
`,
  'migrations/a2.ts': revisionFile('a2', 'a1', {
    head: `import { integer, text, timestamp, varchar } from 'ambix/schema'`,
    up: [
      `op.alterColumn('t', 'small', { type: varchar(9), was: { type: varchar(5) } })`,
      `op.alterColumn('t', 'n', { nullable: false, was: { nullable: true } })`,
      `op.alterColumn('t', 'at', { type: timestamp({ withTimeZone: true }), was: { type: timestamp() } })`,
      `op.dropIndex('t_n_ix')`,
      `op.createTable('fresh', { id: integer(), body: text() })`,
    ].join('\n  '),
    down: `op.dropTable('fresh')`,
  }),
  'migrations/a3.ts': revisionFile('a3', 'a2', {
    up: `op.dropColumn('fresh', 'body')\n  op.execute('ALTER TABLE t ALTER small TYPE text')`,
  }),
}

describeLive('upgrade --dry-run', () => {
  test('what raw SQL made is known from the database, and what a step before makes is known too', async () => {
    const { url } = await freshDatabase()
    await execute(url, `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET TimeZone = 'UTC'`)
    const s = sandbox({ url, files })
    expect((await s.$('upgrade a1')).code).toBe(0)
    const { code, stdout } = await s.$('upgrade head --dry-run')
    expect(code).toBe(0)
    const blocked = '-- BLOCKS_READS t: nobody reads or writes t until the transaction ends (ACCESS EXCLUSIVE)'
    const lines = stdout.split('\n').filter((l) => !/^(?:CREATE TABLE fresh \(| {2}.*|\);|)$/.test(l))
    expect(lines).toEqual([
      '-- upgrade a2, the revision a2',
      blocked,
      'ALTER TABLE t ALTER COLUMN small TYPE varchar(9);',
      blocked,
      'ALTER TABLE t ALTER COLUMN n SET NOT NULL;',
      blocked,
      "-- TIME_ZONE t.at: reads the values of t.at as times of the session's time zone (ACCESS EXCLUSIVE)",
      'ALTER TABLE t ALTER COLUMN at TYPE timestamp with time zone;',
      blocked,
      'DROP INDEX t_n_ix;',
      '-- upgrade a3, the revision a3',
      '-- DATA_LOSS fresh.body: drops column fresh.body with its values (ACCESS EXCLUSIVE)',
      'ALTER TABLE fresh DROP COLUMN body;',
      blocked,
      'ALTER TABLE t ALTER small TYPE text;',
    ])
    expect((await s.$('current')).stdout).toContain('a1')
  })
})
