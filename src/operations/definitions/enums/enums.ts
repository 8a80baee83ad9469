/** Operations on enum types; each next to its reverse (specs/enums.md, sections 3 and 11). */
import { AmbixError } from '../../../errors.ts'
import { columnKey, enumKey, refText } from '../../../schema/keys.ts'
import type { Default, EnumType, Grant, Ref } from '../../../schema/model.ts'
import { checkLabels } from '../../../schema/declare/enum-labels.ts'
import { defaultInput, defaultOf, type DefaultValue } from '../../input/columns.ts'
import { define, type DescribedOptions, describedKeys, describedOf, type InSchema, operation } from '../../define.ts'
import type { Draft } from '../../definition.ts'
import { edit, put, remove } from '../../fold/draft.ts'
import { checkName, checkOptions, invalid, unknownObject } from '../../invalid.ts'
import type { EnumUse, OnlineColumn } from '../../kinds.ts'
import { flag, optionsOf, ref, same } from '../../plain.ts'
import { renameTypeEverywhere, usesEnum } from '../../fold/rename.ts'

export interface CreateEnumOptions extends InSchema, DescribedOptions {
  /** Adopts a type that is there with the same labels; refuses one with others. */
  readonly ifMissing?: boolean
}

export const valuesOf = (operationName: string, name: string, values: unknown): readonly string[] => {
  if (!Array.isArray(values)) throw invalid(operationName, `the labels of ${name} must be a list`)
  checkLabels(name, values)
  return [...values]
}

export const createEnum = define('createEnum', {
  create(name: string, values: readonly string[], options: CreateEnumOptions = {}) {
    checkName('createEnum', 'the name of the enum', name)
    checkOptions('createEnum', options, ['schema', 'ifMissing', ...describedKeys])
    const type: EnumType = {
      kind: 'enum',
      ...ref(name, options.schema),
      values: valuesOf('createEnum', name, values),
      ...describedOf(options),
    }
    return operation({ kind: 'createEnum', enum: plainEnum(type), ifMissing: flag(options.ifMissing) })
  },
  args: (op) => [
    op.enum.name,
    op.enum.values,
    optionsOf({ schema: op.enum.schema, ifMissing: op.ifMissing, ...describedOf(op.enum) }),
  ],
  reverse: (op) =>
    operation({
      kind: 'dropEnum',
      enum: ref(op.enum.name, op.enum.schema),
      definition: op.enum,
      ifUnused: op.ifMissing,
    }),
  apply(draft, op) {
    const there = op.ifMissing === true ? draft.objects.get(enumKey(op.enum)) : undefined
    if (there?.kind !== 'enum') return put(draft, 'createEnum', plainEnum(op.enum))
    if (same(there.values, op.enum.values) || draft.blind) return
    throw new AmbixError('ENUM.LABELS_DIFFER', `The enum ${refText(op.enum)} exists with other labels.`, {
      why: `It has ${there.values.map((v) => JSON.stringify(v)).join(', ')}; wanted are ${op.enum.values.map((v) => JSON.stringify(v)).join(', ')}.`,
      next: ['Use op.addEnumValue or op.alterEnum to change the labels.'],
      data: { enum: refText(op.enum), labels: there.values, wanted: op.enum.values },
    })
  },
  footprint: (op) => ({ reads: [], writes: [enumKey(op.enum)] }),
})

/** The type without the marks that only a model has. */
function plainEnum(type: EnumType): EnumType {
  const { renamedFrom: _, renamedValues: __, removedValues: ___, ...rest } = type
  for (const key of ['comment', 'owner', 'grants'] as const)
    if (rest[key] === undefined) delete (rest as { [K in typeof key]?: unknown })[key]
  return rest
}

export interface DropEnumOptions extends InSchema {
  /** The type as it was before, for the reverse: its labels, or labels and the rest. */
  readonly was?: readonly string[] | ({ readonly values: readonly string[] } & DescribedOptions)
  /** Left alone while a column, domain or type uses it. */
  readonly ifUnused?: boolean
}

const isList = (was: readonly string[] | object): was is readonly string[] => Array.isArray(was)

export const dropEnum = define('dropEnum', {
  create(name: string, options: DropEnumOptions = {}) {
    checkName('dropEnum', 'the name of the enum', name)
    checkOptions('dropEnum', options, ['schema', 'was', 'ifUnused'])
    const of = ref(name, options.schema)
    const ifUnused = flag(options.ifUnused)
    if (options.was === undefined) return operation({ kind: 'dropEnum', enum: of, ifUnused })
    const was: { readonly values: readonly string[] } & DescribedOptions = isList(options.was)
      ? { values: options.was }
      : options.was
    const definition = plainEnum({
      kind: 'enum',
      ...of,
      values: valuesOf('dropEnum', name, was.values),
      ...describedOf(was),
    })
    return operation({ kind: 'dropEnum', enum: of, definition, ifUnused })
  },
  args(op) {
    const d = op.definition
    const rest = d === undefined ? undefined : optionsOf(describedOf(d))
    const was = d === undefined ? undefined : rest === undefined ? d.values : { values: d.values, ...rest }
    return [op.enum.name, optionsOf({ schema: op.enum.schema, ifUnused: op.ifUnused, was })]
  },
  reverse: (op) =>
    op.definition === undefined
      ? undefined
      : operation({ kind: 'createEnum', enum: op.definition, ifMissing: op.ifUnused }),
  apply(draft, op) {
    if (op.ifUnused === true && isUsed(draft, op.enum)) return
    remove(draft, 'dropEnum', enumKey(op.enum), op.ifUnused)
  },
  footprint: (op) => ({ reads: [], writes: [enumKey(op.enum)] }),
})

function isUsed(draft: Draft, type: Ref): boolean {
  for (const object of draft.objects.values()) {
    if (object.kind === 'table' && object.columns.some((c) => usesEnum(c.type, type))) return true
    if (object.kind === 'domain' && usesEnum(object.type, type)) return true
    if (object.kind === 'composite' && object.attributes.some((a) => usesEnum(a.type, type))) return true
    if (object.kind === 'range' && usesEnum(object.subtype, type)) return true
  }
  return false
}

export const renameEnum = define('renameEnum', {
  create(name: string, to: string, options: InSchema = {}) {
    checkName('renameEnum', 'the old name', name)
    checkName('renameEnum', 'the new name', to)
    checkOptions('renameEnum', options, ['schema'])
    return operation({ kind: 'renameEnum', enum: ref(name, options.schema), to })
  },
  args: (op) => [op.enum.name, op.to, optionsOf({ schema: op.enum.schema })],
  reverse: (op) => ({ kind: 'renameEnum', enum: ref(op.to, op.enum.schema), to: op.enum.name }),
  apply(draft, op) {
    known(draft, 'renameEnum', op.enum)
    renameTypeEverywhere(draft, 'enum', op.enum, ref(op.to, op.enum.schema))
  },
  footprint: (op) => ({ reads: [], writes: [enumKey(op.enum), enumKey(ref(op.to, op.enum.schema))] }),
})

export interface MoveOptions {
  /** The schema it is in; absent: the connection's default one. */
  readonly from?: string
  /** The schema that it is moved to; absent: the connection's default one. */
  readonly to?: string
}

export const moveEnum = define('moveEnum', {
  create(name: string, options: MoveOptions) {
    checkName('moveEnum', 'the name of the enum', name)
    checkOptions('moveEnum', options, ['from', 'to'])
    for (const schema of [options?.from, options?.to])
      if (schema !== undefined) checkName('moveEnum', 'the name of the schema', schema)
    return operation({ kind: 'moveEnum', enum: ref(name, options.from), toSchema: options.to })
  },
  args: (op) => [op.enum.name, optionsOf({ from: op.enum.schema, to: op.toSchema }) ?? {}],
  reverse: (op) => operation({ kind: 'moveEnum', enum: ref(op.enum.name, op.toSchema), toSchema: op.enum.schema }),
  apply(draft, op) {
    known(draft, 'moveEnum', op.enum)
    renameTypeEverywhere(draft, 'enum', op.enum, ref(op.enum.name, op.toSchema))
  },
  footprint: (op) => ({ reads: [], writes: [enumKey(op.enum), enumKey(ref(op.enum.name, op.toSchema))] }),
})

/** A column (or domain) that the swap has to convert, as a revision names it. */
export interface EnumUseInput {
  readonly schema?: string
  readonly table?: string
  readonly column?: string
  readonly domain?: string
  readonly array?: boolean
  readonly default?: DefaultValue
  /** Where the default changes with the swap; null takes it off. */
  readonly after?: DefaultValue | null
  /** The column has its type from a parent table; only its own default is dropped and set again. */
  readonly inherited?: boolean
  /**
   * Swap by way of a second column: filled in batches, indexed concurrently, kept in step by a trigger, and
   * exchanged under a short lock. Says what the column must get; `nullable` absent is NOT NULL.
   */
  readonly online?: OnlineColumn
}

function useOf(input: EnumUseInput): EnumUse {
  checkOptions('alterEnum', input, [
    'schema',
    'table',
    'column',
    'domain',
    'array',
    'default',
    'after',
    'inherited',
    'online',
  ])
  if ((input.table === undefined) === (input.domain === undefined))
    throw invalid('alterEnum', 'a use names a table and a column, or a domain')
  if (input.table !== undefined) checkName('alterEnum', 'the column of a use', input.column)
  return {
    ...(input.table === undefined ? {} : { table: ref(input.table, input.schema) }),
    ...(input.column === undefined ? {} : { column: input.column }),
    ...(input.domain === undefined ? {} : { domain: ref(input.domain, input.schema) }),
    ...(input.array === true ? { array: true } : {}),
    ...(input.default === undefined ? {} : { default: defaultOf(input.default) }),
    ...(input.after === undefined ? {} : { after: input.after === null ? null : defaultOf(input.after) }),
    ...(input.inherited === true ? { inherited: true } : {}),
    ...(input.online === undefined ? {} : { online: input.online }),
  }
}

function useInput(use: EnumUse): EnumUseInput {
  const on = use.table ?? use.domain
  const given = (d: Default | null | undefined): DefaultValue | null | undefined =>
    d === null || d === undefined ? d : defaultInput(d)
  return (
    optionsOf({
      schema: on?.schema,
      table: use.table?.name,
      column: use.column,
      domain: use.domain?.name,
      array: use.array,
      default: given(use.default) ?? undefined,
      after: given(use.after),
      inherited: use.inherited,
      online: use.online,
    }) ?? {}
  )
}

export const usesOf = (uses: readonly EnumUseInput[] | undefined): readonly EnumUse[] | undefined =>
  uses?.map((u) => useOf(u))

export const usesInput = (uses: readonly EnumUse[] | undefined): readonly EnumUseInput[] | undefined =>
  uses?.map((u) => useInput(u))

/** Defaults that change with the swap. */
export function swapDefaults(draft: Draft, uses: readonly EnumUse[] | undefined): void {
  for (const use of uses ?? []) {
    if (use.after === undefined || use.table === undefined) continue
    const key = `table:${refText(use.table)}`
    const table = draft.objects.get(key)
    if (table?.kind !== 'table') continue
    const columns = table.columns.map((c) => {
      if (c.name !== use.column) return c
      const { default: _, ...rest } = c
      return use.after === null || use.after === undefined ? rest : { ...rest, default: use.after }
    })
    draft.objects.set(key, { ...table, columns })
  }
}

export interface AlterEnumOptions extends InSchema {
  /** The labels as they are, in order. */
  readonly from?: readonly string[]
  /** The target labels, in order. */
  readonly to: readonly string[]
  /** The new value of rows with a removed label. */
  readonly remap?: Readonly<Record<string, string | null>>
  readonly remapDown?: Readonly<Record<string, string | null>>
  readonly uses?: readonly EnumUseInput[]
  /** Comment, owner and grants, which the new type would lose. */
  readonly keep?: { readonly comment?: string; readonly owner?: string; readonly grants?: readonly Grant[] }
  /** The name of the old type during the swap; default its own name with `__old` appended. */
  readonly aside?: string
}

export const alterEnum = define('alterEnum', {
  create(name: string, options: AlterEnumOptions) {
    checkName('alterEnum', 'the name of the enum', name)
    checkOptions('alterEnum', options, ['schema', 'from', 'to', 'remap', 'remapDown', 'uses', 'keep', 'aside'])
    checkOptions('alterEnum', options.keep, describedKeys)
    if (options.aside !== undefined) checkName('alterEnum', 'the name of the old type', options.aside)
    return operation({
      kind: 'alterEnum',
      enum: ref(name, options.schema),
      values: valuesOf('alterEnum', name, options.to),
      from: options.from === undefined ? undefined : valuesOf('alterEnum', name, options.from),
      remap: options.remap,
      remapDown: options.remapDown,
      uses: usesOf(options.uses),
      keep: options.keep,
      aside: options.aside,
    })
  },
  args: (op) => [
    op.enum.name,
    {
      ...optionsOf({
        schema: op.enum.schema,
        from: op.from,
        to: op.values,
        remap: op.remap,
        remapDown: op.remapDown,
        uses: usesInput(op.uses),
        keep: op.keep,
        aside: op.aside,
      }),
      to: op.values,
    },
  ],
  reverse(op) {
    if (op.from === undefined) return undefined
    const uses = op.uses?.map((use): EnumUse => {
      if (use.after === undefined) return use
      const { default: before, after, ...rest } = use
      return { ...rest, ...(after === null ? {} : { default: after }), after: before ?? null }
    })
    return operation({
      kind: 'alterEnum',
      enum: op.enum,
      values: op.from,
      from: op.values,
      remap: op.remapDown,
      remapDown: op.remap,
      uses,
      keep: op.keep,
      aside: op.aside,
    })
  },
  apply(draft, op) {
    edit(draft, 'alterEnum', 'enum', enumKey(op.enum), (type) => ({ ...type, values: op.values }))
    swapDefaults(draft, op.uses)
  },
  footprint: (op) => ({ reads: [], writes: [enumKey(op.enum), ...usedColumns(op.uses)] }),
})

function known(draft: Draft, operationName: string, type: Ref): void {
  if (!draft.blind && !draft.objects.has(enumKey(type))) throw unknownObject(operationName, `enum ${refText(type)}`)
}

export const usedColumns = (uses: readonly EnumUse[] | undefined): readonly string[] =>
  (uses ?? []).flatMap((u) => (u.table !== undefined && u.column !== undefined ? [columnKey(u.table, u.column)] : []))
