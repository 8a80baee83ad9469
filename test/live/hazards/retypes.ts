/** Types of columns that become others: which are rewritten, and which are only read again. */
import * as m from '../../../src/schema.ts'
import type { HazardCase } from './cases.ts'

const text = m.text()
const collation = (op: Parameters<HazardCase['up']>[0]): void =>
  op.alterColumn('t', 'c', { collation: { schema: 'pg_catalog', name: 'C' } })

/** From a type to another: `c` is the column. */
const retype = (title: string, from: string, type: m.AnyColumn, more: Partial<HazardCase> = {}): HazardCase => ({
  rule: 15,
  title,
  up: (op) => op.alterColumn('t', 'c', { type }),
  ...more,
  before: `ALTER TABLE t ADD COLUMN c ${from};${more.before ?? ''}`,
})

export const retypes: readonly HazardCase[] = [
  retype('varchar to longer', 'varchar(5)', m.varchar(9)),
  retype('varchar to shorter', 'varchar(9)', m.varchar(5)),
  retype('varchar to text', 'varchar(5)', text),
  retype('text to varchar', 'text', m.varchar()),
  retype('text to varchar(n)', 'text', m.varchar(9)),
  retype('char(n) to varchar', 'char(5)', m.varchar(9)),
  retype('numeric to more digits', 'numeric(5,2)', m.numeric(9, 2)),
  retype('numeric to another scale', 'numeric(5,2)', m.numeric(9, 4)),
  retype('numeric to any', 'numeric(5,2)', m.numeric()),
  retype('int to bigint', 'int', m.bigint()),
  retype('timestamp(3) to timestamp', 'timestamp(3)', m.timestamp()),
  retype('timestamp to timestamp(3)', 'timestamp', m.timestamp({ precision: 3 })),
  retype('interval(3) to interval', 'interval(3)', m.interval()),
  retype('varbit to longer', 'varbit(3)', m.varbit(9)),
  retype('cidr to inet', 'cidr', m.inet()),
  retype('json to jsonb', 'json', m.jsonb()),
  retype('enum to text', 'mood', text, { before: `` }),
  retype('an array to longer elements', 'varchar(5)[]', m.varchar(9).array()),
  retype('a base type to a domain without check', 'text', m.domainRef('plain')),
  retype('a base type to a domain with a check', 'text', m.domainRef('short')),
  retype('a domain to its base type', 'plain', text),
  retype('another collation', 'text', text, { up: collation }),
  retype('another collation of an indexed column', 'text', text, {
    up: collation,
    before: 'CREATE INDEX c_ix ON t (c)',
  }),
  retype('longer, with an index', 'varchar(5)', m.varchar(9), { before: 'CREATE INDEX c_ix ON t (c)' }),
  retype('longer, with a check on it', 'varchar(5)', m.varchar(9), {
    rule: 29,
    before: `ALTER TABLE t ADD CHECK (c <> 'x')`,
  }),
  retype('longer, with a check that is not valid', 'varchar(5)', m.varchar(9), {
    rule: 29,
    before: `ALTER TABLE t ADD CHECK (c <> 'x') NOT VALID`,
  }),
  retype('longer, with a check on another', 'varchar(5)', m.varchar(9), {
    rule: 29,
    before: 'ALTER TABLE t ADD CHECK (n > 0)',
  }),
  retype('timestamp to timestamptz in Berlin', 'timestamp', m.timestamp({ withTimeZone: true }), {
    rule: 30,
    zone: 'Europe/Berlin',
  }),
  retype('timestamp to timestamptz in UTC', 'timestamp', m.timestamp({ withTimeZone: true }), {
    rule: 30,
    zone: 'UTC',
  }),
  { rule: 16, title: 'another name for a table', up: (op) => op.renameTable('t', 'u') },
]
