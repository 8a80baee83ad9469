/** How names, constants, types and defaults are written for SQLite. */
import type { ColumnType, Default, LiteralValue } from '../../schema/model.ts'
import { isKeyword, spelled as canonicalOf } from './text/lex.ts'

/** A name, in double quotes only where SQLite needs them. */
export function quote(name: string): string {
  return /^[a-z_][a-z0-9_]*$/iu.test(name) && !isKeyword(name) ? name : `"${name.replaceAll('"', '""')}"`
}

/** A value as a constant. */
export function literal(value: LiteralValue | Date | Uint8Array | bigint | object | undefined): string {
  if (value === null || value === undefined) return 'NULL'
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))) return String(value)
  if (typeof value === 'number') return Number.isNaN(value) ? 'NULL' : value > 0 ? '9e999' : '-9e999'
  if (value instanceof Date) return text(value.toISOString())
  if (value instanceof Uint8Array)
    return `X'${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}'`
  return text(typeof value === 'string' ? value : JSON.stringify(value))
}

export function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

/** Kinds that SQLite stores under another name; the affinity follows the name (datatype3, 3.1). */
const spelled: Readonly<Record<string, string>> = { doublePrecision: 'double precision', bytea: 'blob' }
const own = new Set([
  'smallint',
  'integer',
  'bigint',
  'numeric',
  'real',
  'doublePrecision',
  'boolean',
  'text',
  'varchar',
  'char',
  'bytea',
  'date',
  'time',
  'timestamp',
])
/** Kinds that are stored as text: their own names would give them a numeric affinity, and change the stored values. */
const asText = new Set([
  'uuid',
  'json',
  'jsonb',
  'citext',
  'name',
  'xml',
  'inet',
  'cidr',
  'macaddr',
  'macaddr8',
  'interval',
  'enum',
])

/** The type in which SQLite stores values of this one; undefined where it has none. */
export function stored(type: ColumnType): ColumnType | undefined {
  if (type.kind === 'serial' || type.kind === 'bigserial' || type.kind === 'smallserial') return { kind: 'integer' }
  if (asText.has(type.kind)) return { kind: 'text' }
  if (type.kind === 'money') return { kind: 'numeric' }
  if (type.kind === 'time' || type.kind === 'timestamp') return { kind: type.kind, ...written(type) }
  return own.has(type.kind) || type.kind === 'custom' ? type : undefined
}

const written = (type: ColumnType): Pick<ColumnType, 'written'> =>
  type.written === undefined ? {} : { written: type.written }

/** As the table has it, in its own case; else by ambix's name. */
export function writeType(type: ColumnType): string {
  const s = stored(type) ?? type
  if (s.written !== undefined && equalType(parseType(s.written), s)) return s.written
  if (s.kind === 'custom') return s.sql ?? ''
  const base = spelled[s.kind] ?? s.kind
  if (s.precision !== undefined) return `${base}(${s.precision}${s.scale === undefined ? '' : `, ${s.scale}`})`
  return s.length === undefined ? base : `${base}(${s.length})`
}

const equalType = (a: ColumnType, b: ColumnType): boolean =>
  a.kind === b.kind && a.length === b.length && a.precision === b.precision && a.scale === b.scale && a.sql === b.sql

const kinds: Readonly<Record<string, string>> = { 'double precision': 'doublePrecision', blob: 'bytea' }

/** Reads a declared type. Only ambix's own names are read as kinds: SQLite keeps a type as it is written, and so does ambix. */
export function parseType(declared: string): ColumnType {
  const said = declared.trim()
  const type = typeOf(said.toLowerCase().replaceAll(/\s+/gu, ' '))
  return said === plainText(type) ? type : { ...type, written: said }
}

function plainText(type: ColumnType): string {
  return type.kind === 'custom' ? (type.sql ?? '') : writeType(type)
}

function typeOf(text: string): ColumnType {
  const match = /^([a-z_ ]*[a-z_])\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?$/u.exec(text)
  const kind = match === null ? undefined : (kinds[match[1]!] ?? match[1]!)
  const [a, b] = [match?.[2], match?.[3]]
  if (kind === undefined || !own.has(kind) || (kind === 'doublePrecision') !== (match![1] === 'double precision'))
    return { kind: 'custom', sql: text }
  if (kind === 'bytea' && match![1] !== 'blob') return { kind: 'custom', sql: text }
  if (kind === 'numeric')
    return {
      kind,
      ...(a === undefined ? {} : { precision: Number(a) }),
      ...(b === undefined ? {} : { scale: Number(b) }),
    }
  if ((kind === 'varchar' || kind === 'char') && b === undefined)
    return { kind, ...(a === undefined ? {} : { length: Number(a) }) }
  return a === undefined ? { kind } : { kind: 'custom', sql: text }
}

/** SQLite's built-in collations are case-insensitive names. */
export function collationName(name: string): string {
  const upper = name.toUpperCase()
  return ['BINARY', 'NOCASE', 'RTRIM'].includes(upper) ? upper : name
}

/** `now()` of other databases is a keyword here. */
export function isNow(value: Default): boolean {
  return value.kind === 'sql' && /^now\(\)$/iu.test(value.sql)
}

const constant =
  /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|[+-]?0x[0-9a-f]+|x'[0-9a-f]*'|"(?:[^"]|"")*"|[a-z_][a-z0-9_]*)$/iu

/** Whether a default is written without brackets, as ALTER TABLE ADD COLUMN requires. */
export const isConstant = (value: Default): boolean =>
  value.kind === 'literal' || (constant.test(value.sql) && !/^current_/iu.test(value.sql))

/** An expression has brackets of its own; constants and single keywords do not. */
export function writeDefault(value: Default): string {
  if (value.kind === 'literal')
    return typeof value.value === 'boolean' ? String(value.value).toUpperCase() : literal(value.value)
  if (isNow(value)) return 'CURRENT_TIMESTAMP'
  return constant.test(value.sql) ? value.sql : `(${value.sql})`
}

const plainNumber = /^-?\d+(\.\d+)?$/u

const textual = /^(?:text|varchar|char)$/u
const moment = /^\s*(?:now|today|tomorrow|yesterday)\s*$/iu

/** Whether a model may give the constant as such; SQLite takes any constant for any column. */
function isOfType(value: string | number, { kind }: ColumnType): boolean {
  if (typeof value === 'number') return !textual.test(kind)
  if (/^(?:date|time|timestamp)$/u.test(kind)) return !moment.test(value)
  if (!/^jsonb?$/u.test(kind)) return true
  try {
    JSON.parse(value)
    return true
  } catch {
    return false
  }
}

/** Reads a default as SQLite prints it, without the brackets of an expression. */
export function parseDefault(sql: string, type: ColumnType): Default {
  const s = sql.trim()
  const string = /^'((?:[^']|'')*)'$/u.exec(s)?.[1]?.replaceAll("''", "'")
  if (string !== undefined) return isOfType(string, type) ? { kind: 'literal', value: string } : { kind: 'sql', sql: s }
  if (type.kind === 'boolean' && /^(true|false)$/iu.test(s))
    return { kind: 'literal', value: s.toLowerCase() === 'true' }
  if (/^null$/iu.test(s)) return { kind: 'literal', value: null }
  if (plainNumber.test(s) && String(Number(s)) === s && isOfType(Number(s), type))
    return { kind: 'literal', value: Number(s) }
  if (/^(current_(date|time|timestamp)|true|false)$/iu.test(s)) return { kind: 'sql', sql: s.toUpperCase() }
  return { kind: 'sql', sql: canonicalOf(s) }
}
