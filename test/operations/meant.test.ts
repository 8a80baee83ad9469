/** A name that is no operation: what it is called in other tools leads to the operation that does it. */
import { expect, test } from 'vitest'
import { kinds } from '../../src/operations/operation.ts'
import { record } from '../../src/operations/recorder.ts'

test.each([
  ['add_column', 'addColumn'],
  ['alter_column', 'alterColumn'],
  ['get_bind', 'run'],
  ['raw', 'execute'],
  ['sql', 'execute'],
  ['removeColumn', 'dropColumn'],
  ['deleteTable', 'dropTable'],
  ['removeEnumValue', 'dropEnumValue'],
  ['changeColumn', 'alterColumn'],
  ['modify_column', 'alterColumn'],
  ['addIndex', 'createIndex'],
  ['addTable', 'createTable'],
  ['add_foreign_key', 'createForeignKey'],
  ['createColumn', 'addColumn'],
  ['addColum', 'addColumn'],
  ['createTabel', 'createTable'],
])('op.%s means op.%s', (name, meant) => {
  expect(kinds).toContain(meant)
  expect(() => record((op) => (op as unknown as Record<string, () => void>)[name]!())).toThrow(
    `op.${name}: there is no such operation; did you mean op.${meant}?`,
  )
})

// `addConstraint` is spelled much as `dropConstraint`; `constructor` is a property of each object.
test.each(['vacuum', 'addConstraint', 'Constructor'])('nothing is guessed for op.%s', (name) => {
  expect(() => record((op) => (op as unknown as Record<string, () => void>)[name]!())).toThrow(
    /no such operation(?! *;)/,
  )
})
