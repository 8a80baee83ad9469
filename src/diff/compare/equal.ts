/** When two pieces of a schema are the same: by value, marks of the model and the order of keys aside. */
import type { Definition } from '../../schema/model.ts'

const marks: ReadonlySet<string> = new Set(['renamedFrom', 'renamedValues', 'removedValues', 'written'])

/** Deep equality of plain data; an undefined property is an absent one, and marks of the model are never compared. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
    for (let i = 0; i < a.length; i++) if (a[i] !== b[i] && !equal(a[i], b[i])) return false
    return true
  }
  // Both are objects and not arrays: plain records of the model.
  const left = a as Readonly<Record<string, unknown>>
  const right = b as Readonly<Record<string, unknown>>
  for (const key in left) if (left[key] !== right[key] && !marks.has(key) && !equal(left[key], right[key])) return false
  for (const key in right) if (left[key] === undefined && right[key] !== undefined && !marks.has(key)) return false
  return true
}

/** Equality but for some properties. */
export function equalBut<T extends object>(a: T, b: T, ...but: readonly (keyof T)[]): boolean {
  return equal(omit(a, but), omit(b, but))
}

function omit<T extends object>(object: T, keys: readonly (keyof T)[]): object {
  const copy: Partial<T> = { ...object }
  for (const key of keys) delete copy[key]
  return copy
}

const namesOwner = (sql: string): boolean => /^ALTER [A-Z ]+ .* OWNER TO \S+$/su.test(sql)

export function withoutOwner(definition: Definition): Definition {
  return { ...definition, create: definition.create.filter((sql) => !namesOwner(sql)) }
}

/** Whether a definition differs only in its owner, and the target gives none: read by another role it has an owner to name. */
export function ownerAside(had: Definition, wished: Definition): boolean {
  if (wished.create.some(namesOwner) || !had.create.some(namesOwner)) return false
  return equal(withoutOwner(had), wished)
}

/** Lists as sets: columns of a table, grants. */
export function byName<T extends { readonly name: string }>(list: readonly T[]): ReadonlyMap<string, T> {
  return new Map(list.map((item) => [item.name, item]))
}
