/** What looks like a rename of a column, and what only shares a type. */
import { describe, expect, test } from 'vitest'
import type { Column, Table } from '../../src/schema/model.ts'
import { alike, resembles } from '../../src/diff/questions/similarity.ts'

const column = (name: string, more: Partial<Column> = {}): Column => ({
  name,
  type: { kind: 'text' },
  nullable: true,
  ...more,
})
const table = (...columns: Column[]): Table => ({ kind: 'table', name: 't', columns, constraints: [], indexes: [] })
const one = column('id')

describe('a column that went and one that came look like a rename', () => {
  test('with the same settings, whatever their names', () => {
    const [a, b] = [column('email'), column('contact')]
    expect(resembles(a, b, table(a, one), table(one, b))).toBe(true)
  })
  test('with names alike or in the same place, though a setting changed', () => {
    const [a, b, c] = [column('user_name'), column('name', { nullable: false }), column('x', { nullable: false })]
    expect(resembles(a, b, table(a, one), table(one, b))).toBe(true)
    expect(resembles(a, c, table(one, a), table(one, c))).toBe(true)
  })
  test('but not for their type alone, nor with another type, nor where it is generated', () => {
    const [a, b] = [column('email'), column('notes', { nullable: false })]
    expect(resembles(a, b, table(a, one), table(one, b))).toBe(false)
    expect(resembles(a, column('email2', { type: { kind: 'integer' } }), table(a), table(b))).toBe(false)
    const g = column('email_lower', { generated: { sql: 'lower(email)', stored: true } })
    expect(resembles(a, g, table(a), table(g))).toBe(false)
  })
})

test.each([
  ['created', 'created_at', true],
  ['userId', 'user_id', true],
  ['colour', 'color', true],
  ['email', 'notes', false],
  ['a', 'b', false],
])('%s and %s are alike: %s', (a, b, wanted) => {
  expect(alike(a, b)).toBe(wanted)
})
