/** Whether the temporary names of an enum's swap (specs/enums.md S8, S8x) are already used by the user's objects. */
import { notNullCheck, oldTypeName, shadowName, syncName, syncTrigger } from '../../operations/helper-names.ts'
import type { EnumUse } from '../../operations/kinds.ts'
import { refText, tableKey } from '../../schema/keys.ts'
import type { EnumType, Index, Ref, SchemaObject } from '../../schema/model.ts'
import { isTable } from '../graph/dependants.ts'
import type { Planning } from '../steps/context.ts'

/** Tables, views, sequences, indexes and types: nearly one namespace in a schema. */
const relations = new Set(['table', 'view', 'sequence', 'enum', 'domain', 'composite', 'range'])

/** Whether the object uses the name in the schema; an object that is stored as text may, where its text contains the word. */
function bears(object: SchemaObject, name: string, schema: string | undefined): boolean {
  if (object.kind === 'definition') return object.create.some((sql) => sql.includes(name))
  if (!relations.has(object.kind) || !('name' in object)) return false
  if (('schema' in object ? object.schema : undefined) !== schema) return false
  if (object.name === name) return true
  if (object.kind === 'range') return (object.multirangeName ?? multirange(object.name)) === name
  return object.kind === 'table' && object.indexes.some((index) => index.name === name)
}

/** As PostgreSQL chooses it (manual, CREATE TYPE). */
const multirange = (range: string): string =>
  range.includes('range') ? range.replace('range', 'multirange') : `${range}_multirange`

const taken = (plan: Planning, name: string, schema: string | undefined): boolean =>
  [plan.from, plan.to].some((side) => [...side.objects.values()].some((object) => bears(object, name, schema)))

/** The temporary name of the old type, where its usual name is taken before or after. */
export function freeName(plan: Planning, type: EnumType): { readonly aside?: string } {
  if (!taken(plan, oldTypeName(type.name), type.schema)) return {}
  let turn = 2
  while (taken(plan, oldTypeName(type.name, turn), type.schema)) turn++
  return { aside: oldTypeName(type.name, turn) }
}

/** Names that an online swap needs and that are taken: an interrupted run must find them again, so no other names are chosen. */
export function takenOnline(
  plan: Planning,
  type: EnumType,
  uses: readonly (EnumUse & { readonly indexes: readonly Index[] })[],
): readonly string[] {
  const out: string[] = []
  const shadow = shadowName(type.name)
  if (taken(plan, shadow, type.schema))
    out.push(`the name ${refText(named(type, shadow))}, which is needed for the new type`)
  for (const use of uses) {
    const table = plan.from.objects.get(tableKey(use.table!))
    if (!isTable(table)) continue
    const text = refText(table)
    const column = shadowName(use.column!)
    if (table.columns.some((c) => c.name === column)) out.push(`the column ${text}.${column}, whose name is needed`)
    const check = notNullCheck(table, use.column!)
    if (table.constraints.some((c) => c.name === check))
      out.push(`the constraint ${check} of ${text}, whose name is needed`)
    for (const index of use.indexes)
      if (taken(plan, shadowName(index.name), table.schema))
        out.push(`the name ${refText(named(table, shadowName(index.name)))}, which is needed for an index`)
    for (const object of plan.from.objects.values()) {
      const same = 'schema' in object ? object.schema === table.schema : table.schema === undefined
      if (object.kind === 'routine' && same && object.name === syncName(table))
        out.push(`the function ${refText(object)}, whose name is needed`)
      if (object.kind === 'trigger' && object.name === syncTrigger && refText(object.table) === text)
        out.push(`the trigger ${syncTrigger} of ${text}, whose name is needed`)
    }
  }
  return out
}

const named = (beside: Ref, name: string): Ref =>
  beside.schema === undefined ? { name } : { schema: beside.schema, name }
