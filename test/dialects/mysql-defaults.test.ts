/** Defaults in the form that both sides of a comparison have: a form of its own is taken for itself. */
import { expect, test } from 'vitest'
import { parseDefault, plainDefault } from '../../src/dialects/mysql/spell/defaults.ts'

const type = { kind: 'numeric', precision: 65, scale: 30 } as const

test.each([
  ['0', 0],
  ['0.00', 0],
  [`0.${'0'.repeat(30)}`, 0],
  [`-1.5${'0'.repeat(29)}`, -1.5],
  [`12345678901234567890.5${'0'.repeat(9)}`, '12345678901234567890.5'],
  ['1234567890.1234567890', '1234567890.123456789'],
])('the number %s', (printed, value) => {
  const read = parseDefault(printed, type)
  expect(read).toEqual({ kind: 'literal', value })
  expect(plainDefault(read, type)).toEqual(read)
})
