/** What JavaScript allows and TypeScript does not, as a model that nobody type-checked has it: refused in words, never a TypeError, never SQL. */
import { describe, expect, test } from 'vitest'
import * as m from '../../src/schema.ts'
import { isAmbixError } from '../../src/errors.ts'
import { diff } from '../../src/diff/diff.ts'
import { postgres } from '../../src/dialects/postgres/index.ts'
import { emptySchema } from '../../src/schema/model.ts'
import { collectSchema } from '../../src/schema/resolve/collect.ts'

const t = m.table('t', { id: m.integer() })
const withColumn = (column: unknown): object => m.table('tt', { id: m.integer(), a: column } as never)
const withExtra = (extra: unknown): object => m.table('tt', { id: m.integer(), a: m.integer() }, [extra] as never)

/** Each builder that takes options, in a schema, and what it takes. */
const builders: readonly (readonly [string, (options: never) => object, string])[] = [
  [
    'table',
    (o) => m.table('tt', { id: m.integer() }, o),
    'comment renamedFrom unlogged with tablespace inherits partitionBy partitionOf rowSecurity forceRowSecurity replicaIdentity strict withoutRowid',
  ],
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
  ['time', (o) => withColumn(m.time(o)), 'withTimeZone precision'],
  ['timestamp', (o) => withColumn(m.timestamp(o)), 'withTimeZone precision'],
  ['interval', (o) => withColumn(m.interval(o)), 'fields precision'],
  ['domainRef', (o) => withColumn(m.domainRef('d', o)), 'schema'],
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
  ['inlineEnum', (o) => withColumn(m.inlineEnum('e', ['a'], o)), 'schema'],
  ['schema', (o) => m.schema('s', o).table('x', { id: m.integer() }), 'comment renamedFrom'],
  [
    'foreignKey',
    (o) => withExtra(m.foreignKey('f').on('a').references('t', ['id'], o)),
    'schema onDelete onUpdate onDeleteColumns match deferrable initially notValid notEnforced',
  ],
  ['deferrable', (o) => withExtra(m.unique('u').on('a').deferrable(o)), 'initially'],
  ['view', (o) => m.view('v', 'select 1', o), 'comment renamedFrom with columnComments'],
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
    'trigger',
    (o) => m.trigger('g', t, { execute: 'f()', events: 'insert', ...(o as object) }),
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
const values: Readonly<Record<string, unknown>> = {
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
/** No option takes one of these, except as said. */
const never = ['NaN', 'a function', 'a symbol', 'a bigint', 'a Map', 'a promise', 'a string with NUL'] as const
const except = new Set([
  'enumType.persist: a function',
  'domain.default: a bigint',
  'domain.default: a string with NUL',
])

/** Exact in any size, as a sequence's numbers are. */
const sequenceNumbers = new Set(['start', 'increment', 'min', 'max', 'cache'])

const statements = (made: object): readonly string[] => {
  const { schema } = collectSchema([[t, made]], { names: { most: 63, unit: 'bytes' } })
  const { upgrade } = diff(emptySchema, schema, { hints: [], serverVersion: 18 })
  return postgres.compile(upgrade, undefined, { offline: true, serverVersion: 18 }).map((s) => s.sql)
}

describe.each(builders)('%s', (name, make, keys) => {
  test.each(keys.split(' '))('%s', (key) => {
    const wrong: string[] = []
    for (const [value, given] of Object.entries(values)) {
      try {
        const sql = statements(make({ [key]: given } as never)).join('; ')
        if (/undefined|\[object|NaN|=> 1/u.test(sql)) wrong.push(`${value} became ${sql}`)
        const taken = `${name}.${key}: ${value}`
        if (value === 'a bigint' && sequenceNumbers.has(key)) continue
        if ((never as readonly string[]).includes(value) && !except.has(taken.replace(' as varchar', '')))
          wrong.push(`taken: ${taken}`)
      } catch (error) {
        if (!isAmbixError(error)) wrong.push(`${value}: ${String(error)}`)
      }
    }
    expect(wrong).toEqual([])
  })
})

test('no builder fails in its own code, whatever its first two arguments are', () => {
  const wrong = new Set<string>()
  const attempt = (what: string, call: () => unknown): void => {
    try {
      call()
    } catch (error) {
      if (!isAmbixError(error)) wrong.add(`${what}: ${String(error)}`)
    }
  }
  const given = [...Object.values(values), undefined]
  const functions = new Map<string, (...args: unknown[]) => unknown>()
  for (const [name, value] of Object.entries(m)) if (typeof value === 'function') functions.set(name, value as never)
  const columns = { integer: m.integer(), text: m.text(), enum: m.enumType('e', ['a'])(), timestamp: m.timestamp() }
  for (const [name, column] of Object.entries(columns))
    for (const method of Object.getOwnPropertyNames(Object.getPrototypeOf(column)))
      if (method !== 'constructor')
        functions.set(`${name}().${method}`, (...args) =>
          (column as never as Record<string, Function>)[method]!(...args),
        )
  const extras = [m.index('i'), m.unique('u'), m.check('c', 'true'), m.foreignKey('f'), m.exclude('x')]
  for (const extra of extras)
    for (const method of ['on', 'include', 'where', 'using', 'with', 'tablespace', 'comment', 'match', 'references'])
      if (method in extra)
        functions.set(`${extra.constructor.name}.${method}`, (...args) =>
          (extra as never as Record<string, Function>)[method]!(...args),
        )
  for (const [name, call] of functions)
    for (const first of given) {
      attempt(name, () => call(first))
      for (const second of given) attempt(name, () => call(first, second))
    }
  for (const name of ['fn', 'trigger', 'view', 'rule', 'definition', 'grant', 'inlineEnum'])
    for (const second of given)
      for (const third of given) attempt(name, () => functions.get(name)!('name', second, third))
  expect([...wrong]).toEqual([])
  expect(functions.size).toBeGreaterThan(150)
})

test('what is given is shown, and what is wanted', () => {
  const said = (make: () => unknown): string => {
    try {
      make()
    } catch (error) {
      if (isAmbixError(error)) return `${error.message} ${error.why}`
      throw error
    }
    throw new Error('nothing was refused')
  }
  expect(said(() => m.timestamp({ withTimeZone: 'yes' } as never))).toBe(
    `timestamp(): the option 'withTimeZone' must be true or false. "yes" was given.`,
  )
  expect(said(() => m.integer().identity({ generation: 'ALWAYS' } as never))).toBe(
    `identity(): the option 'generation' must be 'always' or 'byDefault'. "ALWAYS" was given.`,
  )
  expect(said(() => m.integer().comment(42 as never))).toBe(
    'comment() must be a string without NUL characters. 42 was given.',
  )
  expect(said(() => m.inlineEnum(['a', 'b'] as never, undefined as never))).toBe(
    'The name of a enum must be a string that is not empty. A list was given.',
  )
  expect(said(() => m.inlineEnum('draft', 'live' as never))).toBe(
    `inlineEnum('draft') is given no list of labels. "live" was given.`,
  )
  expect(said(() => (m.sql as never as (text: string) => unknown)('now()'))).toBe(
    'sql is called as a function. It is a tag: what stands between its backticks is the SQL.',
  )
  expect(said(() => m.policy('p', t, { for: 'upsert' } as never))).toBe(
    `policy('p'): the option 'for' must be 'all', 'select', 'insert', 'update' or 'delete'. "upsert" was given.`,
  )
})

test('what a module exports is an object', () => {
  // As `import * as columns` gives it.
  const columns = Object.defineProperty({ street: m.text() }, Symbol.toStringTag, { value: 'Module' })
  expect(statements(m.composite('address', columns))).toEqual(statements(m.composite('address', { street: m.text() })))
})
