/** MySQL and MariaDB drop the index that a foreign key needs only in the statement that makes the one in its place. */
import { expect, test } from 'vitest'
import { mariadb } from '../../src/dialects/mysql/index.ts'
import { fold } from '../../src/operations/operation.ts'
import { type Operations, record } from '../../src/operations/recorder.ts'
import { emptySchema } from '../../src/schema/model.ts'
import { integer } from '../../src/schema.ts'

const { schema } = fold(
  emptySchema,
  record((op) => {
    op.createTable('r', { id: integer().primaryKey() })
    op.createTable('t', { a: integer(), b: integer() })
    op.createIndex('k', 't', ['a'])
    op.createForeignKey('f', 't', 'r', ['a'], ['id'])
  }),
)

/** The statements without their blanks, and the names that their probes look for. */
const statements = (write: (op: Operations) => void): readonly (readonly [string, string | undefined])[] =>
  mariadb
    .compile(record(write), schema, { offline: true })
    .map((s) => [
      s.sql.replaceAll(/\s+/g, ' '),
      /(?:INDEX|COLUMN|TABLE)_NAME = '(?!t')([^']*)'/.exec(s.probe?.sql ?? '')?.[1],
    ])

const replaced = 'ALTER TABLE `t` DROP INDEX `k`, DROP INDEX IF EXISTS `f`, ADD KEY `l` (`a`, `b`)'

test.each<[string, (op: Operations) => void, readonly (readonly [string, string | undefined])[]]>([
  ['nothing', () => {}, [[replaced, 'k']]],
  [
    'rows',
    (op) => op.execute('UPDATE t SET b = 1'),
    [
      ['UPDATE t SET b = 1', undefined],
      [replaced, 'k'],
    ],
  ],
  [
    'another table',
    (op) => op.createTable('n', { x: integer() }),
    [
      ['CREATE TABLE `n` ( `x` int NULL )', 'n'],
      [replaced, 'k'],
    ],
  ],
  [
    'a column',
    (op) => op.addColumn('t', 'c', integer()),
    [[replaced.replace(', ADD KEY', ', ADD COLUMN `c` int NULL, ADD KEY'), 'k']],
  ],
  [
    'a column that comes and goes: a statement that the drop leaves is probed for what it does itself',
    (op) => {
      op.addColumn('t', 'c', integer())
      op.dropColumn('t', 'c')
    },
    [
      ['ALTER TABLE `t` ADD COLUMN `c` int NULL', 'c'],
      [replaced.replace(', ADD KEY', ', DROP COLUMN `c`, ADD KEY'), 'k'],
    ],
  ],
])('between the drop and the index in its place: %s', (_, between, expected) => {
  const found = statements((op) => {
    op.dropIndex('k', { table: 't' })
    between(op)
    op.createIndex('l', 't', ['a', 'b'])
  })
  expect(found).toEqual(expected)
})
