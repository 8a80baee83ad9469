/** Columns that wait as text, or as JSON, while their type is recreated, and defaults that step aside. */
import { append } from '../../util/append.ts'
import type { ValueMap } from '../../operations/kinds.ts'
import { columnKey, tableKey, typeKey } from '../../schema/keys.ts'
import type { ColumnType, Ref, SchemaObject, Table } from '../../schema/model.ts'
import { refOfTable } from '../compare/tables.ts'
import { rowTypesIn, type Sides } from '../graph/dependants.ts'
import { equal } from '../compare/equal.ts'
import { rank, type Step } from '../graph/order.ts'
import { defaultsBelow, isSetAbove } from '../partitions/child-columns.ts'
import { only } from '../steps/common-steps.ts'
import type { Planning } from '../steps/context.ts'
import { name, refName } from '../model/quote.ts'
import { type Helper, relabelled, type Remaps } from './relabelled.ts'
import { asJson, baseOf, compositeUnder, fromJson, goByName, refuseArrays } from './values-by-name.ts'

/** Columns that are text while their type is recreated, and defaults that are dropped meanwhile. */
export function columnsAside(plan: Planning): void {
  const { detours, defaults } = plan.closure.aside
  const helpers: Helper[] = []
  for (const key of detours) {
    const found = plan.sides.fromParts.columns.get(key)!
    // A table that is made anew takes its rows along as text.
    if (plan.isDropped(tableKey(found.table))) continue
    const later = plan.sides.toParts.columns.get(key)!.part
    const type = typeKey(found.part.type)
    const table = refOfTable(found.table)
    // A domain over an array has array values, though its own type is not an array.
    const arrays = baseOf(plan.from, found.part.type).kind === 'array' && baseOf(plan.to, later.type).kind === 'array'
    const text: ColumnType =
      arrays || found.part.type.kind === 'array' ? { kind: 'array', element: { kind: 'text' } } : { kind: 'text' }
    // Values of a composite type whose attributes are moved or dropped are converted by attribute name.
    const byName = goByName(plan.from, plan.to, found.part.type, later.type)
    const composite = byName ? compositeUnder(plan.to, later.type) : undefined
    const carried: ColumnType = composite === undefined ? text : { kind: 'json' }
    const quoted = name(found.part.name)
    const other = typeKey(later.type) !== type
    const asked = other
      ? { map: plan.options.knowledge.map.get(key)?.up, using: plan.options.knowledge.using.get(key)?.up }
      : {}
    const map = composite === undefined ? (asked.map ?? detourMap(plan, found.part.type)) : undefined
    const domains = arrays && found.part.type.kind === 'domain' && later.type.kind === 'domain'
    const before = helpers.length
    const inside =
      composite === undefined && !other && map === undefined
        ? relabelledInside(plan, found.part.type, quoted, helpers)
        : undefined
    const own = helpers.slice(before)
    const made = own.map((h): Step => ({ op: { kind: 'execute', sql: h.create }, rank: rank.dropDependant }))
    const toText = composite !== undefined ? asJson(quoted) : (inside ?? (domains ? `${quoted}::text[]` : undefined))
    const fromText =
      composite !== undefined
        ? fromJson(quoted, composite, later.type)
        : asked.using !== undefined
          ? asked.using
          : domains && map === undefined
            ? `${quoted}::${refName(later.type as Ref)}`
            : undefined
    const collation = later.collation === undefined ? {} : { collation: later.collation }
    const usual = later.collation === undefined ? {} : { collation: null }
    const value = found.part.default === undefined ? {} : { default: null }
    const was = found.part.default === undefined ? {} : { default: found.part.default }
    const guard: readonly Step[] =
      byName && composite === undefined
        ? [{ op: { kind: 'execute', sql: refuseArrays(table, found.part.name, quoted) }, rank: rank.dropDependant }]
        : []
    append(plan.steps, guard)
    const away: Step = {
      op: {
        kind: 'alterColumn',
        table,
        column: found.part.name,
        changes: { type: carried, ...usual, ...value },
        before: { type: found.part.type, ...collation, ...was },
        ...(toText === undefined ? {} : { using: toText }),
      },
      rank: rank.alterColumn,
      alters: [key],
      frees: [
        ...(type === undefined ? [] : [type]),
        ...plan.needs.of(key),
        ...rowTypesIn(plan.from, found.part.type).flatMap(columnsOf),
      ],
      disturbs: true,
      after: [...guard, ...made],
    }
    const unmade = own.map((h): Step => ({
      op: { kind: 'execute', sql: `DROP FUNCTION ${h.signature}` },
      rank: rank.alterColumn,
      frees: away.frees ?? [],
      after: [away],
    }))
    const back: Step = {
      op: {
        kind: 'alterColumn',
        table,
        column: found.part.name,
        changes: { type: later.type, ...collation, ...(later.default === undefined ? {} : { default: later.default }) },
        before: { type: carried, ...usual, ...(later.default === undefined ? {} : { default: null }) },
        ...(fromText === undefined ? {} : { using: fromText }),
        ...(map === undefined ? {} : { map }),
      },
      rank: rank.alterColumn,
      alters: [key],
      needs: [...plan.later.of(key), ...rowTypesIn(plan.to, later.type).flatMap(columnsOf)],
      after: [away, ...unmade],
    }
    append(plan.steps, [...made, away, ...unmade, back])
    if (!other && (found.part.default ?? later.default) !== undefined)
      defaultsBelow(plan, plan.sides.toParts.columns.get(key)!.table, later, [back])
  }
  for (const key of defaults) {
    if (detours.has(key) || plan.isDropped(key)) continue
    const { table, part } = plan.sides.fromParts.columns.get(key)!
    const { table: laterTable, part: later } = plan.sides.toParts.columns.get(key)!
    if (plan.isDropped(tableKey(table)) || part.default === undefined || !equal(part.type, later.type)) continue
    const on = { kind: 'alterColumn', table: refOfTable(table), column: part.name } as const
    const off: Step = {
      op: { ...on, changes: { default: null }, before: { default: part.default } },
      rank: rank.dropDependant,
      frees: [...plan.needs.of(key)],
    }
    const back: Step = {
      op: { ...on, changes: { default: later.default ?? null }, before: { default: null } },
      rank: rank.alterColumn,
      needs: [...plan.later.of(key)],
      after: [off],
    }
    // One below a parent's comes with it, or after it.
    const steps = later.default === undefined || isSetAbove(plan, laterTable, part.name) ? [off] : [off, back]
    append(plan.steps, steps)
    defaultsBelow(plan, laterTable, later, steps)
  }
}

/** Whether a column waits while it gets another type, though neither type changes: PostgreSQL would read its values by place. */
export const goesByName = ({ from, to }: Sides, had: ColumnType, has: ColumnType): boolean =>
  typeKey(had) !== typeKey(has) && goByName(from, to, had, has)

/**
 * Whether a column changes from a dropped or recreated type to one whose name another type has until then: the two
 * may wait for each other (types that swap their names), so the column waits as text.
 */
export function takesAName({ from, to }: Sides, had: ColumnType, has: ColumnType): boolean {
  const [old, now] = [typeKey(had), typeKey(has)]
  if (old === undefined || now === undefined || old === now) return false
  const stays = (key: string): boolean => {
    const [a, b] = [from.objects.get(key), to.objects.get(key)]
    return a !== undefined && b !== undefined && equal(a, b)
  }
  const bare = now.slice(now.indexOf(':'))
  const borne = ['enum', 'domain', 'composite', 'range'].some((kind) => from.objects.has(kind + bare))
  return borne && !stays(old) && !stays(now)
}

/** A nested value whose labels change gets the new ones in its conversion to text; undefined where no label changes. */
function relabelledInside(plan: Planning, type: ColumnType, quoted: string, helpers: Helper[]): string | undefined {
  const remaps: Remaps = (key) => {
    const swapped = plan.swapped.get(key)
    if (swapped === undefined) return undefined
    const remap = only(plan.options.knowledge.remap.get(key), (label) => swapped.from.values.includes(label))
    return remap === undefined ? undefined : { remap, labels: [...swapped.from.values, ...swapped.to.values] }
  }
  const found = relabelled(plan.from, type, quoted, remaps, helpers)
  return typeof found === 'string' ? undefined : found.sql
}

/** The effect of a swap's remap on a column that is text meanwhile (a domain over the enum). */
function detourMap(plan: Planning, type: ColumnType): ValueMap | undefined {
  let key = typeKey(type)
  for (let depth = 0; depth < 8 && key !== undefined; depth++) {
    const object: SchemaObject | undefined = plan.from.objects.get(key)
    if (object?.kind === 'enum') {
      const remap = plan.swapped.has(key) ? plan.options.knowledge.remap.get(key) : undefined
      const fitting = only(remap, (label) => object.values.includes(label))
      return fitting
    }
    // typeKey reads through arrays: a domain over an array of the enum too.
    key = object?.kind === 'domain' ? typeKey(object.type) : undefined
  }
  return undefined
}

const columnsOf = (table: Table): readonly string[] => table.columns.map((c) => columnKey(table, c.name))
