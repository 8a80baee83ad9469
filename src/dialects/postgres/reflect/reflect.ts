/** Reads a whole PostgreSQL database (12 to 18) as a Schema: a fixed number of catalog queries in one snapshot. */
import { noteDefaultSchema } from '../../../operations/default-schema.ts'
import type { Connection, OnRows, Rows } from '../../../drivers/driver.ts'
import { keyOf } from '../../../schema/keys.ts'
import { lazySchema } from '../../../schema/lazy.ts'
import type { Schema, SchemaObject } from '../../../schema/model.ts'
import type { Scope } from '../../dialect.ts'
import { withPlainLists } from '../spell/in-lists.ts'
import { type Catalog, type CatalogQuery, type Row, catalogs, compare, defaultSchemaSql } from './catalog.ts'
import { constraintsSql, readTableParts } from './constraints.ts'
import { indexesSql } from './indexes.ts'
import { dependenciesSql, readDependencies } from './dependencies.ts'
import { readOthers } from './others.ts'
import { othersSql } from './others-sql.ts'
import { relationRows } from './relation-rows.ts'
import { nameRelations, readRelations, relationsSql } from './relations.ts'
import { columnsSql, readColumns } from './column-rows.ts'
import { readAttributes } from './columns.ts'
import { attachedSql, readAttached, readRoutines, routinesSql } from './routines.ts'
import { baseTypes, nameTypes, readTypes, typesSql } from './types.ts'

/**
 * Settings that decide how the server prints constants and expressions: the same for every reflection. Relations are joined in the
 * order in which the queries name them: to weigh the others takes longer than to read a small database.
 */
const settings: readonly (readonly [name: string, value: string])[] = [
  ['DateStyle', "'ISO, MDY'"],
  ['IntervalStyle', "'postgres'"],
  ['TimeZone', "'UTC'"],
  ['bytea_output', "'hex'"],
  ['extra_float_digits', "'1'"],
  ['quote_all_identifiers', "'off'"],
  ['standard_conforming_strings', "'on'"],
  ['jit', "'off'"],
  ['join_collapse_limit', "'1'"],
  ['cursor_tuple_fraction', "'1'"],
  ['search_path', `pg_catalog.quote_ident(${defaultSchemaSql})`],
]

/** Reads the old values and sets new ones for the transaction, in one statement; the search path last. */
const settingsSql = `
SELECT pg_catalog.current_setting('server_version_num'), ${defaultSchemaSql}, current_user,
       ${settings.map(([name]) => `pg_catalog.current_setting('${name}')`).join(', ')},
       ${settings.map(([name, value]) => `pg_catalog.set_config('${name}', ${value}, true)`).join(', ')}`

function restoreSql(values: Row): string {
  const literals = values.map((v) => `'${(v ?? '').replaceAll("'", "''")}'`)
  return `SELECT ${settings.map(([name], i) => `pg_catalog.set_config('${name}', ${literals[i]}, true)`).join(', ')}`
}

/**
 * Reads everything that `schema/model.ts` can describe, in one snapshot: a read-only transaction of its own, or the caller's
 * open one with `scope.inTransaction`, which is left as it was.
 */
export async function reflect(db: Connection, scope: Scope): Promise<Schema> {
  const building = new Building(scope)
  if (scope.inTransaction === true) {
    const [now] = await db.values(settingsSql)
    building.take([now!])
    const { statements, from, after } = throughCursors(queries({ version: Number(now![0]), scope }))
    await answers(db, statements, (at, rows) => at >= from && building.take(rows))
    await answers(db, [...after, restoreSql(now!.slice(3, 3 + settings.length))], () => {})
    return building.done()
  }
  const version = db.serverVersion === undefined ? await versionOf(db) : db.serverVersion * 10_000
  const { statements, from } = throughCursors(queries({ version, scope }))
  const all = ['BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', settingsSql, ...statements, 'COMMIT']
  const asked = answers(db, all, (at, rows) => {
    if (at === 1 || (at >= 2 + from && at < 2 + statements.length)) building.take(rows)
  })
  await asked.catch(async (error: unknown) => {
    if (!db.closed) await db.values('ROLLBACK')
    throw error
  })
  return building.done()
}

/**
 * The catalog's functions print names for the current search path, which is the users' schema; but operators and
 * functions of the queries must not be found there (CVE-2018-1058). A cursor's query is read and planned when it is
 * declared, with the system's path alone, and runs when it is fetched.
 */
function throughCursors(asked: readonly string[]): {
  readonly statements: readonly string[]
  /** Where the answers begin. */
  readonly from: number
  readonly after: readonly string[]
} {
  const set = (name: string, value: string): string => `pg_catalog.set_config('${name}', ${value}, true)`
  const before = [
    `SELECT ${set('ambix.names', `pg_catalog.current_setting('search_path')`)}, ${set('search_path', `'pg_catalog, pg_temp'`)}`,
    ...asked.map((query, i) => `DECLARE ambix_${i} NO SCROLL CURSOR FOR ${query}`),
    `SELECT ${set('search_path', `pg_catalog.current_setting('ambix.names')`)}`,
  ]
  return {
    statements: [...before, ...asked.map((_, i) => `FETCH ALL FROM ambix_${i}`)],
    from: before.length,
    after: asked.map((_, i) => `CLOSE ambix_${i}`),
  }
}

async function versionOf(db: Connection): Promise<number> {
  const [row] = await db.values(`SELECT pg_catalog.current_setting('server_version_num')`)
  return Number(row![0])
}

/** All in one round trip where the driver can, for servers that are far away. */
async function answers(db: Connection, statements: readonly string[], onRows: OnRows): Promise<void> {
  if (db.valuesOfAll === undefined)
    for (const [at, statement] of statements.entries()) onRows(at, await db.values(statement))
  else
    // Of a driver that tells of all at the end.
    for (const [at, rows] of (await db.valuesOfAll(statements, onRows)).entries()) onRows(at, rows)
}

/** The catalog queries, in the order in which `building` takes the results. */
const queries = (catalog: CatalogQuery): readonly string[] => [
  typesSql(catalog),
  relationsSql(catalog),
  columnsSql(catalog),
  constraintsSql(catalog),
  indexesSql(catalog),
  routinesSql(catalog),
  attachedSql(catalog),
  othersSql(catalog),
  dependenciesSql(),
]

/** A schema that is built from the answers as they come: the server works on the next ones meanwhile. */
class Building {
  readonly #steps: Generator<undefined, Schema, Rows>
  #schema: Schema | undefined
  #failure: { readonly error: unknown } | undefined

  constructor(scope: Scope) {
    this.#steps = building(scope)
    this.#steps.next()
  }

  /** Throws nothing: it is called in the midst of the connection's messages. */
  take(rows: Rows): void {
    try {
      const { done, value } = this.#steps.next(rows)
      if (done === true) this.#schema = value
    } catch (error) {
      this.#failure ??= { error }
    }
  }

  /** After the last answer. */
  done(): Schema {
    if (this.#failure !== undefined) throw this.#failure.error
    return this.#schema!
  }
}

/** Takes the answers in their order, first that of the settings. */
function* building(scope: Scope): Generator<undefined, Schema, Rows> {
  const [now] = yield
  const named: Catalog = {
    version: Number(now![0]),
    defaultSchema: now![1]!,
    user: now![2]!,
    scope,
    relations: new Map(),
    columns: new Map(),
    types: new Map(),
    facts: new Map(),
    keys: new Map(),
    late: [],
    uncovered: [],
    settings: [],
    hangs: [],
    foreign: new Map(),
  }
  const types = yield
  nameTypes(named, types)
  const relations = relationRows(yield)
  nameRelations(named, relations)
  const catalog: Catalog = { ...named, columns: readColumns(named, yield) }
  const constraints = yield
  const parts = readTableParts(catalog, constraints, yield)
  const objects: readonly SchemaObject[] = [
    ...readTypes(catalog, types, parts.domainChecks, readAttributes(catalog, relations)),
    ...readRelations(catalog, relations, { ...parts, baseType: baseTypes(catalog, types) }),
    ...readRoutines(catalog, yield),
    ...readAttached(catalog, yield),
    ...readOthers(catalog, yield),
    ...catalog.settings,
  ]
  for (const [constraint, domain] of parts.domainOf) {
    const key = catalog.keys.get(`${catalogs.type}:${domain}`)
    if (key !== undefined) catalog.keys.set(`${catalogs.constraint}:${constraint}`, key)
  }
  const keyed = objects
    .map((object): readonly [string, SchemaObject] => [keyOf(object), Object.freeze(withPlainLists(object))])
    .sort((a, b) => compare(a[0], b[0]))
  const [[dependencies = null] = []] = yield
  const read = lazySchema(
    new Map(keyed),
    () => readDependencies(catalog, dependencies, types),
    Object.freeze(catalog.uncovered.toSorted(compare)),
    true,
  )
  return noteDefaultSchema(read, catalog.defaultSchema)
}
