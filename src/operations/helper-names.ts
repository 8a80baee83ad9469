/** Temporary names of an operation among the user's own: the plan must check that they are free. */
import type { Ref } from '../schema/model.ts'

/** A name derived from another and kept within 63 bytes, cut between characters. */
export function withSuffix(base: string, suffix: string, limit = 63): string {
  let cut = base
  while (Buffer.byteLength(cut + suffix) > limit) cut = [...cut].slice(0, -1).join('')
  return cut + suffix
}

/** The temporary name of the old type during a swap; `turn` is the number of the attempt where names are taken. */
export const oldTypeName = (type: string, turn = 1): string => withSuffix(type, turn === 1 ? '__old' : `__old${turn}`)

/** The new type, column or index of an online swap, until the exchange. */
export const shadowName = (name: string): string => withSuffix(name, '__new')

/** The trigger function that keeps a table's new columns in step: writers know the table's name by heart already. */
export const syncName = (table: Ref): string => withSuffix(table.name, '__ambix_sync')

/** BEFORE triggers fire in the order of their names: this one sees the row as other triggers changed it. */
export const syncTrigger = 'zzz_ambix_sync'

/** The check that is validated before a column takes NOT NULL. */
export const notNullCheck = (table: Ref, column: string): string => withSuffix(`${table.name}_${column}`, '__not_null')
