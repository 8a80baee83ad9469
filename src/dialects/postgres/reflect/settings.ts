/**
 * Reads settings of a part of an object that the model has no property for: each is held as statements, and is dropped
 * and created with its part.
 */
import { columnKey, constraintKey, indexKey, refText, tableKey } from '../../../schema/keys.ts'
import type { ColumnType, Definition, Ref } from '../../../schema/model.ts'
import { type Catalog, catalogs, options, readGrants } from './catalog.ts'
import type { IndexRow } from './index-rows.ts'
import { quoteIdent, quoteLiteral, quoteRef } from '../spell/quote.ts'

interface Setting {
  /** `column options`, `trigger state`: the statements of a setting of this kind. */
  readonly objectKind: string
  readonly identity: string
  readonly create: readonly string[]
  readonly drop: string
  readonly table?: Ref
  /** The parts that it is set on, as keys. */
  readonly of?: string | readonly string[]
}

/** Records a setting as an object, with the objects that it depends on. */
export function setting(catalog: Catalog, said: Setting): void {
  const { of, ...rest } = said
  const object: Definition = { kind: 'definition', ...rest }
  catalog.settings.push(object)
  for (const need of of === undefined ? [] : typeof of === 'string' ? [of] : of)
    catalog.hangs.push([`definition:${said.objectKind} ${said.identity}`, need])
}

const storages: Readonly<Record<string, string>> = { p: 'PLAIN', e: 'EXTERNAL', x: 'EXTENDED', m: 'MAIN' }

/** `ALTER … SET (n_distinct = …)` of a table's, foreign table's or materialized view's column. */
export function columnOptions(
  catalog: Catalog,
  word: string,
  of: Ref,
  column: { readonly name: string; readonly options: string | null },
  part: string | undefined,
): void {
  const pairs = Object.entries(options(column.options) ?? {})
  if (pairs.length === 0) return
  const alter = `ALTER ${word} ${quoteRef(of)} ALTER COLUMN ${quoteIdent(column.name)}`
  setting(catalog, {
    objectKind: 'column options',
    identity: `${quoteRef(of)}.${quoteIdent(column.name)}`,
    create: [`${alter} SET (${pairs.map(([key, value]) => `${key} = ${value}`).join(', ')})`],
    drop: `${alter} RESET (${pairs.map(([key]) => key).join(', ')})`,
    ...(word === 'FOREIGN TABLE' ? {} : { table: of }),
    ...(part === undefined ? {} : { of: part }),
  })
}

/** Defaults and privileges of a view's columns, and how those of a materialized view are stored. */
export function viewColumn(
  catalog: Catalog,
  of: Ref,
  materialized: boolean,
  owner: string,
  said: {
    readonly name: string
    readonly defaultOid: string | null
    readonly default: string | null
    readonly statistics: string | null
    readonly storage: string | null
    readonly compression: string | null
    readonly options: string | null
    readonly acl: string | null
  },
): void {
  const column = quoteIdent(said.name)
  const name = `${quoteRef(of)}.${column}`
  const alter = `ALTER ${materialized ? 'MATERIALIZED VIEW' : 'VIEW'} ${quoteRef(of)} ALTER COLUMN ${column}`
  const say = (objectKind: string, set: string, reset: string): void =>
    setting(catalog, {
      objectKind,
      identity: name,
      create: [`${alter} SET ${set}`],
      drop: `${alter} ${reset}`,
      table: of,
    })
  if (said.default !== null) {
    say('column default', `DEFAULT ${said.default}`, 'DROP DEFAULT')
    catalog.late.push(() =>
      catalog.keys.set(`${catalogs.default}:${said.defaultOid}`, `definition:column default ${name}`),
    )
  }
  if (materialized) {
    const { statistics, storage, compression } = said
    if (statistics !== null) say('column statistics', `STATISTICS ${statistics}`, 'SET STATISTICS -1')
    if (storage !== null)
      say('column storage', `STORAGE ${storages[storage[0]!]}`, `SET STORAGE ${storages[storage[1]!]}`)
    if (compression !== null)
      say('column compression', `COMPRESSION ${compression === 'l' ? 'lz4' : 'pglz'}`, 'SET COMPRESSION default')
    columnOptions(catalog, 'MATERIALIZED VIEW', of, said, undefined)
  }
  if (catalog.scope.privileges !== true) return
  for (const grant of readGrants(said.acl, owner) ?? []) {
    const who = grant.grantee === 'public' ? 'PUBLIC' : quoteIdent(grant.grantee)
    const what = grant.privileges.map((p) => `${p} (${column})`).join(', ')
    const grantable = grant.grantable === true ? ' WITH GRANT OPTION' : ''
    setting(catalog, {
      objectKind: 'column privileges',
      identity: `${name} to ${who}${grantable.toLowerCase()}`,
      create: [`GRANT ${what} ON ${quoteRef(of)} TO ${who}${grantable}`],
      drop: `REVOKE ${what} ON ${quoteRef(of)} FROM ${who}`,
      table: of,
    })
  }
}

/** The grants on the sequence behind an identity column. */
export function identityGrants(
  catalog: Catalog,
  table: Ref,
  column: string,
  sequence: Ref,
  acl: string,
  owner: string,
): void {
  if (catalog.scope.privileges !== true) return
  for (const grant of readGrants(acl, owner) ?? []) {
    const who = grant.grantee === 'public' ? 'PUBLIC' : quoteIdent(grant.grantee)
    const grantable = grant.grantable === true ? ' WITH GRANT OPTION' : ''
    const what = `${grant.privileges.join(', ')} ON SEQUENCE ${quoteRef(sequence)}`
    setting(catalog, {
      objectKind: 'sequence privileges',
      identity: `${quoteRef(sequence)} to ${who}${grantable.toLowerCase()}`,
      create: [`GRANT ${what} TO ${who}${grantable}`],
      drop: `REVOKE ${what} FROM ${who}`,
      table,
      of: columnKey(table, column),
    })
  }
}

/** The comment of the index behind a constraint, and that the table is clustered on it. */
export function constraintIndex(catalog: Catalog, table: Ref, index: Ref, { facts, rest }: IndexRow): void {
  const of = constraintKey(table, index.name)
  if (rest.comment !== null)
    setting(catalog, {
      objectKind: 'index comment',
      identity: quoteRef(index),
      create: [`COMMENT ON INDEX ${quoteRef(index)} IS ${quoteLiteral(rest.comment)}`],
      drop: `COMMENT ON INDEX ${quoteRef(index)} IS NULL`,
      table,
      of,
    })
  if (facts.clustered)
    setting(catalog, {
      objectKind: 'clustering',
      identity: quoteRef(table),
      create: [`ALTER TABLE ${quoteRef(table)} CLUSTER ON ${quoteIdent(index.name)}`],
      drop: `ALTER TABLE ${quoteRef(table)} SET WITHOUT CLUSTER`,
      table,
      of,
    })
}

/** That a table is one OF a composite type: neither changes its columns meanwhile. */
export function tableType(catalog: Catalog, table: Ref, text: string, type: ColumnType | undefined): void {
  setting(catalog, {
    objectKind: 'table type',
    identity: quoteRef(table),
    create: [`ALTER TABLE ${quoteRef(table)} OF ${text}`],
    drop: `ALTER TABLE ${quoteRef(table)} NOT OF`,
    table,
    of: [...(type?.name === undefined ? [] : [`composite:${refText(type as Ref)}`]), tableKey(table)],
  })
}

/** What the index of a partition has set otherwise than the one that it is attached to, or that its key is a part of. */
export function partOptions(
  catalog: Catalog,
  table: Ref,
  index: Ref,
  row: IndexRow,
  parent: IndexRow,
  of: string,
): void {
  const [own, whole] = [options(row.rest.options) ?? {}, options(parent.rest.options) ?? {}]
  const set = Object.entries(own).filter(([key, value]) => whole[key] !== value)
  const reset = Object.keys(whole).filter((key) => own[key] === undefined)
  if (set.length + reset.length === 0) return
  const alter = (pairs: readonly (readonly [string, string])[], gone: readonly string[]): readonly string[] => [
    ...(pairs.length === 0
      ? []
      : [
          `ALTER INDEX ${quoteRef(index)} SET (${pairs.map(([key, value]) => `${key} = ${quoteLiteral(value)}`).join(', ')})`,
        ]),
    ...(gone.length === 0 ? [] : [`ALTER INDEX ${quoteRef(index)} RESET (${gone.join(', ')})`]),
  ]
  const back = [
    ...set.flatMap(([key]) => (whole[key] === undefined ? [] : [[key, whole[key]] as const])),
    ...reset.map((key) => [key, whole[key]!] as const),
  ]
  setting(catalog, {
    objectKind: 'index options',
    identity: quoteRef(index),
    create: alter(set, reset),
    drop: alter(
      back,
      set.flatMap(([key]) => (whole[key] === undefined ? [key] : [])),
    ).join(';\n'),
    table,
    of,
  })
}

/** Statistics targets of the expressions of an index: `[[2, 77]]`. */
export function indexStatistics(catalog: Catalog, table: Ref, index: Ref, row: IndexRow, behind: boolean): void {
  const alter = `ALTER INDEX ${quoteRef(index)} ALTER COLUMN`
  const columns = (catalog.columns.get(row.table)?.rows ?? []).map((c) => columnKey(table, c.name))
  for (const [number, target] of row.rest.statistics ?? [])
    setting(catalog, {
      objectKind: 'index statistics',
      identity: `${quoteRef(index)} ${number}`,
      create: [`${alter} ${number} SET STATISTICS ${target}`],
      drop: `${alter} ${number} SET STATISTICS -1`,
      table,
      // Where a column's type changes, PostgreSQL recreates the index without it.
      of: [behind ? constraintKey(table, index.name) : indexKey(index), ...columns],
    })
}

const states: Readonly<Record<string, string>> = {
  O: 'ENABLE',
  D: 'DISABLE',
  R: 'ENABLE REPLICA',
  A: 'ENABLE ALWAYS',
}

/** A partition may differ from its parent in the state of a trigger that it has from there. */
export function triggerState(catalog: Catalog, table: Ref, name: string, own: string, parents: string): void {
  const say = (state: string): string => `ALTER TABLE ${quoteRef(table)} ${states[state]} TRIGGER ${quoteIdent(name)}`
  setting(catalog, {
    objectKind: 'trigger state',
    identity: `${quoteRef(table)}.${quoteIdent(name)}`,
    create: [say(own)],
    drop: say(parents),
    table,
  })
}

/** All privileges that an owner has on each kind (manual, 5.8), before PostgreSQL 17. */
const owners: Readonly<Record<string, readonly string[]>> = {
  TABLE: ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'],
  SEQUENCE: ['SELECT', 'UPDATE', 'USAGE'],
  SCHEMA: ['CREATE', 'USAGE'],
  FUNCTION: ['EXECUTE'],
  TYPE: ['USAGE'],
}

/**
 * The owner's privileges that were revoked. MAINTAIN is named where all others are revoked too: lists of
 * before PostgreSQL 17 do not have it.
 */
export function ownersLost(word: string, has: ReadonlySet<string>, version: number): readonly string[] {
  const all = owners[word] ?? []
  const lost = all.filter((p) => !has.has(p))
  const maintain = word === 'TABLE' && version >= 170000 && lost.length === all.length && !has.has('MAINTAIN')
  return maintain ? [...lost, 'MAINTAIN'] : lost
}

/** Privileges that an owner has revoked from itself. */
export function ownersLoss(
  catalog: Catalog,
  word: string,
  text: string,
  acl: string | null,
  owner: string,
  hangsOn: { readonly table?: Ref; readonly of: string },
): void {
  if (acl === null || catalog.scope.privileges !== true) return
  // Read as by a role without privileges.
  const has = new Set((readGrants(acl, null) ?? []).flatMap((g) => (g.grantee === owner ? g.privileges : [])))
  const lost = ownersLost(word, has, catalog.version)
  if (lost.length === 0) return
  const on = `${lost.join(', ')} ON ${word === 'TABLE' ? '' : `${word} `}${text}`
  catalog.settings.push({
    kind: 'definition',
    objectKind: 'owner privileges',
    identity: `${word.toLowerCase()} ${text}`,
    create: [`REVOKE ${on} FROM ${quoteIdent(owner)}`],
    drop: `GRANT ${on} TO ${quoteIdent(owner)}`,
    ...(hangsOn.table === undefined ? {} : { table: hangsOn.table }),
  })
  catalog.hangs.push([`definition:owner privileges ${word.toLowerCase()} ${text}`, hangsOn.of])
}
