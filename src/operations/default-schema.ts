/** Operations that name the connection's default schema, beside a schema read from there, whose names go without it. */
import { passWritten } from '../util/written-at.ts'
import type { Schema } from '../schema/model.ts'
import type { Operation } from './kinds.ts'

const defaults = new WeakMap<Schema, string>()

/** Records which schema it is that the names without one are in. */
export function noteDefaultSchema<T extends Schema>(schema: T, name: string): T {
  defaults.set(schema, name)
  return schema
}

/** The later schema, which came of the earlier one, has the same default. */
export function passDefaultSchema<T extends Schema>(from: Schema, to: T): T {
  const name = defaults.get(from)
  return name === undefined ? to : noteDefaultSchema(to, name)
}

/** Values of rows, and what users wrote for their own programs: a `schema` in it is no name of an object. */
const values = new Set(['rows', 'set', 'down', 'values', 'params', 'own'])

/** After these, names without a schema may be looked for elsewhere. */
const movesHome = (op: Operation): boolean =>
  op.kind === 'createSchema' ||
  op.kind === 'dropSchema' ||
  op.kind === 'renameSchema' ||
  op.kind === 'run' ||
  (op.kind === 'execute' && /search_path|\bschema\b/i.test(op.sql))

/**
 * The same operations, with the names as the schema has them: without its default schema, where that was read from a database, unless one of
 * them may make another one the default. Those that need no change are the same objects.
 */
export function namedAsIn(schema: Schema, operations: readonly Operation[]): readonly Operation[] {
  const name = defaults.get(schema)
  if (name === undefined || operations.some(movesHome)) return operations
  return operations.map((op) => {
    const bare = without(op, name)
    return bare === op ? op : passWritten(op, [bare as Operation])[0]!
  })
}

function without(value: unknown, schema: string): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => without(item, schema))
    return items.some((item, i) => item !== value[i]) ? items : value
  }
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  const entries = Object.entries(value)
  const isNamed = entries.some(([key, text]) => key === 'schema' && text === schema) && 'name' in value
  const bare = entries
    .filter(([key]) => !(isNamed && key === 'schema'))
    .map(([key, item]) => [key, values.has(key) ? item : without(item, schema)] as const)
  return isNamed || bare.some(([key, item]) => item !== (value as Record<string, unknown>)[key])
    ? Object.fromEntries(bare)
    : value
}
