/** Operations on indexes, of tables and of materialized views; each next to its reverse. */
import { columnKey, indexKey, refText, sameRef, tableKey, viewKey } from '../../schema/keys.ts'
import type { Index, Ref } from '../../schema/model.ts'
import {
  define,
  type InSchema,
  operation,
  optionalSql,
  refInput,
  type RefInput,
  refOf,
  type SqlText,
  textOf,
} from '../define.ts'
import type { Draft, Footprint } from '../definition.ts'
import { editIndex, find, ownerOfIndex, rewriteDependencies, without } from '../fold/draft.ts'
import { elementInput, type ElementInput, elementOf } from '../input/indexes.ts'
import { checkName, checkOptions, existsAlready, invalid, unknownObject } from '../invalid.ts'
import { compact, flag, optionsOf, ref } from '../plain.ts'

/** The options of an index. */
export interface IndexOptions {
  readonly unique?: boolean
  /** Index method; absent means btree. */
  readonly using?: string
  readonly where?: SqlText
  readonly include?: readonly string[]
  readonly nullsNotDistinct?: boolean
  /** Storage parameters. */
  readonly with?: Readonly<Record<string, string | number | boolean>>
  readonly tablespace?: string
  readonly comment?: string
  /** The parent's index, for an index of a partition. */
  readonly attachedTo?: RefInput
  /** `ON ONLY`: not on the partitions. */
  readonly only?: boolean
  /** CREATE INDEX CONCURRENTLY failed halfway. */
  readonly invalid?: boolean
  /** The index that CLUSTER uses. */
  readonly clustered?: boolean
}

export const indexOptionKeys = [
  'unique',
  'using',
  'where',
  'include',
  'nullsNotDistinct',
  'with',
  'tablespace',
  'comment',
  'attachedTo',
  'only',
  'invalid',
  'clustered',
] as const

export function indexOf(
  operationName: string,
  name: string,
  elements: readonly ElementInput[],
  options: IndexOptions,
): Index {
  if (!Array.isArray(elements) || elements.length === 0) throw invalid(operationName, 'the columns: the list is empty')
  if (options.using !== undefined) checkName(operationName, 'the index method', options.using)
  return compact<Index>({
    name,
    elements: elements.map((e) => elementOf(operationName, e)),
    unique: flag(options.unique),
    method: options.using === 'btree' ? undefined : options.using,
    include: options.include,
    where: options.where === undefined ? undefined : textOf(operationName, "'where'", options.where),
    nullsNotDistinct: flag(options.nullsNotDistinct),
    with: options.with === undefined ? undefined : stringValues(options.with),
    tablespace: options.tablespace,
    comment: options.comment,
    attachedTo: options.attachedTo === undefined ? undefined : refOf(options.attachedTo),
    only: flag(options.only),
    invalid: flag(options.invalid),
    clustered: flag(options.clustered),
  })
}

/** Storage parameters as the catalog prints them: texts. */
export function stringValues(
  parameters: Readonly<Record<string, string | number | boolean>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, String(value)]))
}

export function indexInput(index: Index): {
  readonly elements: readonly ElementInput[]
  readonly options: IndexOptions
} {
  return {
    elements: index.elements.map((e) => elementInput(e)),
    options: {
      unique: index.unique,
      using: index.method,
      where: optionalSql(index.where),
      include: index.include,
      nullsNotDistinct: index.nullsNotDistinct,
      with: index.with,
      tablespace: index.tablespace,
      comment: index.comment,
      attachedTo: index.attachedTo === undefined ? undefined : refInput(index.attachedTo),
      only: index.only,
      invalid: index.invalid,
      clustered: index.clustered,
    },
  }
}

/** An index without the marks of a model. */
export interface CreateIndexOptions extends InSchema, IndexOptions {
  readonly concurrently?: boolean
  readonly ifNotExists?: boolean
}

export const createIndex = define('createIndex', {
  create(name: string, table: string, elements: readonly ElementInput[], options: CreateIndexOptions = {}) {
    checkName('createIndex', 'the name of the index', name)
    checkName('createIndex', 'the name of the table', table)
    checkOptions('createIndex', options, ['schema', 'concurrently', 'ifNotExists', ...indexOptionKeys])
    return operation({
      kind: 'createIndex',
      table: ref(table, options.schema),
      index: indexOf('createIndex', name, elements, options),
      concurrently: flag(options.concurrently),
      ifNotExists: flag(options.ifNotExists),
    })
  },
  args(op) {
    const { elements, options } = indexInput(op.index)
    return [
      op.index.name,
      op.table.name,
      elements,
      optionsOf<CreateIndexOptions>({
        schema: op.table.schema,
        ...options,
        concurrently: op.concurrently,
        ifNotExists: op.ifNotExists,
      }),
    ]
  },
  reverse: (op) =>
    operation({
      kind: 'dropIndex',
      index: ref(op.index.name, op.table.schema),
      table: op.table,
      definition: op.index,
      concurrently: op.concurrently,
    }),
  apply: (draft, op) => addIndex(draft, op.table, op.index, op.ifNotExists === true),
  footprint: (op) => indexFootprint(op.table, op.index),
})

function addIndex(draft: Draft, table: Ref, index: Index, optional: boolean): void {
  // On another table such a name is left to the database: MySQL accepts it.
  const there = ownerOfIndex(draft, ref(index.name, table.schema), table)
  if (there !== undefined) {
    if (optional) return
    // A partition's index may have gone with its parent's, which took it for its part.
    const mayBeGone = there.kind === 'table' && there.partitionOf !== undefined
    if (!draft.blind && !mayBeGone)
      throw existsAlready('createIndex', `index ${refText(ref(index.name, table.schema))}`)
    editIndex(draft, 'createIndex', ref(index.name, table.schema), table, () => undefined)
  }
  const view = draft.objects.get(viewKey(table))
  if (view?.kind === 'view') {
    draft.objects.set(viewKey(table), { ...view, indexes: [...(view.indexes ?? []), index] })
    return
  }
  const object = find(draft, 'createIndex', 'table', tableKey(table))
  if (object !== undefined) draft.objects.set(tableKey(table), { ...object, indexes: [...object.indexes, index] })
  if (index.attachedTo !== undefined) becomesWhole(draft, index.attachedTo)
}

/** An index that is ON ONLY becomes a usual one with the part of its last partition, and so may the one that it is a part of. */
function becomesWhole(draft: Draft, ref: Ref): void {
  const of = refText(ref)
  const whole = [...draft.objects.values()].find(
    (o) => o.kind === 'table' && o.schema === ref.schema && o.indexes.some((i) => i.name === ref.name),
  )
  if (whole?.kind !== 'table') return
  const index = whole.indexes.find((i) => i.name === ref.name)
  if (index?.only !== true) return
  const open = [...draft.objects.values()].some(
    (o) =>
      o.kind === 'table' &&
      o.partitionOf !== undefined &&
      refText(o.partitionOf.parent) === refText(whole) &&
      !o.indexes.some((i) => i.attachedTo !== undefined && refText(i.attachedTo) === of && i.only !== true),
  )
  if (open) return
  editIndex(draft, 'attachIndex', ref, whole, (i) => without(i, 'only'))
  if (index.attachedTo !== undefined) becomesWhole(draft, index.attachedTo)
}

function indexFootprint(table: Ref, index: Index): Footprint {
  const columns = [
    ...index.elements.flatMap((e) => (e.column === undefined ? [] : [e.column])),
    ...(index.include ?? []),
  ]
  return {
    reads: [tableKey(table), viewKey(table), ...columns.map((c) => columnKey(table, c))],
    writes: [indexKey(ref(index.name, table.schema))],
  }
}

/** The parts that partitions have of an index go with it, however deep. */
function dropAttached(draft: Draft, parent: Ref): void {
  for (const [key, object] of draft.objects) {
    if (object.kind !== 'table') continue
    const parts = object.indexes.filter((i) => i.attachedTo !== undefined && sameRef(i.attachedTo, parent))
    if (parts.length === 0) continue
    draft.objects.set(key, { ...object, indexes: object.indexes.filter((i) => !parts.includes(i)) })
    for (const part of parts) dropAttached(draft, ref(part.name, object.schema))
  }
}

export interface DropIndexOptions extends InSchema {
  /** The table that it is on: needed by MySQL, and for the downgrade. */
  readonly table?: string
  readonly concurrently?: boolean
  readonly ifExists?: boolean
  /** The index as it was before, for the reverse. */
  readonly was?: { readonly columns: readonly ElementInput[] } & IndexOptions
}

export const dropIndex = define('dropIndex', {
  /** `dropIndex(name, options)`, or with the table as Alembic has it: `dropIndex(name, table, options)`. */
  create(name: string, second: string | DropIndexOptions = {}, third?: DropIndexOptions) {
    checkName('dropIndex', 'the name of the index', name)
    const onTable = typeof second === 'string'
    if (!onTable && third !== undefined)
      throw invalid('dropIndex', 'the second of three arguments is the name of the table')
    const rest: DropIndexOptions = onTable ? (third ?? {}) : second
    if (onTable) checkName('dropIndex', 'the name of the table', second)
    if (onTable && rest.table !== undefined && rest.table !== second)
      throw invalid('dropIndex', `two tables are named: '${second}' and '${rest.table}'`)
    const options: DropIndexOptions = onTable ? { ...rest, table: second } : rest
    checkOptions('dropIndex', options, ['schema', 'table', 'concurrently', 'ifExists', 'was'])
    const { was } = options
    checkOptions('dropIndex', was, ['columns', ...indexOptionKeys])
    return operation({
      kind: 'dropIndex',
      index: ref(name, options.schema),
      table: options.table === undefined ? undefined : ref(options.table, options.schema),
      definition: was === undefined ? undefined : indexOf('dropIndex', name, was.columns, was),
      concurrently: flag(options.concurrently),
      ifExists: flag(options.ifExists),
    })
  },
  args(op) {
    const was = op.definition === undefined ? undefined : indexInput(op.definition)
    return [
      op.index.name,
      optionsOf<DropIndexOptions>({
        schema: op.index.schema,
        table: op.table?.name,
        concurrently: op.concurrently,
        ifExists: op.ifExists,
        was: was === undefined ? undefined : compact({ columns: was.elements, ...was.options }),
      }),
    ]
  },
  reverse: (op) =>
    op.definition === undefined || op.table === undefined
      ? undefined
      : operation({ kind: 'createIndex', table: op.table, index: op.definition, concurrently: op.concurrently }),
  apply(draft, op) {
    editIndex(draft, 'dropIndex', op.index, op.table, () => undefined, op.ifExists)
    draft.dependencies.delete(indexKey(op.index))
    dropAttached(draft, op.index)
  },
  footprint: (op) =>
    op.definition !== undefined && op.table !== undefined
      ? indexFootprint(op.table, op.definition)
      : { reads: op.table === undefined ? [] : [tableKey(op.table), viewKey(op.table)], writes: [indexKey(op.index)] },
})

export interface RenameIndexOptions extends InSchema {
  /** The table that it is on: needed by MySQL where several have an index of the name. */
  readonly table?: string
}

export const renameIndex = define('renameIndex', {
  create(name: string, to: string, options: RenameIndexOptions = {}) {
    checkName('renameIndex', 'the old name', name)
    checkName('renameIndex', 'the new name', to)
    checkOptions('renameIndex', options, ['schema', 'table'])
    return operation({
      kind: 'renameIndex',
      index: ref(name, options.schema),
      to,
      table: options.table === undefined ? undefined : ref(options.table, options.schema),
    })
  },
  args: (op) => [op.index.name, op.to, optionsOf({ schema: op.index.schema, table: op.table?.name })],
  reverse: (op) =>
    operation({ kind: 'renameIndex', index: ref(op.to, op.index.schema), to: op.index.name, table: op.table }),
  apply(draft, op) {
    const to = ref(op.to, op.index.schema)
    editIndex(draft, 'renameIndex', op.index, op.table, (i) => ({ ...i, name: op.to }))
    renameAttached(draft, op.index, to)
    const [old, now] = [indexKey(op.index), indexKey(to)]
    rewriteDependencies(draft, (key) => (key === old ? now : key))
  },
  footprint: (op) => ({ reads: [], writes: [indexKey(op.index), indexKey(ref(op.to, op.index.schema))] }),
})

/** Indexes of partitions that are attached to the renamed one, and replica identities by index. */
function renameAttached(draft: Draft, from: Ref, to: Ref): void {
  for (const [key, object] of draft.objects) {
    if (object.kind !== 'table') continue
    const attached = object.indexes.some((i) => i.attachedTo !== undefined && refText(i.attachedTo) === refText(from))
    const identity =
      typeof object.replicaIdentity === 'object' &&
      object.schema === from.schema &&
      object.replicaIdentity.index === from.name
    if (!attached && !identity) continue
    const indexes = object.indexes.map((i) =>
      i.attachedTo !== undefined && refText(i.attachedTo) === refText(from) ? { ...i, attachedTo: to } : i,
    )
    draft.objects.set(key, { ...object, indexes, ...(identity ? { replicaIdentity: { index: to.name } } : {}) })
  }
}

export const attachIndex = define('attachIndex', {
  create(name: string, partitionIndex: RefInput, options: InSchema = {}) {
    checkName('attachIndex', 'the name of the index', name)
    checkOptions('attachIndex', options, ['schema'])
    return operation({ kind: 'attachIndex', index: ref(name, options.schema), partitionIndex: refOf(partitionIndex) })
  },
  args: (op) => [op.index.name, refInput(op.partitionIndex), optionsOf({ schema: op.index.schema })],
  reverse: () => undefined,
  apply(draft, op) {
    if (ownerOfIndex(draft, op.index) === undefined && !draft.blind)
      throw unknownObject('attachIndex', `index ${refText(op.index)}`)
    editIndex(draft, 'attachIndex', op.partitionIndex, undefined, (i) => ({ ...i, attachedTo: op.index }))
    becomesWhole(draft, op.index)
  },
  footprint: (op) => ({ reads: [indexKey(op.index)], writes: [indexKey(op.partitionIndex)] }),
})
