/** Which kinds of column type there are, and which arguments each takes: the table that dialects answer to. */

/** Arguments of a kind: properties of `ColumnType` that may be present in addition to `kind`. */
export interface KindFacts {
  readonly args: readonly ('length' | 'precision' | 'scale' | 'withTimeZone' | 'fields')[]
  /** The TypeScript type of a row's value by default. */
  readonly value: 'number' | 'string' | 'boolean' | 'bigint' | 'date' | 'bytes' | 'json'
  /** The type is created by an extension and has no entry in `pg_catalog`. */
  readonly byExtension?: true
}

/**
 * Every built-in kind, by the name of its builder function. Besides these there are the structural kinds:
 * `enum`, `domain`, `composite`, `range` (with `name`, `schema`), `array` (with `element`) and `custom` (with `sql`).
 */
export const columnKinds = {
  smallint: { args: [], value: 'number' },
  integer: { args: [], value: 'number' },
  bigint: { args: [], value: 'bigint' },
  smallserial: { args: [], value: 'number' },
  serial: { args: [], value: 'number' },
  bigserial: { args: [], value: 'bigint' },
  numeric: { args: ['precision', 'scale'], value: 'string' },
  real: { args: [], value: 'number' },
  doublePrecision: { args: [], value: 'number' },
  money: { args: [], value: 'string' },
  boolean: { args: [], value: 'boolean' },
  text: { args: [], value: 'string' },
  varchar: { args: ['length'], value: 'string' },
  /** `char()` is `char(1)`: the length is always given. */
  char: { args: ['length'], value: 'string' },
  citext: { args: [], value: 'string', byExtension: true },
  name: { args: [], value: 'string' },
  bytea: { args: [], value: 'bytes' },
  date: { args: [], value: 'date' },
  time: { args: ['precision', 'withTimeZone'], value: 'string' },
  timestamp: { args: ['precision', 'withTimeZone'], value: 'date' },
  interval: { args: ['precision', 'fields'], value: 'string' },
  uuid: { args: [], value: 'string' },
  json: { args: [], value: 'json' },
  jsonb: { args: [], value: 'json' },
  xml: { args: [], value: 'string' },
  inet: { args: [], value: 'string' },
  cidr: { args: [], value: 'string' },
  macaddr: { args: [], value: 'string' },
  macaddr8: { args: [], value: 'string' },
  /** `bit()` is `bit(1)`: the length is always given. */
  bit: { args: ['length'], value: 'string' },
  varbit: { args: ['length'], value: 'string' },
  tsvector: { args: [], value: 'string' },
  tsquery: { args: [], value: 'string' },
  point: { args: [], value: 'string' },
  line: { args: [], value: 'string' },
  lseg: { args: [], value: 'string' },
  box: { args: [], value: 'string' },
  path: { args: [], value: 'string' },
  polygon: { args: [], value: 'string' },
  circle: { args: [], value: 'string' },
  int4range: { args: [], value: 'string' },
  int8range: { args: [], value: 'string' },
  numrange: { args: [], value: 'string' },
  tsrange: { args: [], value: 'string' },
  tstzrange: { args: [], value: 'string' },
  daterange: { args: [], value: 'string' },
  int4multirange: { args: [], value: 'string' },
  int8multirange: { args: [], value: 'string' },
  nummultirange: { args: [], value: 'string' },
  tsmultirange: { args: [], value: 'string' },
  tstzmultirange: { args: [], value: 'string' },
  datemultirange: { args: [], value: 'string' },
  oid: { args: [], value: 'number' },
} as const satisfies Readonly<Record<string, KindFacts>>

export type BuiltInKind = keyof typeof columnKinds

/** Kinds whose type an extension creates, in whichever schema it was installed. */
export const extensionKinds: ReadonlySet<string> = new Set(
  Object.entries<KindFacts>(columnKinds).flatMap(([kind, { byExtension }]) => (byExtension === true ? [kind] : [])),
)

/** Integer kinds; only these may be an identity. */
export const integerKinds: readonly string[] = ['smallint', 'integer', 'bigint']
/** Kinds with a sequence of their own: never null, and no other default. */
export const serialKinds: readonly string[] = ['smallserial', 'serial', 'bigserial']
