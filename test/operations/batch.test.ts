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
  ])('refuses %s', (_, body, words) => {
    // Mistakes that TypeScript would not let pass.
    expect(() => record((op) => op.batchAlterTable('t', body as never))).toThrow(words)
  })

  test('says how the table is to be changed: recreate, partialReordering, a place among the columns', () => {
    const batched = record((op) =>
      op.batchAlterTable('t', { recreate: 'always', partialReordering: [['c', 'a']] }, (batch) => {
        batch.addColumn('x', integer(), { insertAfter: 'a' })
        batch.addColumn('y', integer(), { insertBefore: 'a' })
      }),
    )
    const plain = record((op) => {
      op.alterTable('t', { recreate: true })
      op.addColumn('t', 'x', integer(), { insertAfter: 'a' })
      op.addColumn('t', 'y', integer(), { insertBefore: 'a' })
      op.alterTable('t', { reorder: [['c', 'a']] })
    })
    expect(batched).toEqual(plain)
    expect(record((op) => op.batchAlterTable('t', { recreate: 'never' }, () => {}))).toMatchObject([
      { kind: 'alterTable', changes: { recreate: false } },
    ])
  })

  test.each([
    ['a word that recreate is not', { recreate: 'sometimes' }, /recreate is 'auto', 'always' or 'never'/],
    ['an order without a rebuild', { recreate: 'never', partialReordering: [['a', 'b']] }, /forbids it/],
    ['an order of one column', { partialReordering: [['a']] }, /lists of two or more/],
    ['copyFrom', { copyFrom: {} }, /takes no copyFrom[^]*from the revisions/],
    ['tableArgs', { tableArgs: [] }, /takes no tableArgs/],
    ['reflectArgs', { reflectArgs: [] }, /takes no reflectArgs/],
    ['namingConvention', { namingConvention: {} }, /takes no namingConvention/],
  ])('refuses %s, and says why (B1)', (_, options, words) => {
    let said = ''
    try {
      record((op) => op.batchAlterTable('t', options as never, () => {}))
    } catch (error) {
      said = `${(error as Error).message}\n${JSON.stringify(error)}\n${String((error as { why?: string }).why)}`
    }
    expect(said).toMatch(words)
  })

  test.each([
    ['two places', { insertAfter: 'a', insertBefore: 'b' }, /one too many/],
    ['a place that is no name', { insertAfter: 1 }, /insertAfter/],
  ])('refuses %s of a new column', (_, options, words) => {
    expect(() => record((op) => op.addColumn('t', 'x', integer(), options as never))).toThrow(words)
  })
})
