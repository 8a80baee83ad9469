/** Which objects other than tables and enums can be altered in place, and by which operation. */
import type { Operation } from '../../operations/kinds.ts'
import type {
  Composite,
  Domain,
  Extension,
  Policy,
  Routine,
  Schema,
  SchemaObject,
  Trigger,
  View,
} from '../../schema/model.ts'
import { partsOfDefinition } from '../../schema/routine-parts.ts'
import type { Sides } from '../graph/dependants.ts'
import { equal, equalBut } from '../compare/equal.ts'
import { sameSchema } from '../graph/needs.ts'
import { rank, type Step } from '../graph/order.ts'
import { targetOf } from '../steps/targets.ts'

export interface Alteration {
  /** False: it must be dropped and recreated. */
  readonly possible: boolean
  readonly steps: readonly Step[]
}

const impossible: Alteration = { possible: false, steps: [] }
const by = (op: Operation, at: number): Alteration => ({ possible: true, steps: [{ op, rank: at }] })
/** Comments, owners and grants have operations of their own. */
const described = ['comment', 'owner', 'grants', 'renamedFrom'] as const
const nothing: Alteration = { possible: true, steps: [] }

/** How an object of both sides changes but for its comment, owner and grants. */
export function alterObject(from: SchemaObject, to: SchemaObject, sides: Sides, key: string, back = false): Alteration {
  if (equalBut(from, to, ...described)) {
    // An object that cannot be named cannot be commented on by itself.
    const said = to.kind !== 'definition' || targetOf(to) !== undefined
    return said || (from.comment ?? null) === (to.comment ?? null) ? nothing : impossible
  }
  switch (to.kind) {
    case 'view':
      return from.kind === 'view' ? alterView(from, to) : impossible
    case 'routine':
      return from.kind === 'routine' ? alterRoutine(from, to) : impossible
    case 'trigger':
      return from.kind === 'trigger' ? alterTrigger(from, to) : impossible
    case 'policy':
      return from.kind === 'policy' ? alterPolicy(from, to, sides, key) : impossible
    case 'sequence':
      if (from.kind !== 'sequence') return impossible
      return by({ kind: 'alterSequence', sequence: to, before: from }, rank.alterTable)
    case 'domain':
      if (from.kind !== 'domain' || !equal(from.type, to.type) || !equal(from.collation, to.collation))
        return impossible
      if (tightened(from, to) && contained(key, sides)) return impossible
      return by({ kind: 'alterDomain', domain: to, before: from }, rank.alterType)
    case 'composite':
      return from.kind === 'composite' ? alterComposite(from, to, sides.from, sides.needs.by(key)) : impossible
    case 'extension':
      return from.kind === 'extension' ? alterExtension(from, to, sides.needs.by(key), back) : impossible
    case 'table':
    case 'enum':
    case 'range':
    case 'definition':
    case 'schema':
      return impossible
  }
}

function alterView(from: View, to: View): Alteration {
  if ((from.materialized ?? false) !== (to.materialized ?? false)) return impossible
  const same = from.definition === to.definition && equal(from.columns, to.columns)
  if (to.materialized === true) {
    if (!same || !equalBut(from, to, ...described, 'with', 'columnComments', 'indexes', 'columns', 'tablespace'))
      return impossible
    const steps: Step[] = viewIndexes(from, to)
    if (!equalBut(from, to, ...described, 'indexes', 'columns')) {
      steps.push({
        op: { kind: 'alterView', view: { ...to, indexes: from.indexes }, before: from },
        rank: rank.alterTable,
      })
    }
    return { possible: true, steps: steps.map((s) => ({ alters: [], ...s })) }
  }
  if (same || from.definition === to.definition)
    return by({ kind: 'alterView', view: describedAs(to, from), before: from }, rank.createView)
  const [had, has] = [from.columns, to.columns]
  const prefix =
    had !== undefined && has !== undefined && had.length <= has.length && had.every((c, i) => equal(c, has[i]))
  if (!prefix) return impossible
  const { columnComments: _, ...bare } = describedAs(to, from)
  const view = from.columnComments === undefined ? bare : { ...bare, columnComments: from.columnComments }
  const op: Operation = { kind: 'replaceView', view, before: from }
  return { possible: true, steps: [{ op, rank: rank.createView }, ...columnCommentSteps(from, to)] }
}

/** Comments stay with the columns of a view that is replaced; those that differ have operations of their own. */
function columnCommentSteps(from: View, to: View): readonly Step[] {
  const [had, has] = [from.columnComments ?? {}, to.columnComments ?? {}]
  return [...new Set([...Object.keys(had), ...Object.keys(has)])].toSorted().flatMap((column): Step[] => {
    const [before, comment] = [had[column] ?? null, has[column] ?? null]
    if (before === comment) return []
    const on = { kind: 'column', ...sameSchema(to, to.name), part: column }
    return [{ op: { kind: 'comment', on, comment, before }, rank: rank.describe, alters: [] }]
  })
}

/** The new view under the old comment, owner and grants, which have operations of their own. */
function describedAs(to: View, from: View): View {
  const { comment: _, owner: __, grants: ___, renamedFrom: ____, ...rest } = to
  const { comment, owner, grants } = from
  return {
    ...rest,
    ...(comment === undefined ? {} : { comment }),
    ...(owner === undefined ? {} : { owner }),
    ...(grants === undefined ? {} : { grants }),
  }
}

/** Indexes of a materialized view are created and dropped as those of a table. */
function viewIndexes(from: View, to: View): Step[] {
  const table = to.schema === undefined ? { name: to.name } : { schema: to.schema, name: to.name }
  const ref = (name: string): { schema?: string; name: string } =>
    to.schema === undefined ? { name } : { schema: to.schema, name }
  const steps: Step[] = []
  for (const index of from.indexes ?? []) {
    if (to.indexes?.some((i) => equal(i, index)) === true) continue
    steps.push({ op: { kind: 'dropIndex', index: ref(index.name), table, definition: index }, rank: rank.dropIndex })
  }
  for (const index of to.indexes ?? []) {
    if (from.indexes?.some((i) => equal(i, index)) === true) continue
    steps.push({ op: { kind: 'createIndex', table, index }, rank: rank.createIndex })
  }
  return steps
}

function alterRoutine(from: Routine, to: Routine): Alteration {
  if (from.routineKind !== to.routineKind || to.routineKind === 'aggregate' || from.signature !== to.signature)
    return impossible
  return by({ kind: 'replaceFunction', routine: described_(to, from), before: from }, rank.createRoutine)
}

function described_(to: Routine, from: Routine): Routine {
  const { comment: _, owner: __, grants: ___, renamedFrom: ____, ...rest } = to
  const { comment, owner, grants } = from
  return {
    ...rest,
    ...(comment === undefined ? {} : { comment }),
    ...(owner === undefined ? {} : { owner }),
    ...(grants === undefined ? {} : { grants }),
  }
}

function alterTrigger(from: Trigger, to: Trigger): Alteration {
  if (!equalBut(from, to, ...described, 'enabled')) return impossible
  return by(
    {
      kind: 'alterTrigger',
      table: to.table,
      name: to.name,
      enabled: to.enabled ?? 'origin',
      before: from.enabled ?? 'origin',
    },
    rank.createDependant,
  )
}

/** ALTER POLICY cannot take USING or WITH CHECK away, and cannot wait for columns that go. */
function alterPolicy(from: Policy, to: Policy, sides: Sides, key: string): Alteration {
  if (from.command !== to.command || (from.restrictive ?? false) !== (to.restrictive ?? false)) return impossible
  if ((from.using !== undefined && to.using === undefined) || (from.check !== undefined && to.check === undefined))
    return impossible
  const loses = [...sides.needs.of(key)].some((need) => need.startsWith('column:') && !sides.toParts.columns.has(need))
  if (loses) return impossible
  return by({ kind: 'alterPolicy', policy: to, before: from }, rank.createDependant)
}

/** Existing values would have to be checked. */
function tightened(from: Domain, to: Domain): boolean {
  if (to.notNull === true && from.notNull !== true) return true
  return to.checks.some((c) => c.notValid !== true && !from.checks.some((had) => equalBut(had, c, 'comment', 'name')))
}

/** PostgreSQL does not look into arrays, composites and ranges for the values of a domain; nor at routines that take arrays of it. */
function contained(key: string, sides: Sides): boolean {
  return [...sides.needs.by(key)].some((user) => {
    const [column, object] = [sides.fromParts.columns.get(user), sides.from.objects.get(user)]
    if (object?.kind === 'routine') return partsOfDefinition(object.definition).head.includes('[]')
    return column === undefined ? /^(?:composite|range):/.test(user) : column.part.type.kind === 'array'
  })
}

/** Attributes are added, dropped and retyped one by one while no column, domain or array holds the type. */
function alterComposite(from: Composite, to: Composite, schema: Schema, users: ReadonlySet<string>): Alteration {
  const names = new Map(to.attributes.map((a) => [a.name, bare(a)]))
  const kept = from.attributes.filter((a) => names.has(a.name))
  const uses = (kinds: RegExp): boolean =>
    [...users].some((user) => kinds.test(user) && (schema.objects.has(user) || user.startsWith('column:')))
  // Values are not rewritten for an attribute that is added at the end or dropped; for one that changes its type they
  // would be, and PostgreSQL refuses while there may be any (ALTER TYPE, manual).
  const retyped = kept.some((a) => !equal(bare(a), names.get(a.name)))
  if (retyped && uses(/^(column|composite|domain|range|view|routine):/)) return impossible
  if (kept.length < from.attributes.length && uses(/^(view|routine|range):/)) return impossible
  if (!keepsPlaces(from, to)) return impossible
  return by({ kind: 'alterType', type: to, before: from }, rank.alterType)
}

/** Whether the kept ones keep their order, before the new ones. */
export function keepsPlaces(from: Composite, to: Composite): boolean {
  const kept = from.attributes.filter((a) => to.attributes.some((b) => b.name === a.name))
  return kept.length > 0 && kept.every((a, i) => to.attributes[i]?.name === a.name)
}

/** An attribute without its comment, which is no part of the type. */
function bare(attribute: Composite['attributes'][number]): object {
  const { comment: _, ...rest } = attribute
  return rest
}

/**
 * Hardly any extension has an update path to an older version: one without columns of its types is recreated with the old
 * version, another stays at the new one, which the plan says.
 */
function alterExtension(from: Extension, to: Extension, users: ReadonlySet<string>, back: boolean): Alteration {
  // A version that either side leaves open matches any.
  if (equalBut(from, to, ...described, 'version') && (to.version === undefined || from.version === undefined))
    return nothing
  if (back && isTurnedBack(from, to)) return holdsRows(users) ? nothing : impossible
  const op: Operation = { kind: 'alterExtension', extension: to, before: from }
  // Dropped objects name the extension's types in its old schema.
  const moves = from.schema === to.schema ? {} : { disturbs: true }
  return { possible: true, steps: [{ op, rank: rank.createExtension, ...moves }] }
}

/** Whether only the version differs, and is to become an older one. */
export function isTurnedBack(from: Extension, to: Extension): boolean {
  return equalBut(from, to, ...described, 'version') && to.version !== undefined && older(to.version, from.version)
}

/** Whether columns, or types that columns may be of, need it. */
export function holdsRows(users: ReadonlySet<string>): boolean {
  return [...users].some((user) => /^(column|table|domain|composite|range):/.test(user))
}

function older(version: string, than: string | undefined): boolean {
  return than !== undefined && version.localeCompare(than, 'en', { numeric: true }) < 0
}
