/** Enums: there are no enum types here; every column of one lists the labels (specs/enums.md, section 10). */
import type { EnumUse, OperationOf } from '../../../operations/kinds.ts'
import { refText } from '../../../schema/keys.ts'
import type { Column, Default, Ref } from '../../../schema/model.ts'
import type { CompileContext, Draft, Handlers, Unsupported } from '../../dialect.ts'
import { enumBefore } from '../../shared/walk.ts'
import { quote, text } from '../spell/quote.ts'
import { modify } from './modify.ts'
import { allRowsOf, keepsHistory, updateRows } from './rows.ts'
import { cannot, no } from './writer.ts'

interface Place {
  readonly table: Ref
  readonly column: Column
  /** The default afterwards, where the operation gives it. */
  readonly after?: Default | null
}

/** Every column of the enum, from the schema before. */
function placesOf(type: Ref, context: CompileContext, uses?: readonly EnumUse[]): readonly Place[] {
  const said = new Map(
    (uses ?? []).flatMap((u) => (u.table === undefined ? [] : [[`${refText(u.table)} ${u.column}`, u] as const])),
  )
  const out: Place[] = []
  for (const object of context.before.objects.values()) {
    if (object.kind !== 'table') continue
    const table = { ...(object.schema === undefined ? {} : { schema: object.schema }), name: object.name }
    for (const column of object.columns) {
      if (column.type.kind !== 'enum' || column.type.name !== type.name) continue
      const use = said.get(`${refText(table)} ${column.name}`)
      out.push({ table, column, ...(use?.after === undefined ? {} : { after: use.after }) })
    }
  }
  return out
}

const notKnown = (type: Ref): Unsupported =>
  no(
    `the columns of enum ${type.name} are not known here: an ENUM stands in its columns, and the revisions must show which`,
  )

/** The labels before the operation, or why it cannot be compiled. */
function labelsBefore(type: Ref, context: CompileContext): readonly string[] | Unsupported {
  return enumBefore(context, type)?.values ?? notKnown(type)
}

function everywhere(
  places: readonly Place[],
  context: CompileContext,
  labels: readonly string[],
  column: (place: Place) => Column = (place) => place.column,
): readonly Draft[] | Unsupported {
  const out: Draft[] = []
  for (const place of places) {
    const step = modify(place.table, column(place), context, labels)
    if (cannot(step)) return step
    out.push(step)
  }
  return out
}

const moved = (place: Place, remap: Readonly<Record<string, string | null>>, context: CompileContext): Draft => {
  const c = quote(place.column.name)
  const entries = Object.entries(remap)
  const whens = entries.map(([from, to]) => `WHEN ${text(from)} THEN ${to === null ? 'NULL' : text(to)}`)
  const where = ` WHERE ${c} IN (${entries.map(([from]) => text(from)).join(', ')})`
  return updateRows(place.table, place.column.name, `CASE ${c} ${whens.join(' ')} END`, context, where)
}

/** Counts rows that hold a dropped label, before anything runs. */
function inUse(places: readonly Place[], gone: readonly string[], context: CompileContext): string | undefined {
  const queries = places.flatMap((p) =>
    gone.map((label) => {
      const c = quote(p.column.name)
      const place = `${refText(p.table)}.${p.column.name}`
      return `SELECT CONCAT(COUNT(*), ' row(s) of ', ${text(place)}, ' hold ', ${text(JSON.stringify(label))}) AS reason FROM ${allRowsOf(p.table, context)} WHERE ${c} = ${text(label)} HAVING COUNT(*) > 0`
    }),
  )
  return queries.length === 0 ? undefined : queries.map((q) => `(${q})`).join(' UNION ALL ')
}

interface Swap {
  readonly type: Ref
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly remap: Readonly<Record<string, string | null>>
  readonly uses?: readonly EnumUse[]
}

/** The column with the default that it has after its labels change. */
function defaultAfter(place: Place, swap: Swap): Column {
  const { default: before, ...rest } = place.column
  if (place.after !== undefined) return place.after === null ? rest : { ...rest, default: place.after }
  if (before?.kind !== 'literal' || typeof before.value !== 'string') return place.column
  if (swap.to.includes(before.value)) return place.column
  const to = swap.remap[before.value]
  return to === undefined || to === null ? rest : { ...rest, default: { kind: 'literal', value: to } }
}

/** The labels of every column of the enum. */
function swapped(swap: Swap, context: CompileContext): readonly Draft[] | Unsupported {
  const all = placesOf(swap.type, context, swap.uses)
  if (all.length === 0 && context.blind) return notKnown(swap.type)
  const kept = all.filter((p) => keepsHistory(p.table, context))
  const plain = swappedIn(
    all.filter((p) => !kept.includes(p)),
    swap,
    context,
  )
  if (cannot(plain) || kept.length === 0) return plain
  const history = swappedWithHistory(kept, swap, context)
  return cannot(history) ? history : [...plain, ...history]
}

const usedOf = (swap: Swap): Readonly<Record<string, string | null>> =>
  Object.fromEntries(Object.entries(swap.remap).filter(([label]) => swap.from.includes(label)))

const refusingWith = (refuse: string | undefined, drafts: readonly Draft[]): readonly Draft[] =>
  refuse === undefined ? drafts : drafts.map((d, i) => (i === 0 ? { ...d, refuseIf: refuse } : d))

/**
 * The labels of columns that have a history, whose rows no UPDATE reaches: new names go by way of the labels' numbers, which
 * ALTER TABLE converts everywhere. Where two labels become one, no row may hold the one that goes, nor have held it.
 */
function swappedWithHistory(
  places: readonly Place[],
  swap: Swap,
  context: CompileContext,
): readonly Draft[] | Unsupported {
  const used = usedOf(swap)
  const isName = (to: string | null): boolean =>
    to !== null && !swap.from.includes(to) && Object.values(used).filter((other) => other === to).length === 1
  const renamed = swap.from.map((label) => (isName(used[label] ?? null) ? used[label]! : label))
  const gone = renamed.filter((label) => !swap.to.includes(label))
  const number = (p: Place): Draft | Unsupported => {
    const { default: _, collation: __, ...bare } = p.column
    return modify(p.table, { ...bare, type: { kind: 'integer' } }, context)
  }
  const isRenamed = renamed.some((label, i) => label !== swap.from[i])
  const steps = [
    ...(isRenamed ? places.map(number) : []),
    ...(isRenamed && renamed.join('\0') !== swap.to.join('\0')
      ? places.map((p) => modify(p.table, withoutDefault(p.column), context, renamed))
      : []),
    ...places.map((p) => modify(p.table, defaultAfter(p, swap), context, swap.to)),
  ]
  const refused = steps.find(cannot)
  return refused ?? refusingWith(inUse(places, gone, context), steps as Draft[])
}

function withoutDefault(given: Column): Column {
  const { default: _, ...column } = given
  return column
}

/**
 * First old and new labels together, then the rows, then the new labels alone; one MODIFY where no row has to change. A label
 * that differs from an old one only in case replaces it by way of a temporary one.
 */
function swappedIn(places: readonly Place[], swap: Swap, context: CompileContext): readonly Draft[] | Unsupported {
  const gone = swap.from.filter((label) => !swap.to.includes(label))
  const lost = gone.filter((label) => !Object.hasOwn(swap.remap, label))
  const refuse = inUse(places, lost, context)
  const used = usedOf(swap)
  const last = everywhere(places, context, swap.to, (p) => defaultAfter(p, swap))
  if (cannot(last)) return last
  if (Object.keys(used).length === 0) return refusingWith(refuse, last)
  const added = swap.to.filter((label) => !swap.from.includes(label))
  const standIns = standInsOf(swap, added)
  const apart = added.filter((label) => !standIns.has(label))
  const first = added.length === 0 ? [] : everywhere(places, context, [...swap.from, ...apart, ...standIns.values()])
  if (cannot(first)) return first
  const aside = Object.fromEntries(
    Object.entries(used).map(([from, to]) => [from, to === null ? null : (standIns.get(to) ?? to)]),
  )
  const rows = places.map((p) => moved(p, aside, context))
  if (standIns.size === 0) return refusingWith(refuse, [...first, ...rows, ...last])
  const staying = swap.from.filter((label) => ![...standIns.keys()].some((to) => isAlike(label, to)))
  const second = everywhere(places, context, [...staying, ...added, ...standIns.values()], (p) => defaultAfter(p, swap))
  if (cannot(second)) return second
  const back = Object.fromEntries([...standIns].map(([to, standIn]) => [standIn, to]))
  return refusingWith(refuse, [...first, ...rows, ...second, ...places.map((p) => moved(p, back, context)), ...last])
}

/** Labels that some collation treats as equal: they differ in case or in accents. */
function isAlike(a: string, b: string): boolean {
  const bare = (label: string): string => label.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()
  return bare(a) === bare(b)
}

/** By new label that equals an old one in some collation, so that both cannot be listed: what the rows hold meanwhile. */
function standInsOf(swap: Swap, added: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set([...swap.from, ...swap.to])
  const found = new Map<string, string>()
  for (const label of added) {
    if (!swap.from.some((old) => isAlike(old, label))) continue
    let n = found.size + 1
    while (taken.has(`ambix_${n}`)) n++
    taken.add(`ambix_${n}`)
    found.set(label, `ambix_${n}`)
  }
  return found
}

function placed(
  values: readonly string[],
  op: { readonly value: string; readonly before?: string; readonly after?: string },
): readonly string[] {
  const at =
    op.before !== undefined
      ? values.indexOf(op.before)
      : op.after !== undefined
        ? values.indexOf(op.after) + 1
        : values.length
  return at < 0 ? [...values, op.value] : values.toSpliced(at, 0, op.value)
}

function addValue(op: OperationOf<'addEnumValue'>, context: CompileContext): readonly Draft[] | Unsupported {
  const values = labelsBefore(op.enum, context)
  if (cannot(values)) return values
  return everywhere(placesOf(op.enum, context), context, placed(values, op))
}

function renameValue(op: OperationOf<'renameEnumValue'>, context: CompileContext): readonly Draft[] | Unsupported {
  const values = labelsBefore(op.enum, context)
  if (cannot(values)) return values
  const to = values.map((v) => (v === op.from ? op.to : v))
  return swapped({ type: op.enum, from: values, to, remap: { [op.from]: op.to } }, context)
}

export const enumHandlers = {
  createEnum: () => [],
  dropEnum: (op, context) => {
    const users = placesOf(op.enum, context)
    if (users.length === 0 || op.ifUnused === true) return []
    return no(
      `columns are of enum ${op.enum.name}: ${users.map((u) => `${refText(u.table)}.${u.column.name}`).join(', ')}`,
    )
  },
  renameEnum: () => [],
  moveEnum: () => [],
  addEnumValue: addValue,
  dropEnumValue: (op, context) => {
    const values = labelsBefore(op.enum, context)
    if (cannot(values)) return values
    const remap = op.remap === undefined ? {} : { [op.value]: op.remap }
    return swapped(
      { type: op.enum, from: values, to: values.filter((v) => v !== op.value), remap, uses: op.uses },
      context,
    )
  },
  renameEnumValue: renameValue,
  alterEnum: (op, context) => {
    const from = op.from ?? labelsBefore(op.enum, context)
    if (cannot(from)) return from
    return swapped({ type: op.enum, from, to: op.values, remap: op.remap ?? {}, uses: op.uses }, context)
  },
} satisfies Partial<Handlers>
