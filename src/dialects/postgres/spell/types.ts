/** How PostgreSQL's column types are written and read: every built-in kind with its SQL name and synonyms. */
import { type BuiltInKind, columnKinds, extensionKinds } from '../../../schema/types.ts'
import type { ColumnType, Ref } from '../../../schema/model.ts'
import { quoteIdent, quoteRef } from './quote.ts'

/** The kind of a user's type, where it is known: enum, domain, composite or range; undefined for any other. */
export type TypeLookup = (name: Ref) => ColumnType | undefined

/** SQL names that differ from the kind's own name. */
const spelled: Readonly<Record<string, string>> = {
  doublePrecision: 'double precision',
  char: 'char',
  varbit: 'bit varying',
}

/** Other names of a kind, in SQL and in catalogs (manual, table 8.1, and `pg_type.typname`). */
const synonyms: Readonly<Record<string, BuiltInKind>> = {
  'double precision': 'doublePrecision',
  float8: 'doublePrecision',
  float4: 'real',
  int: 'integer',
  int4: 'integer',
  int2: 'smallint',
  int8: 'bigint',
  serial2: 'smallserial',
  serial4: 'serial',
  serial8: 'bigserial',
  bool: 'boolean',
  decimal: 'numeric',
  dec: 'numeric',
  'character varying': 'varchar',
  'char varying': 'varchar',
  'national character varying': 'varchar',
  'national char varying': 'varchar',
  'nchar varying': 'varchar',
  character: 'char',
  'national character': 'char',
  'national char': 'char',
  nchar: 'char',
  'bit varying': 'varbit',
}

const isKind = (name: string): name is BuiltInKind => Object.hasOwn(columnKinds, name)
const synonym = (name: string): string => (Object.hasOwn(synonyms, name) ? synonyms[name]! : name)

const structural = new Set(['enum', 'domain', 'composite', 'range'])

/** The built-in kind of a `pg_type.typname` of pg_catalog, with what it implies; undefined for the others. */
export function builtInType(typname: string): ColumnType | undefined {
  if (typname === 'timetz' || typname === 'timestamptz') return { kind: typname.slice(0, -2), withTimeZone: true }
  if (extensionKinds.has(typname)) return undefined
  const kind = synonym(typname)
  return isKind(kind) && typname !== 'char' ? { kind } : undefined
}

/** The type as a statement has it. User types are qualified only when their ref is. */
export function writeType(type: ColumnType): string {
  if (type.kind === 'array') return `${type.element === undefined ? 'text' : writeType(type.element)}[]`
  if (type.kind === 'custom') return type.sql ?? type.name ?? ''
  if (structural.has(type.kind)) return quoteRef(refOf(type))
  const base = Object.hasOwn(spelled, type.kind) ? spelled[type.kind]! : type.kind
  if (type.kind === 'time' || type.kind === 'timestamp') {
    const precision = type.precision === undefined ? '' : `(${type.precision})`
    return `${base}${precision}${type.withTimeZone === true ? ' with time zone' : ''}`
  }
  if (type.kind === 'interval') {
    const fields = type.fields === undefined ? '' : ` ${type.fields}`
    return `interval${fields}${type.precision === undefined ? '' : `(${type.precision})`}`
  }
  if (type.kind === 'numeric') {
    if (type.precision === undefined) return 'numeric'
    return type.scale === undefined ? `numeric(${type.precision})` : `numeric(${type.precision},${type.scale})`
  }
  return type.length === undefined ? base : `${base}(${type.length})`
}

/** Names that `format_type` prints in full. */
const inFull: Readonly<Record<string, string>> = { varchar: 'character varying', char: 'character', bit: 'bit' }

/** The type as `format_type` prints it without modifiers: how the arguments of a routine are named. */
export function argumentType(type: ColumnType): string {
  if (type.kind === 'array' && type.element !== undefined) return `${argumentType(type.element)}[]`
  if (type.kind === 'time' || type.kind === 'timestamp')
    return `${type.kind} ${type.withTimeZone === true ? 'with' : 'without'} time zone`
  if (Object.hasOwn(inFull, type.kind)) return inFull[type.kind]!
  const { length: _length, precision: _precision, scale: _scale, fields: _fields, ...rest } = type
  return writeType(rest)
}

function refOf(type: ColumnType): Ref {
  return type.schema === undefined ? { name: type.name ?? '' } : { schema: type.schema, name: type.name ?? '' }
}

interface Token {
  readonly text: string
  readonly sort: 'word' | 'quoted' | 'number' | 'symbol'
}

function tokens(text: string): readonly Token[] | undefined {
  const found: Token[] = []
  const pattern = /\s*(?:"((?:[^"]|"")+)"|([\p{L}_][\p{L}\p{N}_$]*)|(-?\d+)|([.,()[\]])|('(?:[^']|'')*'|\S))/uy
  const end = text.trimEnd().length
  while (pattern.lastIndex < end) {
    const match = pattern.exec(text)
    if (match === null) return undefined
    const [, quoted, word, number, symbol, other] = match
    if (quoted !== undefined) found.push({ text: quoted.replaceAll('""', '"'), sort: 'quoted' })
    else if (word !== undefined) found.push({ text: word.toLowerCase(), sort: 'word' })
    else if (number !== undefined) found.push({ text: number, sort: 'number' })
    else found.push({ text: symbol ?? other ?? '', sort: 'symbol' })
  }
  return found
}

/** A reader over the tokens of one type. */
class Reader {
  private at = 0
  private readonly all: readonly Token[]
  constructor(all: readonly Token[]) {
    this.all = all
  }
  get done(): boolean {
    return this.at >= this.all.length
  }
  peek(ahead = 0): Token | undefined {
    return this.all[this.at + ahead]
  }
  next(): Token | undefined {
    return this.all[this.at++]
  }
  /** Consumes the words when they come next. */
  take(...words: readonly string[]): boolean {
    const fits = words.every((w, i) => this.peek(i)?.text === w && this.peek(i)?.sort !== 'quoted')
    if (fits) this.at += words.length
    return fits
  }
  /** `(1, 2)`: the raw arguments, or undefined where there are none. */
  arguments(): readonly string[] | undefined {
    if (!this.take('(')) return undefined
    const found: string[] = []
    let one = ''
    for (let token = this.next(); token !== undefined && token.text !== ')'; token = this.next()) {
      if (token.sort === 'symbol' && token.text === ',') {
        found.push(one)
        one = ''
      } else one += (one === '' ? '' : ' ') + (token.sort === 'quoted' ? quoteIdent(token.text) : token.text)
    }
    return [...found, one]
  }
}

/** Kinds whose name is several words, longest first. */
const phrases = [...Object.keys(synonyms), 'double precision']
  .filter((s) => s.includes(' '))
  .map((s) => s.split(' '))
  .toSorted((a, b) => b.length - a.length)

const fieldWords = new Set(['year', 'month', 'day', 'hour', 'minute', 'second'])

/**
 * Reads a type as users write it or `format_type` prints it. Other names than those of built-in types are looked up by `lookup`, and are
 * `custom` where it knows nothing.
 */
export function parseType(text: string, lookup?: TypeLookup): ColumnType {
  const all = tokens(text)
  const unread: ColumnType = { kind: 'custom', sql: text.trim() }
  if (all === undefined || all.length === 0) return unread
  const reader = new Reader(all)
  if (reader.take('setof')) return unread
  const base = parseScalar(reader, lookup)
  if (base === undefined) return unread
  let array = false
  if (reader.take('array')) array = true
  while (reader.take('[')) {
    array = true
    if (reader.peek()?.sort === 'number') reader.next()
    if (!reader.take(']')) return unread
  }
  if (!reader.done) return unread
  return array ? { kind: 'array', element: base } : base
}

function parseScalar(reader: Reader, lookup: TypeLookup | undefined): ColumnType | undefined {
  // A built-in type may be qualified; quoted `"char"` and `"bit"` are the server's names of other types.
  const qualified = reader.peek()?.text === 'pg_catalog' && reader.peek(1)?.text === '.'
  if (qualified) {
    reader.next()
    reader.next()
  }
  const phrase = phrases.find((words) => reader.take(...words))
  if (phrase !== undefined) return withArguments(synonym(phrase.join(' ')), reader)
  const first = reader.next()
  if (first === undefined || first.sort === 'number' || first.sort === 'symbol') return undefined
  const name = first.text
  if (reader.peek()?.text !== '.') {
    if (first.sort === 'word' || qualified) {
      if (name === 'timestamptz' || name === 'timetz') return zoned(name.slice(0, -2), reader, true)
      if (name === 'timestamp' || name === 'time') return zoned(name, reader, false)
      if (name === 'interval') return interval(reader)
      if (name === 'float') return float(reader)
      const kind = first.sort === 'word' && !qualified ? synonym(name) : (builtInType(name)?.kind ?? '')
      if (isKind(kind)) return withArguments(kind, reader)
      if (name === 'bpchar') {
        const length = reader.arguments()?.[0]
        return length === undefined ? { kind: 'custom', sql: 'bpchar' } : { kind: 'char', length: Number(length) }
      }
    } else if (name === 'char' || name === 'bit') return { kind: 'custom', sql: `"${name}"` }
    return userType({ name }, reader, lookup)
  }
  reader.next()
  const second = reader.next()
  if (second === undefined || second.sort === 'number' || second.sort === 'symbol') return undefined
  return userType({ schema: name, name: second.text }, reader, lookup)
}

function userType(ref: Ref, reader: Reader, lookup: TypeLookup | undefined): ColumnType {
  const found = lookup?.(ref)
  if (found !== undefined) return found
  const args = reader.arguments()
  return { kind: 'custom', sql: quoteRef(ref) + (args === undefined ? '' : `(${args.join(',')})`) }
}

function withArguments(kind: string, reader: Reader): ColumnType {
  const args = reader.arguments()?.map(Number) ?? []
  if (kind === 'numeric') return numeric(args[0], args[1])
  if (kind === 'char' || kind === 'bit') return { kind, length: args[0] ?? 1 }
  return args[0] === undefined ? { kind } : { kind, length: args[0] }
}

/** A scale of 0 is the default of `numeric(10)`, and left out. */
export function numeric(precision: number | undefined, scale: number | undefined): ColumnType {
  if (precision === undefined) return { kind: 'numeric' }
  return scale === undefined || scale === 0 ? { kind: 'numeric', precision } : { kind: 'numeric', precision, scale }
}

function zoned(kind: string, reader: Reader, zone: boolean): ColumnType {
  const precision = reader.arguments()?.[0]
  const withZone = reader.take('with', 'time', 'zone') || (!reader.take('without', 'time', 'zone') && zone)
  return {
    kind,
    ...(precision === undefined ? {} : { precision: Number(precision) }),
    ...(withZone ? { withTimeZone: true } : {}),
  }
}

function interval(reader: Reader): ColumnType {
  let fields = ''
  if (fieldWords.has(reader.peek()?.text ?? '')) {
    fields = reader.next()!.text
    if (reader.take('to')) fields += ` to ${reader.next()?.text ?? ''}`
  }
  const precision = reader.arguments()?.[0]
  return {
    kind: 'interval',
    ...(fields === '' ? {} : { fields }),
    ...(precision === undefined ? {} : { precision: Number(precision) }),
  }
}

/** `float(24)` and less is real, more is double precision. */
function float(reader: Reader): ColumnType {
  const bits = reader.arguments()?.[0]
  return { kind: bits !== undefined && Number(bits) <= 24 ? 'real' : 'doublePrecision' }
}
