/** How much an object that went and one of its kind that came look like one object under two names. */
import type { Column, Ref, Schema, SchemaObject, Table } from '../../schema/model.ts'
import { refText } from '../../schema/keys.ts'
import { nameLikeness } from '../compare/name-similarity.ts'
import { isTable } from '../graph/dependants.ts'
import { equal } from '../compare/equal.ts'

/** For objects of these two schemas: 0 where it is not worth asking; else the higher, the more alike. */
export function objectLikeness(before: Schema, wished: Schema): (from: SchemaObject, to: SchemaObject) => number {
  let pointers: ReadonlySet<string> | undefined
  const pointed: Pointed = (from, to) => (pointers ??= samePointers(before, wished)).has(pairText(from, to))
  return (from, to) => likenessOf(from, to, pointed, before, wished)
}

/** Whether the references to the one are references to the other now. */
type Pointed = (from: Table, to: Table) => boolean

const pairText = (from: Ref, to: Ref): string => `${refText(from)} ${refText(to)}`

function likenessOf(from: SchemaObject, to: SchemaObject, pointed: Pointed, before: Schema, wished: Schema): number {
  if (!('name' in from) || !('name' in to)) return 0
  const name = nameLikeness(from.name, to.name)
  if (from.kind === 'table' && to.kind === 'table') return tableLikeness(from, to, name, pointed)
  if (from.kind === 'enum' && to.kind === 'enum') return labelLikeness(from.values, to.values, name)
  if (from.kind === 'schema' && to.kind === 'schema') return inSchema(from.name, to.name, before, wished)
  if (from.kind === 'sequence' && to.kind === 'sequence') {
    // A column's own objects are dropped with it; a new counter would start again.
    if (from.ownedBy !== undefined || to.ownedBy !== undefined) return 0
    return equal(bare(from), bare(to)) ? 0.5 + name / 2 : name >= 0.5 ? name / 2 : 0
  }
  // The others have no rows: a question is only worth it where everything but the name is the same.
  if (from.kind === 'view' && to.kind === 'view')
    return from.definition === to.definition && from.materialized === to.materialized ? 0.5 + name / 2 : 0
  if (from.kind === 'domain' || from.kind === 'composite' || from.kind === 'range')
    return equal(bare(from), bare(to)) ? 0.5 + name / 2 : 0
  return 0
}

/** The definition of an object without its name and owner. */
function bare(object: SchemaObject): object {
  const {
    name: _,
    schema: __,
    comment: ___,
    owner: ____,
    grants: _____,
    renamedFrom: ______,
    ...rest
  } = object as SchemaObject & { readonly name?: string; readonly schema?: string; readonly renamedFrom?: string }
  return rest
}

function tableLikeness(from: Table, to: Table, name: number, pointed: Pointed): number {
  if (from.columns.length === 0 || to.columns.length === 0) return 0
  // Partitions come and go; only one with the same bounds is the same one.
  if (from.partitionOf !== undefined || to.partitionOf !== undefined) {
    const same = from.partitionOf?.bound === to.partitionOf?.bound
    return same && equal(from.partitionOf?.parent, to.partitionOf?.parent) ? 0.5 + name / 2 : 0
  }
  const columns = columnsInCommon(from.columns, to.columns)
  const same = pointed(from, to)
  const worth = columns >= 0.5 || (columns >= 0.3 && name >= 0.5) || same
  return worth ? 0.7 * columns + 0.3 * name + (same ? 0.2 : 0) : 0
}

/** The share of columns that both have: by name, or at the same position among the others and of one type. */
function columnsInCommon(a: readonly Column[], b: readonly Column[]): number {
  const named = new Map(b.map((c) => [c.name, c]))
  const mine = new Set(a.map((c) => c.name))
  let sum = 0
  for (const column of a) {
    const same = named.get(column.name)
    if (same !== undefined) sum += equal(same.type, column.type) ? 1 : 0.7
  }
  const [left, right] = [a.filter((c) => !named.has(c.name)), b.filter((c) => !mine.has(c.name))]
  const free = new Set(right)
  for (const [i, column] of left.entries()) {
    let [best, found]: [number, Column | undefined] = [0, undefined]
    for (const other of free) {
      if (!equal(other.type, column.type)) continue
      const credit = 0.7 * nameLikeness(column.name, other.name) + (right.indexOf(other) === i ? 0.45 : 0.1)
      if (credit > best) [best, found] = [credit, other]
    }
    if (found === undefined) continue
    free.delete(found)
    sum += Math.min(best, 0.9)
  }
  return sum / Math.max(a.length, b.length)
}

/** Pairs of tables: a foreign key of a table that stays pointed at the one, and points at the other. */
function samePointers(before: Schema, wished: Schema): ReadonlySet<string> {
  const found = new Set<string>()
  for (const [key, table] of before.objects) {
    const later = wished.objects.get(key)
    if (!isTable(table) || !isTable(later) || table === later) continue
    for (const c of table.constraints) {
      if (c.kind !== 'foreignKey') continue
      for (const d of later.constraints)
        if (d.kind === 'foreignKey' && equal(d.columns, c.columns)) found.add(pairText(c.references, d.references))
    }
  }
  return found
}

function labelLikeness(a: readonly string[], b: readonly string[], name: number): number {
  // With other labels nothing is lost: its columns are converted, label by label.
  return a.length === b.length && a.every((label) => b.includes(label)) ? 0.6 + 0.4 * name : 0
}

/** The part of what was in the one that is in the other. */
function inSchema(from: string, to: string, before: Schema, wished: Schema): number {
  const of = (schema: Schema, name: string): readonly string[] =>
    [...schema.objects.values()]
      .filter((o) => 'schema' in o && o.schema === name && 'name' in o)
      .map((o) => `${o.kind} ${(o as { readonly name: string }).name}`)
  const [had, has] = [of(before, from), new Set(of(wished, to))]
  if (had.length === 0) return 0
  const part = had.filter((text) => has.has(text)).length / had.length
  return part >= 0.5 ? 0.6 * part + 0.4 * nameLikeness(from, to) : 0
}
