/** The catalog's rows of indexes: what nearly all have, and what few have. */
import { type Row, behindCommas, isTrue, numbers } from './catalog.ts'

/** What many indexes have in common, read once from each text that says the same. */
export interface IndexFacts {
  readonly unique: boolean
  /** How many of the keys are columns of the index itself; the others are only carried. */
  readonly keys: number
  /** The bits of `indoption`, by key. */
  readonly flags: readonly number[]
  /** Whether all of these are as usual. */
  readonly usual: boolean
  readonly nullsNotDistinct: boolean
  readonly valid: boolean
  readonly clustered: boolean
  readonly replicaIdentity: boolean
  /** Of an index that partitions have parts of. */
  readonly whole: boolean
  readonly schema: string
}

/** What few indexes have. */
export interface IndexRest {
  /** Where it is not `btree`. */
  readonly method: string | null
  readonly options: string | null
  readonly tablespace: string | null
  /** The oid of the index that it is attached to. */
  readonly parent: string | null
  readonly comment: string | null
  readonly where: string | null
  readonly expressions: readonly (string | null)[] | null
  readonly opclasses: readonly OpclassFacts[] | null
  readonly collationOids: string | null
  readonly collations: readonly (readonly [string, string] | null)[] | null
  /** The whole statement, of an index with expressions and collations. */
  readonly definition: string | null
  /** Statistics targets of expressions by their positions. */
  readonly statistics: readonly (readonly [position: number, target: number])[] | null
}

export type OpclassFacts = readonly [
  name: string,
  schema: string,
  isDefault: boolean,
  parameters: readonly string[] | null,
]

/** A row of the catalog. */
export interface IndexRow {
  readonly oid: string
  readonly table: string
  readonly name: string
  readonly keys: readonly string[]
  readonly facts: IndexFacts
  readonly rest: IndexRest
}

/** The types are those of the query. */
const restOf = (of: readonly unknown[]): IndexRest =>
  ({
    method: of[0],
    options: of[1],
    tablespace: of[2],
    parent: of[3],
    comment: of[4],
    where: of[5],
    expressions: of[6],
    opclasses: of[7],
    collationOids: of[8],
    collations: of[9],
    definition: of[10],
    statistics: of[11],
  }) as IndexRest
export const noRest = restOf(Array.from({ length: 12 }, () => null))

function factsIn(text: string, schema: string): IndexFacts {
  const [unique, keys, flags, distinct, valid, clustered, identity, relkind] = text.split(',')
  const bits = numbers(flags).map(Number)
  return {
    unique: isTrue(unique),
    keys: Number(keys),
    flags: bits,
    usual: bits.every((flag) => flag === 0),
    nullsNotDistinct: isTrue(distinct),
    valid: isTrue(valid),
    clustered: isTrue(clustered),
    replicaIdentity: isTrue(identity),
    whole: relkind === 'I',
    schema,
  }
}

/** The facts are between the keys and the name, which may have commas of its own. */
const factCount = 8

/** All indexes by their oids, those of each relation in their order. */
export function readIndexes(rows: readonly Row[]): ReadonlyMap<string, IndexRow> {
  const all = new Map<string, IndexRow>()
  const ofSchemas = new Map<string, Map<string, IndexFacts>>()
  for (const row of rows) {
    const table = row[0]!
    const schema = row[1]!
    let known = ofSchemas.get(schema)
    if (known === undefined) ofSchemas.set(schema, (known = new Map()))
    for (const said of JSON.parse(row[2]!) as readonly (string | readonly [string, ...unknown[]])[]) {
      const line = typeof said === 'string' ? said : said[0]
      const keysAt = line.indexOf(',') + 1
      const factsAt = line.indexOf(',', keysAt) + 1
      const nameAt = behindCommas(line, factsAt, factCount)
      const text = line.slice(factsAt, nameAt - 1)
      let facts = known.get(text)
      if (facts === undefined) known.set(text, (facts = factsIn(text, schema)))
      const oid = line.slice(0, keysAt - 1)
      const keys = numbers(line.slice(keysAt, factsAt - 1))
      const rest = typeof said === 'string' ? noRest : restOf(said.slice(1))
      all.set(oid, { oid, table, name: line.slice(nameAt), keys, facts, rest })
    }
  }
  return all
}

/** The index that one is attached to. */
export function wholeOf(index: IndexRow | undefined, all: ReadonlyMap<string, IndexRow>): IndexRow | undefined {
  const parent = index?.rest.parent ?? null
  return parent === null ? undefined : all.get(parent)
}
