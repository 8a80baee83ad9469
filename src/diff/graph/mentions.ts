/** What expressions and stored texts mention: types by their casts, columns by their names. */
import type { IndexElement, Ref } from '../../schema/model.ts'
import { name } from '../model/quote.ts'

/** Whether a stored text casts a constant to the type: `'x'::status`, `'{a}'::app."Post Status"[]`. */
export function mentionsType(text: string, type: Ref): boolean {
  const plain = text.replaceAll('\\"', '"')
  return [name(type.name), `"${type.name.replaceAll('"', '""')}"`].some((n) => {
    for (let at = plain.indexOf(n); at >= 0; at = plain.indexOf(n, at + 1)) {
      const before = plain.slice(0, at)
      const after = plain[at + n.length] ?? ''
      if (/::(?:(?:[a-z_0-9$]+|"(?:[^"]|"")+")\.)?$/.test(before) && !/[a-z0-9_$]/i.test(after)) return true
    }
    return false
  })
}

/** Whether an element of an index is the column, or an expression that names it. */
export const readsColumn = (element: IndexElement, column: string): boolean =>
  element.column === column || (element.expression !== undefined && mentionsName(element.expression, column))

/** Whether an expression contains the column's name as a whole word. */
export function mentionsName(text: string, column: string): boolean {
  if (!column.includes('"') && !text.includes(column)) return false
  const quoted = `"${column.replaceAll('"', '""')}"`
  if (text.includes(quoted)) return true
  const at = new RegExp(`(?<![a-z0-9_$"'])${column.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![a-z0-9_$"'(])`)
  return at.test(text)
}
