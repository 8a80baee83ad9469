/** The table in which TypeORM keeps the texts of its generated columns and views, without which it finds them different for ever. */
import type { Dialect } from '../../dialects/dialect.ts'
import type { Connection } from '../../drivers/driver.ts'
import type { Beside } from '../source.ts'

/** A statement in TypeORM's schema builder. */
export interface Query {
  readonly query: string
  readonly parameters?: readonly unknown[]
}

const keys = ['type', 'schema', 'table', 'name'] as const
type Row = Readonly<Record<(typeof keys)[number] | 'value', string | null>> & { readonly ofDatabase: boolean }

const kinds = ['GENERATED_COLUMN', 'VIEW', 'MATERIALIZED_VIEW']

/** The rows that TypeORM would insert: parameters, and `DEFAULT` where there is none. */
export function metadataRows(queries: readonly Query[], table: string): readonly Row[] {
  return queries.flatMap(({ query, parameters = [] }) => {
    const found = /^INSERT INTO ("[^(]+")\(([^)]*)\) VALUES \(([^)]*)\)/.exec(query)
    if (found === null || !found[1]!.endsWith(`"${table}"`)) return []
    const names = found[2]!.split(',').map((name) => name.trim().replaceAll('"', ''))
    const values = found[3]!.split(',').map((value) => {
      const n = /^\$(\d+)$/.exec(value.trim())?.[1]
      return n === undefined ? null : ((parameters[Number(n) - 1] ?? null) as string | null)
    })
    const of = (name: string): string | null => values[names.indexOf(name)] ?? null
    const row = { type: of('type'), schema: of('schema'), table: of('table'), name: of('name'), value: of('value') }
    return [{ ...row, ofDatabase: of('database') !== null }]
  })
}

/** The statements that insert these rows, and those that delete them. The table is created if missing, and kept. */
export async function metadataStatements(
  connection: Connection,
  dialect: Dialect,
  table: { readonly schema?: string; readonly name: string },
  wanted: readonly Row[],
): Promise<Beside | undefined> {
  const name = [table.schema, table.name].filter((part) => part !== undefined).map((part) => dialect.quote(part))
  const at = name.join('.')
  const literal = (value: string | null): string => (value === null ? 'NULL' : dialect.literal(value))
  const [exists] = await connection.values(`SELECT to_regclass(${dialect.literal(at)})::text`)
  const there = exists?.[0] !== null && exists?.[0] !== undefined
  if (!there && wanted.length === 0) return undefined
  const here = `("database" = current_database() OR "database" IS NULL)`
  const rows = there
    ? await connection.values(
        `SELECT "type", "schema", "table", "name", "value", "database" IS NOT NULL FROM ${at} WHERE ${here} AND "type" IN (${kinds.map(literal).join(', ')})`,
      )
    : []
  const has = rows.map(([type, schema, of, own, value, ofDatabase]): Row => ({
    type: type ?? null,
    schema: schema ?? null,
    table: of ?? null,
    name: own ?? null,
    value: value ?? null,
    ofDatabase: (ofDatabase ?? '').startsWith('t'),
  }))
  const same = (a: Row, b: Row): boolean => keys.every((key) => a[key] === b[key])
  const without = (row: Row): string =>
    `DELETE FROM ${at} WHERE ${here} AND ${keys.map((key) => (row[key] === null ? `"${key}" IS NULL` : `"${key}" = ${literal(row[key])}`)).join(' AND ')}`
  const insert = (row: Row): string =>
    `INSERT INTO ${at} ("database", "schema", "table", "type", "name", "value") VALUES (${row.ofDatabase ? 'current_database()' : 'NULL'}, ${[row.schema, row.table, row.type, row.name, row.value].map(literal).join(', ')})`
  const [up, down]: [string[], string[]] = [[], []]
  for (const row of wanted) {
    const before = has.find((other) => same(row, other))
    if (before?.value === row.value) continue
    // Deleted first: another database may have the row already.
    up.push(without(row), insert(row))
    down.push(without(row), ...(before === undefined ? [] : [insert(before)]))
  }
  for (const row of has) {
    if (wanted.some((other) => same(row, other))) continue
    up.push(without(row))
    down.push(insert(row))
  }
  if (up.length === 0) return undefined
  return { up: [createMetadata(at), ...up], down }
}

/** As TypeORM creates it before the first migration that needs it; `at`: its name, quoted. */
export function createMetadata(at: string): string {
  const columns = [
    'type" character varying NOT NULL',
    ...['database', 'schema', 'table', 'name'].map((c) => `${c}" character varying`),
  ]
  return `CREATE TABLE IF NOT EXISTS ${at} (${[...columns, 'value" text'].map((c) => `"${c}`).join(', ')})`
}
