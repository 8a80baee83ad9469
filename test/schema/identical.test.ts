/** Deep equality of pieces of a schema: what is on one side alone is a difference, whatever its name. */
import { expect, test } from 'vitest'
import { identical } from '../../src/schema/identical.ts'

test.each([
  [{ a: 1, b: [1, { c: 'x' }] }, { b: [1, { c: 'x' }], a: 1 }, true],
  [{ a: 1 }, { a: 1, b: 2 }, false],
  [{ a: 1, b: 2 }, { a: 1 }, false],
  [{ a: undefined }, { b: 1 }, false],
  [{ b: 1 }, { a: undefined }, false],
  [{}, { constructor: 'x' }, false],
  [{ constructor: 'x' }, {}, false],
  [[1, 2], [1], false],
  [[1], { 0: 1 }, false],
  [null, {}, false],
  ['1', 1, false],
] as const)('%j and %j: %j', (a, b, same) => {
  expect(identical(a, b)).toBe(same)
  expect(identical(b, a)).toBe(same)
})
