/** The operation that changes a column: name, type, default, nullability, identity, storage. */
import type { AnyColumn, IdentityOptions } from '../../schema/declare/column.ts'
import { columnKey, refText, tableKey } from '../../schema/keys.ts'
import type { Column, Identity, Ref, SchemaObject } from '../../schema/model.ts'
import {
  defaultInput,
  defaultOf,
  type DefaultValue,
  generatedInput,
  type GeneratedInput,
  generatedOf,
  typeBuilder,
  typeOf,
} from '../input/columns.ts'
import {
  define,
  type InSchema,
  operation,
  refInput,
  type RefInput,
  refOf,
  sqlOf,
  type SqlText,
  textOf,
} from '../define.ts'
import type { Draft } from '../definition.ts'
import { editColumn, withProperty } from '../fold/draft.ts'
import { checkName, checkOptions, existsAlready, invalid } from '../invalid.ts'
import type { ColumnChanges, ValueMap } from '../kinds.ts'
import { compact, optionsOf, ref } from '../plain.ts'
import { renameColumnEverywhere } from '../fold/rename.ts'
import { changeUnfolded, keepSequenceNames } from '../fold/owned-sequences.ts'
import { type BackfillInput, backfillOf, backfillInput, childrenOf, typeReads, labelReads } from './columns.ts'

/** The changes of `alterColumn`: an absent key is left alone, `null` removes the property. */
export interface AlterColumnChanges {
  readonly newColumnName?: string
  /** The new type, as a column of it: `varchar(200)`. */
  readonly type?: AnyColumn
  readonly nullable?: boolean
  readonly default?: DefaultValue
  readonly identity?: true | IdentityOptions | null
  readonly generated?: GeneratedInput | null
  readonly collation?: RefInput | null
  readonly comment?: string | null
  readonly storage?: Column['storage'] | null
  readonly compression?: Column['compression'] | null
  readonly statistics?: number | null
}

export interface AlterColumnOptions extends InSchema, AlterColumnChanges {
  /** The same keys with their old values, for the downgrade. */
  readonly was?: AlterColumnChanges
  /** SQL over the row that converts its value to the new type. */
  readonly using?: SqlText
  readonly usingDown?: SqlText
  /** The labels that existing values become (specs/enums.md S9m). */
  readonly map?: ValueMap
  readonly mapDown?: ValueMap
  readonly backfill?: BackfillInput
}

const changeKeys = [
  'newColumnName',
  'type',
  'nullable',
  'default',
  'identity',
  'generated',
  'collation',
  'comment',
  'storage',
  'compression',
  'statistics',
] as const

function identityOf(input: true | IdentityOptions): Identity {
  return compact({ generation: 'byDefault', ...(input === true ? {} : input) })
}

function changesOf(input: AlterColumnChanges): ColumnChanges {
  return compact<ColumnChanges>({
    newColumnName: input.newColumnName,
    type: input.type === undefined ? undefined : typeOf('alterColumn', "'type'", input.type),
    nullable: input.nullable,
    default: input.default === undefined ? undefined : input.default === null ? null : defaultOf(input.default),
    identity: input.identity === undefined ? undefined : input.identity === null ? null : identityOf(input.identity),
    generated:
      input.generated === undefined ? undefined : input.generated === null ? null : generatedOf(input.generated),
    collation: input.collation === undefined ? undefined : input.collation === null ? null : refOf(input.collation),
    comment: input.comment,
    storage: input.storage,
    compression: input.compression,
    statistics: input.statistics,
  })
}

function changesInput(changes: ColumnChanges): AlterColumnChanges {
  return compact<AlterColumnChanges>({
    newColumnName: changes.newColumnName,
    type: changes.type === undefined ? undefined : typeBuilder(changes.type),
    nullable: changes.nullable,
    default:
      changes.default === undefined ? undefined : changes.default === null ? null : defaultInput(changes.default),
    identity:
      changes.identity === undefined ? undefined : changes.identity === null ? null : identityInput(changes.identity),
    generated:
      changes.generated === undefined
        ? undefined
        : changes.generated === null
          ? null
          : generatedInput(changes.generated),
    collation:
      changes.collation === undefined ? undefined : changes.collation === null ? null : refInput(changes.collation),
    comment: changes.comment,
    storage: changes.storage,
    compression: changes.compression,
    statistics: changes.statistics,
  })
}

function identityInput(identity: Identity): true | IdentityOptions {
  const { generation, ...rest } = identity
  if (generation === 'always') return identity
  return optionsOf(rest) ?? true
}

export const alterColumn = define('alterColumn', {
  create(table: string, column: string, options: AlterColumnOptions) {
    checkName('alterColumn', 'the name of the table', table)
    checkName('alterColumn', 'the name of the column', column)
    checkOptions('alterColumn', options, [
      ...changeKeys,
      'schema',
      'was',
      'using',
      'usingDown',
      'map',
      'mapDown',
      'backfill',
    ])
    checkOptions('alterColumn', options?.was, changeKeys)
    const changes = changesOf(options ?? {})
    if (Object.keys(changes).length === 0) {
      throw invalid(
        'alterColumn',
        `nothing about ${table}.${column} is to change`,
        `Give one of: ${changeKeys.join(', ')}.`,
      )
    }
    if (changes.newColumnName !== undefined) checkName('alterColumn', 'the new name', changes.newColumnName)
    return operation({
      kind: 'alterColumn',
      table: ref(table, options.schema),
      column,
      changes,
      before: options.was === undefined ? undefined : changesOf(options.was),
      using: options.using === undefined ? undefined : textOf('alterColumn', "'using'", options.using),
      usingDown: options.usingDown === undefined ? undefined : textOf('alterColumn', "'usingDown'", options.usingDown),
      map: options.map,
      mapDown: options.mapDown,
      backfill: backfillOf('alterColumn', options.backfill),
    })
  },
  args: (op) => [
    op.table.name,
    op.column,
    compact<AlterColumnOptions>({
      schema: op.table.schema,
      ...changesInput(op.changes),
      was: op.before === undefined ? undefined : changesInput(op.before),
      using: op.using === undefined ? undefined : sqlOf(op.using),
      usingDown: op.usingDown === undefined ? undefined : sqlOf(op.usingDown),
      map: op.map,
      mapDown: op.mapDown,
      backfill: backfillInput(op.backfill),
    }),
  ],
  reverse(op) {
    const renamed = op.changes.newColumnName
    const before: ColumnChanges = renamed === undefined ? (op.before ?? {}) : { ...op.before, newColumnName: op.column }
    const missing = Object.keys(op.changes).filter(
      (key) => !(key in before) || before[key as keyof ColumnChanges] === undefined,
    )
    // NOT NULL is the only change whose reverse needs no old value.
    const known =
      missing.length === 1 && missing[0] === 'nullable' ? { ...before, nullable: !op.changes.nullable } : before
    if (missing.length > 0 && known === before) return undefined
    const was: ColumnChanges = renamed === undefined ? op.changes : { ...op.changes, newColumnName: renamed }
    return operation({
      kind: 'alterColumn',
      table: op.table,
      column: renamed ?? op.column,
      changes: known,
      before: was.newColumnName === undefined ? was : { ...was, newColumnName: was.newColumnName },
      using: op.usingDown,
      usingDown: op.using,
      map: op.mapDown,
      mapDown: op.map,
      backfill: op.backfill,
    })
  },
  apply(draft, op) {
    const { newColumnName, ...changes } = op.changes
    changeUnfolded(draft, op.table, op.column, op, () => alterColumnOf(draft, op.table, op.column, changes))
    if (newColumnName !== undefined && newColumnName !== op.column)
      renameColumn(draft, op.table, op.column, newColumnName)
  },
  footprint: (op) => ({
    reads: [
      tableKey(op.table),
      ...(op.changes.type === undefined ? [] : typeReads(op.changes.type)),
      ...(op.before?.type === undefined ? [] : typeReads(op.before.type)),
      ...(op.changes.type === undefined || op.changes.default === undefined || op.changes.default === null
        ? []
        : labelReads({ type: op.changes.type, default: op.changes.default })),
    ],
    writes: [
      columnKey(op.table, op.column),
      ...(op.changes.newColumnName === undefined ? [] : [columnKey(op.table, op.changes.newColumnName)]),
    ],
  }),
})

function alterColumnOf(draft: Draft, table: Ref, name: string, changes: ColumnChanges): void {
  editColumn(draft, 'alterColumn', table, name, (c) => {
    let next: Column = c
    if (changes.type !== undefined) next = { ...next, type: changes.type }
    if (changes.nullable !== undefined) next = { ...next, nullable: changes.nullable }
    for (const key of [
      'default',
      'identity',
      'generated',
      'collation',
      'comment',
      'storage',
      'compression',
      'statistics',
    ] as const) {
      if (changes[key] !== undefined) next = withProperty(next, key, changes[key])
    }
    return next
  })
  // Types and NOT NULL also apply to child tables; the rest is each table's own.
  const down: ColumnChanges = compact({ type: changes.type, nullable: changes.nullable })
  if (Object.keys(down).length === 0) return
  for (const child of childrenOf(draft, table))
    if (child.columns.some((c) => c.name === name)) alterColumnOf(draft, child, name, down)
}

function renameColumn(draft: Draft, table: Ref, from: string, to: string): void {
  const object: SchemaObject | undefined = draft.objects.get(tableKey(table))
  if (object?.kind === 'table' && object.columns.some((c) => c.name === to) && !draft.blind) {
    throw existsAlready('alterColumn', `column ${refText(table)}.${to}`)
  }
  const children = childrenOf(draft, table)
  keepSequenceNames(draft, table, { column: from, to }, () => renameColumnEverywhere(draft, table, from, to))
  for (const child of children) if (child.columns.some((c) => c.name === from)) renameColumn(draft, child, from, to)
}
