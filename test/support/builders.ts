/** The builders of the schema language that take options, and values of every kind to give them. */
import { isAmbixError } from '../../src/errors.ts'
import * as m from '../../src/schema.ts'

export const t = m.table('t', { id: m.integer() })
const withColumn = (column: unknown): object => m.table('tt', { id: m.integer(), a: column } as never)
const withExtra = (extra: unknown): object => m.table('tt', { id: m.integer(), a: m.integer() }, [extra] as never)

export type Make = (options: never) => object

/** Each builder that takes options, in what a schema has of it, and what it takes. */
export const builders: readonly (readonly [string, Make, string])[] = [
  [
    'table',
    (o) => m.table('tt', { id: m.integer() }, o),
    'comment renamedFrom unlogged with tablespace inherits partitionBy partitionOf rowSecurity forceRowSecurity replicaIdentity strict withoutRowid',
  ],
  ['table with extras', (o) => m.table('tt', { id: m.integer() }, [], o), 'comment unlogged tablespace'],
  ['partitionOf', (o) => m.table('tt', { id: m.integer() }, { partitionOf: o }), 'parent bound'],
  ['primaryKey', (o) => withColumn(m.integer().primaryKey(o)), 'name'],
  [
    'identity',
    (o) => withColumn(m.integer().identity(o)),
    'generation sequenceName start increment min max cache cycle',
  ],
  ['unique', (o) => withColumn(m.integer().unique(o)), 'name nullsNotDistinct deferrable initially'],
  [
    'references',
    (o) => withColumn(m.integer().references(() => t.id, o)),
    'name onDelete onUpdate onDeleteColumns match deferrable initially notValid notEnforced',
  ],
  ['references by name', (o) => withColumn(m.integer().references('t', 'id', o)), 'schema onDelete'],
  ['generatedAs', (o) => withColumn(m.integer().generatedAs('1', o)), 'stored'],
  ['collate', (o) => withColumn(m.text().collate('C', o)), 'schema'],
  ['index', (o) => withColumn(m.integer().index(o)), 'name unique using'],
  ['bigint', (o) => withColumn(m.bigint(o)), 'mode'],
  ['bigserial', (o) => withColumn(m.bigserial(o)), 'mode'],
  ['time', (o) => withColumn(m.time(o)), 'withTimeZone precision'],
  ['timestamp', (o) => withColumn(m.timestamp(o)), 'withTimeZone precision'],
  ['interval', (o) => withColumn(m.interval(o)), 'fields precision'],
  ['domainRef', (o) => withColumn(m.domainRef('d', o)), 'schema'],
  ['compositeRef', (o) => withColumn(m.compositeRef('c', o)), 'schema'],
  ['rangeRef', (o) => withColumn(m.rangeRef('r', o)), 'schema'],
  ['enumRef', (o) => withColumn(m.enumRef('e', o)), 'schema'],
  [
    'enumType',
    (o) => withColumn(m.enumType('e', ['a'], o)()),
    'persist schema native length constraintName createType validate renamedFrom renamed removed comment',
  ],
  [
    'enumType as varchar',
    (o) => withColumn(m.enumType('e', ['a'], { native: false, ...(o as object) })()),
    'persist schema length constraintName createType validate renamedFrom renamed removed comment',
  ],
  ['schema.enumType', (o) => withColumn(m.schema('s').enumType('e', ['a'], o)()), 'persist comment'],
  ['inlineEnum', (o) => withColumn(m.inlineEnum('e', ['a'], o)), 'schema'],
  ['schema', (o) => m.schema('s', o).table('x', { id: m.integer() }), 'comment renamedFrom'],
  [
    'foreignKey',
    (o) => withExtra(m.foreignKey('f').on('a').references('t', ['id'], o)),
    'schema onDelete onUpdate onDeleteColumns match deferrable initially notValid notEnforced',
  ],
  [
    'foreignKey by columns',
    (o) =>
      withExtra(
        m
          .foreignKey('f')
          .on('a')
          .references(() => [t.id], o),
      ),
    'onDelete onUpdate match',
  ],
  ['deferrable', (o) => withExtra(m.unique('u').on('a').deferrable(o)), 'initially'],
  ['view', (o) => m.view('v', 'select 1', o), 'comment renamedFrom with columnComments'],
  ['typed view', (o) => m.view('v', { a: m.integer() }, 'select 1', o), 'comment with'],
  [
    'materializedView',
    (o) => m.materializedView('v', { a: m.integer() }, 'select 1', o),
    'comment with tablespace noData indexes columnComments',
  ],
  [
    'fn',
    (o) => m.fn('f', { returns: 'int', body: 'select 1', ...(o as object) }),
    'arguments returns language body atomic attributes comment renamedFrom',
  ],
  [
    'fn as a statement',
    (o) => m.fn('f', 'create function f() returns int', o),
    'arguments returns language body atomic attributes comment renamedFrom',
  ],
  [
    'trigger',
    (o) => m.trigger('g', t, { execute: 'f()', events: 'insert', ...(o as object) }),
    'timing events forEach when execute constraint referencing enabled comment',
  ],
  [
    'trigger as a statement',
    (o) => m.trigger('g', t, 'create trigger', o),
    'timing events forEach when execute constraint referencing enabled comment',
  ],
  ['policy', (o) => m.policy('p', t, o), 'for restrictive to using check comment renamedFrom'],
  ['rule', (o) => m.rule('r', t, 'create rule', o), 'comment renamedFrom'],
  [
    'definition',
    (o) => m.definition('cast', 'c', { create: 'a', drop: 'b', ...(o as object) }),
    'create drop commentOn table comment',
  ],
  [
    'sequence',
    (o) => m.sequence('s', o),
    'type ownedBy unlogged start increment min max cache cycle comment renamedFrom',
  ],
  ['domain', (o) => m.domain('d', m.text(), o), 'notNull default collation check comment renamedFrom'],
  ['composite', (o) => m.composite('c', {}, o), 'comment renamedFrom'],
  ['range', (o) => m.range('r', m.integer(), o), 'opclass collation subtypeDiff canonical multirangeName comment'],
  ['extension', (o) => m.extension('x', o), 'schema version comment'],
  ['grant', (o) => m.grant('select', t, { to: 'public', ...(o as object) }), 'to columns grantable'],
  ['revoke', (o) => m.revoke('select', t, o), 'from'],
]

/** Values of every kind that JavaScript has. */
export const values: Readonly<Record<string, unknown>> = {
  null: null,
  zero: 0,
  'a number': 42,
  'a fraction': 1.5,
  NaN: Number.NaN,
  true: true,
  false: false,
  'a string': 'name',
  'an empty string': '',
  'a string with NUL': 'a\0b',
  'a list of strings': ['a', 'b'],
  'an empty list': [],
  'a list of null': [null],
  'an empty object': {},
  'an object': { zzz: 1 },
  'a nested object': { a: { b: null } },
  'an object without prototype': Object.create(null),
  'a function': () => 1,
  'a symbol': Symbol('s'),
  'a Date': new Date(0),
  'a bigint': 10n,
  'a column': m.integer(),
  'a type that is not called': m.integer,
  'a table': m.table('t9', { id: m.integer() }),
  SQL: m.sql`now()`,
  'an enum': m.enumType('ee', ['a']),
  'a Map': new Map([['a', 1]]),
  'a promise': Promise.resolve(1),
}

/** What is said of a call that is refused, and why. */
export function saidOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    if (isAmbixError(error)) return `${error.message} ${error.why}`
    throw error
  }
  throw new Error('nothing was refused')
}
