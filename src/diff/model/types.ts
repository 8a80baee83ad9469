/** Input and output of the diff: questions, refusals, operations both ways. */
import type { Operation } from '../../operations/kinds.ts'
import type { RowQuestion } from '../../operations/row-question.ts'
import type { NameLimit } from '../../schema/name-limit.ts'

/** Whole objects that a hint may rename; composites and ranges are types. */
export type RenamedKind = 'table' | 'enum' | 'view' | 'sequence' | 'schema' | 'type' | 'domain'

/** An answer that the user gave beforehand (`--hints FILE`, a JSON array); issue "Enums", item 4. */
export type Hint =
  /** Whether each dropped object with a similar new one is a rename, to its likeliest partner; or none is. */
  | { readonly rename: 'all' }
  | { readonly distinct: 'all' }
  | {
      readonly rename: RenamedKind
      readonly from: string
      readonly to: string
    }
  | {
      readonly rename: 'column' | 'index' | 'constraint'
      readonly table: string
      readonly from: string
      readonly to: string
    }
  | {
      readonly rename: 'value'
      readonly enum?: string
      readonly column?: string
      readonly from: string
      readonly to: string
    }
  | {
      readonly remap: 'value'
      readonly enum?: string
      readonly column?: string
      readonly from: string
      readonly to: string | null
      readonly direction?: 'up' | 'down'
    }
  | {
      readonly distinct: 'value'
      readonly enum?: string
      readonly column?: string
      readonly from: string
      readonly to?: string
    }
  | {
      readonly distinct: RenamedKind
      readonly from: string
      /** Absent: whatever is new, this is dropped. */
      readonly to?: string
    }
  | { readonly distinct: 'column'; readonly table: string; readonly from: string; readonly to?: string }
  | { readonly backfill: string; readonly value?: string | number | boolean; readonly expression?: string }
  | { readonly using: string; readonly up: string; readonly down?: string }
  | { readonly map: string; readonly values: Readonly<Record<string, string | null>> }

/** A change that can be read in two ways: printed as JSON with the hints to choose from, exit code 2. */
export interface Decision {
  readonly kind: 'rename' | 'remap' | 'backfill' | 'using' | 'map'
  /** `column posts.status`, `enum status`. */
  readonly object: string
  readonly question: string
  readonly options: readonly Hint[]
}

export type { RowQuestion }

/** By `JSON.stringify(question)`: a count, or the values. */
export type RowAnswers = ReadonlyMap<string, number | readonly (string | null)[]>

export interface Difference {
  /** Ordered, ready to render; empty when nothing differs. */
  readonly upgrade: readonly Operation[]
  /** Not just the reverse: renames, remaps and swaps have the data that the downgrade needs. */
  readonly downgrade: readonly Operation[]
  readonly decisions: readonly Decision[]
  /** Unanswered; while there are any, the operations are not final. Empty when `answers` was not given at all (offline: no questions). */
  readonly questions: readonly RowQuestion[]
  /** Things seen and left alone, with reasons: objects not managed, column order, uncovered kinds. */
  readonly notes: readonly string[]
}

/** Parts of tables that filters are called with, by Alembic's words (`include_object`). */
export type PartKind =
  | 'column'
  | 'index'
  | 'primary_key'
  | 'unique_constraint'
  | 'foreign_key_constraint'
  | 'check_constraint'
  | 'exclude_constraint'

/** The argument of a filter; names are without quotes and signatures. */
export interface Asked {
  readonly key: string
  readonly kind: string
  readonly name: string
  /** Absent for the default one. */
  readonly schema?: string
  /** Of a part, trigger, policy or rule. */
  readonly table?: string
  readonly object: unknown
  /** The same of the other side, where that has it. */
  readonly counterpart?: unknown
}
export type Include = (asked: Asked, reflected: boolean) => boolean

export interface DiffOptions {
  readonly hints: readonly Hint[]
  readonly answers?: RowAnswers
  /** Object kinds that the target schema does not describe and that are left alone. */
  readonly unmanaged?: readonly string[]
  /** Whether an object or a part of a table takes part; what does not stays as the database has it. */
  readonly include?: Include
  readonly serverVersion?: number
  /** The longest names (default: PostgreSQL's); and the longest labels, where an enum itself has no name in the database. */
  readonly names?: NameLimit
  readonly labels?: NameLimit
  /** The expression of a new UUID; default `gen_random_uuid()`. */
  readonly newUuid?: string
  /** The target schema was written by hand: where it declares no privileges, none are granted to PUBLIC. */
  readonly keepClosed?: boolean
  /** The no-rewrite path for big tables (specs/enums.md S8x). */
  readonly online?: boolean
  /** Whether constraint and index names that differ alone are renames (default true) or ignored. */
  readonly compareNames?: boolean | 'indexes'
  /** The name of every primary key, where the server takes no other. */
  readonly primaryKeyName?: string
  /** What stands after a table's name in the names of its constraints that the server renames with the table. */
  readonly namesWithTable?: readonly string[]
}
