/** The state of one direction of a difference: both schemas, their graphs, what is dropped and recreated, the steps so far. */
import type { Backfill, EnumUse, ValueMap } from '../../operations/kinds.ts'
import type { EnumType, Schema } from '../../schema/model.ts'
import type { defaultGrants } from './default-grants.ts'
import type { Closure, Sides } from '../graph/dependants.ts'
import type { Needs } from '../graph/needs.ts'
import type { Step } from '../graph/order.ts'

/** The answers of the user (or the upgrade), by key. */
export interface Knowledge {
  /** Old label to new one (null: NULL), by enum key. */
  readonly remap: ReadonlyMap<string, Readonly<Record<string, string | null>>>
  /** The other direction's remap, which an added label carries for an automatic downgrade. */
  readonly remapDown: ReadonlyMap<string, Readonly<Record<string, string | null>>>
  /** The same for columns: checks that are enums in disguise, and text that becomes an enum; by column key. */
  readonly columnRemap: ReadonlyMap<string, Readonly<Record<string, string | null>>>
  readonly backfill: ReadonlyMap<string, Backfill>
  readonly using: ReadonlyMap<string, { readonly up: string; readonly down?: string }>
  readonly map: ReadonlyMap<string, { readonly up: ValueMap; readonly down: ValueMap }>
}

export interface PlanOptions {
  readonly knowledge: Knowledge
  readonly compareNames: boolean | 'indexes'
  readonly grants: boolean
  /** On downgrade, values that the upgrade lost are replaced: columns that may not be null get placeholders. */
  readonly back: boolean
  /** Enums are swapped while their tables are in use. */
  readonly online: boolean
  readonly note: (text: string) => void
}

/** Steps that keep a count where one counter replaces another on its column. */
export interface KeptCounter {
  /** Before the old counter is dropped. */
  readonly first: readonly Step[]
  /** Once the new one is there and has been put behind the rows. */
  follow(after: readonly Step[]): Step
}

/** The plan as its helpers see it. */
export interface Planning {
  readonly from: Schema
  readonly to: Schema
  readonly options: PlanOptions
  /** Dependencies before, and after. */
  readonly needs: Needs
  readonly later: Needs
  readonly sides: Sides
  readonly closure: Closure
  readonly steps: Step[]
  /** Enums whose labels go or change places, and where that is done online the columns with what they need. */
  readonly swapped: Map<string, { readonly from: EnumType; readonly to: EnumType }>
  readonly onlineUses: Map<string, readonly EnumUse[]>
  /** Columns whose counter is replaced by another, by key. */
  readonly counters: Map<string, KeptCounter>
  /** The default privileges under which this direction creates objects; computed when first needed. */
  given: ReturnType<typeof defaultGrants> | undefined
  isDropped(key: string): boolean
  /** Whether an object is there before and is not dropped, not even to be made anew. */
  stays(key: string): boolean
}
