/** How columns differ and which single operation changes one into the other. */
import type { ColumnChanges } from '../../operations/kinds.ts'
import type { Column, ColumnType } from '../../schema/model.ts'
import { equal, equalBut } from './equal.ts'

export interface ColumnDifference {
  readonly changes: ColumnChanges
  readonly before: ColumnChanges
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** The changes of an `alterColumn`; undefined when only order or marks differ. Grants are compared separately. */
export function columnDifference(from: Column, to: Column): ColumnDifference | undefined {
  const changes: Mutable<ColumnChanges> = {}
  const before: Mutable<ColumnChanges> = {}
  const retyped = !equal(from.type, to.type)
  if (retyped) [changes.type, before.type] = [to.type, from.type]
  if (from.nullable !== to.nullable) [changes.nullable, before.nullable] = [to.nullable, from.nullable]
  // With the type the default is always written: the same text is another constant of another type.
  const defaults = from.default !== undefined || to.default !== undefined
  if (!equal(from.default, to.default) || (retyped && defaults && !lengthOnly(from.type, to.type))) {
    ;[changes.default, before.default] = [to.default ?? null, from.default ?? null]
  }
  for (const key of ['identity', 'generated', 'collation'] as const) {
    if (equal(from[key], to[key])) continue
    // The keys have one type on both sides, which TypeScript cannot infer through the loop.
    Object.assign(changes, { [key]: to[key] ?? null })
    Object.assign(before, { [key]: from[key] ?? null })
  }
  // A collation belongs to a type, which is only known where both are read.
  if (changes.collation !== undefined && !retyped) [changes.type, before.type] = [to.type, from.type]
  for (const key of ['comment', 'storage', 'compression', 'statistics'] as const) {
    // With the type PostgreSQL resets it to the type's default.
    const again = changes.type !== undefined && to[key] !== undefined && (key === 'storage' || key === 'compression')
    if ((from[key] ?? null) === (to[key] ?? null) && !again) continue
    Object.assign(changes, { [key]: to[key] ?? null })
    Object.assign(before, { [key]: from[key] ?? null })
  }
  // A type's own storage can only be reset where the type is known.
  if (changes.storage === null && !retyped) before.type = from.type
  return Object.keys(changes).length === 0 ? undefined : { changes, before }
}

/** Only length, precision and the like differ, so constants stay what they are. */
export function lengthOnly(a: ColumnType, b: ColumnType): boolean {
  return (
    a.kind === b.kind &&
    a.kind !== 'array' &&
    a.kind !== 'custom' &&
    a.name === b.name &&
    a.schema === b.schema &&
    equalBut(a, b, 'length', 'precision', 'scale')
  )
}

/** PostgreSQL can alter the one into the other without recreating the column: `generated` may only be dropped. */
export function alterable(from: Column, to: Column): boolean {
  if (equal(from.generated, to.generated))
    return from.generated === undefined || equal(from.type, to.type) || from.generated.stored
  return to.generated === undefined && from.generated?.stored === true
}

const families: readonly ReadonlySet<string>[] = [
  new Set(['smallint', 'integer', 'bigint', 'smallserial', 'serial', 'bigserial']),
  new Set(['text', 'varchar']),
]

/** Whether a foreign key between columns can stay while the type of one of them changes. */
export function sameFamily(a: ColumnType, b: ColumnType): boolean {
  return lengthOnly(a, b) || families.some((f) => f.has(a.kind) && f.has(b.kind))
}
