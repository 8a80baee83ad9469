/** The definition of an operation: five functions, from which everything else is derived. */
import type { Schema, SchemaObject } from '../schema/model.ts'
import type { Kind, Operation, OperationOf } from './kinds.ts'

/**
 * What an operation reads and writes, as keys of `schema/keys.ts`: `table:posts`, `column:posts.status`,
 * `enum:status`, `enum-value:status.live`, `index:ix`, `constraint:posts.ck`, and the keys of whole objects.
 * A write of a table covers its columns, indexes and constraints. `opaque`: raw SQL or code, whose effect is not known.
 */
export interface Footprint {
  readonly reads: readonly string[]
  readonly writes: readonly string[]
  readonly opaque?: boolean
}

/** A schema that a fold may write to: `fold` copies once, then every operation edits the copy. */
export interface Draft {
  readonly objects: Map<string, SchemaObject>
  readonly dependencies: Map<string, readonly string[]>
  /** Set by raw SQL and code: from here on the fold does not know everything. */
  blind: boolean
}

export interface OperationDefinition<K extends Kind, Args extends readonly never[] | readonly unknown[]> {
  readonly kind: K
  /** The arguments as a revision writes them. Throws OPERATION.INVALID. */
  create(...args: Args): OperationOf<K>
  /** The inverse of create: what the renderer prints. */
  args(op: OperationOf<K>): Args
  /** The operations that undo it, or undefined where there are none and the revision must write its `downgrade`. */
  reverse(op: OperationOf<K>): Operation | readonly Operation[] | undefined
  /** Edits the draft into the schema afterwards. Throws OPERATION.UNKNOWN_OBJECT unless the draft is blind. */
  apply(draft: Draft, op: OperationOf<K>): void
  footprint(op: OperationOf<K>): Footprint
}

export type Reverse = Operation | readonly Operation[] | undefined
export type { Schema }
