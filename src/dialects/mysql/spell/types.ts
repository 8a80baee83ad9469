/** Column types: how each is written, and how a type's text from the server or a user is read. */
import type { ColumnType } from '../../../schema/model.ts'
import type { Server } from './server.ts'
import { text, unescaped } from './quote.ts'

const plain: Readonly<Record<string, string>> = {
  smallint: 'smallint',
  integer: 'int',
  bigint: 'bigint',
  smallserial: 'smallint',
  serial: 'int',
  bigserial: 'bigint',
  real: 'float',
  doublePrecision: 'double',
  boolean: 'tinyint(1)',
  text: 'text',
  bytea: 'longblob',
  date: 'date',
  json: 'json',
  jsonb: 'json',
  point: 'point',
  polygon: 'polygon',
}

/** The type as written in a column definition; undefined where neither server has one. An enum needs its labels. */
export function spelledType(type: ColumnType, server: Server, labels?: readonly string[]): string | undefined {
  switch (type.kind) {
    case 'custom':
      return server.flavor === 'mariadb' ? type.sql?.replace(/^geomcollection\b/u, 'geometrycollection') : type.sql
    case 'enum':
      return labels === undefined ? undefined : enumText(labels)
    case 'numeric':
      return `decimal(${type.precision ?? 10}, ${type.scale ?? 0})`
    case 'varchar':
      return type.length === undefined ? undefined : `varchar(${type.length})`
    case 'char':
      return `char(${type.length ?? 1})`
    case 'bit':
      return `bit(${type.length ?? 1})`
    case 'time':
      return `time${digits(type.precision)}`
    case 'timestamp':
      return `${type.withTimeZone === true ? 'timestamp' : 'datetime'}${digits(type.precision)}`
    case 'uuid':
      return server.flavor === 'mariadb' && (server.version >= 1007 || server.assumed === true) ? 'uuid' : 'char(36)'
    case 'inet':
      return server.flavor === 'mariadb' ? 'inet6' : undefined
    default:
      return plain[type.kind]
  }
}

const digits = (precision: number | undefined): string =>
  precision === undefined || precision === 0 ? '' : `(${precision})`

/** Why a type cannot be written. */
export function whyNoType(type: ColumnType): string {
  if (type.kind === 'varchar') return 'varchar needs a length here: varchar(255), or text for more'
  if (type.kind === 'enum')
    return `the labels of enum ${type.name ?? ''} are not known here; create it in a revision before`
  if (type.kind === 'array') return 'MySQL and MariaDB have no arrays; json holds lists'
  return `MySQL and MariaDB have no type ${type.kind}`
}

export function enumText(labels: readonly string[]): string {
  return `enum(${labels.map(text).join(',')})`
}

/** The labels of `enum('a','b')`; undefined where the text is another type, or has more than the labels. */
export function enumLabels(sql: string): readonly string[] | undefined {
  if (!/^enum\s*\((?:[^'()]|'(?:[^'\\]|\\[\s\S]|'')*')*\)\s*$/iu.test(sql)) return undefined
  return [...sql.matchAll(/'((?:[^'\\]|\\[\s\S]|'')*)'/gu)].map((m) => unescaped(m[1]!))
}

const aliases: Readonly<Record<string, string>> = {
  integer: 'int',
  int4: 'int',
  int8: 'bigint',
  int3: 'mediumint',
  middleint: 'mediumint',
  int2: 'smallint',
  int1: 'tinyint',
  bool: 'tinyint(1)',
  boolean: 'tinyint(1)',
  dec: 'decimal',
  numeric: 'decimal',
  fixed: 'decimal',
  'double precision': 'double',
  float8: 'double',
  float4: 'float',
  character: 'char',
  'character varying': 'varchar',
  varcharacter: 'varchar',
  nchar: 'char',
  nvarchar: 'varchar',
  'long varchar': 'mediumtext',
  'long varbinary': 'mediumblob',
  long: 'mediumtext',
  geometrycollection: 'geomcollection',
}

/** Lower case, single spaces, no spaces within brackets; quoted text is kept. */
function tidy(sql: string): string {
  return sql
    .trim()
    .split(/('(?:[^'\\]|\\[\s\S]|'')*')/u)
    .map((part, i) =>
      i % 2 === 1
        ? text(unescaped(part.slice(1, -1)))
        : part
            .toLowerCase()
            .replaceAll(/\s+/gu, ' ')
            .replaceAll(/\s*([(),])\s*/gu, '$1'),
    )
    .join('')
    .replaceAll(/\)(?=[a-z])/gu, ') ')
}

const read = new Map<string, ColumnType>()

/** Reads a column's type; display widths, which only matter with ZEROFILL, are left out. Few texts stand in many columns. */
export function parseType(given: string): ColumnType {
  const known = read.get(given)
  if (known !== undefined) return known
  const type = Object.freeze(parsed(given))
  if (read.size > 2000) read.clear()
  read.set(given, type)
  return type
}

function parsed(given: string): ColumnType {
  const sql = tidy(given)
  const head =
    /^(double precision|character varying|long varchar|long varbinary|[a-z_][a-z0-9_]*)(\(.*?\))?( .*)?$/su.exec(sql)
  if (head === null || /^(enum|set)\(/u.test(sql)) return { kind: 'custom', sql }
  const word = aliases[head[1]!] ?? head[1]!
  const [name, width] = word.endsWith(')') ? [word.slice(0, word.indexOf('(')), '(1)'] : [word, head[2] ?? '']
  const rest = (head[3] ?? '').trim()
  const numbers = [...width.matchAll(/\d+/gu)].map((m) => Number(m[0]))
  if (rest !== '') return { kind: 'custom', sql: withAttributes(name, width, rest) }
  const [a, b] = numbers
  switch (name) {
    case 'tinyint':
      return a === 1 ? { kind: 'boolean' } : { kind: 'custom', sql: 'tinyint' }
    case 'smallint':
      return { kind: 'smallint' }
    case 'int':
      return { kind: 'integer' }
    case 'bigint':
      return { kind: 'bigint' }
    case 'mediumint':
      return { kind: 'custom', sql: 'mediumint' }
    case 'year':
      return { kind: 'custom', sql: 'year' }
    case 'decimal':
      return { kind: 'numeric', precision: a ?? 10, scale: b ?? 0 }
    case 'float':
      return a === undefined || (b === undefined && a <= 24)
        ? { kind: 'real' }
        : b === undefined
          ? { kind: 'doublePrecision' }
          : { kind: 'custom', sql: `float(${a},${b})` }
    case 'double':
      return a === undefined ? { kind: 'doublePrecision' } : { kind: 'custom', sql: `double${width}` }
    case 'char':
    case 'varchar':
      // char(0) holds the empty text, and nothing else.
      if (a === 0) return { kind: 'custom', sql: `${name}(0)` }
      if (name === 'char') return { kind: 'char', length: a ?? 1 }
      return { kind: 'varchar', ...(a === undefined ? {} : { length: a }) }
    case 'bit':
      return { kind: 'bit', length: a ?? 1 }
    case 'binary':
      return { kind: 'custom', sql: `binary(${a ?? 1})` }
    case 'text':
    case 'date':
    case 'json':
    case 'uuid':
    case 'point':
    case 'polygon':
      return width === '' ? { kind: name } : { kind: 'custom', sql: `${name}${width}` }
    case 'longblob':
      return { kind: 'bytea' }
    case 'inet6':
      return { kind: 'inet' }
    case 'time':
      return { kind: 'time', ...(a === undefined || a === 0 ? {} : { precision: a }) }
    case 'datetime':
      return { kind: 'timestamp', ...(a === undefined || a === 0 ? {} : { precision: a }) }
    case 'timestamp':
      return { kind: 'timestamp', ...(a === undefined || a === 0 ? {} : { precision: a }), withTimeZone: true }
    default:
      return { kind: 'custom', sql: `${name}${width}` }
  }
}

/** `int(10) unsigned` becomes `int unsigned`; with ZEROFILL the width is shown, and kept. */
function withAttributes(name: string, width: string, rest: string): string {
  const integer = /^(tinyint|smallint|mediumint|int|bigint)$/u.test(name)
  const words = rest.replace(/\bsigned\b/u, (all, at: number) => (rest[at - 2] === 'n' ? all : '')).trim()
  const kept = integer && !/\bzerofill\b/u.test(words) ? (name === 'tinyint' && width === '(1)' ? width : '') : width
  const unsigned = /\bzerofill\b/u.test(words) && !/\bunsigned\b/u.test(words) ? `unsigned ${words}` : words
  return `${name}${kept}${unsigned === '' ? '' : ` ${unsigned}`}`
}

/** Whether a type holds text, and so has a character set and a collation. */
export function isText(type: ColumnType): boolean {
  if (/^(text|varchar|char|enum)$/u.test(type.kind)) return true
  return type.kind === 'custom' && /^(tinytext|mediumtext|longtext|varchar|char|text|enum|set)\b/u.test(type.sql ?? '')
}

/** Whether a default must be an expression in brackets on MySQL (manual, Data Type Default Values). */
export function isLong(type: ColumnType): boolean {
  if (/^(text|bytea|json|jsonb|point|polygon)$/u.test(type.kind)) return true
  return (
    type.kind === 'custom' &&
    /^(tiny|medium|long)?(text|blob)\b|^(geometry|linestring|multi\w+|geom\w+)\b/u.test(type.sql ?? '')
  )
}
