/** The table of all operations, and what falls out of it: reverse, fold, footprint, arguments. */
import { append } from '../util/append.ts'
import { AmbixError } from '../errors.ts'
import type { Schema } from '../schema/model.ts'
import * as altering from './definitions/alter-column.ts'
import * as columns from './definitions/columns.ts'
import * as constraints from './definitions/constraints.ts'
import * as adding from './definitions/create-constraints.ts'
import * as data from './definitions/data.ts'
import * as filling from './definitions/backfill.ts'
import type { Draft, Footprint } from './definition.ts'
import { closeDraft, openDraft } from './fold/draft.ts'
import * as labels from './definitions/enums/enum-values.ts'
import * as enums from './definitions/enums/enums.ts'
import * as extensions from './definitions/extensions.ts'
import * as indexes from './definitions/indexes.ts'
import type { Kind, Operation, OperationOf } from './kinds.ts'
import * as policies from './definitions/policies.ts'
import * as rest from './definitions/others.ts'
import * as routines from './definitions/routines.ts'
import * as sequences from './definitions/sequences.ts'
import * as partitions from './definitions/table-partitions.ts'
import * as tables from './definitions/tables.ts'
import * as types from './definitions/types.ts'
import * as views from './definitions/views.ts'
import { passWritten, writtenIn } from '../util/written-at.ts'

/** A definition of any operation, its own arguments aside. */
interface AnyDefinition<K extends Kind> {
  readonly kind: K
  create(...args: never): OperationOf<K>
  args(op: OperationOf<K>): readonly unknown[]
  reverse(op: OperationOf<K>): Operation | readonly Operation[] | undefined
  apply(draft: Draft, op: OperationOf<K>): void
  footprint(op: OperationOf<K>): Footprint
}

/** One definition for each kind; what is missing does not compile. */
export const definitions = {
  createTable: tables.createTable,
  dropTable: tables.dropTable,
  renameTable: tables.renameTable,
  moveTable: tables.moveTable,
  alterTable: tables.alterTable,
  tableComment: tables.tableComment,
  attachPartition: partitions.attachPartition,
  detachPartition: partitions.detachPartition,
  addColumn: columns.addColumn,
  dropColumn: columns.dropColumn,
  alterColumn: altering.alterColumn,
  createPrimaryKey: adding.createPrimaryKey,
  createUniqueConstraint: adding.createUniqueConstraint,
  createForeignKey: adding.createForeignKey,
  createCheckConstraint: adding.createCheckConstraint,
  createExcludeConstraint: adding.createExcludeConstraint,
  dropConstraint: constraints.dropConstraint,
  renameConstraint: constraints.renameConstraint,
  alterConstraint: constraints.alterConstraint,
  validateConstraint: constraints.validateConstraint,
  createIndex: indexes.createIndex,
  dropIndex: indexes.dropIndex,
  renameIndex: indexes.renameIndex,
  attachIndex: indexes.attachIndex,
  createEnum: enums.createEnum,
  dropEnum: enums.dropEnum,
  renameEnum: enums.renameEnum,
  moveEnum: enums.moveEnum,
  addEnumValue: labels.addEnumValue,
  dropEnumValue: labels.dropEnumValue,
  renameEnumValue: labels.renameEnumValue,
  alterEnum: enums.alterEnum,
  createSequence: sequences.createSequence,
  dropSequence: sequences.dropSequence,
  renameSequence: sequences.renameSequence,
  alterSequence: sequences.alterSequence,
  createDomain: types.createDomain,
  dropDomain: types.dropDomain,
  alterDomain: types.alterDomain,
  createType: types.createType,
  dropType: types.dropType,
  alterType: types.alterType,
  renameObject: rest.renameObject,
  moveObject: rest.moveObject,
  createView: views.createView,
  dropView: views.dropView,
  replaceView: views.replaceView,
  alterView: views.alterView,
  createMaterializedView: views.createMaterializedView,
  dropMaterializedView: views.dropMaterializedView,
  refreshMaterializedView: views.refreshMaterializedView,
  createFunction: routines.createFunction,
  dropFunction: routines.dropFunction,
  replaceFunction: routines.replaceFunction,
  createTrigger: routines.createTrigger,
  dropTrigger: routines.dropTrigger,
  alterTrigger: routines.alterTrigger,
  createPolicy: policies.createPolicy,
  dropPolicy: policies.dropPolicy,
  alterPolicy: policies.alterPolicy,
  createExtension: extensions.createExtension,
  dropExtension: extensions.dropExtension,
  alterExtension: extensions.alterExtension,
  createSchema: rest.createSchema,
  dropSchema: rest.dropSchema,
  renameSchema: rest.renameSchema,
  createDefinition: rest.createDefinition,
  dropDefinition: rest.dropDefinition,
  comment: rest.comment,
  grant: rest.grant,
  revoke: rest.revoke,
  setOwner: rest.setOwner,
  execute: data.execute,
  bulkInsert: data.bulkInsert,
  bulkDelete: data.bulkDelete,
  backfill: filling.backfill,
  run: data.run,
  custom: data.custom,
} as const satisfies { readonly [K in Kind]: AnyDefinition<K> }

export type Definitions = typeof definitions
/** The parameters of `op.<kind>(…)`. */
export type ArgsOf<K extends Kind> = Parameters<Definitions[K]['create']>

/** Every kind, in the order of the table. */
export const kinds = Object.keys(definitions) as readonly Kind[]

/** The definition of an operation's own kind; the union is bound to one member, which TypeScript cannot follow by itself. */
function definitionOf(op: Operation): AnyDefinition<Kind> {
  return definitions[op.kind] as unknown as AnyDefinition<Kind>
}

/** Makes an operation from what a revision writes. Throws OPERATION.INVALID. */
export function createOperation<K extends Kind>(kind: K, ...args: ArgsOf<K>): OperationOf<K> {
  // The table has one definition per kind: create of K returns an operation of K.
  const create = definitions[kind].create as unknown as (...a: ArgsOf<K>) => OperationOf<K>
  return create(...args)
}

/** The arguments with which `op.<kind>(…)` returns this operation: the inverse of `createOperation`. */
export function argsOf(op: Operation): readonly unknown[] {
  const args = definitionOf(op).args(op)
  let length = args.length
  while (length > 0 && args[length - 1] === undefined) length--
  return length === args.length ? args : args.slice(0, length)
}

/** The operations that undo one, in the order in which they are to run; undefined where it cannot be undone. */
export function reverseOf(op: Operation): readonly Operation[] | undefined {
  const reverse = definitionOf(op).reverse(op)
  if (reverse === undefined) return undefined
  return Array.isArray(reverse) ? (reverse as readonly Operation[]) : [reverse as Operation]
}

/** `createTable posts`, for messages about one operation. */
export function nameOf(op: Operation): string {
  const first = argsOf(op)[0]
  if (op.kind === 'execute') return `execute ${JSON.stringify(op.sql.length > 40 ? `${op.sql.slice(0, 39)}…` : op.sql)}`
  if (op.kind === 'run') return op.description === undefined ? 'run' : `run ${JSON.stringify(op.description)}`
  return typeof first === 'string' ? `${op.kind} ${first}` : op.kind
}

/**
 * The reverse of a whole list: each operation's reverse, last first. Throws REVISION.IRREVERSIBLE, naming the
 * operation that has none.
 */
export function reverseAll(ops: readonly Operation[]): readonly Operation[] {
  const out: Operation[] = []
  for (let i = ops.length - 1; i >= 0; i--) {
    const op = ops[i]!
    const reverse = reverseOf(op)
    if (reverse === undefined) {
      throw writtenIn(
        op,
        new AmbixError('REVISION.IRREVERSIBLE', `There is no way back from operation ${i + 1}: ${nameOf(op)}`, {
          why: whyIrreversible(op),
          next: ['Write a `downgrade` in the revision.'],
          data: { operation: op.kind, number: i + 1 },
        }),
      )
    }
    append(out, passWritten(op, reverse))
  }
  return out
}

function whyIrreversible(op: Operation): string {
  switch (op.kind) {
    case 'execute':
    case 'run':
      return `op.${op.kind} was not given a \`down\`.`
    case 'backfill':
      return 'op.backfill was not given a `down`; `down: {}` says that nothing is to be done.'
    case 'bulkInsert':
      return 'op.bulkInsert was not given the `key` that tells its rows.'
    case 'custom':
      return `The operation ${op.name} does not say how it is undone.`
    default:
      return 'The operation does not hold what was there before (`was`).'
  }
}

export interface Folded {
  readonly schema: Schema
  /** True where raw SQL or code was among the operations: the real schema may differ from this one. */
  readonly blind: boolean
}

/**
 * The schema after the operations, the schema before being left as it is: one copy, then edits. Throws
 * OPERATION.UNKNOWN_OBJECT when an operation names what is not there, unless the fold is blind (or begins so).
 */
export function fold(schema: Schema, ops: Iterable<Operation>, options: { readonly blind?: boolean } = {}): Folded {
  const draft = openDraft(schema, options.blind)
  for (const op of ops) applyTo(draft, op)
  return { schema: closeDraft(draft, schema.uncovered), blind: draft.blind }
}

/** Carries one operation into a draft that the caller keeps (`openDraft`), for those who look between operations. */
export function applyTo(draft: Draft, op: Operation): void {
  try {
    definitionOf(op).apply(draft, op)
  } catch (error) {
    throw writtenIn(op, error)
  }
}

/** The objects that an operation reads and writes. */
export function footprintOf(op: Operation): Footprint {
  return definitionOf(op).footprint(op)
}
