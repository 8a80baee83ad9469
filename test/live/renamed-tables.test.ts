/** A table under a new name, with all that is said of it by statements of their own: options, CLUSTER, rules, statistics. */
import { expect, test } from 'vitest'
import { runScenario } from '../support/acceptance.ts'
import { describeLive } from '../support/live.ts'

const schema = (t: string): string => `
CREATE TYPE ty AS (a integer); CREATE TABLE ${t}_typed OF ty;
CREATE TABLE ${t} (a integer CONSTRAINT t_pkey PRIMARY KEY, b text);
ALTER TABLE ${t} ALTER a SET (n_distinct = 5);
ALTER TABLE ${t} CLUSTER ON t_pkey;
CREATE INDEX i ON ${t} ((a + 1));
ALTER INDEX i ALTER COLUMN 1 SET STATISTICS 77;
CREATE RULE r AS ON INSERT TO ${t} DO ALSO SELECT 1;
COMMENT ON RULE r ON ${t} IS 'kept';
CREATE RULE r2 AS ON UPDATE TO ${t} DO ALSO SELECT count(*) FROM ${t};
CREATE STATISTICS st ON a, b FROM ${t};`

describeLive('a renamed table', (server) => {
  test('keeps what is said of it, there and back', async () => {
    const problems = await runScenario(
      {
        id: 'renamed',
        title: '',
        before_schema: schema('t'),
        after_schema: schema('u'),
        rows: `INSERT INTO t VALUES (1, 'x')`,
        hints: [
          { rename: 'table', from: 't', to: 'u' },
          { rename: 'table', from: 't_typed', to: 'u_typed' },
        ],
        verify_up: [{ sql: 'SELECT b FROM u', equals: 'x' }],
        verify_down: [{ sql: 'SELECT b FROM t', equals: 'x' }],
        expect: {},
      },
      { server, names: true },
    )
    expect(problems).toEqual([])
  })
})
