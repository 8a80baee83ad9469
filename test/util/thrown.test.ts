/** What code of a project throws is told as text, whatever it is. */
import { expect, test } from 'vitest'
import { messageOf, thrownText } from '../../src/util/redact.ts'

const unreadable = {
  toString(): string {
    // oxlint-disable-next-line no-throw-literal
    throw 2
  },
}

test.each([
  ['an error', new Error('said'), 'said'],
  ['a number', 2, '2'],
  ['undefined', undefined, 'undefined'],
  ['a symbol', Symbol('s'), 'Symbol(s)'],
  ['an object whose toString throws', unreadable, 'an object that cannot be written as text'],
  ['an object without a prototype', Object.create(null), 'an object that cannot be written as text'],
  ['a function whose toString throws', Object.assign(() => 1, unreadable), 'a function that cannot be written as text'],
  [
    'an error whose message is no text',
    Object.assign(new Error(), { message: unreadable }),
    'an object that cannot be written as text',
  ],
])('%s', (_, thrown, text) => {
  expect(thrownText(thrown)).toBe(text)
  expect(messageOf(thrown)).toBe(text)
})
