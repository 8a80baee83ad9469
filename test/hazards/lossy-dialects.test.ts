/** Issue 10, item 5: what loses values is told on each database, and what loses none is not. */
import { expect, test } from 'vitest'
import { mysql } from '../../src/dialects/mysql/index.ts'
import { postgres } from '../../src/dialects/postgres/index.ts'
import { sqlite } from '../../src/dialects/sqlite/index.ts'
import { type Operations, record } from '../../src/operations/recorder.ts'
import { collectSchema } from '../../src/schema/resolve/collect.ts'
import * as m from '../../src/schema.ts'

const mood = m.enumType('mood', ['sad', 'ok', 'great'])
const { schema: before } = collectSchema(
  [
    {
      mood,
      t: m.table('t', {
        id: m.bigint().primaryKey(),
        body: m.text(),
        big: m.bigint(),
        amount: m.numeric(8, 2),
        share: m.doublePrecision(),
        wide: m.varchar(20),
        at: m.timestamp({ precision: 6 }),
        mood: mood(),
      }),
    },
  ],
  { names: { most: 63, unit: 'bytes' } },
)
const dialects = { postgres, mysql, sqlite }
type Name = keyof typeof dialects

function told(name: Name, up: (op: Operations) => void): readonly string[] {
  const statements = dialects[name].compile(record(up), before, { offline: false })
  const losses = statements.flatMap((s) => s.hazards.filter((h) => h.code === 'DATA_LOSS').map((h) => h.object))
  return [...new Set(losses)]
}

const column =
  (name: string, type: m.AnyColumn) =>
  (op: Operations): void =>
    op.alterColumn('t', name, { type })

/** SQLite keeps every value, whatever the type of its column says. */
const typed: readonly Name[] = ['postgres', 'mysql']
const every: readonly Name[] = ['postgres', 'mysql', 'sqlite']

const lossy: readonly (readonly [string, string, (op: Operations) => void, readonly Name[]])[] = [
  ['a table goes', 't', (op) => op.dropTable('t'), every],
  ['a column goes', 't.body', (op) => op.dropColumn('t', 'body'), every],
  [
    'a label goes',
    'mood.great',
    (op) => op.alterEnum('mood', { from: ['sad', 'ok', 'great'], to: ['sad', 'ok'] }),
    every,
  ],
  [
    'a label becomes another',
    'mood.great',
    (op) => op.alterEnum('mood', { from: ['sad', 'ok', 'great'], to: ['sad', 'ok'], remap: { great: 'ok' } }),
    every,
  ],
  ['bigint to integer', 't.big', column('big', m.integer()), typed],
  ['less scale', 't.amount', column('amount', m.numeric(8, 1)), typed],
  ['double precision to integer', 't.share', column('share', m.integer()), typed],
  ['a shorter varchar', 't.wide', column('wide', m.varchar(10)), typed],
  ['text to varchar', 't.body', column('body', m.varchar(10)), typed],
  ['timestamp to date', 't.at', column('at', m.date()), typed],
  ['fewer digits of seconds', 't.at', column('at', m.timestamp({ precision: 3 })), typed],
]
const kept: readonly (readonly [string, (op: Operations) => void])[] = [
  ['integer to numeric', column('big', m.numeric())],
  ['more digits', column('amount', m.numeric(12, 4))],
  ['a longer varchar', column('wide', m.varchar(40))],
  ['varchar to text', column('wide', m.text())],
  ['null is forbidden', (op) => op.alterColumn('t', 'body', { nullable: false })],
  ['a new label', (op) => op.addEnumValue('mood', 'odd')],
  ['a new column', (op) => op.addColumn('t', 'c', m.text())],
]

test.each(lossy.flatMap(([title, object, up, on]) => on.map((name) => [name, title, object, up] as const)))(
  '%s: %s',
  (name, _, object, up) => expect(told(name, up)).toEqual([object]),
)

test.each(kept.flatMap(([title, up]) => every.map((name) => [name, title, up] as const)))(
  '%s: %s loses nothing',
  (name, _, up) => expect(told(name, up)).toEqual([]),
)
