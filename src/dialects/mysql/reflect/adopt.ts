/** What reflection cannot read and a declaration knows: names of enums, whether a definer counts, which names are the same. */
import { withObjects } from '../../../schema/lazy.ts'
import type { Check, Column, Constraint, Default, Index, Schema, SchemaObject, Table } from '../../../schema/model.ts'
import { withEnumNames } from './enums.ts'
import { parseDefault } from '../spell/defaults.ts'
import { sameCondition } from './conditions.ts'
import { sameExpression } from './expressions.ts'

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
  return changed ? withObjects(named, objects) : named
}

function alike(object: SchemaObject, like: SchemaObject): SchemaObject {
  if (object.kind === 'table') return like.kind === 'table' ? tableLike(object, like) : object
  return withoutDefiner(object, like)
}

/**
 * Names of keys and indexes are case-insensitive, and a check that is part of a column has no name of its own (MariaDB).
 * Expressions that are the same get the text of the other side, so that no server need be asked to print it.
 */
function tableLike(table: Table, like: Table): Table {
  const columns = table.columns.map((c) => columnLike(c, like))
  const indexes = table.indexes.map((i) => indexLike(renamed(i, table.indexes, like.indexes), like))
  const constraints = table.constraints.map((c): Constraint => {
    const cased = renamed(c, table.constraints, like.constraints)
    return cased.kind === 'check' ? checkLike(cased, table, like) : cased
  })
  const same =
    columns.every((c, n) => c === table.columns[n]) &&
    indexes.every((i, n) => i === table.indexes[n]) &&
    constraints.every((c, n) => c === table.constraints[n])
  return same ? table : { ...table, columns, indexes, constraints }
}

function columnLike(column: Column, like: Table): Column {
  if (column.default?.kind !== 'sql' && column.generated === undefined) return column
  const other = like.columns.find((c) => c.name === column.name)
  if (other === undefined) return column
  const value = defaultLike(column, other)
  const sql = other.generated?.sql
  const generated =
    column.generated === undefined || sql === undefined || sql === column.generated.sql
      ? undefined
      : sameExpression(column.generated.sql, sql)
        ? { ...column.generated, sql }
        : undefined
  if (value === undefined && generated === undefined) return column
  return {
    ...column,
    ...(value === undefined ? {} : { default: value }),
    ...(generated === undefined ? {} : { generated }),
  }
}

/** In the form that normalization gives the other side's; undefined where it is kept. */
function defaultLike(column: Column, other: Column): Default | undefined {
  if (column.default?.kind !== 'sql' || other.default?.kind !== 'sql') return undefined
  const plain = parseDefault(other.default.sql, column.type)
  if (plain.kind !== 'sql' || plain.sql === column.default.sql) return undefined
  return sameExpression(column.default.sql, plain.sql) ? plain : undefined
}

function indexLike(index: Index, like: Table): Index {
  if (index.elements.every((e) => e.expression === undefined)) return index
  const other = like.indexes.find((i) => i.name === index.name)
  if (other?.elements.length !== index.elements.length) return index
  const elements = index.elements.map((e, n) => {
    const sql = other.elements[n]!.expression
    if (e.expression === undefined || sql === undefined || e.expression === sql) return e
    return sameExpression(e.expression, sql) ? { ...e, expression: sql } : e
  })
  return elements.every((e, n) => e === index.elements[n]) ? index : { ...index, elements }
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

const same = (a: string, b: string): boolean => sameExpression(a, b) || sameCondition(a, b)

function checkLike(check: Check, table: Table, like: Table): Check {
  const isColumn = (name: string): boolean => table.columns.some((c) => c.name === name)
  const has = (name: string): boolean => table.constraints.some((c) => c.name === name)
  for (const other of like.constraints) {
    if (other.kind !== 'check') continue
    const unnamed = (isColumn(check.name) || isColumn(other.name)) && !has(other.name)
    if (other.name !== check.name && !(unnamed && !like.constraints.some((c) => c.name === check.name))) continue
    if (other.sql === check.sql ? other.name === check.name : !same(check.sql, other.sql)) continue
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
