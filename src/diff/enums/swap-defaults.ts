/** Which defaults an enum's swap would break: those with a dropped label. */
import type { Default, EnumType } from '../../schema/model.ts'
import { literal } from '../model/quote.ts'

/** Whether a default has no dropped label; an expression is searched for the quoted label. */
export function labelsStay(value: Default, swap: { readonly from: EnumType; readonly to: EnumType }): boolean {
  if (value.kind === 'literal') return labelsOf(value.value).every((l) => swap.to.values.includes(l))
  const gone = swap.from.values.filter((l) => !swap.to.values.includes(l))
  return !gone.some((l) => value.sql.includes(literal(l)))
}

/** The labels in a constant of an enum or an array of it. */
function labelsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(labelsOf)
  return typeof value === 'string' ? [value] : []
}
