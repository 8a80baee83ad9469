/** Which hints are about an enum type, and which ask for what exists already. */
import { enumKey, typeKey } from '../../schema/keys.ts'
import type { EnumType, Schema, SchemaObject } from '../../schema/model.ts'
import type { Asking } from './row-questions.ts'
import { disguised } from '../enums/check-enums.ts'
import { isTable } from '../graph/dependants.ts'
import { names, namesColumn } from '../model/hints.ts'
import type { Hint } from '../model/types.ts'

/** By the type's name, old or new, or by a column of the type. */
export function meansEnum(hint: Hint, type: EnumType, schema: Schema, asking: Asking): boolean {
  if ('enum' in hint && hint.enum !== undefined)
    return names(hint.enum, type) || names(hint.enum, asking.enumBefore(type))
  if (!('column' in hint) || hint.column === undefined) return false
  const [text, key] = [hint.column, enumKey(type)]
  return [...schema.objects.values()].some(
    (t) => isTable(t) && t.columns.some((c) => typeKey(c.type) === key && asking.namesColumn(text, t, c.name)),
  )
}

type Sides = { readonly current: Schema; readonly wished: Schema }

/**
 * Whether a hint asks for what both schemas have already (it was applied before), or answers no question.
 * Such a hint is not an error: the same file of hints may be used again.
 */
export function alreadySo(hint: Hint, { current, wished }: Sides): boolean {
  if ('backfill' in hint)
    return [...wished.objects.values()].some(
      (t) => isTable(t) && t.columns.some((c) => namesColumn(hint.backfill, t, c.name)),
    )
  if ('using' in hint || 'map' in hint || !('from' in hint)) return false
  const [word, subject] =
    'rename' in hint
      ? (['rename', hint.rename] as const)
      : 'remap' in hint
        ? (['remap', hint.remap] as const)
        : (['distinct', hint.distinct] as const)
  if (subject === 'value')
    return labelsOf(hint, current).some((had) => labelsOf(hint, wished).some((has) => settled(hint, word, had, has)))
  if (word === 'distinct' || hint.to === null || hint.to === undefined)
    return distinctObjects(hint, { current, wished })
  if ('table' in hint) {
    const parts = (schema: Schema): readonly string[] =>
      [...schema.objects.values()].flatMap((t) => (isTable(t) && names(hint.table, t) ? partNames(t, subject) : []))
    return renamed(parts(current), parts(wished), hint.from, hint.to)
  }
  const kinds = subject === 'type' ? ['composite', 'range'] : [subject]
  const has = (schema: Schema, text: string): boolean =>
    [...schema.objects.values()].some((o) => kinds.includes(o.kind) && isNamed(o, text))
  return has(current, hint.to) && has(wished, hint.to) && !has(current, hint.from) && !has(wished, hint.from)
}

type About = Extract<Hint, { readonly from: string }>

function settled(hint: About, word: string, had: readonly string[], has: readonly string[]): boolean {
  if (hint.to === null) return !had.includes(hint.from) && !has.includes(hint.from)
  if (hint.to === undefined) return had.includes(hint.from)
  if (word === 'distinct') return had.includes(hint.from) && has.includes(hint.to)
  // A hint with a wrong name does not count as applied: where labels differ, the hint must match.
  return renamed(had, has, hint.from, hint.to) && had.length === has.length && had.every((l, i) => l === has[i])
}

const renamed = (had: readonly string[], has: readonly string[], from: string, to: string): boolean =>
  had.includes(to) && has.includes(to) && !had.includes(from) && !has.includes(from)

function distinctObjects(hint: About, { current, wished }: Sides): boolean {
  if (hint.to === null) return false
  const { from, to } = hint
  if ('table' in hint) {
    const has = (schema: Schema, column: string): boolean =>
      [...schema.objects.values()].some(
        (t) => isTable(t) && names(hint.table, t) && t.columns.some((c) => c.name === column),
      )
    return has(current, from) && (to === undefined || has(wished, to))
  }
  const has = (schema: Schema, text: string): boolean => [...schema.objects.values()].some((o) => isNamed(o, text))
  return has(current, from) && (to === undefined || has(wished, to))
}

function isNamed(object: SchemaObject, text: string): boolean {
  if (object.kind === 'schema') return object.name === text
  return 'name' in object && names(text, object)
}

function partNames(table: Extract<SchemaObject, { readonly kind: 'table' }>, kind: string): readonly string[] {
  const parts: readonly { readonly name: string }[] =
    kind === 'column' ? table.columns : kind === 'index' ? table.indexes : table.constraints
  return parts.map((p) => p.name)
}

/** The label lists that a hint about a value may mean: of the enum it names, of its column's type or check. */
function labelsOf(hint: Hint, schema: Schema): readonly (readonly string[])[] {
  const out: (readonly string[])[] = []
  const text = 'column' in hint ? hint.column : undefined
  for (const object of schema.objects.values()) {
    if (object.kind === 'enum' && 'enum' in hint && hint.enum !== undefined && names(hint.enum, object))
      out.push(object.values)
    if (!isTable(object) || text === undefined) continue
    for (const column of object.columns) {
      if (!namesColumn(text, object, column.name)) continue
      const type = schema.objects.get(typeKey(column.type) ?? '')
      if (type?.kind === 'enum') out.push(type.values)
      const check = disguised(object).get(column.name)
      if (check !== undefined) out.push(check.labels)
    }
  }
  return out
}
