/** How much a column that went and one that came look like one column under two names. */
import type { Column, Constraint, Table } from '../../schema/model.ts'
import { alike, nameLikeness } from '../compare/name-similarity.ts'
import { equal } from '../compare/equal.ts'
import { kin } from './type-similarity.ts'

/**
 * 0 where it is not worth asking: a column that is computed holds nothing that a rename would save, and one of another
 * family of types under a name that has nothing in common is another column. All else is worth it, and the more so the
 * higher the number: by type, name, place among the columns that stay, keys that it is of, default and the like.
 */
export function likeness(from: Column, to: Column, before: Table, wished: Table): number {
  if (from.generated !== undefined || to.generated !== undefined) return 0
  const type = equal(from.type, to.type) ? 1 : kin(from.type, to.type) ? 0.7 : 0
  const name = nameLikeness(from.name, to.name)
  if (type === 0 && !alike(from.name, to.name)) return 0
  return (
    0.4 * type +
    0.35 * name +
    place(from, to, before, wished) +
    settings(from, to) +
    role(from.name, to.name, before.constraints, wished.constraints)
  )
}

function settings(a: Column, b: Column): number {
  const same = a.default === undefined || b.default === undefined ? 0.03 : equal(a.default, b.default) ? 0.1 : 0.02
  return (
    (a.nullable === b.nullable ? 0.05 : 0) +
    ((a.default === undefined) === (b.default === undefined) ? same : 0) +
    (a.comment !== undefined && a.comment === b.comment ? 0.2 : 0) +
    (equal(a.collation, b.collation) ? 0.02 : 0) +
    ((a.identity === undefined) === (b.identity === undefined) ? 0.02 : 0)
  )
}

/** Keys that the one was of and the other is of: the strongest sign is a foreign key to the same table. */
function role(from: string, to: string, before: readonly Constraint[], wished: readonly Constraint[]): number {
  let sum = 0
  const of = (list: readonly Constraint[], column: string): readonly Constraint[] =>
    list.filter((c) => 'columns' in c && c.columns.includes(column))
  const [had, has] = [of(before, from), of(wished, to)]
  for (const a of had) {
    const b = has.find(
      (c) =>
        c.kind === a.kind && (c.kind !== 'foreignKey' || a.kind !== 'foreignKey' || equal(c.references, a.references)),
    )
    if (b !== undefined) sum += a.kind === 'foreignKey' ? 0.2 : 0.1
    else sum -= 0.05
  }
  if (had.length === 0 && has.length === 0) sum += 0.02
  return Math.max(sum, 0)
}

/** After the same column in both tables, or first in both; and at the same position there. */
function place(from: Column, to: Column, before: Table, wished: Table): number {
  const stays = (c: Column): boolean => other(c).columns.some((o) => o.name === c.name)
  const other = (c: Column): Table => (before.columns.includes(c) ? wished : before)
  const at = (table: Table, column: Column): { readonly neighbour: string | undefined; readonly turn: number } => {
    const earlier = table.columns.slice(0, table.columns.indexOf(column))
    const neighbour = earlier.findLast((c) => stays(c))
    const turn = neighbour === undefined ? earlier.length : earlier.length - earlier.indexOf(neighbour) - 1
    return { neighbour: neighbour?.name, turn }
  }
  const [a, b] = [at(before, from), at(wished, to)]
  if (a.neighbour !== b.neighbour) return 0
  return a.turn === b.turn ? 0.15 : 0.06
}
