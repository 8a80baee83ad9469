/** How a table in a cycle is created or dropped part by part: defaults, generated columns, checks, indexes. */
import { columnKey, constraintKey, indexKey, indexKeyOf, refText, tableKey } from '../../schema/keys.ts'
import type { Column, Constraint, Default, Index, Table } from '../../schema/model.ts'
import { refOfTable } from '../compare/tables.ts'
import { inherits, isTable } from '../graph/dependants.ts'
import { parentsOf } from '../../schema/inherited.ts'
import { sameSchema } from '../graph/needs.ts'
import { pair, rank, type Step, type Tangled } from '../graph/order.ts'
import type { Planning } from '../steps/context.ts'
import { dropConstraintOp, dropOp } from '../steps/object-operations.ts'
import { addColumn, addConstraint, addIndex } from './add-parts.ts'

/** The parts of a table that cannot exist yet, or that keep others from being dropped. */
interface Parts {
  readonly generated: readonly Column[]
  readonly defaults: readonly Column[]
  readonly constraints: readonly Constraint[]
  readonly indexes: readonly Index[]
}

function partsInside(table: Table, needs: (key: string) => ReadonlySet<string>, inside: Tangled['inside']): Parts {
  const tangled = (key: string, but: ReadonlySet<string> = new Set()): boolean =>
    [...needs(key)].some((need) => inside(need) || but.has(need))
  const late = table.columns.filter((c) => tangled(columnKey(table, c.name)))
  const generated = late.filter((c) => c.generated !== undefined)
  const waiting = new Set(generated.map((c) => columnKey(table, c.name)))
  return {
    generated,
    defaults: late.filter((c) => c.generated === undefined && c.default?.kind === 'sql'),
    constraints: table.constraints.filter(
      (c) => c.inherited !== true && tangled(constraintKey(table, c.name), waiting),
    ),
    indexes: table.indexes.filter((i) => i.attachedTo === undefined && tangled(indexKeyOf(table, i.name), waiting)),
  }
}

const isEmpty = (parts: Parts): boolean => Object.values(parts).every((list: readonly unknown[]) => list.length === 0)

function without(table: Table, parts: Parts): Table {
  return {
    ...table,
    columns: table.columns.flatMap((column) => {
      if (parts.generated.includes(column)) return []
      if (!parts.defaults.includes(column)) return [column]
      const { default: _, ...bare } = column
      return [bare]
    }),
    constraints: table.constraints.filter((c) => !parts.constraints.includes(c)),
    indexes: table.indexes.filter((i) => !parts.indexes.includes(i)),
  }
}

const keysOf = (table: Table, parts: Parts): ReadonlySet<string> =>
  new Set([
    ...parts.generated.map((c) => columnKey(table, c.name)),
    ...parts.constraints.map((c) => constraintKey(table, c.name)),
    ...parts.indexes.map((i) => indexKeyOf(table, i.name)),
  ])

/** The table without the parts that depend on objects of its cycle, and each of those parts by itself. */
export function splitCreateTable(plan: Planning, { step, inside }: Tangled): readonly Step[] | undefined {
  if (step.op.kind !== 'createTable') return undefined
  const { table } = step.op
  const parts = partsInside(table, plan.later.of, inside)
  const inherited = table.constraints.filter((c) => c.inherited === true).map((c) => constraintKey(table, c.name))
  const forgone = [...parts.defaults.map((c) => columnKey(table, c.name)), ...inherited].flatMap((key) =>
    [...plan.later.of(key)].filter(inside).map((need) => pair(key, need)),
  )
  if (isEmpty(parts) && forgone.every((f) => step.forgoes?.has(f) === true)) return undefined
  const away = keysOf(table, parts)
  const names = new Set([...parts.constraints, ...parts.indexes].map((p) => `${table.schema ?? ''}.${p.name}`))
  const made: Step = {
    ...step,
    op: { ...step.op, table: without(table, parts) },
    makes: (step.makes ?? []).filter((key) => !away.has(key)),
    relations: (step.relations ?? []).filter((name) => !names.has(name)),
    forgoes: new Set([...(step.forgoes ?? []), ...forgone]),
  }
  const before = plan.steps.length
  for (const column of parts.generated) addColumn(plan, table, column)
  for (const constraint of parts.constraints) addConstraint(plan, table, constraint)
  for (const index of parts.indexes) addIndex(plan, table, indexKeyOf(table, index.name))
  return [made, ...plan.steps.splice(before), ...parts.defaults.map((c) => setDefault(plan, table, c))]
}

/** Sets a default on a column that was created without it. */
function setDefault(plan: Planning, table: Table, column: Column): Step {
  const key = columnKey(table, column.name)
  return {
    op: {
      kind: 'alterColumn',
      table: refOfTable(table),
      column: column.name,
      changes: { default: column.default! },
      before: { default: null },
    },
    rank: rank.alterColumn,
    needs: [key, ...plan.later.of(key)],
  }
}

/** Parts of the table that depend on objects of its cycle are dropped first, and so are such policies, triggers and rules. */
export function splitDropTable(plan: Planning, { step, inside }: Tangled): readonly Step[] | undefined {
  if (step.op.kind === 'dropView' || step.op.kind === 'dropMaterializedView') return splitAlong(plan, { step, inside })
  if (step.op.kind !== 'dropTable' || step.op.definition === undefined) return undefined
  const table = step.op.definition
  const taken = new Set(step.takes)
  const all = partsInside(table, plan.needs.of, inside)
  // A column of the parent is dropped with the parent's.
  const fromParents = all.generated
    .filter((c) => inherits(plan.from, table, c.name))
    .map((c) => columnKey(table, c.name))
  const parts: Parts = {
    generated: all.generated.filter(
      (c) => taken.has(columnKey(table, c.name)) && !fromParents.includes(columnKey(table, c.name)),
    ),
    defaults: all.defaults.filter((c) => taken.has(columnKey(table, c.name))),
    constraints: all.constraints.filter((c) => taken.has(constraintKey(table, c.name))),
    indexes: all.indexes.filter((i) => taken.has(indexKeyOf(table, i.name))),
  }
  const along = splitAlong(plan, { step, inside })
  if (isEmpty(parts) && !fromParents.some((key) => taken.has(key))) return along
  const [base, ...more] = along ?? [step]
  const away = new Set([...keysOf(table, parts), ...fromParents])
  const drop: Step = {
    ...base!,
    op: { ...step.op, definition: without(table, parts) },
    takes: base!.takes!.filter((key) => !away.has(key)),
  }
  return [drop, ...more, ...dropParts(plan, table, parts, inside)]
}

function dropParts(plan: Planning, table: Table, parts: Parts, inside: Tangled['inside']): readonly Step[] {
  const on = refOfTable(table)
  const relation = (name: string): string => `${table.schema ?? ''}.${name}`
  return [
    ...parts.indexes.map((index): Step => {
      const ref = sameSchema(table, index.name)
      return {
        op: { kind: 'dropIndex', index: ref, table: on, definition: index },
        rank: rank.dropIndex,
        takes: [indexKey(ref)],
        relations: [relation(index.name)],
      }
    }),
    ...parts.constraints.map((constraint): Step => ({
      op: dropConstraintOp(table, constraint),
      rank: rank.dropConstraint,
      takes: [constraintKey(table, constraint.name)],
      relations: [relation(constraint.name)],
    })),
    ...parts.generated.map((column): Step => ({
      op: { kind: 'dropColumn', table: on, column: column.name, definition: column },
      rank: rank.dropColumn,
      takes: [columnKey(table, column.name), ...childColumns(plan, table, column.name)],
    })),
    ...parts.defaults.map((column): Step => {
      const key = columnKey(table, column.name)
      return {
        op: {
          kind: 'alterColumn',
          table: on,
          column: column.name,
          changes: { default: null },
          before: { default: column.default! },
        },
        rank: rank.dropDependant,
        releases: [...plan.needs.of(key)].filter(inside).map((need) => [key, need] as const),
      }
    }),
  ]
}

function childColumns(plan: Planning, table: Table, column: string): readonly string[] {
  return [...plan.from.objects.values()].flatMap((child) =>
    isTable(child) && parentsOf(child).some((p) => refText(p) === refText(table))
      ? [columnKey(child, column), ...childColumns(plan, child, column)]
      : [],
  )
}

/** An object that would be dropped implicitly with its table or view, and depends on objects of the cycle, has a drop of its own. */
function splitAlong(plan: Planning, { step, inside }: Tangled): readonly Step[] | undefined {
  const own = (step.takes ?? []).filter((key) => {
    const object = plan.from.objects.get(key)
    const goesAlong = object?.kind === 'trigger' || object?.kind === 'policy' || object?.kind === 'definition'
    return goesAlong && [...plan.needs.of(key)].some(inside)
  })
  if (own.length === 0) return undefined
  return [
    { ...step, takes: step.takes!.filter((key) => !own.includes(key)) },
    ...own.map((key): Step => {
      const { op, rank: at } = dropOp(plan.from.objects.get(key)!)
      return { op, rank: at, takes: [key] }
    }),
  ]
}

/** A column that is changed or added: its default is set separately, after what depends on the column. */
export function splitColumn(plan: Planning, { step, inside }: Tangled): readonly Step[] | undefined {
  const { op } = step
  if (op.kind === 'addColumn') {
    const key = columnKey(op.table, op.column.name)
    const tangled = [...plan.later.of(key)].filter(inside)
    const { default: value, ...bare } = op.column
    if (value?.kind !== 'sql' || tangled.length === 0) return undefined
    const table = plan.to.objects.get(tableKey(op.table)) as Table
    const added: Step = {
      ...step,
      op: { ...op, column: { ...bare, nullable: true } },
      forgoes: new Set([...(step.forgoes ?? []), ...tangled.map((need) => pair(key, need))]),
    }
    const later = setDefault(plan, table, op.column)
    const filled: Step = {
      op: {
        kind: 'alterColumn',
        table: op.table,
        column: op.column.name,
        changes: { nullable: false },
        before: { nullable: true },
        backfill: op.backfill ?? { expression: value.sql },
      },
      rank: rank.alterColumn,
      after: [later],
    }
    return op.column.nullable ? [added, later] : [added, later, filled]
  }
  if (op.kind !== 'alterColumn') return undefined
  const tangled = (step.needs ?? []).filter(inside)
  const { default: value, ...rest } = op.changes
  const calls = (need: string): boolean => !/^(?:enum|domain|composite|range|table|column):/.test(need)
  if (tangled.length === 0 || Object.keys(rest).length === 0) return undefined
  const had: Default | null | undefined = op.before?.default
  const off = had === undefined || had === null ? {} : { default: null }
  const needs = (step.needs ?? []).filter((need) => !(inside(need) && calls(need)))
  if (needs.length === step.needs?.length) return undefined
  const first: Step = {
    ...step,
    op: { ...op, changes: { ...rest, ...(value === undefined ? {} : off) }, ...before(op.before, off) },
    needs,
  }
  if (value === undefined || value === null) return [first]
  const { table, column } = op
  return [
    first,
    {
      op: { kind: 'alterColumn', table, column, changes: { default: value }, before: { default: null } },
      rank: rank.alterColumn,
      needs: step.needs ?? [],
      after: [first],
    },
  ]
}

function before<T extends { readonly default?: unknown }>(was: T | undefined, off: object): { before?: T } {
  if (was === undefined) return {}
  const { default: _, ...rest } = was
  return { before: (Object.keys(off).length === 0 ? rest : was) as T }
}
