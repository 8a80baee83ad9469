/** When a column that went and one that came look like one column under two names, so that it is worth asking. */
import type { Column, Table } from '../../schema/model.ts'
import { equal } from '../compare/equal.ts'
import { kin } from './type-similarity.ts'

/**
 * The same type, and at least one more sign that a person would see: the same settings (nullability, default, collation,
 * identity), a name alike, or the same place among the columns that stay. A type alone is no sign: any two schemas have
 * columns of type text. Generated columns hold nothing that a rename would save.
 */
export function resembles(from: Column, to: Column, before: Table, wished: Table): boolean {
  if (from.generated !== undefined || to.generated !== undefined || !equal(from.type, to.type)) return false
  const settings = (c: Column): unknown => [c.nullable, c.default, c.collation, c.identity === undefined]
  return equal(settings(from), settings(to)) || near(from, to, before, wished)
}

/** The values of the one could be those of the other: nothing is asked for that alone, but it is said. */
export function mayBeRenamed(from: Column, to: Column): boolean {
  return from.generated === undefined && to.generated === undefined && kin(from.type, to.type)
}

/** The same for a column that changes its type with its name: settings say too little then. */
export function resemblesRetyped(from: Column, to: Column, before: Table, wished: Table): boolean {
  return mayBeRenamed(from, to) && !equal(from.type, to.type) && near(from, to, before, wished)
}

function near(from: Column, to: Column, before: Table, wished: Table): boolean {
  return alike(from.name, to.name) || samePlace(from, to, before, wished)
}

/** A word in common (`user_id`, `userId`), one within the other, or few letters changed. */
export function alike(a: string, b: string): boolean {
  const [x, y] = [a.toLowerCase(), b.toLowerCase()]
  if (x.length >= 3 && y.length >= 3 && (x.includes(y) || y.includes(x))) return true
  const words = wordsOf(a)
  if (wordsOf(b).some((word) => word.length >= 3 && words.includes(word))) return true
  return distance(x, y) <= Math.max(x.length, y.length) / 3
}

function wordsOf(name: string): readonly string[] {
  return name
    .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1_$2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
}

/** Letters to insert, drop or change (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (b[j - 1] === letter ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]!
}

/** After the same column of both sides, or first in both. */
function samePlace(from: Column, to: Column, before: Table, wished: Table): boolean {
  const neighbour = (table: Table, other: Table, column: Column): string | undefined =>
    table.columns
      .slice(0, table.columns.indexOf(column))
      .filter((c) => other.columns.some((o) => o.name === c.name))
      .at(-1)?.name
  const nth = (table: Table, other: Table, column: Column): number => {
    const only = table.columns.filter((c) => !other.columns.some((o) => o.name === c.name))
    return only.indexOf(column)
  }
  return (
    neighbour(before, wished, from) === neighbour(wished, before, to) &&
    nth(before, wished, from) === nth(wished, before, to)
  )
}
