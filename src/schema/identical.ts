/** Whether two pieces of a schema say the same in every property, marks of the model included. */
import type { Schema } from './model.ts'

/** Another schema with its normal form: what both say in the same words need not be normalized again. */
export interface Alike {
  readonly given: Schema
  readonly normal: Schema
}

/** Deep equality of plain data; the order of keys aside. `known`: columns that were found equal before, since many tables share theirs. */
export function identical(a: unknown, b: unknown, known?: Map<unknown, unknown>): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (known?.get(a) === b) return true
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
    for (let i = 0; i < a.length; i++) if (!identical(a[i], b[i], known)) return false
    return true
  }
  // Both are objects and not arrays: plain records of the model.
  const left = a as Readonly<Record<string, unknown>>
  const right = b as Readonly<Record<string, unknown>>
  for (const key in left)
    if (left[key] !== right[key] && !identical(left[key], right[key], key === 'columns' ? known : undefined))
      return false
  for (const key in right) if (!Object.hasOwn(left, key)) return false
  known?.set(a, b)
  return true
}
