/** What JavaScript allows and TypeScript does not, as a model that nobody type-checked has it: refused in words, never a TypeError, never SQL. */
import { describe, expect, test } from 'vitest'
import * as m from '../../src/schema.ts'
import { isAmbixError } from '../../src/errors.ts'
import { diff } from '../../src/diff/diff.ts'
import { postgres } from '../../src/dialects/postgres/index.ts'
import { emptySchema } from '../../src/schema/model.ts'
import { collectSchema } from '../../src/schema/resolve/collect.ts'
import { builders, saidOf, t, values } from '../support/builders.ts'

/** No option takes one of these, except as said. */
const never = ['NaN', 'a function', 'a symbol', 'a bigint', 'a Map', 'a promise', 'a string with NUL'] as const
const except = new Set([
  'enumType.persist: a function',
  'schema.enumType.persist: a function',
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
  expect(saidOf(() => m.timestamp({ withTimeZone: 'yes' } as never))).toBe(
    `timestamp(): the option 'withTimeZone' must be true or false. "yes" was given.`,
  )
  expect(saidOf(() => m.integer().identity({ generation: 'ALWAYS' } as never))).toBe(
    `identity(): the option 'generation' must be 'always' or 'byDefault'. "ALWAYS" was given.`,
  )
  expect(saidOf(() => m.integer().comment(42 as never))).toBe(
    'comment() must be a string without NUL characters. 42 was given.',
  )
  expect(saidOf(() => m.inlineEnum(['a', 'b'] as never, undefined as never))).toBe(
    'The name of a enum must be a string that is not empty. A list was given.',
  )
  expect(saidOf(() => m.inlineEnum('draft', 'live' as never))).toBe(
    `inlineEnum('draft') is given no list of labels. "live" was given.`,
  )
  expect(saidOf(() => (m.sql as never as (text: string) => unknown)('now()'))).toBe(
    'sql is called as a function. It is a tag: what stands between its backticks is the SQL.',
  )
  expect(saidOf(() => m.policy('p', t, { for: 'upsert' } as never))).toBe(
    `policy('p'): the option 'for' must be 'all', 'select', 'insert', 'update' or 'delete'. "upsert" was given.`,
  )
})

test('what a module exports is an object', () => {
  // As `import * as columns` gives it.
  const columns = Object.defineProperty({ street: m.text() }, Symbol.toStringTag, { value: 'Module' })
  expect(statements(m.composite('address', columns))).toEqual(statements(m.composite('address', { street: m.text() })))
})
