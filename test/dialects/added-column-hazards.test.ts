/** An added column writes the whole table where PostgreSQL must give each row a value of its own (issue 9, M20). */
import { expect, test } from 'vitest'
import { postgres } from '../../src/dialects/postgres/index.ts'
import { record } from '../../src/operations/recorder.ts'
import { collectSchema } from '../../src/schema/resolve/collect.ts'
import * as m from '../../src/schema.ts'

const body = { returns: 'text', body: 'select 1::text' }
const { schema: before } = collectSchema(
  [
    {
      t: m.table('t', { id: m.integer() }),
      plain: m.domain('plain', m.text()),
      over: m.domain('over', m.domainRef('checked') as never),
      checked: m.domain('checked', m.text(), { check: m.sql`value <> ''` }),
      required: m.domain('required', m.text(), { notNull: true }),
      own: m.fn('own', body),
      steady: m.fn('steady', { ...body, attributes: 'immutable' }),
      lying: m.fn('lying', { ...body, body: "select 'immutable'::text" }),
    },
  ],
  { names: { most: 63, unit: 'bytes' } },
)

const cases: readonly (readonly [string, m.AnyColumn, boolean])[] = [
  ['a constant', m.text().default('x'), false],
  ['now()', m.timestamp().default(m.sql`now()`), false],
  ['a random number', m.doublePrecision().default(m.sql`random()`), true],
  ['a volatile function of the user', m.text().default(m.sql`own()`), true],
  ['one that only speaks of it', m.text().default(m.sql`lying()`), true],
  ['an immutable function of the user', m.text().default(m.sql`steady()`), false],
  ['a name that only begins so', m.text().default(m.sql`my_own`), false],
  ['a domain without constraints', m.domainRef('plain'), false],
  ['a domain with a check', m.domainRef('checked'), true],
  ['a domain that is not null', m.domainRef<string>('required').default('a'), true],
  ['a domain over one with a check', m.domainRef('over'), true],
  ['a domain that nobody knows', m.domainRef('stranger'), true],
]

test.each(cases)('%s', (_, column, written) => {
  const statements = postgres.compile(
    record((op) => op.addColumn('t', 'c', column)),
    before,
    { offline: true, serverVersion: 18 },
  )
  expect(statements.some((s) => s.hazards.some((h) => h.code === 'TABLE_REWRITE'))).toBe(written)
})
