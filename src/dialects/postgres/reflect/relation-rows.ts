/** The catalog's rows of relations: what many have in common, and what few have. */
import type { SequenceOptions } from '../../../schema/model.ts'
import { type Row, isTrue } from './catalog.ts'
import { ownOptions } from '../spell/sequence-options.ts'

/** What many relations have in common, read once from each text that says the same. */
export interface RelationFacts {
  /** `r`, `p`, `v`, `m`, `f`, `S` or `c`. */
  readonly kind: string
  /** Whether it is in the scope, and no bookkeeping nor a part of an extension. */
  readonly seen: boolean
  readonly persistence: string
  readonly rowSecurity: boolean
  readonly forceRowSecurity: boolean
  readonly replica: string
  /** Whether all of these are as usual, for a table. */
  readonly usual: boolean
  readonly populated: boolean
  readonly owner: string
}

/** Options of a sequence, read once from each text that says the same. */
export interface SequenceFacts {
  readonly text: string
  readonly type: string
  /** Those that differ from the defaults of CREATE SEQUENCE for the type. */
  readonly options: SequenceOptions
  /** Whether it is owned by a column and not behind an identity. */
  readonly owned: boolean
}

/** What few relations have, as texts of the catalog. */
export interface RelationRest {
  readonly acl: string | null
  readonly comment: string | null
  readonly options: string | null
  /** The options of its TOAST table. */
  readonly toast: string | null
  readonly tablespace: string | null
  /** The access method, where it is not `heap`. */
  readonly method: string | null
  readonly partitionBy: string | null
  readonly bound: string | null
  readonly parents: string | null
  /** Of a view. */
  readonly definition: string | null
  /** Of a table OF a type. */
  readonly ofType: string | null
  readonly ofTypeOid: string | null
  /** Of a foreign table. */
  readonly server: string | null
  readonly serverOptions: string | null
}

/** A row of the catalog. */
export interface RelationRow {
  readonly oid: string
  readonly schema: string
  readonly name: string
  readonly facts: RelationFacts
  /** The oid of its row type, `0` where it has none, and of an array of these. */
  readonly type: string
  readonly array: string | null
  readonly sequence: SequenceFacts | undefined
  /** The table and the number of the column that a sequence belongs to. */
  readonly ownerTable: string | null
  readonly ownerColumn: string | null
  readonly rest: RelationRest
}

const restOf = (of: readonly (string | null)[]): RelationRest => {
  const at = (i: number): string | null => of[i] ?? null
  return {
    acl: at(0),
    comment: at(1),
    options: at(2),
    toast: at(3),
    tablespace: at(4),
    method: at(5),
    partitionBy: at(6),
    bound: at(7),
    parents: at(8),
    definition: at(9),
    ofType: at(10),
    ofTypeOid: at(11),
    server: at(12),
    serverOptions: at(13),
  }
}
export const noRest = restOf([])

function factsIn(text: string): RelationFacts {
  const [kind = '', seen, persistence = '', security, forced, replica = '', populated, ...owner] = text.split(',')
  const [rowSecurity, forceRowSecurity] = [isTrue(security), isTrue(forced)]
  return {
    kind,
    seen: isTrue(seen),
    persistence,
    rowSecurity,
    forceRowSecurity,
    replica,
    usual: persistence === 'p' && replica === 'd' && !rowSecurity && !forceRowSecurity,
    populated: isTrue(populated),
    // The only one of these that may have a comma.
    owner: owner.join(','),
  }
}

function sequenceIn(text: string): SequenceFacts {
  const [type = '', start, increment, min, max, cache, cycle, dependency] = text.split(',')
  const options = ownOptions({ start, increment, min, max, cache, cycle: isTrue(cycle) }, type)
  return { text, type, options, owned: dependency === 'a' }
}

/** In their order. */
export function relationRows(rows: readonly Row[]): readonly RelationRow[] {
  const known = new Map<string, RelationFacts>()
  const sequences = new Map<string, SequenceFacts>()
  return rows.map((row) => {
    let facts = known.get(row[3]!)
    if (facts === undefined) known.set(row[3]!, (facts = factsIn(row[3]!)))
    let sequence = row[6] === null ? undefined : sequences.get(row[6]!)
    if (sequence === undefined && row[6] !== null) sequences.set(row[6]!, (sequence = sequenceIn(row[6]!)))
    return {
      oid: row[0]!,
      schema: row[1]!,
      name: row[2]!,
      facts,
      type: row[4]!,
      array: row[5]!,
      sequence,
      ownerTable: row[7]!,
      ownerColumn: row[8]!,
      rest: row[9] === null ? noRest : restOf(JSON.parse(row[9]!) as readonly (string | null)[]),
    }
  })
}
