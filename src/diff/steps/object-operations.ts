/** The operations that create and drop whole objects, kind by kind. */
import type { Operation } from '../../operations/kinds.ts'
import type { Column, Constraint, Ref, SchemaObject, Table } from '../../schema/model.ts'
import { makeObjectName } from '../../schema/resolve/naming.ts'
import { sameSchema } from '../graph/needs.ts'
import { rank } from '../graph/order.ts'

export interface Made {
  readonly op: Operation
  readonly rank: number
}

const refOf = (ref: Ref): Ref => sameSchema(ref, ref.name)

/** Marks of the model are not part of the created object. */
export function plain<T extends SchemaObject>(object: T): T {
  if (!('renamedFrom' in object) && object.kind !== 'enum' && object.kind !== 'table') return object
  const { renamedFrom: _, ...rest } = object
  // The same object without marks.
  let copy = rest as T
  if (copy.kind === 'enum') {
    const { renamedValues: __, removedValues: ___, ...type } = copy
    copy = type as T
  }
  if (copy.kind === 'table') {
    const bare = <P extends { readonly renamedFrom?: string }>(parts: readonly P[]): readonly P[] =>
      parts.some((p) => p.renamedFrom !== undefined)
        ? parts.map((p) => {
            const { renamedFrom: __, ...part } = p
            // The same part without its mark.
            return part as unknown as P
          })
        : parts
    copy = { ...copy, columns: bare(copy.columns), constraints: bare(copy.constraints), indexes: bare(copy.indexes) }
  }
  return copy
}

/** The operation that creates an object with its comment, owner and grants. */
export function createOp(given: SchemaObject): Made {
  const object = plain(given)
  switch (object.kind) {
    case 'table':
      return { op: { kind: 'createTable', table: object }, rank: rank.createTable }
    case 'enum':
      return { op: { kind: 'createEnum', enum: object }, rank: rank.createType }
    case 'sequence':
      return { op: { kind: 'createSequence', sequence: object }, rank: rank.createSequence }
    case 'domain':
      return { op: { kind: 'createDomain', domain: object }, rank: rank.createType }
    case 'composite':
    case 'range':
      return { op: { kind: 'createType', type: object }, rank: rank.createType }
    case 'view':
      return object.materialized === true
        ? { op: { kind: 'createMaterializedView', view: object }, rank: rank.createView }
        : { op: { kind: 'createView', view: object }, rank: rank.createView }
    case 'routine':
      return { op: { kind: 'createFunction', routine: object }, rank: rank.createRoutine }
    case 'trigger':
      return { op: { kind: 'createTrigger', trigger: object }, rank: rank.createDependant }
    case 'policy':
      return { op: { kind: 'createPolicy', policy: object }, rank: rank.createDependant }
    case 'extension':
      return { op: { kind: 'createExtension', extension: object }, rank: rank.createExtension }
    case 'schema':
      return { op: { kind: 'createSchema', schema: object }, rank: rank.createSchema }
    case 'definition':
      return { op: { kind: 'createDefinition', definition: object }, rank: definitionRank(object.objectKind) }
  }
}

/** Collations, operators and casts (whose use the catalog does not record) come before what uses them; rules and publications after. */
function definitionRank(objectKind: string): number {
  // They apply to objects that are created after them: there are none.
  if (objectKind === 'default privileges') return rank.describe
  // Privileges that default privileges give are revoked before.
  if (objectKind.endsWith('privileges')) return rank.describePart
  return /collation|foreign data wrapper|server|text search|^cast$|^operator/.test(objectKind)
    ? rank.createType
    : rank.createDependant
}

/** How an object is dropped; the definition is kept with the operation for its reverse. */
export function dropOp(given: SchemaObject): Made {
  const object = plain(given)
  switch (object.kind) {
    case 'table':
      return { op: { kind: 'dropTable', table: refOf(object), definition: object }, rank: rank.dropTable }
    case 'enum':
      return { op: { kind: 'dropEnum', enum: refOf(object), definition: object }, rank: rank.dropType }
    case 'sequence':
      return { op: { kind: 'dropSequence', sequence: refOf(object), definition: object }, rank: rank.dropSequence }
    case 'domain':
      return { op: { kind: 'dropDomain', domain: refOf(object), definition: object }, rank: rank.dropType }
    case 'composite':
    case 'range':
      return { op: { kind: 'dropType', type: refOf(object), definition: object }, rank: rank.dropType }
    case 'view':
      return object.materialized === true
        ? { op: { kind: 'dropMaterializedView', view: refOf(object), definition: object }, rank: rank.dropDependant }
        : { op: { kind: 'dropView', view: refOf(object), definition: object }, rank: rank.dropDependant }
    case 'routine': {
      const routine = { ...refOf(object), identityArguments: object.identityArguments, routineKind: object.routineKind }
      return { op: { kind: 'dropFunction', routine, definition: object }, rank: rank.dropRoutine }
    }
    case 'trigger':
      return {
        op: { kind: 'dropTrigger', table: object.table, name: object.name, definition: object },
        rank: rank.dropDependant,
      }
    case 'policy':
      return {
        op: { kind: 'dropPolicy', table: object.table, name: object.name, definition: object },
        rank: rank.dropDependant,
      }
    case 'extension':
      return { op: { kind: 'dropExtension', name: object.name, definition: object }, rank: rank.dropExtension }
    case 'schema':
      return { op: { kind: 'dropSchema', name: object.name, definition: object }, rank: rank.dropSchema }
    case 'definition':
      return { op: { kind: 'dropDefinition', definition: object }, rank: rank.dropDependant }
  }
}

/** How a constraint is added to an existing table. */
export function createConstraintOp(table: Ref, constraint: Constraint): Made {
  const on = refOf(table)
  switch (constraint.kind) {
    case 'primaryKey':
      return { op: { kind: 'createPrimaryKey', table: on, constraint }, rank: rank.addConstraint }
    case 'unique':
      return { op: { kind: 'createUniqueConstraint', table: on, constraint }, rank: rank.addConstraint }
    case 'foreignKey':
      return { op: { kind: 'createForeignKey', table: on, constraint }, rank: rank.addForeignKey }
    case 'check':
      return { op: { kind: 'createCheckConstraint', table: on, constraint }, rank: rank.addConstraint }
    case 'exclude':
      return { op: { kind: 'createExcludeConstraint', table: on, constraint }, rank: rank.addConstraint }
  }
}

export function dropConstraintOp(table: Ref, constraint: Constraint): Operation {
  return {
    kind: 'dropConstraint',
    table: refOf(table),
    name: constraint.name,
    type: constraint.kind,
    definition: constraint,
  }
}

/** Names in the namespace that tables, views, sequences and indexes of one schema share. */
export function relationNames(object: SchemaObject): readonly string[] {
  const own = (ref: Ref, name = ref.name): string => `${ref.schema ?? ''}.${name}`
  switch (object.kind) {
    case 'table':
      return [own(object), ...tableRelations(object).map((n) => own(object, n))]
    case 'view':
      return [own(object), ...(object.indexes ?? []).map((i) => own(object, i.name))]
    case 'sequence':
    case 'composite':
    case 'enum':
    case 'domain':
    case 'range':
      return [own(object)]
    case 'definition':
      return object.objectKind === 'foreign table' ? [relationOf(object.identity)] : []
    case 'routine':
      // While another of its name also matches the call, the call would be ambiguous.
      return [`() ${own(object)}`]
    default:
      return []
  }
}

/** `"S"."T"` as `S.T`, `t` as `.t`. */
function relationOf(identity: string): string {
  const parts = [...identity.matchAll(/"((?:[^"]|"")*)"|([^".]+)/g)].map(
    (m) => m[1]?.replaceAll('""', '"') ?? m[2] ?? '',
  )
  return `${parts.length > 1 ? parts[0] : ''}.${parts.at(-1)}`
}

/** The sequence that is created and dropped with a serial or identity column; undefined for others. */
export function impliedSequence(table: Ref, column: Column): string | undefined {
  if (column.identity?.sequenceName !== undefined) return column.identity.sequenceName
  if (column.identity === undefined && !column.type.kind.endsWith('serial')) return undefined
  return makeObjectName(table.name, column.name, 'seq')
}

function tableRelations(table: Table): readonly string[] {
  return [
    ...table.columns.flatMap((c) => impliedSequence(table, c) ?? []),
    ...table.indexes.map((i) => i.name),
    ...table.constraints
      .filter((c) => c.kind === 'primaryKey' || c.kind === 'unique' || c.kind === 'exclude')
      .map((c) => c.name),
  ]
}
