/** Alembic's batch block (specs/alembic.md B1, B4, B5): the same operations as without it. */
import { describe, expect, test } from 'vitest'
import { record } from '../../src/operations/recorder.ts'
import { integer, text } from '../../src/schema.ts'

describe('batchAlterTable', () => {
  test('records the operations of one table', () => {
    const batched = record((op) =>
      op.batchAlterTable('t', (batch) => {
        batch.addColumn('a', integer())
        batch.alterColumn('b', { nullable: false })
        batch.createUniqueConstraint('u', ['a', 'b'])
        batch.createForeignKey('f', 'p', ['a'], ['id'], { onDelete: 'cascade' })
        batch.createIndex('i', ['a'])
        batch.dropConstraint('c')
        batch.dropIndex('j')
        batch.dropColumn('d')
        batch.execute('SELECT 1')
      }),
    )
    const plain = record((op) => {
      op.addColumn('t', 'a', integer())
      op.alterColumn('t', 'b', { nullable: false })
      op.createUniqueConstraint('u', 't', ['a', 'b'])
      op.createForeignKey('f', 't', 'p', ['a'], ['id'], { onDelete: 'cascade' })
      op.createIndex('i', 't', ['a'])
      op.dropConstraint('c', 't')
      op.dropIndex('j', { table: 't' })
      op.dropColumn('t', 'd')
      op.execute('SELECT 1')
    })
    expect(batched).toEqual(plain)
  })

  test('puts the schema with each of them', () => {
    const [op] = record((o) => o.batchAlterTable('t', { schema: 'app' }, (b) => b.dropColumn('a', { was: text() })))
    expect(op).toMatchObject({ kind: 'dropColumn', table: { schema: 'app', name: 't' } })
  })

  test.each([
    ['another table', (b: { createTable(): void }) => b.createTable(), /does not belong into a batch/],
    ['what is not there', (b: { addColum(): void }) => b.addColum(), /did you mean batch\.addColumn/],
    [
      'a place among the columns',
      (b: { addColumn(...a: unknown[]): void }) => b.addColumn('a', integer(), { insertAfter: 'b' }),
      /order of columns|insertBefore/,
    ],
  ])('refuses %s', (_, body, words) => {
    // Mistakes that TypeScript would not let pass.
    expect(() => record((op) => op.batchAlterTable('t', body as never))).toThrow(words)
  })

  test('refuses recreate, which is always what must be', () => {
    expect(() => record((op) => op.batchAlterTable('t', { recreate: 'never' } as never, () => {}))).toThrow(/recreate/)
  })
})
