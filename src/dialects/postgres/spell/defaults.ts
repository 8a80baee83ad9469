/** How PostgreSQL's column defaults are read and written: which texts are constants of the column's own type. */
import type { ColumnType, Default, LiteralValue } from '../../../schema/model.ts'
import { arrayText, literal, quoteLiteral } from './quote.ts'
import { parseType } from './types.ts'

export const numberKinds = new Set(['smallint', 'integer', 'bigint', 'numeric', 'real', 'doublePrecision', 'oid'])
const numeral = /^-?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i

/** The number whose shortest text this is. */
export function shortest(text: string): number | undefined {
  const value = Number(text)
  return numeral.test(text) && String(value) === text ? value : undefined
}

interface Constant {
  readonly text: string
  /** Where it ends in the source. */
  readonly end: number
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '\\': '\\', "'": "'" }

/** The string constant that the text begins with, `'…'` or `E'…'`; undefined where it begins otherwise. */
export function readString(sql: string): Constant | undefined {
  const escaped = /^e'/i.test(sql)
  if (!escaped && sql[0] !== "'") return undefined
  let text = ''
  for (let i = escaped ? 2 : 1; i < sql.length; i++) {
    const c = sql[i]!
    if (c === "'") {
      if (sql[i + 1] !== "'") return { text, end: i + 1 }
      text += "'"
      i++
    } else if (c === '\\' && escaped) {
      const meant = escapes[sql[++i] ?? '']
      if (meant === undefined) return undefined
      text += meant
    } else text += c
  }
  return undefined
}

/** The type of a numeral in PostgreSQL: the type that its constant is printed with, quoted, where it is not bare. */
function numeralType(value: string): string | undefined {
  if (!/^-?\d+$/.test(value)) return value.startsWith('-') ? 'numeric' : undefined
  const n = BigInt(value)
  if (n >= -2147483648n && n <= 2147483647n) return n < 0n ? 'integer' : undefined
  return n >= -(2n ** 63n) && n < 2n ** 63n ? 'bigint' : 'numeric'
}

function literalOf(value: LiteralValue): Default {
  return { kind: 'literal', value }
}

/** The type without its modifiers, by which constants are printed; `"bit"` and `bpchar` are the server's own names. */
function bare(type: ColumnType): ColumnType {
  switch (type.kind) {
    case 'array':
      return type.element === undefined ? type : { kind: 'array', element: bare(type.element) }
    case 'char':
      return { kind: 'custom', sql: 'bpchar' }
    case 'bit':
      return { kind: 'custom', sql: '"bit"' }
    case 'custom':
      return { kind: 'custom', sql: (type.sql ?? '').replace(/\([^()]*\)$/, '') }
    default: {
      const { length: _length, precision: _precision, scale: _scale, fields: _fields, ...rest } = type
      return rest
    }
  }
}

/** Two types are one when their data is; the order of properties does not count. */
export function sameType(a: ColumnType, b: ColumnType): boolean {
  return (
    a.kind === b.kind &&
    a.name === b.name &&
    a.schema === b.schema &&
    a.length === b.length &&
    a.precision === b.precision &&
    (a.scale ?? 0) === (b.scale ?? 0) &&
    (a.withTimeZone ?? false) === (b.withTimeZone ?? false) &&
    a.fields === b.fields &&
    a.sql === b.sql &&
    (a.element === undefined || b.element === undefined ? a.element === b.element : sameType(a.element, b.element))
  )
}

/** Reads what follows a constant: nothing, or a cast to the column's own type. */
function castFits(rest: string, type: ColumnType): boolean {
  if (rest === '') return true
  if (!rest.startsWith('::')) return false
  const scalar = type.kind === 'array' && type.element !== undefined ? type.element : type
  const own = { schema: scalar.schema, name: scalar.name }
  const cast = parseType(rest.slice(2), (ref) =>
    ref.name === own.name && ref.schema === own.schema ? scalar : undefined,
  )
  // Only an interval's constant is printed with the column's modifiers.
  return sameType(cast, bare(type)) || (type.kind === 'interval' && sameType(cast, type))
}

/** The values of an array's text; undefined where it has explicit bounds or is no array. Manual, 8.15.2. */
export function parseArray(text: string, element: ColumnType): readonly LiteralValue[] | undefined {
  let at = 0
  const space = (): void => {
    while (/\s/.test(text[at] ?? '')) at++
  }
  const item = (): LiteralValue | undefined => {
    if (text[at] === '{') return list()
    if (text[at] === '"') {
      let value = ''
      for (at++; text[at] !== '"'; at++) {
        if (text[at] === '\\') at++
        if (at >= text.length) return undefined
        value += text[at]
      }
      at++
      return elementOf(value, element)
    }
    let value = ''
    while (at < text.length && text[at] !== ',' && text[at] !== '}') {
      if (text[at] === '\\') at++
      value += text[at++] ?? ''
    }
    value = value.trimEnd()
    if (value === '') return undefined
    return value.toUpperCase() === 'NULL' ? null : elementOf(value, element)
  }
  const list = (): readonly LiteralValue[] | undefined => {
    const values: LiteralValue[] = []
    at++
    space()
    if (text[at] === '}') {
      at++
      return values
    }
    for (;;) {
      space()
      const value = item()
      if (value === undefined) return undefined
      values.push(value)
      space()
      const c = text[at++]
      if (c === '}') return values
      if (c !== ',') return undefined
    }
  }
  space()
  if (text[at] !== '{') return undefined
  const values = list()
  space()
  return at === text.length ? values : undefined
}

function elementOf(text: string, element: ColumnType): LiteralValue {
  if (element.kind === 'boolean') return text === 't' || text === 'true'
  return (numberKinds.has(element.kind) ? shortest(text) : undefined) ?? text
}

/**
 * Reads a default into a constant of the column's own type where it is one, else keeps the expression. A number that
 * was written in quotes stays a string, as the catalog keeps the two apart; so does one whose text is not the shortest.
 * For a column of a domain, give the type that the domain is over.
 */
export function parseDefault(sql: string, type: ColumnType): Default {
  const text = sql.trim()
  const asIs: Default = { kind: 'sql', sql: text }
  const word = text.toLowerCase()
  if (word === 'null') return literalOf(null)
  if (word === 'true' || word === 'false') {
    return type.kind === 'boolean' || type.kind === 'domain' ? literalOf(word === 'true') : asIs
  }
  if (numeral.test(text)) {
    return numberKinds.has(type.kind) || type.kind === 'domain' ? literalOf(shortest(text) ?? text) : asIs
  }
  const constant = readString(text)
  if (constant === undefined) return asIs
  const value = constant.text
  const rest = text.slice(constant.end).trim()
  if (numberKinds.has(type.kind)) {
    const printed = numeral.test(value) ? numeralType(value) : undefined
    // -1 is printed as '-1'::integer, whatever the type of the column.
    if (printed !== undefined && rest === `::${printed}`) return literalOf(shortest(value) ?? value)
    if (!castFits(rest, type)) return asIs
    return numeral.test(value) && shortest(value) === undefined ? asIs : literalOf(value)
  }
  if (!castFits(rest, type)) return asIs
  if (type.kind === 'boolean') return /^(?:t|true|f|false)$/i.test(value) ? literalOf(/^t/i.test(value)) : asIs
  if (type.kind !== 'array' || type.element === undefined) return literalOf(value)
  const values = parseArray(value, type.element)
  return values === undefined ? asIs : literalOf(values)
}

/** The expression to write after DEFAULT; read back, it is the same default. */
export function writeDefault(value: Default, type: ColumnType): string {
  if (value.kind === 'sql') return value.sql
  const constant = value.value
  if (Array.isArray(constant) && type.kind === 'array') return quoteLiteral(arrayText(constant, type.element))
  if (
    typeof constant === 'string' &&
    numberKinds.has(type.kind) &&
    numeral.test(constant) &&
    shortest(constant) === undefined
  ) {
    return constant
  }
  return literal(constant, type)
}
