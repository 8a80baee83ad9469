/** What reflection cannot read and a declaration knows: names of enums, whether a definer counts, which names are the same. */
import type { Check, Constraint, Schema, SchemaObject, Table } from '../../../schema/model.ts'
import { withEnumNames } from './enums.ts'
import { sameCondition } from './conditions.ts'

/** The reflected schema in the form of another one that it is compared with. */
export function adopt(reflected: Schema, like: Schema): Schema {
  const named = withEnumNames(reflected, like)
  let changed = false
  const objects = new Map<string, SchemaObject>()
  for (const [key, object] of named.objects) {
    const other = like.objects.get(key)
    const plain = other === undefined ? object : alike(object, other)
    if (plain !== object) changed = true
    objects.set(key, plain)
  }
  return changed ? { ...named, objects } : named
}

function alike(object: SchemaObject, like: SchemaObject): SchemaObject {
  if (object.kind === 'table') return like.kind === 'table' ? tableLike(object, like) : object
  return withoutDefiner(object, like)
}

/** Names of keys and indexes are case-insensitive, and a check that is part of a column has no name of its own (MariaDB). */
function tableLike(table: Table, like: Table): Table {
  const indexes = table.indexes.map((i) => renamed(i, table.indexes, like.indexes))
  const constraints = table.constraints.map((c): Constraint => {
    const cased = renamed(c, table.constraints, like.constraints)
    return cased.kind === 'check' ? checkLike(cased, table, like) : cased
  })
  const same =
    indexes.every((i, n) => i === table.indexes[n]) && constraints.every((c, n) => c === table.constraints[n])
  return same ? table : { ...table, indexes, constraints }
}

function renamed<T extends { readonly name: string }>(
  part: T,
  own: readonly { readonly name: string }[],
  like: readonly { readonly name: string }[],
): T {
  if (like.some((l) => l.name === part.name)) return part
  const lower = part.name.toLowerCase()
  const other = like.find((l) => l.name.toLowerCase() === lower && !own.some((o) => o.name === l.name))
  return other === undefined ? part : { ...part, name: other.name }
}

function checkLike(check: Check, table: Table, like: Table): Check {
  const isColumn = (name: string): boolean => table.columns.some((c) => c.name === name)
  const has = (name: string): boolean => table.constraints.some((c) => c.name === name)
  for (const other of like.constraints) {
    if (other.kind !== 'check') continue
    const unnamed = (isColumn(check.name) || isColumn(other.name)) && !has(other.name)
    if (other.name !== check.name && !(unnamed && !like.constraints.some((c) => c.name === check.name))) continue
    if (other.sql === check.sql ? other.name === check.name : !sameCondition(check.sql, other.sql)) continue
    return { ...check, name: other.name, sql: other.sql }
  }
  return check
}

/** A definer counts only where the declaration names one: the deploying account is seldom the declaring one. */
const clause = /^CREATE DEFINER=`(?:[^`]|``)*`@`(?:[^`]|``)*` /u

function withoutDefiner(object: SchemaObject, like: SchemaObject): SchemaObject {
  if (object.kind === 'view' && like.kind === 'view') {
    if (object.with?.['definer'] === undefined || like.with?.['definer'] !== undefined) return object
    const { definer: _, ...rest } = object.with
    const { with: __, ...plain } = object
    return Object.keys(rest).length === 0 ? plain : { ...plain, with: rest }
  }
  if ((object.kind === 'routine' && like.kind === 'routine') || (object.kind === 'trigger' && like.kind === 'trigger'))
    return clause.test(object.definition) && !/\bDEFINER\s*=/iu.test(like.definition)
      ? { ...object, definition: object.definition.replace(clause, 'CREATE ') }
      : object
  if (object.kind === 'definition' && like.kind === 'definition') {
    const create = object.create.map((sql, i) =>
      clause.test(sql) && !/\bDEFINER\s*=/iu.test(like.create[i] ?? '') ? sql.replace(clause, 'CREATE ') : sql,
    )
    return create.some((sql, i) => sql !== object.create[i]) ? { ...object, create } : object
  }
  return object
}
