/** Every operation as frozen plain data: what a revision does, before a dialect writes its SQL. */
import type {
  Check,
  ColumnType,
  Column,
  Composite,
  Constraint,
  Default,
  Definition,
  Domain,
  EnumType,
  Exclude,
  Extension,
  ForeignKey,
  Generated,
  Grant,
  Identity,
  Index,
  LiteralValue,
  Namespace,
  Policy,
  PrimaryKey,
  RangeType,
  Ref,
  Routine,
  SchemaObject,
  Sequence,
  Table,
  Trigger,
  Unique,
  View,
} from '../schema/model.ts'

/** The changes of `alterColumn`; an absent property is left alone, `null` removes the property. */
export interface ColumnChanges {
  readonly newColumnName?: string
  readonly type?: ColumnType
  readonly nullable?: boolean
  readonly default?: Default | null
  readonly identity?: Identity | null
  /** `null` drops the expression and keeps the values (PostgreSQL 13+); a new expression needs 17+. */
  readonly generated?: Generated | null
  readonly collation?: Ref | null
  readonly comment?: string | null
  readonly storage?: Column['storage'] | null
  readonly compression?: Column['compression'] | null
  readonly statistics?: number | null
}

/** The changes of `alterTable`. */
export interface TableChanges {
  readonly unlogged?: boolean
  readonly rowSecurity?: boolean
  readonly forceRowSecurity?: boolean
  readonly replicaIdentity?: Table['replicaIdentity'] | null
  /** Storage parameters to set, or `null` to reset one. */
  readonly with?: Readonly<Record<string, string | null>>
  readonly tablespace?: string | null
  readonly inherits?: readonly Ref[] | null
  /** The index that CLUSTER uses, or null. */
  readonly clusterOn?: string | null
  /** SQLite. */
  readonly strict?: boolean
  readonly withoutRowid?: boolean
  /** Whether the table is rebuilt where in place would do, or not even where it must be; absent, as it must. */
  readonly recreate?: boolean
  /** Lists of columns that are to follow each other; the first of each list keeps its position. */
  readonly reorder?: readonly (readonly string[])[]
}

/** The position of a new column relative to another; absent, it comes last. */
export type Place = { readonly after: string } | { readonly before: string }

/** A column (or domain) whose values are of an enum that is swapped for a new one. */
export interface EnumUse {
  readonly table?: Ref
  readonly column?: string
  /** A domain over the enum instead of a column. */
  readonly domain?: Ref
  readonly array?: boolean
  /** The default to drop before and set again after; `after` where it changes with the swap. */
  readonly default?: Default
  readonly after?: Default | null
  /** The column has its type from a parent, and only its own default is dropped and set again. */
  readonly inherited?: boolean
  /** The swap uses a second column, without a rewrite under a lock (specs/enums.md S8x); the properties of that column. */
  readonly online?: OnlineColumn
}

/** All of a column but its name, type and default, and the indexes that it is part of. */
export interface OnlineColumn extends Partial<
  Pick<Column, 'nullable' | 'comment' | 'statistics' | 'storage' | 'compression' | 'grants'>
> {
  readonly indexes?: readonly Index[]
}

/** An object of any kind, for `comment`, `grant`, `setOwner`, as in SQL: `table posts`, `column posts.status`, `function lbl(status)`. */
export interface Target {
  /** `table`, `view`, `materialized view`, `column`, `constraint`, `index`, `sequence`, `type`, `domain`, `function`, `procedure`, `aggregate`, `schema`, `trigger`, `policy`, `extension`, … */
  readonly kind: string
  readonly schema?: string
  /** The object; for columns, constraints, triggers and policies the table. */
  readonly name: string
  /** The column, constraint, trigger or policy of the table. */
  readonly part?: string
  /** Routines: argument types. */
  readonly arguments?: string
}

/** A map from what rows hold now to labels, for int, bool or text to enum (specs/enums.md S9m). */
export type ValueMap = Readonly<Record<string, string | null>>

export interface Backfill {
  readonly value?: LiteralValue
  /** SQL over the row. */
  readonly expression?: string
}

export type Rows = readonly Readonly<Record<string, unknown>>[]

interface Kinds {
  // tables
  createTable: { table: Table; ifNotExists?: boolean }
  dropTable: { table: Ref; definition?: Table; ifExists?: boolean }
  renameTable: { table: Ref; to: string }
  /** SET SCHEMA; absent `toSchema` is the default schema. */
  moveTable: { table: Ref; toSchema?: string }
  alterTable: { table: Ref; changes: TableChanges; before?: TableChanges }
  tableComment: { table: Ref; comment: string | null; before?: string | null }
  attachPartition: { table: Ref; partition: Ref; bound: string }
  detachPartition: { table: Ref; partition: Ref; bound?: string; concurrently?: boolean }
  // columns
  /** `backfill` fills existing rows before NOT NULL is set (specs/enums.md S3). */
  addColumn: { table: Ref; column: Column; ifNotExists?: boolean; backfill?: Backfill; place?: Place }
  dropColumn: {
    table: Ref
    column: string
    definition?: Column
    ifExists?: boolean
    /** Child tables keep the column, as their own. */
    only?: boolean
    backfill?: Backfill
  }
  /** `before` holds the same keys as `changes`; `using` converts on upgrade, `usingDown` on downgrade. */
  alterColumn: {
    table: Ref
    column: string
    changes: ColumnChanges
    before?: ColumnChanges
    using?: string
    usingDown?: string
    map?: ValueMap
    mapDown?: ValueMap
    backfill?: Backfill
  }
  // constraints
  createPrimaryKey: { table: Ref; constraint: PrimaryKey; usingIndex?: string }
  createUniqueConstraint: { table: Ref; constraint: Unique; usingIndex?: string }
  createForeignKey: { table: Ref; constraint: ForeignKey }
  createCheckConstraint: { table: Ref; constraint: Check }
  createExcludeConstraint: { table: Ref; constraint: Exclude }
  dropConstraint: { table: Ref; name: string; type?: Constraint['kind']; definition?: Constraint; ifExists?: boolean }
  renameConstraint: { table: Ref; name: string; to: string }
  /** Foreign keys only: the one kind whose deferrability can be altered in place. */
  alterConstraint: {
    table: Ref
    name: string
    deferrable: boolean
    initiallyDeferred: boolean
    before?: { deferrable: boolean; initiallyDeferred: boolean }
  }
  validateConstraint: { table: Ref; name: string }
  // indexes (of tables and of materialised views)
  createIndex: { table: Ref; index: Index; concurrently?: boolean; ifNotExists?: boolean }
  /** `index` is named in its table's schema; `table` is needed by MySQL and by the reverse. */
  dropIndex: { index: Ref; table?: Ref; definition?: Index; concurrently?: boolean; ifExists?: boolean }
  /** `table` where names of indexes are the table's own (MySQL), and another has one of the same name. */
  renameIndex: { index: Ref; to: string; table?: Ref }
  attachIndex: { index: Ref; partitionIndex: Ref }
  // enums
  /** `ifMissing`: adopt a type with the same labels, refuse one with others (specs/enums.md S12). */
  createEnum: { enum: EnumType; ifMissing?: boolean }
  /** `ifUnused`: left alone while anything uses it (the reverse of `createEnum` with `ifMissing`). */
  dropEnum: { enum: Ref; definition?: EnumType; ifUnused?: boolean }
  renameEnum: { enum: Ref; to: string }
  moveEnum: { enum: Ref; toSchema?: string }
  /** Placed before or after a neighbour, else at the end. `remapDown`: what rows that use the label become on downgrade; null is NULL. */
  addEnumValue: { enum: Ref; value: string; before?: string; after?: string; remapDown?: string | null }
  /** The reverse of addEnumValue: a swap without that label. */
  dropEnumValue: {
    enum: Ref
    value: string
    before?: string
    after?: string
    remap?: string | null
    uses?: readonly EnumUse[]
    values?: readonly string[]
  }
  renameEnumValue: { enum: Ref; from: string; to: string }
  /**
   * Removes, reorders, remaps in one swap: `values` is the new list, `from` the old one. `uses` names the columns and
   * their defaults; absent, they and all dependants are found in the schema before (live or folded).
   */
  alterEnum: {
    enum: Ref
    values: readonly string[]
    from?: readonly string[]
    remap?: Readonly<Record<string, string | null>>
    remapDown?: Readonly<Record<string, string | null>>
    uses?: readonly EnumUse[]
    /** Comment, owner and grants of the type, which must be set on the new type. */
    keep?: { readonly comment?: string; readonly owner?: string; readonly grants?: readonly Grant[] }
    /** The name of the old type during the swap; absent, its own name with `__old` appended. */
    aside?: string
  }
  // sequences
  createSequence: { sequence: Sequence }
  dropSequence: { sequence: Ref; definition?: Sequence }
  renameSequence: { sequence: Ref; to: string }
  /** Whole definitions before and after; the dialect alters what differs. `ownedBy` included. */
  alterSequence: { sequence: Sequence; before?: Sequence }
  // other types
  createDomain: { domain: Domain }
  dropDomain: { domain: Ref; definition?: Domain }
  alterDomain: { domain: Domain; before?: Domain }
  createType: { type: Composite | RangeType }
  dropType: { type: Ref; definition?: Composite | RangeType }
  alterType: { type: Composite; before?: Composite }
  /** Renames or moves a domain, composite, range, view, routine … ; `object` is the kind as in SQL. */
  renameObject: { object: Target; to: string }
  moveObject: { object: Target; toSchema?: string }
  // views
  createView: { view: View }
  dropView: { view: Ref; definition?: View }
  /** CREATE OR REPLACE: only where the old columns stay as they are. */
  replaceView: { view: View; before?: View }
  /** Options, comments of a view that is otherwise the same. */
  alterView: { view: View; before?: View }
  createMaterializedView: { view: View }
  dropMaterializedView: { view: Ref; definition?: View }
  refreshMaterializedView: { view: Ref; concurrently?: boolean }
  // routines, triggers, policies
  createFunction: { routine: Routine }
  dropFunction: {
    routine: Ref & { readonly identityArguments: string; readonly routineKind: Routine['routineKind'] }
    definition?: Routine
  }
  replaceFunction: { routine: Routine; before?: Routine }
  createTrigger: { trigger: Trigger }
  dropTrigger: { table: Ref; name: string; definition?: Trigger }
  /** Enabled state only. */
  alterTrigger: {
    table: Ref
    name: string
    enabled: NonNullable<Trigger['enabled']> | 'origin'
    before?: NonNullable<Trigger['enabled']> | 'origin'
  }
  createPolicy: { policy: Policy }
  dropPolicy: { table: Ref; name: string; definition?: Policy }
  /** Roles, using and check; a change of command or permissiveness is a drop and a create. */
  alterPolicy: { policy: Policy; before?: Policy }
  // the rest
  createExtension: { extension: Extension; ifNotExists?: boolean }
  dropExtension: { name: string; definition?: Extension }
  alterExtension: { extension: Extension; before?: Extension }
  createSchema: { schema: Namespace; ifNotExists?: boolean }
  dropSchema: { name: string; definition?: Namespace }
  renameSchema: { name: string; to: string }
  createDefinition: { definition: Definition }
  dropDefinition: { definition: Definition }
  comment: { on: Target; comment: string | null; before?: string | null }
  grant: { on: Target; grant: Grant }
  /** `cascade`: privileges that the grantee has granted on are revoked too. */
  revoke: { on: Target; grant: Grant; cascade?: boolean }
  setOwner: { on: Target; owner: string; before?: string }
  // data
  /** `rows`: named parameters (`:name`), one statement a row, bound online and literal offline. */
  execute: { sql: string; rows?: Rows; down?: string; autocommit?: boolean; allRows?: boolean }
  /** `key`: the columns that identify the rows, by which the reverse deletes them. */
  bulkInsert: {
    table: Ref
    columns: readonly string[]
    rows: Rows
    key?: readonly string[]
    types?: Readonly<Record<string, ColumnType>>
  }
  /** The reverse of bulkInsert, where a key identifies the rows. */
  bulkDelete: {
    table: Ref
    key: readonly string[]
    columns: readonly string[]
    rows: Rows
    types?: Readonly<Record<string, ColumnType>>
  }
  /** Rows changed in batches, each committed by itself; `set` and `down`: SQL by column. */
  backfill: {
    table: Ref
    set: Readonly<Record<string, string>>
    where?: string
    batchSize?: number
    /** Milliseconds between batches. */
    throttle?: number
    key?: readonly string[]
    down?: Readonly<Record<string, string>>
  }
  run: { run: RunFunction; down?: RunFunction; description?: string }
  custom: { name: string; args: readonly unknown[]; definition?: CustomDefinition }
}

/** How the project's configuration defines an operation of its own: the same parts as those of a built-in one. */
export interface CustomDefinition {
  /** The operations that undo it; absent, the revision must write its `downgrade`. */
  readonly reverse?: (...args: readonly unknown[]) => Operation | readonly Operation[] | undefined
  /** Edits the objects of a schema, by key, into those afterwards; absent, its effect is not known. */
  readonly apply?: (objects: Map<string, SchemaObject>, ...args: readonly unknown[]) => void
  /** The keys that it reads and writes; absent, it is opaque. */
  readonly footprint?: (...args: readonly unknown[]) => {
    readonly reads: readonly string[]
    readonly writes: readonly string[]
  }
  /** Its statements, by dialect. */
  readonly compile?: Readonly<
    Record<
      string,
      (
        args: readonly unknown[],
        context: { readonly offline: boolean; readonly serverVersion?: number },
      ) => string | readonly string[]
    >
  >
}

/** The argument of an `op.run` function: a connection inside the revision's transaction. */
export interface RunContext {
  readonly db: {
    query<Row = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<readonly Row[]>
  }
}
export type RunFunction = (context: RunContext) => Promise<void> | void

export type Kind = keyof Kinds
export type OperationOf<K extends Kind> = Readonly<{ kind: K } & Kinds[K]>
export type Operation = { [K in Kind]: OperationOf<K> }[Kind]
