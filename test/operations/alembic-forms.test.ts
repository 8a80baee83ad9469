/** Forms of Alembic's that are understood, or refused at once (issue 9, J4). */
import { describe, expect, test } from 'vitest'
import { record, type Operations } from '../../src/operations/recorder.ts'

const one = (write: (op: Operations) => void): unknown => record(write)[0]
const asPlain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe('dropIndex', () => {
  test('takes the table second, with options after it', () => {
    expect(one((op) => op.dropIndex('ix', 'posts'))).toEqual(one((op) => op.dropIndex('ix', { table: 'posts' })))
    expect(one((op) => op.dropIndex('ix', 'posts', { schema: 'app', ifExists: true }))).toEqual(
      one((op) => op.dropIndex('ix', { table: 'posts', schema: 'app', ifExists: true })),
    )
  })
  test.each<[string, (op: Operations) => void]>([
    ['two tables', (op) => op.dropIndex('ix', 'posts', { table: 'users' })],
    ['an empty table', (op) => op.dropIndex('ix', '')],
    ['options twice', (op) => op.dropIndex('ix', { table: 'posts' }, { ifExists: true })],
    ['an option that is none', (op) => op.dropIndex('ix', 'posts', { tableName: 'posts' } as never)],
    ['a list', (op) => op.dropIndex('ix', ['posts'] as never)],
  ])('refuses %s when it is written', (_, write) => {
    expect(() => record(write)).toThrow(/op\.dropIndex/)
  })
})

describe('execute', () => {
  const text = 'update users set role = :role'
  test('takes one row of values as it takes a list', () => {
    expect(asPlain(one((op) => op.execute(text, { role: 'x' })))).toEqual(
      asPlain(one((op) => op.execute(text, [{ role: 'x' }]))),
    )
    expect(asPlain(one((op) => op.execute(text, { role: 'x' }, { down: 'select 1' })))).toEqual(
      asPlain(one((op) => op.execute(text, [{ role: 'x' }], { down: 'select 1' }))),
    )
    // With options behind it, a row may have their names.
    expect(one((op) => op.execute('select :down', { down: 1 }, { autocommit: true }))).toMatchObject({
      rows: [{ down: 1 }],
      autocommit: true,
    })
  })
  test('takes options alone', () => {
    expect(one((op) => op.execute(text, { down: 'select 1', autocommit: true }))).toMatchObject({
      down: 'select 1',
      autocommit: true,
    })
    expect(one((op) => op.execute(text, {}))).not.toHaveProperty('rows')
  })
  test('refuses values and options in one object, with how to write it', () => {
    expect(() => record((op) => op.execute(text, { role: 'x', down: 'select 1' } as never))).toThrow(
      /'down' and 'role' stand in one object/,
    )
    expect(() => record((op) => op.execute(text, { down: 'select 1', autocomit: true } as never))).toThrow(
      /stand in one object/,
    )
  })
})
