/** A database schema as frozen plain data that every dialect, source and operation shares. */

/** Names an object. `schema` is absent for an object of the connection's default schema (specs/alembic.md E13). */
export interface Ref {
  readonly schema?: string
  readonly name: string
}

/**
 * A column type as data. `kind` is the type's own name (`integer`, `varchar`, `timestamp`, `jsonb`, …) or one of
 * the structural kinds: `enum`, `domain`, `composite`, `range` (a user's type by `name` and `schema`), `array`
 * (of `element`), `custom` (any other type, as SQL text in `sql`). Equal data means equal type.
 */
export interface ColumnType {
  readonly kind: string
  /** varchar, char, bit, varbit. */
  readonly length?: number
  /** numeric; time, timestamp and interval (fractional digits). */
  readonly precision?: number
  readonly scale?: number
  /** time and timestamp. */
  readonly withTimeZone?: boolean
  /** interval, such as `day to second`. */
  readonly fields?: string
  readonly schema?: string
  readonly name?: string
  readonly element?: ColumnType
  readonly sql?: string
  /** SQLite: the type as the CREATE TABLE statement has it, where ambix would write it differently; never compared. */
  readonly written?: string
}

export type LiteralValue = string | number | boolean | null | readonly LiteralValue[]

/**
 * A server default: a constant of the column's own type (a literal; numbers only when their text is the shortest
 * one, anything else as the string that the database prints), or an expression as the database prints it.
 */
export type Default =
  | { readonly kind: 'literal'; readonly value: LiteralValue }
  | { readonly kind: 'sql'; readonly sql: string }

/** Only what differs from PostgreSQL's own defaults is given. Numbers that pass 2^53 are strings of digits. */
export interface SequenceOptions {
  readonly start?: number | string
  readonly increment?: number | string
  readonly min?: number | string
  readonly max?: number | string
  readonly cache?: number | string
  readonly cycle?: boolean
}

export interface Identity extends SequenceOptions {
  readonly generation: 'always' | 'byDefault'
  /** The name of the owned sequence where it is not `<table>_<column>_seq`. */
  readonly sequenceName?: string
}

export interface Generated {
  readonly sql: string
  readonly stored: boolean
}

/** `serial`, `bigserial` and `smallserial` are types of their own here, and always NOT NULL; see specs/enums.md rule 2. */
export interface Column {
  readonly name: string
  readonly type: ColumnType
  readonly nullable: boolean
  readonly default?: Default
  readonly identity?: Identity
  readonly generated?: Generated
  readonly collation?: Ref
  readonly comment?: string
  /** PostgreSQL: only where it is not the type's own. */
  readonly storage?: 'plain' | 'external' | 'extended' | 'main'
  readonly compression?: 'pglz' | 'lz4'
  /** The per-column statistics target, where set. */
  readonly statistics?: number
  readonly grants?: readonly Grant[]
  /** True for a column that a table has only from its parents (inheritance, partitions). */
  readonly inherited?: boolean
  /** A mark in the model, used by the diff and never compared. */
  readonly renamedFrom?: string
  /** Marks of a varchar + CHECK enum, as those of EnumType: old label by new label, and what removed labels become. */
  readonly renamedValues?: Readonly<Record<string, string>>
  readonly removedValues?: Readonly<Record<string, string | null>>
}

export interface Deferrable {
  readonly deferrable?: boolean
  readonly initiallyDeferred?: boolean
}

interface ConstraintBase extends Deferrable {
  readonly name: string
  readonly comment?: string
  /** The constraint is inherited from a parent table and dropped with it. */
  readonly inherited?: boolean
  readonly renamedFrom?: string
}
/** The options of the index behind a constraint. */
interface IndexedBase extends ConstraintBase {
  /** Storage parameters: `fillfactor`. */
  readonly with?: Readonly<Record<string, string>>
  readonly tablespace?: string
}
export interface PrimaryKey extends IndexedBase {
  readonly kind: 'primaryKey'
  readonly columns: readonly string[]
  readonly include?: readonly string[]
}
export interface Unique extends IndexedBase {
  readonly kind: 'unique'
  readonly columns: readonly string[]
  readonly include?: readonly string[]
  readonly nullsNotDistinct?: boolean
}
export type ReferentialAction = 'noAction' | 'restrict' | 'cascade' | 'setNull' | 'setDefault'
export interface ForeignKey extends ConstraintBase {
  readonly kind: 'foreignKey'
  readonly columns: readonly string[]
  readonly references: Ref
  readonly referencedColumns: readonly string[]
  /** Absent means noAction. */
  readonly onDelete?: ReferentialAction
  readonly onUpdate?: ReferentialAction
  /** `ON DELETE SET NULL (a, b)`, PostgreSQL 15+. */
  readonly onDeleteColumns?: readonly string[]
  /** Absent means simple. */
  readonly match?: 'full' | 'partial'
  readonly notValid?: boolean
  /** PostgreSQL 18+. */
  readonly notEnforced?: boolean
}
export interface Check extends ConstraintBase {
  readonly kind: 'check'
  /** The condition, without the outer parentheses that the catalog prints. */
  readonly sql: string
  readonly noInherit?: boolean
  readonly notValid?: boolean
  /** PostgreSQL 18+. */
  readonly notEnforced?: boolean
}
export interface Exclude extends IndexedBase {
  readonly kind: 'exclude'
  /** Index method; absent means gist. */
  readonly using?: string
  readonly elements: readonly (IndexElement & { readonly operator: string })[]
  readonly include?: readonly string[]
  readonly where?: string
}
export type Constraint = PrimaryKey | Unique | ForeignKey | Check | Exclude

/** A column by name, or an expression as the database prints it (no outer parentheses). */
export interface IndexElement {
  readonly column?: string
  readonly expression?: string
  readonly collation?: Ref
  /** The operator class where it is not the default one, with its parameters, as the database prints it. */
  readonly opclass?: string
  /** MySQL: the prefix length, in characters of the column. */
  readonly length?: number
  readonly order?: 'desc'
  /** Only where it is not the order's own default. */
  readonly nulls?: 'first' | 'last'
}
export interface Index {
  readonly name: string
  readonly elements: readonly IndexElement[]
  readonly unique?: boolean
  /** Absent means btree. */
  readonly method?: string
  readonly include?: readonly string[]
  readonly where?: string
  readonly nullsNotDistinct?: boolean
  readonly with?: Readonly<Record<string, string>>
  readonly tablespace?: string
  readonly comment?: string
  /** The parent's index, for an index of a partition that is attached; such indexes are created and dropped with the parent's. */
  readonly attachedTo?: Ref
  /** `ON ONLY`: an index of a partitioned table that is not (yet) on every partition. */
  readonly only?: boolean
  readonly invalid?: boolean
  readonly clustered?: boolean
  readonly renamedFrom?: string
}

export interface Grant {
  readonly grantee: string
  /** Upper case, sorted: SELECT, INSERT, … */
  readonly privileges: readonly string[]
  readonly grantable?: boolean
}

/** Shared properties of named objects. `owner` and `grants` are read only when the scope includes them. */
export interface Described {
  readonly comment?: string
  readonly owner?: string
  readonly grants?: readonly Grant[]
  readonly renamedFrom?: string
}

export interface Table extends Ref, Described {
  readonly kind: 'table'
  readonly columns: readonly Column[]
  readonly constraints: readonly Constraint[]
  readonly indexes: readonly Index[]
  readonly unlogged?: boolean
  /** Storage parameters, as in `pg_class.reloptions`. */
  readonly with?: Readonly<Record<string, string>>
  readonly tablespace?: string
  readonly inherits?: readonly Ref[]
  /** `LIST (status)`, as `pg_get_partkeydef` prints it. */
  readonly partitionBy?: string
  /** `FOR VALUES IN ('a')` or `DEFAULT`. */
  readonly partitionOf?: { readonly parent: Ref; readonly bound: string }
  readonly rowSecurity?: boolean
  readonly forceRowSecurity?: boolean
  /** Absent means default (the primary key). */
  readonly replicaIdentity?: 'full' | 'nothing' | { readonly index: string }
  /** MySQL: names of indexes are the table's own, and not shared with other tables. */
  readonly ownIndexNames?: boolean
  /** SQLite: STRICT, WITHOUT ROWID. */
  readonly strict?: boolean
  readonly withoutRowid?: boolean
}

export interface EnumType extends Ref, Described {
  readonly kind: 'enum'
  /** In the order of `enumsortorder`. */
  readonly values: readonly string[]
  /** Marks in the model: old label by new label, and removed labels with what their rows become. */
  readonly renamedValues?: Readonly<Record<string, string>>
  readonly removedValues?: Readonly<Record<string, string | null>>
  /** A mark in the model, never compared: `ifMissing` adopts a type that exists already; `false`: managed elsewhere, left alone. */
  readonly createType?: 'ifMissing' | false
}

export interface Sequence extends Ref, Described, SequenceOptions {
  readonly kind: 'sequence'
  /** Absent means bigint. */
  readonly type?: 'smallint' | 'integer'
  readonly ownedBy?: { readonly table: Ref; readonly column: string }
  readonly unlogged?: boolean
}

export interface Domain extends Ref, Described {
  readonly kind: 'domain'
  readonly type: ColumnType
  readonly notNull?: boolean
  readonly default?: Default
  readonly collation?: Ref
  readonly checks: readonly {
    readonly name: string
    readonly sql: string
    readonly notValid?: boolean
    readonly comment?: string
  }[]
}

export interface Composite extends Ref, Described {
  readonly kind: 'composite'
  readonly attributes: readonly {
    readonly name: string
    readonly type: ColumnType
    readonly collation?: Ref
    readonly comment?: string
  }[]
}

export interface RangeType extends Ref, Described {
  readonly kind: 'range'
  readonly subtype: ColumnType
  readonly opclass?: string
  readonly collation?: Ref
  readonly subtypeDiff?: string
  readonly canonical?: string
  /** Where it is not the name that PostgreSQL chooses. */
  readonly multirangeName?: string
}

export interface View extends Ref, Described {
  readonly kind: 'view'
  readonly materialized?: boolean
  /** The query, as the database prints it, without the final semicolon. */
  readonly definition: string
  /** Column names and type texts as reflected; absent in a model. Tells whether CREATE OR REPLACE is legal. */
  readonly columns?: readonly { readonly name: string; readonly type: string }[]
  /** `check_option`, `security_barrier`, `security_invoker`, storage parameters. */
  readonly with?: Readonly<Record<string, string>>
  readonly indexes?: readonly Index[]
  readonly columnComments?: Readonly<Record<string, string>>
  readonly tablespace?: string
  /** `WITH NO DATA`: a materialized view that was never populated. */
  readonly noData?: boolean
}

/** A function, procedure, window function or aggregate. `name(identityArguments)` is its identity. */
export interface Routine extends Ref, Described {
  readonly kind: 'routine'
  readonly routineKind: 'function' | 'procedure' | 'aggregate'
  /** Argument types only, as `pg_get_function_identity_arguments` with names taken out: `integer, text`. */
  readonly identityArguments: string
  /** The whole CREATE statement (CREATE OR REPLACE … as `pg_get_functiondef` prints it), without semicolon. */
  readonly definition: string
  /** Result type and argument names, modes, defaults: when they differ, CREATE OR REPLACE may be illegal. */
  readonly signature?: string
}

export interface Trigger extends Described {
  readonly kind: 'trigger'
  readonly table: Ref
  readonly name: string
  /** The whole CREATE TRIGGER statement as `pg_get_triggerdef` prints it. */
  readonly definition: string
  /** Absent means origin (enabled). */
  readonly enabled?: 'disabled' | 'replica' | 'always'
}

export interface Policy extends Described {
  readonly kind: 'policy'
  readonly table: Ref
  readonly name: string
  readonly command: 'all' | 'select' | 'insert' | 'update' | 'delete'
  readonly restrictive?: boolean
  /** Sorted; `public` for every role. */
  readonly roles: readonly string[]
  readonly using?: string
  readonly check?: string
}

export interface Extension extends Described {
  readonly kind: 'extension'
  readonly name: string
  readonly schema?: string
  readonly version?: string
}

export interface Namespace extends Described {
  readonly kind: 'schema'
  readonly name: string
}

/**
 * Any other object, held by its statements: rules, casts, extended statistics, publications, event triggers,
 * collations, operators, foreign tables and servers, default privileges, text search configurations.
 */
export interface Definition extends Described {
  readonly kind: 'definition'
  /** `rule`, `cast`, `statistics`, `publication`, `event trigger`, `collation`, `operator`, … */
  readonly objectKind: string
  /** Similar to the output of `pg_describe_object`: `posts.protect` or `(status AS text)`. */
  readonly identity: string
  readonly create: readonly string[]
  readonly drop: string
  /** As `COMMENT ON <commentOn> IS …` wants it. */
  readonly commentOn?: string
  /** The table that it belongs to, where it has one (rule, statistics). */
  readonly table?: Ref
}

export type SchemaObject =
  | Table
  | EnumType
  | Sequence
  | Domain
  | Composite
  | RangeType
  | View
  | Routine
  | Trigger
  | Policy
  | Extension
  | Namespace
  | Definition
export type ObjectKind = SchemaObject['kind']

/**
 * A whole schema: objects by key (see `keyOf`), and their dependencies. Keys of parts (`column:t.c`, `constraint:t.c`,
 * `index:i`) occur in `dependencies` only, on both sides.
 */
export interface Schema {
  readonly objects: ReadonlyMap<string, SchemaObject>
  /** dependant -> what it depends on; direct, deduplicated, sorted. */
  readonly dependencies: ReadonlyMap<string, readonly string[]>
  /** The dependencies come from a database's catalog and are complete: none has to be inferred from SQL texts. */
  readonly told?: true
  /** Objects in the database that reflection cannot describe: reported by `check`, never altered. */
  readonly uncovered: readonly string[]
}

export const emptySchema: Schema = Object.freeze({
  objects: new Map(),
  dependencies: new Map(),
  uncovered: Object.freeze([]),
})
