/** Lists as long as a project's: a call takes no more than some hundred thousand arguments, and overflows the stack with more. */
import { expect, test } from 'vitest'
import { testPglite } from '../support/pglite.ts'
import { append, widest } from '../../src/util/append.ts'

const many = 500_000

test('a long list is added to another', () => {
  const list = ['first']
  append(
    list,
    Array.from({ length: many }, (_, i) => String(i)),
  )
  expect(list).toHaveLength(many + 1)
  expect(widest(list)).toBe(6)
  expect(widest([])).toBe(0)
})

test('a script of very many statements says how many rows each took', { timeout: 120_000 }, async () => {
  const connection = await testPglite()
  expect(await connection.script('SELECT 1;'.repeat(130_000))).toHaveLength(130_000)
})
