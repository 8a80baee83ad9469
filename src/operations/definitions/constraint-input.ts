/** A constraint as it was, written into a revision as plain data. */
import type { Constraint, Ref } from '../../schema/model.ts'
import {
  type CheckOptions,
  createCheckConstraint,
  createExcludeConstraint,
  createForeignKey,
  createPrimaryKey,
  createUniqueConstraint,
  type ExcludeElementInput,
  type ExcludeOptions,
  type ForeignKeyOptions,
  type KeyOptions,
  type UniqueOptions,
} from './create-constraints.ts'
import { sqlOf, type SqlText } from '../define.ts'
import { invalid } from '../invalid.ts'

/** A constraint as it was, as plain data: what its create operation takes, by name. */
export type ConstraintInput =
  | ({ readonly type: 'primaryKey'; readonly columns: readonly string[] } & Omit<KeyOptions, 'schema' | 'usingIndex'>)
  | ({ readonly type: 'unique'; readonly columns: readonly string[] } & Omit<UniqueOptions, 'schema' | 'usingIndex'>)
  | ({
      readonly type: 'foreignKey'
      readonly columns: readonly string[]
      readonly references: string
      readonly referencedColumns: readonly string[]
    } & Omit<ForeignKeyOptions, 'schema'>)
  | ({ readonly type: 'check'; readonly sql: SqlText } & Omit<CheckOptions, 'schema'>)
  | ({ readonly type: 'exclude'; readonly elements: readonly ExcludeElementInput[] } & Omit<ExcludeOptions, 'schema'>)

export function constraintOf(name: string, input: ConstraintInput): Constraint {
  switch (input.type) {
    case 'primaryKey': {
      const { type: _, columns, ...options } = input
      return createPrimaryKey.create(name, '-', columns, options).constraint
    }
    case 'unique': {
      const { type: _, columns, ...options } = input
      return createUniqueConstraint.create(name, '-', columns, options).constraint
    }
    case 'foreignKey': {
      const { type: _, columns, references, referencedColumns, ...options } = input
      return createForeignKey.create(name, '-', references, columns, referencedColumns, options).constraint
    }
    case 'check': {
      const { type: _, sql, ...options } = input
      return createCheckConstraint.create(name, '-', sql, options).constraint
    }
    case 'exclude': {
      const { type: _, elements, ...options } = input
      return createExcludeConstraint.create(name, '-', elements, options).constraint
    }
    default:
      throw invalid('dropConstraint', `unknown constraint type '${String((input as { type?: unknown }).type)}'`)
  }
}

const here: Ref = { name: '-' }

export function constraintInput(c: Constraint): ConstraintInput {
  switch (c.kind) {
    case 'primaryKey':
      return {
        type: c.kind,
        columns: c.columns,
        ...createPrimaryKey.args({ kind: 'createPrimaryKey', table: here, constraint: c })[3],
      }
    case 'unique':
      return {
        type: c.kind,
        columns: c.columns,
        ...createUniqueConstraint.args({ kind: 'createUniqueConstraint', table: here, constraint: c })[3],
      }
    case 'foreignKey':
      return {
        type: c.kind,
        columns: c.columns,
        references: c.references.name,
        referencedColumns: c.referencedColumns,
        ...createForeignKey.args({ kind: 'createForeignKey', table: here, constraint: c })[5],
      }
    case 'check':
      return {
        type: c.kind,
        sql: sqlOf(c.sql),
        ...createCheckConstraint.args({ kind: 'createCheckConstraint', table: here, constraint: c })[3],
      }
    case 'exclude': {
      const [, , elements, options] = createExcludeConstraint.args({
        kind: 'createExcludeConstraint',
        table: here,
        constraint: c,
      })
      return { type: c.kind, elements, ...options }
    }
  }
}
