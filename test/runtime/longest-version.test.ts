/** The longest identifier that steps write into the version table. */
import { expect, test } from 'vitest'
import { longestVersion } from '../../src/runtime/history.ts'
import type { RevisionStep } from '../../src/runtime/types.ts'

const step = (...edits: RevisionStep['edits']): RevisionStep => ({
  revision: 'a',
  direction: 'upgrade',
  message: '',
  down: [],
  edits,
})

test('characters are counted, and what is only deleted is not', () => {
  expect(longestVersion([])).toBe(0)
  expect(
    longestVersion([step({ kind: 'insert', to: '😀😀😀' }), step({ kind: 'update', from: 'abcdefg', to: 'abcd' })]),
  ).toBe(4)
  expect(longestVersion([step({ kind: 'insert', to: '😀😀😀' }, { kind: 'delete', from: 'abcdefg' })])).toBe(3)
})

test('more steps than a call can have arguments', () => {
  expect(longestVersion(Array.from({ length: 300_000 }, () => step({ kind: 'insert', to: 'abc' })))).toBe(3)
})
