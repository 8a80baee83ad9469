/** What one direction of a difference is worked out with: both schemas, their graphs, what steps aside, the steps so far. */
import type { Backfill, EnumUse, ValueMap } from '../../operations/kinds.ts'
import type { EnumType, Schema } from '../../schema/model.ts'
import type { defaultGrants } from './default-grants.ts'
import type { Closure, Sides } from '../graph/dependants.ts'
import type { Needs } from '../graph/needs.ts'
import type { Step } from '../graph/order.ts'

/** What the user (or the way up) has settled, by key. */
export interface Knowledge {
  /** Old label to new one (null: NULL), by enum key. */
  readonly remap: ReadonlyMap<string, Readonly<Record<string, string | null>>>
  /** The other direction's remap, which an added label carries for an automatic way back. */
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

/** What keeps a count where a counter gives way to another on its column. */
export interface KeptCounter {
  /** Before the old counter goes. */
  readonly first: readonly Step[]
  /** Once the new one is there and has been put behind the rows. */
  follow(after: readonly Step[]): Step
}

/** The plan as its helpers see it. */
export interface Planning {
  readonly from: Schema
  readonly to: Schema
  readonly options: PlanOptions
  /** Who needs whom before, and who will after. */
  readonly needs: Needs
  readonly later: Needs
  readonly sides: Sides
  readonly closure: Closure
  readonly steps: Step[]
  /** Enums whose labels go or change places, and where that is done online the columns with what they need. */
  readonly swapped: Map<string, { readonly from: EnumType; readonly to: EnumType }>
  readonly onlineUses: Map<string, readonly EnumUse[]>
  /** Columns whose counter gives way to another, by key. */
  readonly counters: Map<string, KeptCounter>
  /** The default privileges under which this direction creates objects; computed when first needed. */
  given: ReturnType<typeof defaultGrants> | undefined
  isDropped(key: string): boolean
}
