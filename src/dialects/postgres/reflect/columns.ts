/** Columns of relations, read from the catalog: types, defaults, identity, the sequences behind them. */
import { columnKey } from '../../../schema/keys.ts'
import { makeObjectName } from '../../../schema/resolve/naming.ts'
import type { Column, ColumnType, Composite, Constraint, Identity, Index, Ref } from '../../../schema/model.ts'
import {
  type Catalog,
  type ColumnRow,
  type ColumnRows,
  catalogs,
  only,
  readGrants,
  refIn,
  typeOf,
  unbracketed,
} from './catalog.ts'
import { noRest } from './column-rows.ts'
import { parseDefault } from '../spell/defaults.ts'
import { quoteLiteral, quoteRef } from '../spell/quote.ts'
import type { RelationRow } from './relation-rows.ts'
import { columnOptions, identityGrants } from './settings.ts'
import { collationRef } from './types.ts'

/** The type of a column, with the text where its OID does not tell it. */
function typeIn(catalog: Catalog, { facts, rest }: ColumnRow): ColumnType {
  return rest.type === null ? facts.type : typeOf(catalog, facts.typeOid, facts.typmod, rest.type)
}

export function same(options: object): boolean {
  return Object.keys(options).length === 0
}

const storages: Readonly<Record<string, Column['storage']>> = { p: 'plain', e: 'external', x: 'extended', m: 'main' }

const serials: Readonly<Record<string, string>> = { integer: 'serial', bigint: 'bigserial', smallint: 'smallserial' }

export interface Columns {
  readonly rows: ReadonlyMap<string, ColumnRows>
  /** Sequences by table and number of the column that own or are owned. */
  readonly sequences: ReadonlyMap<string, ReadonlyMap<string, RelationRow>>
}

/** Attributes of the composite types: they are needed before the types are built. */
export function readAttributes(
  catalog: Catalog,
  relations: readonly RelationRow[],
): ReadonlyMap<string, Composite['attributes']> {
  return new Map(
    relations
      .filter(({ facts }) => facts.kind === 'c')
      .map(({ oid }) => [
        oid,
        (catalog.columns.get(oid)?.rows ?? []).map((c) => {
          const { rest } = c
          return only({
            name: c.name,
            type: typeIn(catalog, c),
            collation: rest.collation === null ? undefined : collationRef(catalog, rest.collation),
            comment: rest.comment ?? undefined,
          })
        }),
      ]),
  )
}

export function column(
  catalog: Catalog,
  of: Ref,
  table: RelationRow,
  at: number,
  columns: Columns,
  parts: Parts,
  folded: Folded,
): Column {
  const { rows, numbers } = columns.rows.get(table.oid)!
  const row = rows[at]!
  // Equal columns are one object: most tables have the same few.
  if (row.plain !== undefined) return row.plain
  const { name, facts } = row
  const usual = row.rest === noRest && facts.generated === '' && !facts.inherited
  const sequence = columns.sequences.get(table.oid)?.get(numbers?.[at] ?? String(at + 1))
  const own = facts.identity === '' ? undefined : sequence?.sequence
  const alike =
    own === undefined ? facts.identity === '' && sequence === undefined : isUsualIdentity(sequence!, table, name)
  if (!usual || !alike) return oddColumn(catalog, of, table, row, sequence, parts, folded)
  const text = own?.text ?? row.default ?? ''
  let same = facts.defaults.get(text)
  if (same === undefined) facts.defaults.set(text, (same = new Map()))
  let column = same.get(name)
  if (column === undefined) {
    const { type, nullable } = facts
    column =
      own === undefined
        ? withDefault(type, row, parts)
        : { name, type, nullable, identity: identity(table, name, facts.identity, sequence) }
    same.set(name, column)
  }
  if (own !== undefined) folded.set(sequence!.oid, { of, name })
  return column
}

/** Whether nothing of it is the table's own but its name, which is as usual. */
const isUsualIdentity = (sequence: RelationRow, table: RelationRow, column: string): boolean =>
  sequence.rest.acl === null && namedFor(sequence, table, column)

function withDefault(type: ColumnType, { name, facts, default: value }: ColumnRow, parts: Parts): Column {
  const constantType = type.kind === 'domain' ? (parts.baseType(facts.typeOid) ?? type) : type
  return { name, type, nullable: facts.nullable, default: parseDefault(value!, constantType) }
}

function oddColumn(
  catalog: Catalog,
  of: Ref,
  table: RelationRow,
  row: ColumnRow,
  sequence: RelationRow | undefined,
  parts: Parts,
  folded: Folded,
): Column {
  const { name, facts, rest } = row
  if (rest.options !== null) {
    const foreign = table.facts.kind === 'f'
    const on = foreign ? `definition:foreign table ${quoteRef(of)}` : columnKey(of, name)
    columnOptions(catalog, foreign ? 'FOREIGN TABLE' : 'TABLE', of, { name, options: rest.options }, on)
  }
  const type = typeIn(catalog, row)
  const { nullable } = facts
  const shared =
    rest === noRest && !facts.inherited
      ? nothing
      : only({
          collation: rest.collation === null ? undefined : collationRef(catalog, rest.collation),
          comment: rest.comment ?? undefined,
          storage: rest.storage === null ? undefined : storages[rest.storage[0]!],
          compression:
            rest.compression === null ? undefined : rest.compression === 'l' ? ('lz4' as const) : ('pglz' as const),
          statistics: rest.statistics === null ? undefined : Number(rest.statistics),
          grants: rest.acl === null ? undefined : readGrants(rest.acl, table.facts.owner),
          inherited: facts.inherited,
        })
  if (facts.identity !== '') {
    if (sequence !== undefined) {
      folded.set(sequence.oid, { of, name })
      const { acl } = sequence.rest
      if (acl !== null)
        identityGrants(catalog, of, name, refIn(catalog, sequence.schema, sequence.name), acl, sequence.facts.owner)
    }
    return { name, type, nullable, identity: identity(table, name, facts.identity, sequence), ...shared }
  }
  if (facts.generated !== '')
    return {
      name,
      type,
      nullable,
      generated: { sql: unbracketed(row.default ?? ''), stored: facts.generated === 's' },
      ...shared,
    }
  if (row.default === null) return { name, type, nullable, ...shared }
  if (sequence !== undefined && !nullable && isSerial(catalog, table, name, type, row.default, sequence)) {
    folded.set(sequence.oid, { of, name })
    return { name, type: { kind: serials[type.kind]! }, nullable, ...shared }
  }
  return { ...withDefault(type, row, parts), ...shared }
}

/** Sequences that are part of a column, by OID, with that. */
export type Folded = Map<string, { readonly of: Ref; readonly name: string }>

/** The keys of the sequences that are part of columns, and of the defaults of a relation's columns. */
export function keyFolded(catalog: Catalog, folded: Folded): void {
  for (const [sequence, { of, name }] of folded)
    catalog.keys.set(`${catalogs.relation}:${sequence}`, columnKey(of, name))
}
export function keyDefaults(catalog: Catalog, relation: string): void {
  const of = catalog.relations.get(relation)!
  for (const { name, defaultOid } of catalog.columns.get(relation)?.rows ?? [])
    if (defaultOid !== null) catalog.keys.set(`${catalogs.default}:${defaultOid}`, columnKey(of, name))
}

/** Whether a sequence has the name that PostgreSQL gives to a column's. */
const namedFor = (sequence: RelationRow, table: RelationRow, column: string): boolean =>
  sequence.schema === table.schema &&
  (sequence.name === `${table.name}_${column}_seq` || sequence.name === makeObjectName(table.name, column, 'seq'))

function identity(table: RelationRow, column: string, generation: string, sequence: RelationRow | undefined): Identity {
  const usual = sequence === undefined || namedFor(sequence, table, column)
  return {
    generation: generation === 'a' ? 'always' : 'byDefault',
    ...sequence?.sequence?.options,
    ...(usual ? {} : { sequenceName: sequence.name }),
  }
}

/** Whether the column is equal to a `serial`, and no property of its sequence would be lost by declaring it so. */
function isSerial(
  catalog: Catalog,
  table: RelationRow,
  column: string,
  type: ColumnType,
  expression: string,
  row: RelationRow,
): boolean {
  const { sequence, facts, rest } = row
  if (serials[type.kind] === undefined || sequence?.owned !== true || sequence.type !== type.kind) return false
  if (!namedFor(row, table, column)) return false
  if (
    !same(sequence.options) ||
    readGrants(rest.acl, facts.owner) !== undefined ||
    rest.comment !== null ||
    facts.persistence !== table.facts.persistence ||
    facts.owner !== table.facts.owner
  )
    return false
  return expression === `nextval(${quoteLiteral(quoteRef(refIn(catalog, row.schema, row.name)))}::regclass)`
}

/** The other parts' data about a relation: its constraints and indexes, by its OID. */
export interface Parts {
  readonly constraints: ReadonlyMap<string, readonly Constraint[]>
  readonly indexes: ReadonlyMap<string, readonly Index[]>
  /** The name of an index, by oid of its table, that is the replica identity. */
  readonly replicaIndexes: ReadonlyMap<string, string>
  readonly baseType: (oid: string | null) => ColumnType | undefined
}

export const nothing: {
  readonly [K in 'collation' | 'comment' | 'storage' | 'compression' | 'statistics' | 'grants' | 'inherited']?: never
} = {}
