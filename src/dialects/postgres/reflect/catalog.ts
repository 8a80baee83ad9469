/** Shared by all parts of reflection: the scope as SQL, names by OID, and how catalog texts are read. */
import type { Column, ColumnType, Definition, Grant, Ref } from '../../../schema/model.ts'
import type { Scope } from '../../dialect.ts'
import { parseArray } from '../spell/defaults.ts'
import { quoteIdent, quoteLiteral } from '../spell/quote.ts'
import { numeric, parseType } from '../spell/types.ts'

export type Row = readonly (string | null)[]

/** The catalogs' own oids, which never change: they tell what an oid in `pg_depend` is of. */
export const catalogs = {
  relation: '1259',
  type: '1247',
  routine: '1255',
  constraint: '2606',
  default: '2604',
  rule: '2618',
  trigger: '2620',
  policy: '3256',
  schema: '2615',
  extension: '3079',
  operatorClass: '2616',
  operatorFamily: '2753',
  familyOperator: '2602',
  familyFunction: '2603',
  publicationRelation: '6106',
  publicationSchema: '6237',
} as const

/** Data about the database that the parts collect while they read it. Everything is by OID, as text. */
/** Needed to build the queries. */
export interface CatalogQuery {
  /** As server_version_num, the minor part aside. */
  readonly version: number
  readonly scope: Scope
}

/** Filled from the results. */
export interface Catalog extends CatalogQuery {
  readonly defaultSchema: string
  readonly user: string
  /** Any relation's name: tables, views, sequences, composites, also out of scope. */
  readonly relations: Map<string, Ref>
  readonly columns: ReadonlyMap<string, ColumnRows>
  readonly types: Map<string, ColumnType>
  /** By the text that says them. */
  readonly facts: Map<string, Facts>
  /** `catalog:oid` -> key of `schema/keys.ts`. Read where dependencies are, which is seldom: `late` fills in most of it, then. */
  readonly keys: Map<string, string>
  readonly late: (() => void)[]
  readonly uncovered: string[]
  /** Settings of parts, held as statements; and dependencies in addition to those of `pg_depend`. */
  readonly settings: Definition[]
  readonly hangs: (readonly [dependant: string, need: string])[]
  /** The keys of foreign tables by their names: they are held whole, and their constraints have no keys. */
  readonly foreign: Map<string, string>
}

/** What nearly all columns have, read once from each text that says the same. */
export interface Facts {
  readonly typeOid: string
  readonly typmod: string
  readonly nullable: boolean
  /** `a` or `d`; empty for none. */
  readonly identity: string
  /** `s` or `v`; empty for none. */
  readonly generated: string
  readonly collation: string
  readonly inherited: boolean
  /** Of built-in types and types without modifiers; the others' texts are in `rest`. */
  readonly type: ColumnType
  /** Columns with a default or an identity and nothing more, by the text of that or of its sequence, then by their names. */
  readonly defaults: Map<string, Map<string, Column>>
}

/** A column of the catalog. */
export interface ColumnRow {
  readonly name: string
  readonly facts: Facts
  /** The column itself, where there is nothing more to it: one object for all tables. */
  readonly plain: Column | undefined
  readonly defaultOid: string | null
  readonly default: string | null
  readonly rest: ColumnRest
}

/** What few columns have, as texts of the catalog. */
export interface ColumnRest {
  /** The output of `format_type`, where the type's OID does not tell it. */
  readonly type: string | null
  /** `["pg_catalog","C"]`, where it is not the type's own. */
  readonly collation: string | null
  /** The letter of its own and that of the type. */
  readonly storage: string | null
  readonly compression: string | null
  readonly statistics: string | null
  readonly acl: string | null
  readonly comment: string | null
  /** Of a foreign table's column. */
  readonly foreign: string | null
  readonly options: string | null
}

/** The columns of a relation in their order. */
export interface ColumnRows {
  readonly rows: readonly ColumnRow[]
  /** Their numbers, where one was dropped. */
  readonly numbers: readonly string[] | undefined
}

/** The name as models have it: without a schema for the default one. */
export function refIn(catalog: Catalog, schema: string | null, name: string | null): Ref {
  return schema === null || schema === catalog.defaultSchema ? { name: name ?? '' } : { schema, name: name ?? '' }
}

/** The row of a relation's column by its number. */
export function columnAt(catalog: Catalog, table: string, number: string): ColumnRow | undefined {
  const found = catalog.columns.get(table)
  return found?.rows[found.numbers === undefined ? Number(number) - 1 : found.numbers.indexOf(number)]
}

/** The connection's own schema; reflection sets the search path to it alone. */
export const defaultSchemaSql = `COALESCE(pg_catalog.current_schema(), 'public')`

/** Whether a row of pg_namespace is one that the scope asks for. */
export function inScope(catalog: CatalogQuery, alias: string): string {
  const { schemas, listOnly } = catalog.scope
  if (schemas === 'all') return userSchema(alias)
  const names = (schemas ?? []).map(quoteLiteral)
  return `${alias}.nspname IN (${[...(listOnly === true && names.length > 0 ? [] : [defaultSchemaSql]), ...names].join(', ')})`
}

/** Whether it is one of the users' at all: `ambix` is where many keep the version table. */
export function userSchema(alias: string): string {
  return `(${alias}.nspname !~ '^pg_' AND ${alias}.nspname <> 'information_schema' AND ${alias}.nspname <> 'ambix')`
}

/** Whether the object is the user's own and not a part of an extension. */
export function notOfExtension(classId: string, oid: string): string {
  return `NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = ${classId} AND e.objid = ${oid} AND e.deptype = 'e')`
}

/** Our own bookkeeping, Alembic's, and what the caller leaves out. */
const alembics = 'alembic_version'
const leftOut = ({ scope }: CatalogQuery): readonly string[] => [alembics, ...(scope.excludeTables ?? [])]

export function seenName(catalog: CatalogQuery, name: string): string {
  return `(${name} NOT IN (${leftOut(catalog).map(quoteLiteral).join(', ')}) AND ${name} !~ '^ambix_')`
}

/** As `seenName`, of a name that was read: a sequence is left out with the table that owns it. */
export const isSeenName = (catalog: CatalogQuery, name: string): boolean =>
  name !== alembics && catalog.scope.excludeTables?.includes(name) !== true && !name.startsWith('ambix_')

export const isTrue = (value: string | null | undefined): boolean => value === 't' || value === 'true'

/** Where a text goes on behind so many commas. */
export function behindCommas(text: string, from: number, count: number): number {
  let at = from
  for (let i = 0; i < count; i++) at = text.indexOf(',', at) + 1
  return at
}

/** `{a,b}` as a list of texts. */
export function texts(value: string | null | undefined): readonly string[] {
  if (value === null || value === undefined) return []
  return (parseArray(value, { kind: 'text' }) ?? []).map(String)
}

/** The numbers of an int2vector, an oidvector or an array of such. */
export function numbers(value: string | null | undefined): readonly string[] {
  if (value === null || value === undefined) return []
  // One digit by itself or in braces: nearly all keys.
  if (value.length === 1 && value >= '0' && value <= '9') return [value]
  if (value.length === 3 && value[0] === '{') return [value[1]!]
  return value.match(/-?\d+/g) ?? []
}

/**
 * `{fillfactor=70}` as a record, sorted; undefined where there are none. Some builds of PostgreSQL keep a mark of their
 * own there (`pg_attver`), which cannot be set and is never the same twice.
 */
export function options(value: string | null | undefined, prefix = ''): Readonly<Record<string, string>> | undefined {
  const items = texts(value).filter((item) => !item.startsWith('pg_'))
  if (items.length === 0) return undefined
  const pairs = items.map((item): readonly [string, string] => {
    const at = item.indexOf('=')
    return at < 0 ? [prefix + item, 'true'] : [prefix + item.slice(0, at), item.slice(at + 1)]
  })
  return Object.fromEntries(pairs)
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Without undefined, false and null properties. A copy, or the object itself where there are none. */
export function only<T extends object>(value: T): T {
  // Plain records: `in` finds only their own properties.
  const all = value as Record<string, unknown>
  let empty = false
  for (const key in all) {
    const item = all[key]
    if (item === undefined || item === false || item === null) {
      empty = true
      break
    }
  }
  if (!empty) return value
  const found: Record<string, unknown> = {}
  for (const key in all) {
    const item = all[key]
    if (item !== undefined && item !== false && item !== null) found[key] = item
  }
  // A cast: only absent and optional properties were left out.
  return found as T
}

/**
 * Removes each pair of brackets that encloses the whole text, as the catalog adds one
 * around every condition.
 */
export function unbracketed(sql: string): string {
  let text = sql.trim()
  while (text.startsWith('(') && closing(text) === text.length - 1) text = text.slice(1, -1).trim()
  return text
}

/** Where the bracket that opens the text closes; strings, quoted names and dollar quotes are passed over. */
function closing(text: string): number {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '(') depth++
    else if (c === ')' && --depth === 0) return i
    else if (c === '"') i = text.indexOf('"', i + 1)
    else if (c === "'") {
      const escaped = /(?:^|[^\w])[eE]$/.test(text.slice(Math.max(0, i - 2), i))
      for (i++; i < text.length && text[i] !== "'"; i++) if (escaped && text[i] === '\\') i++
    } else if (c === '$') {
      const tag = /^\$(?:[A-Za-z_]\w*)?\$/.exec(text.slice(i, i + 64))?.[0]
      if (tag !== undefined && !/\w/.test(text[i - 1] ?? '')) i = text.indexOf(tag, i + tag.length) + tag.length - 1
    }
    if (i < 0) return -1
  }
  return -1
}

/** Removes the default schema from the name that a statement of the catalog begins with. */
export function unqualified(catalog: Catalog, schema: string | null, sql: string, before: string): string {
  if (schema !== catalog.defaultSchema) return sql
  const at = sql.indexOf(`${before}${quoteIdent(schema)}.`)
  if (at < 0) return sql
  const from = at + before.length
  return sql.slice(0, from) + sql.slice(from + quoteIdent(schema).length + 1)
}

const privileges: Readonly<Record<string, string>> = {
  r: 'SELECT',
  a: 'INSERT',
  w: 'UPDATE',
  d: 'DELETE',
  D: 'TRUNCATE',
  x: 'REFERENCES',
  t: 'TRIGGER',
  m: 'MAINTAIN',
  X: 'EXECUTE',
  U: 'USAGE',
  C: 'CREATE',
  c: 'CONNECT',
  T: 'TEMPORARY',
}

/**
 * Reads an ACL (manual, 5.8). The owner's own privileges are left out. What PUBLIC has by default (`implied`:
 * EXECUTE on functions, USAGE on types) is left out too, unless the list is not the default one: then all that holds
 * is given, so that an empty list says that PUBLIC lost it.
 */
export function readGrants(
  acl: string | null | undefined,
  owner: string | null,
  implied?: string,
  inFull = false,
): readonly Grant[] | undefined {
  if (acl === null || acl === undefined) return undefined
  const found = new Map<string, { grantee: string; grantable: boolean; privileges: Set<string> }>()
  for (const item of texts(acl)) {
    const match = /^("(?:[^"]|"")*"|[^=]*)=([A-Za-z*]*)\//.exec(item)
    if (match === null) continue
    const name = match[1]!.startsWith('"') ? match[1]!.slice(1, -1).replaceAll('""', '"') : match[1]!
    const grantee = name === '' ? 'public' : name
    if (name !== '' && grantee === owner) continue
    for (const [, letter, star] of match[2]!.matchAll(/([A-Za-z])(\*?)/g)) {
      const grantable = star === '*'
      const key = `${grantee}\n${grantable}`
      const entry = found.get(key) ?? { grantee, grantable, privileges: new Set() }
      found.set(key, entry)
      entry.privileges.add(privileges[letter!] ?? letter!)
    }
  }
  const grants = [...found.values()]
    .map((g): Grant => ({
      grantee: g.grantee,
      privileges: [...g.privileges].toSorted(compare),
      ...(g.grantable ? { grantable: true } : {}),
    }))
    .toSorted((a, b) => compare(a.grantee, b.grantee) || Number(a.grantable ?? false) - Number(b.grantable ?? false))
  if (implied === undefined) return grants.length === 0 ? undefined : grants
  const [first] = grants
  const asUsual =
    !inFull &&
    grants.length === 1 &&
    first?.grantee === 'public' &&
    first.grantable !== true &&
    first.privileges.join() === implied
  return asUsual ? undefined : grants
}

/** The owner, where it is not who reads. */
export function readOwner(catalog: Catalog, owner: string | null): string | undefined {
  return owner === null || owner === catalog.user ? undefined : owner
}

/** The field masks of an interval's modifier (`utils/timestamp.h`: MONTH 1, YEAR 2, DAY 3, HOUR 10, MINUTE 11, SECOND 12). */
const intervalFields: Readonly<Record<number, string>> = {
  4: 'year',
  2: 'month',
  6: 'year to month',
  8: 'day',
  1024: 'hour',
  2048: 'minute',
  4096: 'second',
  1032: 'day to hour',
  3080: 'day to minute',
  7176: 'day to second',
  3072: 'hour to minute',
  7168: 'hour to second',
  6144: 'minute to second',
}

/** The type with the modifiers that `atttypmod` holds; built-in types only, others come as text. */
function modified(type: ColumnType, typmod: number): ColumnType {
  switch (type.kind) {
    case 'varchar':
    case 'char':
      return { kind: type.kind, length: typmod - 4 }
    case 'custom':
      return type.sql === 'bpchar'
        ? { kind: 'char', length: typmod - 4 }
        : type.sql === '"bit"'
          ? { kind: 'bit', length: typmod }
          : type
    case 'varbit':
    case 'bit':
      return { kind: type.kind, length: typmod }
    case 'numeric':
      return numeric(((typmod - 4) >> 16) & 0xffff, (((typmod - 4) & 0x7ff) ^ 1024) - 1024)
    case 'time':
    case 'timestamp':
      return { kind: type.kind, precision: typmod, ...(type.withTimeZone === true ? { withTimeZone: true } : {}) }
    case 'interval': {
      const fields = intervalFields[(typmod >> 16) & 0x7fff]
      const precision = typmod & 0xffff
      return {
        kind: 'interval',
        ...(fields === undefined ? {} : { fields }),
        ...(precision === 0xffff ? {} : { precision }),
      }
    }
    case 'array':
      return type.element === undefined ? type : { kind: 'array', element: modified(type.element, typmod) }
    default:
      return type
  }
}

/** The type of a column, from its OID and modifier; `text` is the output of `format_type`, where that was needed. */
export function typeOf(catalog: Catalog, oid: string | null, typmod: string | null, text: string | null): ColumnType {
  const known = oid === null ? undefined : catalog.types.get(oid)
  if (text !== null && (known === undefined || known.kind === 'custom' || known.element?.kind === 'custom'))
    return parseType(text)
  if (known === undefined) return { kind: 'custom', sql: text ?? 'unknown' }
  return typmod === null || typmod === '-1' ? known : modified(known, Number(typmod))
}
