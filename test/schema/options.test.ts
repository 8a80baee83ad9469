/** No option of a schema builder that nobody knows is passed over: it is refused by name, with the nearest one (issue 9, J1). */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as m from '../../src/schema.ts'
import { tableFromBuilder } from '../../src/schema/resolve/tables.ts'
import { builders, type Make, t } from '../support/builders.ts'

const refusal = (run: () => unknown): { code?: string; message?: string } => {
  try {
    run()
    return {}
  } catch (error) {
    return error as { code: string; message: string }
  }
}
/** Refused for the key, not for what it holds. */
const unknown = (make: Make, key: string): string | undefined =>
  /unknown option '.*/.exec(refusal(() => make({ [key]: undefined } as never)).message ?? '')?.[0]

describe.each(builders)('%s', (_, make, keys) => {
  const known = keys.split(' ')
  test('knows its options', () => {
    expect(known.filter((key) => unknown(make, key) !== undefined)).toEqual([])
  })
  test('refuses any other with the nearest', () => {
    fc.assert(
      fc.property(fc.constantFrom(...known), fc.nat(), fc.constantFrom('drop', 'double', 'case'), (key, at, how) => {
        const i = at % key.length
        const typo =
          how === 'drop'
            ? key.slice(0, i) + key.slice(i + 1)
            : how === 'double'
              ? key.slice(0, i) + key[i] + key.slice(i)
              : key.slice(0, i) +
                (key[i] === key[i]!.toUpperCase() ? key[i]!.toLowerCase() : key[i]!.toUpperCase()) +
                key.slice(i + 1)
        if (typo.length < 2) return
        expect(unknown(make, typo)).toMatch(new RegExp(`^unknown option '${typo}'; did you mean '`))
      }),
      { numRuns: 15 },
    )
    expect(unknown(make, 'zzzzzzzzzz')).toBe("unknown option 'zzzzzzzzzz'")
  })
})

test('the words of the issue', () => {
  const said = (make: () => unknown): string | undefined => refusal(make).message
  expect(said(() => m.integer().references(() => t.id, { onDelte: 'cascade' } as never))).toBe(
    "references(): unknown option 'onDelte'; did you mean 'onDelete'?",
  )
  expect(said(() => m.timestamp({ withTimezone: true } as never))).toBe(
    "timestamp(): unknown option 'withTimezone'; did you mean 'withTimeZone'?",
  )
  expect(said(() => m.enumType('e', ['a'], { persists: 'names' } as never))).toBe(
    "enumType('e'): unknown option 'persists'; did you mean 'persist'?",
  )
  expect(said(() => m.table('t', {}, { coment: 'x' } as never))).toBe(
    "table('t'): unknown option 'coment'; did you mean 'comment'?",
  )
})

test('types without arguments take none, and modes are those that there are', () => {
  const wrong: readonly (() => unknown)[] = [
    () => (m.integer as (n: number) => unknown)(11),
    () => (m.text as (o: object) => unknown)({ length: 3 }),
    () => (m.date as (o: object) => unknown)({ mode: 'string' }),
    () => (m.serial as (o: object) => unknown)({}),
    () => (m.jsonb as (o: object) => unknown)({}),
    () => m.bigint({ mode: 'string ' as never }),
    () => m.varchar({ length: 3 } as never),
    () => m.numeric({ precision: 3 } as never),
  ]
  for (const make of wrong) expect(refusal(make).code).toBe('SCHEMA.INVALID')
})

test('constraints and indexes that are not in a list are refused by the name of the table', () => {
  const one = m.table('t', { id: m.integer() }, ((c: { id: unknown }) => m.index('i').on(c.id as never)) as never)
  const byName = m.table('t', { id: m.integer() }, (() => ({ i: m.index('i').on('id') })) as never)
  for (const made of [one, byName])
    expect(() => tableFromBuilder(made)).toThrow(
      expect.objectContaining({
        code: 'SCHEMA.INVALID',
        message: 'The constraints and indexes of the table t are not in a list.',
      }),
    )
})

test('an object where a number is wanted is named as one', () => {
  expect(() => m.varchar({ length: 20 } as never)).toThrow(expect.objectContaining({ why: 'An object was given.' }))
})
