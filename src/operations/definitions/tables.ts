/** Operations on tables; each next to its reverse. */
import type { ColumnMap } from '../../schema/declare/column.ts'
import { constraintKey, indexKey, refText, sameRef, tableKey } from '../../schema/keys.ts'
import type { Ref, SchemaObject, Table } from '../../schema/model.ts'
import type { Extras } from '../../schema/declare/table.ts'
import { labelReads, typeReads } from './columns.ts'
import { define, type InSchema, operation, refInput, type RefInput, refOf } from '../define.ts'
import type { Draft, Footprint } from '../definition.ts'
import { editTable, find, put, remove, withProperty, without } from '../fold/draft.ts'
import { constraintFootprint } from './create-constraints.ts'
import { checkName, checkOptions, existsAlready, invalid, unknownObject } from '../invalid.ts'
import type { TableChanges } from '../kinds.ts'
import type { MoveOptions } from './enums/enums.ts'
import { compact, flag, optionsOf, ref } from '../plain.ts'
import { renameTableEverywhere } from '../fold/rename.ts'
import { keepSequenceNames } from '../fold/owned-sequences.ts'
import { checkSettings, tableInput, tableOf, type TableSettings } from './table-input.ts'

export interface CreateTableOptions extends InSchema, TableSettings {
  readonly ifNotExists?: boolean
}

/** Constraints and indexes, the argument between columns and options: a list, or a function of the columns. */
export type TableExtras = Extras<ColumnMap>

export const createTable = define('createTable', {
  create(name: string, columns: ColumnMap, extras?: TableExtras | CreateTableOptions, options?: CreateTableOptions) {
    const { beside, settings } = sortOut(extras, options)
    checkSettings('createTable', settings, ['schema', 'ifNotExists'])
    const { ifNotExists, ...said } = settings
    const table = tableOf('createTable', name, columns, beside, said)
    return operation({ kind: 'createTable', table, ifNotExists: flag(ifNotExists) })
  },
  args(op) {
    const { columns, extras, settings } = tableInput(op.table)
    const options = optionsOf<CreateTableOptions>({ ...settings, ifNotExists: op.ifNotExists })
    if (extras.length === 0) return options === undefined ? [op.table.name, columns] : [op.table.name, columns, options]
    return options === undefined ? [op.table.name, columns, extras] : [op.table.name, columns, extras, options]
  },
  reverse: (op) => ({ kind: 'dropTable', table: ref(op.table.name, op.table.schema), definition: op.table }),
  apply(draft, op) {
    if (op.ifNotExists === true && draft.objects.has(tableKey(op.table))) return
    put(draft, 'createTable', plainTable(op.table))
  },
  footprint: (op) => tableFootprint(op.table),
})

/** The third argument is the constraints and indexes, or already the options. */
export function sortOut(
  third: TableExtras | CreateTableOptions | undefined,
  fourth: CreateTableOptions | undefined,
): { readonly beside: TableExtras | undefined; readonly settings: CreateTableOptions } {
  if (typeof third === 'function' || Array.isArray(third))
    return { beside: third as TableExtras, settings: fourth ?? {} }
  if (third !== undefined && fourth !== undefined)
    throw invalid('createTable', 'what stands beside the columns must be a list or a function')
  return { beside: undefined, settings: (third as CreateTableOptions | undefined) ?? fourth ?? {} }
}

/** The table without the marks that only a model has. */
function plainTable(table: Table): Table {
  const unmarked = <T extends { readonly renamedFrom?: string }>(list: readonly T[]): readonly T[] =>
    list.some((x) => x.renamedFrom !== undefined) ? list.map((x) => without(x, 'renamedFrom')) : list
  return {
    ...without(table, 'renamedFrom'),
    columns: unmarked(table.columns),
    constraints: unmarked(table.constraints),
    indexes: unmarked(table.indexes),
  }
}

/** The footprint of a whole table: it needs the types of its columns, its parents and the tables that it refers to. */
function tableFootprint(table: Table): Footprint {
  const of = ref(table.name, table.schema)
  const own = tableKey(of)
  const reads = new Set<string>()
  const writes = new Set<string>([own])
  for (const c of table.columns) for (const key of [...typeReads(c.type), ...labelReads(c)]) reads.add(key)
  for (const c of table.constraints) {
    const part = constraintFootprint(of, c)
    for (const key of part.reads)
      if (
        c.kind === 'foreignKey' &&
        !sameRef(c.references, of) &&
        (key === tableKey(c.references) || !key.startsWith(`column:${refText(of)}.`)) &&
        key !== own
      )
        reads.add(key)
    for (const key of part.writes) if (key.startsWith('index:')) writes.add(key)
  }
  for (const i of table.indexes) writes.add(indexKey(ref(i.name, of.schema)))
  for (const p of [...(table.inherits ?? []), ...(table.partitionOf === undefined ? [] : [table.partitionOf.parent])])
    reads.add(tableKey(p))
  reads.delete(own)
  return { reads: [...reads], writes: [...writes] }
}

export interface DropTableOptions extends InSchema {
  readonly ifExists?: boolean
  /** The table as it was before, for the reverse: columns, constraints and indexes, options. */
  readonly was?: TableSettings & { readonly columns: ColumnMap; readonly extras?: TableExtras }
}

export const dropTable = define('dropTable', {
  create(name: string, options: DropTableOptions = {}) {
    checkName('dropTable', 'the name of the table', name)
    checkOptions('dropTable', options, ['schema', 'ifExists', 'was'])
    let definition: Table | undefined
    if (options.was !== undefined) {
      const { columns, extras, ...settings } = options.was
      checkSettings('dropTable', settings, [])
      definition = tableOf('dropTable', name, columns, extras, { ...settings, schema: options.schema })
    }
    return operation({
      kind: 'dropTable',
      table: ref(name, options.schema),
      definition,
      ifExists: flag(options.ifExists),
    })
  },
  args(op) {
    if (op.definition === undefined)
      return [op.table.name, optionsOf<DropTableOptions>({ schema: op.table.schema, ifExists: op.ifExists })]
    const { columns, extras, settings } = tableInput(op.definition)
    const was = compact({ columns, extras: extras.length === 0 ? undefined : extras, ...without(settings, 'schema') })
    return [op.table.name, optionsOf<DropTableOptions>({ schema: op.table.schema, ifExists: op.ifExists, was })]
  },
  reverse: (op) => (op.definition === undefined ? undefined : { kind: 'createTable', table: op.definition }),
  apply(draft, op) {
    const key = tableKey(op.table)
    const table = draft.objects.get(key)
    remove(draft, 'dropTable', key, op.ifExists)
    if (table?.kind === 'table') dropWithTable(draft, table)
  },
  footprint: (op) =>
    op.definition === undefined ? { reads: [], writes: [tableKey(op.table)] } : tableFootprint(op.definition),
})

/** Objects that are dropped with a table: triggers, policies, rules, owned sequences, partitions, edges of its parts. */
function dropWithTable(draft: Draft, table: Table): void {
  for (const [key, object] of draft.objects) {
    if (goesWith(object, table)) {
      draft.objects.delete(key)
      draft.dependencies.delete(key)
      if (object.kind === 'table') dropWithTable(draft, object)
    }
  }
  if (draft.dependencies.size === 0) return
  for (const c of table.columns) draft.dependencies.delete(`column:${refText(table)}.${quoteless(c.name)}`)
  for (const c of table.constraints) draft.dependencies.delete(constraintKey(table, c.name))
  for (const i of table.indexes) draft.dependencies.delete(indexKey(ref(i.name, table.schema)))
}

/** A name as a key has it. */
const quoteless = (name: string): string => refText({ name })

function goesWith(object: SchemaObject, table: Ref): boolean {
  switch (object.kind) {
    case 'trigger':
    case 'policy':
      return sameRef(object.table, table)
    case 'definition':
      return object.table !== undefined && sameRef(object.table, table)
    case 'sequence':
      return object.ownedBy !== undefined && sameRef(object.ownedBy.table, table)
    case 'table':
      return object.partitionOf !== undefined && sameRef(object.partitionOf.parent, table)
    default:
      return false
  }
}

function moveTableTo(draft: Draft, operationName: string, from: Ref, to: Ref): void {
  find(draft, operationName, 'table', tableKey(from))
  if (!draft.blind && draft.objects.has(tableKey(to))) throw existsAlready(operationName, `table ${refText(to)}`)
  keepSequenceNames(draft, from, { to }, () => renameTableEverywhere(draft, from, to))
}

export const renameTable = define('renameTable', {
  create(name: string, to: string, options: InSchema = {}) {
    checkName('renameTable', 'the old name', name)
    checkName('renameTable', 'the new name', to)
    checkOptions('renameTable', options, ['schema'])
    return operation({ kind: 'renameTable', table: ref(name, options.schema), to })
  },
  args: (op) => [op.table.name, op.to, optionsOf({ schema: op.table.schema })],
  reverse: (op) => ({ kind: 'renameTable', table: ref(op.to, op.table.schema), to: op.table.name }),
  apply: (draft, op) => moveTableTo(draft, 'renameTable', op.table, ref(op.to, op.table.schema)),
  footprint: (op) => ({ reads: [], writes: [tableKey(op.table), tableKey(ref(op.to, op.table.schema))] }),
})

export const moveTable = define('moveTable', {
  create(name: string, options: MoveOptions) {
    checkName('moveTable', 'the name of the table', name)
    checkOptions('moveTable', options, ['from', 'to'])
    for (const schema of [options?.from, options?.to])
      if (schema !== undefined) checkName('moveTable', 'the name of the schema', schema)
    return operation({ kind: 'moveTable', table: ref(name, options.from), toSchema: options.to })
  },
  args: (op) => [op.table.name, optionsOf({ from: op.table.schema, to: op.toSchema }) ?? {}],
  reverse: (op) => operation({ kind: 'moveTable', table: ref(op.table.name, op.toSchema), toSchema: op.table.schema }),
  apply: (draft, op) => moveTableTo(draft, 'moveTable', op.table, ref(op.table.name, op.toSchema)),
  footprint: (op) => ({ reads: [], writes: [tableKey(op.table), tableKey(ref(op.table.name, op.toSchema))] }),
})

/** The changes of `alterTable`; an absent key is left alone, `null` removes the property. */
export interface AlterTableChanges {
  readonly unlogged?: boolean
  readonly rowSecurity?: boolean
  readonly forceRowSecurity?: boolean
  readonly replicaIdentity?: Table['replicaIdentity'] | null
  /** Storage parameters to set; null resets one. */
  readonly with?: Readonly<Record<string, string | number | boolean | null>>
  readonly tablespace?: string | null
  readonly inherits?: readonly RefInput[] | null
  readonly clusterOn?: string | null
  /** SQLite: the table is rebuilt. */
  readonly strict?: boolean
  readonly withoutRowid?: boolean
  /** SQLite: `true` rebuilds the table where in place would do; `false` refuses where it would have to be rebuilt. */
  readonly recreate?: boolean
  /** SQLite: lists of columns that are to follow each other; the first of each list keeps its position. */
  readonly reorder?: readonly (readonly string[])[]
}

export interface AlterTableOptions extends InSchema, AlterTableChanges {
  /** The same keys with their old values, for the downgrade. */
  readonly was?: AlterTableChanges
}

const changeKeys = [
  'unlogged',
  'rowSecurity',
  'forceRowSecurity',
  'replicaIdentity',
  'with',
  'tablespace',
  'inherits',
  'clusterOn',
  'strict',
  'withoutRowid',
  'recreate',
  'reorder',
] as const

/** Flags: one that is set was not set before. */
const flags = ['unlogged', 'rowSecurity', 'forceRowSecurity', 'strict', 'withoutRowid'] as const

function changesOf(input: AlterTableChanges): TableChanges {
  return compact<TableChanges>({
    unlogged: input.unlogged,
    rowSecurity: input.rowSecurity,
    forceRowSecurity: input.forceRowSecurity,
    replicaIdentity: input.replicaIdentity,
    with:
      input.with === undefined
        ? undefined
        : Object.fromEntries(Object.entries(input.with).map(([k, v]) => [k, v === null ? null : String(v)])),
    tablespace: input.tablespace,
    inherits:
      input.inherits === undefined || input.inherits === null ? input.inherits : input.inherits.map((p) => refOf(p)),
    clusterOn: input.clusterOn,
    strict: input.strict,
    withoutRowid: input.withoutRowid,
    recreate: input.recreate,
    reorder: input.reorder,
  })
}

function changesInput(changes: TableChanges): AlterTableChanges {
  const { inherits, ...rest } = changes
  return inherits === undefined || inherits === null
    ? (changes as AlterTableChanges)
    : { ...rest, inherits: inherits.map((p) => refInput(p)) }
}

export const alterTable = define('alterTable', {
  create(name: string, options: AlterTableOptions) {
    checkName('alterTable', 'the name of the table', name)
    checkOptions('alterTable', options, [...changeKeys, 'schema', 'was'])
    checkOptions('alterTable', options?.was, changeKeys)
    const changes = changesOf(options ?? {})
    if (changes.recreate !== undefined && typeof changes.recreate !== 'boolean')
      throw invalid('alterTable', 'recreate is true or false')
    for (const list of [changes.reorder ?? []].flat() as unknown[])
      if (!Array.isArray(list) || list.length < 2 || !list.every((c) => typeof c === 'string'))
        throw invalid('alterTable', "reorder takes lists of two or more columns: [['a', 'b']]")
    if (Object.keys(changes).length === 0)
      throw invalid('alterTable', `nothing about ${name} is to change`, `Give one of: ${changeKeys.join(', ')}.`)
    return operation({
      kind: 'alterTable',
      table: ref(name, options.schema),
      changes,
      before: options.was === undefined ? undefined : changesOf(options.was),
    })
  },
  args: (op) => [
    op.table.name,
    compact<AlterTableOptions>({
      schema: op.table.schema,
      ...changesInput(op.changes),
      was: op.before === undefined ? undefined : changesInput(op.before),
    }),
  ],
  reverse(op) {
    const before = op.before ?? {}
    const missing = Object.keys(op.changes).filter((key) => before[key as keyof TableChanges] === undefined)
    // How the table is changed has no reverse.
    const way = (key: string): boolean => key === 'recreate'
    if (!missing.every((key) => way(key) || (flags as readonly string[]).includes(key))) return undefined
    const known = Object.fromEntries(
      missing.map((key) => [key, way(key) ? op.changes.recreate : op.changes[key as 'unlogged'] !== true]),
    )
    return { kind: 'alterTable', table: op.table, changes: { ...before, ...known }, before: op.changes }
  },
  apply: (draft, op) => editTable(draft, 'alterTable', op.table, (t) => changed(t, op.changes, draft.blind)),
  footprint: (op) => ({ reads: (op.changes.inherits ?? []).map((p) => tableKey(p)), writes: [tableKey(op.table)] }),
})

function changed(table: Table, changes: TableChanges, blind: boolean): Table {
  let next = table
  for (const key of flags) {
    if (changes[key] !== undefined) next = withProperty(next, key, changes[key] ? true : undefined)
  }
  if (changes.replicaIdentity !== undefined) next = withProperty(next, 'replicaIdentity', changes.replicaIdentity)
  if (changes.tablespace !== undefined) next = withProperty(next, 'tablespace', changes.tablespace)
  if (changes.inherits !== undefined)
    next = withProperty(next, 'inherits', changes.inherits?.length === 0 ? null : changes.inherits)
  if (changes.with !== undefined) {
    const entries = Object.entries({ ...next.with, ...changes.with }).filter(
      (e): e is [string, string] => e[1] !== null,
    )
    next = withProperty(next, 'with', entries.length === 0 ? undefined : Object.fromEntries(entries))
  }
  if (changes.reorder !== undefined) next = { ...next, columns: reordered(next, changes.reorder, blind) }
  if (changes.clusterOn !== undefined) {
    next = {
      ...next,
      indexes: next.indexes.map((i) =>
        i.name === changes.clusterOn ? { ...i, clustered: true } : without(i, 'clustered'),
      ),
    }
  }
  return next
}

/** Throws OPERATION.UNKNOWN_OBJECT for a column that is not there. */
function reordered(table: Table, lists: readonly (readonly string[])[], blind: boolean): Table['columns'] {
  const columns = [...table.columns]
  if (blind && lists.flat().some((name) => !columns.some((c) => c.name === name))) return columns
  const place = (name: string): number => {
    const at = columns.findIndex((c) => c.name === name)
    if (at < 0) throw unknownObject('alterTable', `column ${refText(table)}.${name}`)
    return at
  }
  for (const list of lists)
    for (const [i, name] of list.entries()) {
      if (i === 0) continue
      const [column] = columns.splice(place(name), 1)
      columns.splice(place(list[i - 1]!) + 1, 0, column!)
    }
  return columns
}

export interface CommentOptions extends InSchema {
  /** The comment as it was before, for the reverse. */
  readonly was?: string | null
}

export const tableComment = define('tableComment', {
  create(name: string, comment: string | null, options: CommentOptions = {}) {
    checkName('tableComment', 'the name of the table', name)
    checkOptions('tableComment', options, ['schema', 'was'])
    if (comment !== null && typeof comment !== 'string')
      throw invalid('tableComment', 'the comment must be a string or null')
    return operation({ kind: 'tableComment', table: ref(name, options.schema), comment, before: options.was })
  },
  args: (op) => [op.table.name, op.comment, optionsOf<CommentOptions>({ schema: op.table.schema, was: op.before })],
  reverse: (op) =>
    op.before === undefined
      ? undefined
      : { kind: 'tableComment', table: op.table, comment: op.before, before: op.comment },
  apply: (draft, op) => editTable(draft, 'tableComment', op.table, (t) => withProperty(t, 'comment', op.comment)),
  footprint: (op) => ({ reads: [tableKey(op.table)], writes: [`comment:table ${refText(op.table)}`] }),
})
