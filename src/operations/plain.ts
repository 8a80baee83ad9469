/** The data of an operation: without undefined properties, and frozen once, where it is created. */
import type { Ref } from '../schema/model.ts'

/** The same object without its undefined properties; nested plain objects and arrays are left as they are. */
export function compact<T extends object>(object: T): T {
  for (const key in object) {
    if (object[key] === undefined) {
      const copy: Partial<T> = {}
      for (const k of Object.keys(object) as (keyof T)[]) if (object[k] !== undefined) copy[k] = object[k]
      // Only undefined properties were left out, which optional properties allow.
      return copy as T
    }
  }
  return object
}

/** Freezes plain data deeply, also below objects that are only frozen at their surface. Called once, where an operation is created. */
export function freeze<T>(data: T): T {
  if (typeof data !== 'object' || data === null) return data
  const prototype: unknown = Object.getPrototypeOf(data)
  if (Array.isArray(data)) for (const element of data) freeze(element)
  else if (prototype === Object.prototype || prototype === null)
    for (const key of Object.keys(data)) freeze((data as Record<string, unknown>)[key])
  else return data
  return Object.freeze(data)
}

/** A reference, `schema` absent for the connection's default schema. */
export function ref(name: string, schema?: string): Ref {
  return schema === undefined ? { name } : { schema, name }
}

/** Options without empty ones; undefined when nothing is left, so that no empty braces are printed. */
export function optionsOf<T extends object>(options: T): T | undefined {
  const rest = compact(options)
  for (const _ in rest) return rest
  return undefined
}

/** `trueOf(x)` keeps flags out of data unless they are set. */
export function flag(value: boolean | undefined): true | undefined {
  return value === true ? true : undefined
}

/** Deep equality of plain data, key order and undefined properties aside. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null)
    return Number.isNaN(a) && Number.isNaN(b)
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((x, i) => same(x, b[i]))
  }
  const left = a as Record<string, unknown>
  const right = b as Record<string, unknown>
  for (const key of Object.keys(left)) if (left[key] !== undefined && !same(left[key], right[key])) return false
  for (const key of Object.keys(right)) if (right[key] !== undefined && left[key] === undefined) return false
  return true
}
