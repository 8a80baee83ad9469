/** The swap of an enum type for one with other labels (specs/enums.md S8, S8r): defaults off, new type, one ALTER TABLE a table, defaults on. */
import { oldTypeName, shadowName } from '../../../operations/helper-names.ts'
import type { EnumUse, OnlineColumn } from '../../../operations/kinds.ts'
import { refText, sameRef } from '../../../schema/keys.ts'
import { checkLabelSizes, usualNames } from '../../../schema/name-limit.ts'
import type { Column, ColumnType, Default, Domain, EnumType, Grant, LiteralValue, Ref } from '../../../schema/model.ts'
import type { CompileContext, Draft } from '../../dialect.ts'
import { enumBefore } from '../../shared/walk.ts'
import { arrayRemap } from '../casts/casts.ts'
import { beside, columnBefore, defaultText, describe, name, quote, tableBefore, text } from '../spell/writer.ts'
import { createDomain } from './types.ts'
import { type Moving, onlineSwap } from './enum-online.ts'
import { labelsInUse } from './refusals.ts'

export interface Swap {
  readonly enum: Ref
  /** The new labels, and the old ones where they are known. */
  readonly values: readonly string[]
  readonly from: readonly string[] | undefined
  readonly remap: Readonly<Record<string, string | null>>
  readonly uses: readonly EnumUse[] | undefined
  /** The temporary name of the old type, where it was chosen before. */
  readonly aside?: string
  readonly keep: { readonly comment?: string; readonly owner?: string; readonly grants?: readonly Grant[] } | undefined
}

/** A column that is swapped: `inherited` ones follow their parent's type, and only their own default is touched. */
interface Place {
  readonly table: Ref
  readonly column: string
  readonly array: boolean
  readonly domain: Domain | undefined
  readonly inherited: boolean
  readonly default: Default | undefined
  readonly after: Default | null | undefined
  readonly online: OnlineColumn | undefined
}

const isType = (type: ColumnType | undefined, kind: string, ref: Ref): boolean =>
  type?.kind === kind && type.name === ref.name && type.schema === ref.schema

const enumType = (ref: Ref): ColumnType => ({
  kind: 'enum',
  ...(ref.schema === undefined ? {} : { schema: ref.schema }),
  name: ref.name,
})

/** Domains over the type: those that were named, else those of the schema before. */
function domainsOf(swap: Swap, context: CompileContext): readonly Domain[] {
  const out: Domain[] = []
  for (const object of context.before.objects.values()) {
    if (object.kind !== 'domain') continue
    const named = swap.uses?.some((use) => use.domain !== undefined && sameRef(use.domain, object))
    const over =
      isType(object.type, 'enum', swap.enum) ||
      (object.type.kind === 'array' && isType(object.type.element, 'enum', swap.enum))
    if (named ?? over) out.push(object)
  }
  return out
}

function place(table: Ref, column: Column, domains: readonly Domain[], swap: Swap): Place | undefined {
  const element = column.type.kind === 'array' ? column.type.element : column.type
  const domain = domains.find((d) => isType(element, 'domain', d))
  if (domain === undefined && !isType(element, 'enum', swap.enum)) return undefined
  return {
    table,
    column: column.name,
    array: column.type.kind === 'array',
    domain,
    inherited: column.inherited === true,
    default: column.default,
    after: undefined,
    online: undefined,
  }
}

/** The columns to swap: those that were named, their kind completed from the schema before; else all of that schema. */
function placesOf(swap: Swap, domains: readonly Domain[], context: CompileContext): readonly Place[] {
  if (swap.uses === undefined) {
    return [...context.before.objects.values()].flatMap((object) =>
      object.kind === 'table'
        ? object.columns.flatMap((column) => place(tableRef(object), column, domains, swap) ?? [])
        : [],
    )
  }
  return swap.uses.flatMap((use) => {
    if (use.table === undefined || use.column === undefined) return []
    const column = columnBefore(context, use.table, use.column)
    const seen = column === undefined ? undefined : place(use.table, column, domains, swap)
    const partition = tableBefore(context, use.table)?.partitionOf !== undefined
    return [
      {
        table: use.table,
        column: use.column,
        array: use.array ?? seen?.array ?? false,
        domain: seen?.domain,
        inherited: use.inherited === true || seen?.inherited === true || partition,
        default: use.default,
        after: use.after,
        online: use.online,
      },
    ]
  })
}

function tableRef(ref: Ref): Ref {
  return ref.schema === undefined ? { name: ref.name } : { schema: ref.schema, name: ref.name }
}

/** The constant default whose label is dropped becomes the label that its rows get. One that is kept is not changed. */
function remapped(value: LiteralValue, swap: Pick<Swap, 'remap' | 'values'>): LiteralValue {
  if (typeof value === 'string')
    return Object.hasOwn(swap.remap, value) && !swap.values.includes(value) ? (swap.remap[value] ?? null) : value
  if (!Array.isArray(value)) return value
  const list: readonly LiteralValue[] = value
  return list.flatMap((v) => {
    const next = remapped(v, swap)
    return next === null && v !== null ? [] : [next]
  })
}

function defaultAfter(p: Place, swap: Swap): Default | undefined {
  if (p.after !== undefined) return p.after ?? undefined
  if (p.default?.kind !== 'literal') return p.default
  const value = remapped(p.default.value, swap)
  return value === null ? undefined : { kind: 'literal', value }
}

/** USING for one column: through text, with the remap inside. */
export function swapUsing(
  column: string,
  array: boolean,
  type: string,
  remap: Swap['remap'],
  labels: readonly string[],
): string {
  return usingOf(quote(column), array, type, remap, labels)
}

/** The same for any expression that holds a value of the column. */
function usingOf(c: string, array: boolean, type: string, remap: Swap['remap'], labels: readonly string[]): string {
  if (array) return `${arrayRemap(`${c}::text[]`, remap, labels)}::${type}[]`
  const pairs = Object.entries(remap)
  if (pairs.length === 0) return `${c}::text::${type}`
  const whens = pairs.map(([label, to]) => `WHEN ${text(label)} THEN ${to === null ? 'NULL' : text(to)}`)
  return `(CASE ${c}::text ${whens.join(' ')} ELSE ${c}::text END)::${type}`
}

/** A free name derived from the type's own, within 63 bytes. */
function oldName(ref: Ref, context: CompileContext): string {
  const taken = (candidate: string): boolean => {
    const other = refText(beside(ref, candidate))
    return ['enum', 'table', 'domain', 'composite', 'range', 'view', 'sequence'].some((kind) =>
      context.before.objects.has(`${kind}:${other}`),
    )
  }
  let turn = 1
  while (taken(oldTypeName(ref.name, turn))) turn++
  return oldTypeName(ref.name, turn)
}

/** CREATE TYPE … AS ENUM. Throws ENUM.INVALID for a label that is too long. */
export function createEnumSql(ref: Ref, values: readonly string[]): string {
  checkLabelSizes(refText(ref), values, usualNames)
  const oneLine = `CREATE TYPE ${name(ref)} AS ENUM (${values.map(text).join(', ')})`
  return oneLine.length <= 120 ? oneLine : `CREATE TYPE ${name(ref)} AS ENUM (\n  ${values.map(text).join(',\n  ')}\n)`
}

/** The statements of a swap, with the refusal where labels go that rows may hold. */
export function swapEnum(swap: Swap, context: CompileContext): readonly (Draft | string)[] {
  const domains = domainsOf(swap, context)
  // Parents pass their defaults on: a child table's own default comes after.
  const places = placesOf(swap, domains, context).toSorted((a, b) => Number(a.inherited) - Number(b.inherited))
  const old = swap.aside ?? oldName(swap.enum, context)
  const known = enumBefore(context, swap.enum)
  const from = swap.from ?? known?.values
  const removed = (from ?? []).filter((label) => !swap.values.includes(label) && !Object.hasOwn(swap.remap, label))
  const labels = [...(from ?? []), ...swap.values]
  const ty = name(swap.enum)
  const keep = describe(
    { kind: 'type', ...tableRef(swap.enum) },
    swap.keep ?? (known === undefined ? {} : described(known)),
  )
  const refuseIf = labelsInUse(swap.enum, removed, places.filter((p) => !p.inherited).map(asUse), context)
  if (places.some((p) => p.online !== undefined)) {
    const moving = places.map((p): Moving => ({ ...p, default: defaultAfter(p, swap), online: p.online ?? {} }))
    const whole = {
      enum: tableRef(swap.enum),
      values: swap.values,
      create: (type: Ref) => createEnumSql(type, swap.values),
      using: (expression: string, array: boolean, type: string) => usingOf(expression, array, type, swap.remap, labels),
      // The same in every run, so that an interrupted one can be resumed.
      fresh: beside(swap.enum, shadowName(swap.enum.name)),
      old: beside(swap.enum, old),
      refuseIf,
      describe: keep,
    }
    return onlineSwap(whole, moving, context)
  }
  const out: string[] = []

  for (const p of places) {
    if (p.default !== undefined || (p.after !== undefined && p.after !== null)) {
      out.push(`ALTER TABLE ${name(p.table)} ALTER COLUMN ${quote(p.column)} DROP DEFAULT`)
    }
  }
  out.push(`ALTER TYPE ${ty} RENAME TO ${quote(old)}`, createEnumSql(swap.enum, swap.values))
  const oldDomains = domains.map((d) => oldName(d, context))
  for (const [i, domain] of domains.entries()) {
    out.push(
      `ALTER DOMAIN ${name(domain)} RENAME TO ${quote(oldDomains[i]!)}`,
      ...createDomain(withoutLost(domain, swap)),
    )
  }
  for (const [table, list] of byTable(places.filter((p) => !p.inherited))) {
    const actions = list.map((p) => {
      const type = p.domain === undefined ? ty : name(p.domain)
      // A domain over an array has array values, though its column's type is not an array.
      const inner = p.domain?.type.kind === 'array' && !p.array
      const using = inner
        ? `${arrayRemap(`${quote(p.column)}::text[]`, swap.remap, labels)}::${type}`
        : swapUsing(p.column, p.array, type, swap.remap, labels)
      return `ALTER COLUMN ${quote(p.column)} TYPE ${type}${p.array ? '[]' : ''} USING ${using}`
    })
    out.push(`ALTER TABLE ${table}${actions.length === 1 ? ` ${actions[0]}` : `\n  ${actions.join(',\n  ')}`}`)
  }
  for (const p of places) {
    const value = defaultAfter(p, swap)
    if (value === undefined) {
      if (p.inherited) out.push(`ALTER TABLE ${name(p.table)} ALTER COLUMN ${quote(p.column)} DROP DEFAULT`)
      continue
    }
    const base: ColumnType = p.domain === undefined ? enumType(swap.enum) : p.domain.type
    const type: ColumnType = p.array ? { kind: 'array', element: base } : base
    out.push(`ALTER TABLE ${name(p.table)} ALTER COLUMN ${quote(p.column)} SET DEFAULT ${defaultText(value, type)}`)
  }
  for (const [i, domain] of domains.entries()) out.push(`DROP DOMAIN ${name(beside(domain, oldDomains[i]!))}`)
  out.push(`DROP TYPE ${name(beside(swap.enum, old))}`)
  out.push(...keep)
  const [head = '', ...rest] = out
  return refuseIf === undefined ? out : [{ sql: head, refuseIf }, ...rest]
}

function asUse(p: Place): EnumUse {
  return { table: p.table, column: p.column, array: p.array || p.domain?.type.kind === 'array' }
}

function described(type: EnumType): NonNullable<Swap['keep']> {
  return { comment: type.comment, owner: type.owner, grants: type.grants }
}

/** A domain whose own default is a dropped label gets the label that replaces it. */
function withoutLost(domain: Domain, swap: Swap): Domain {
  if (domain.default?.kind !== 'literal') return domain
  const value = remapped(domain.default.value, swap)
  return { ...domain, default: value === null ? undefined : { kind: 'literal', value } }
}

function byTable(places: readonly Place[]): ReadonlyMap<string, readonly Place[]> {
  const out = new Map<string, Place[]>()
  for (const p of places) {
    const list = out.get(name(p.table)) ?? []
    list.push(p)
    out.set(name(p.table), list)
  }
  return out
}
