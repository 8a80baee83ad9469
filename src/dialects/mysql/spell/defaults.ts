/** Server defaults: what a text means as a constant of its type, and how a default is written. */
import type { ColumnType, Default } from '../../../schema/model.ts'
import { literal, unquoted } from './quote.ts'
import type { Server } from './server.ts'
import { isLong } from './types.ts'

const now = /^(?:now|current_timestamp|localtime|localtimestamp)(?:\s*\(\s*(\d*)\s*\))?$/iu
const clock = /\b(?:now|current_timestamp|localtime|localtimestamp)\b(?:\s*\(\s*(\d*)\s*\))?/giu
const onUpdate = /^(.*?)\s*\bon\s+update\s+(.*)$/isu

/** Splits `CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP` into the default and the value that each update sets. */
export function splitOnUpdate(sql: string): { readonly value: string; readonly update: string } | undefined {
  const found = onUpdate.exec(sql)
  return found === null || !now.test(found[2]!.trim())
    ? undefined
    : { value: found[1]!.trim(), update: found[2]!.trim() }
}

/** The current time as MariaDB prints it: `current_timestamp(6)`, with the column's precision where none was given. */
function spelledClock(sql: string, type: ColumnType): string {
  return sql.replaceAll(clock, (_, given: string | undefined) => {
    const digits = given === undefined || given === '' ? (type.precision ?? 0) : Number(given)
    return `current_timestamp(${digits === 0 ? '' : digits})`
  })
}

const numeric = /^(smallint|integer|bigint|numeric|real|doublePrecision|boolean)$/u

function isNumber(type: ColumnType): boolean {
  return (
    numeric.test(type.kind) ||
    (type.kind === 'custom' &&
      /^(tinyint|smallint|mediumint|int|bigint|decimal|float|double|year)\b/u.test(type.sql ?? ''))
  )
}

/** A numeric constant: a number where its text is the shortest one, else the text without unneeded zeros. */
function number(text: string, type: ColumnType): Default {
  if (type.kind === 'boolean' && /^[01]$/u.test(text)) return { kind: 'literal', value: text === '1' }
  const plain = text.includes('.') ? text.replace(/\.?0+$/u, '') : text
  const value = Number(plain)
  if (Number.isFinite(value) && Number.isSafeInteger(Math.trunc(value)) && plain.replace(/[-.]/gu, '').length <= 15)
    return { kind: 'literal', value }
  return { kind: 'literal', value: plain }
}

/** A default in the canonical form that both sides of a comparison have. */
export function plainDefault(value: Default, type: ColumnType): Default {
  if (value.kind === 'sql') return parseDefault(value.sql, type)
  if (typeof value.value === 'boolean' && type.kind !== 'boolean' && isNumber(type))
    return { kind: 'literal', value: value.value ? 1 : 0 }
  if (isNumber(type) && (typeof value.value === 'string' || typeof value.value === 'number')) {
    const text = String(value.value)
    if (/^-?\d+(\.\d+)?$/u.test(text)) return number(text, type)
  }
  if (typeof value.value === 'number' && !isNumber(type)) return { kind: 'literal', value: String(value.value) }
  if (/^jsonb?$/u.test(type.kind) && typeof value.value !== 'string' && value.value !== null)
    return { kind: 'literal', value: JSON.stringify(value.value) }
  return value
}

/** Without the brackets around the whole text. */
export function unbracketed(sql: string): string {
  let s = sql.trim()
  while (s.startsWith('(') && closes(s) === s.length - 1) s = s.slice(1, -1).trim()
  return s
}

/** Where the bracket that opens the text closes. */
function closes(s: string): number {
  let depth = 0
  for (let i = 0; i < s.length; i++) {
    const c = s[i]!
    if (c === "'" || c === '"' || c === '`') {
      for (i++; i < s.length && s[i] !== c; i++) if (s[i] === '\\' && c !== '`') i++
    } else if (c === '(') depth++
    else if (c === ')' && --depth === 0) return i
  }
  return -1
}

/** Reads a default as a user wrote it or MariaDB printed it. */
export function parseDefault(sql: string, type: ColumnType): Default {
  const updated = splitOnUpdate(sql.trim())
  if (updated !== undefined) {
    const value = /^(?:null)?$/iu.test(updated.value) ? updated.value.toUpperCase() : spelledClock(updated.value, type)
    return { kind: 'sql', sql: `${value} ON UPDATE ${spelledClock(updated.update, type)}`.trim() }
  }
  const s = unbracketed(sql)
  const string = unquoted(s)
  if (string !== undefined) return plainDefault({ kind: 'literal', value: string }, type)
  if (/^(true|false)$/iu.test(s)) return plainDefault({ kind: 'literal', value: s.toLowerCase() === 'true' }, type)
  if (/^null$/iu.test(s)) return { kind: 'literal', value: null }
  if (/^-?\d+(\.\d+)?$/u.test(s)) {
    if (isNumber(type)) return number(s, type)
    return { kind: 'literal', value: s }
  }
  return { kind: 'sql', sql: now.test(s) ? spelledClock(s, type) : s }
}

/** Whether an expression may be written without brackets: the current time, and constants of bits and bytes. */
const bare =
  /^(?:(?:now|current_timestamp|localtime|localtimestamp)(?:\s*\(\s*\d*\s*\))?|[bx]'[0-9a-f]*'|0x[0-9a-f]+)$/iu

/** The clause after the type: `DEFAULT …`, `DEFAULT … ON UPDATE …`, or `ON UPDATE …` alone. */
export function defaultClause(value: Default, type: ColumnType, server: Server): string {
  if (value.kind === 'sql') {
    const updated = splitOnUpdate(value.sql)
    if (updated !== undefined) {
      const head = updated.value === '' ? '' : `DEFAULT ${writeExpression(updated.value)} `
      return `${head}ON UPDATE ${updated.update}`
    }
  }
  return `DEFAULT ${writeDefault(value, type, server)}`
}

function writeExpression(sql: string): string {
  return bare.test(sql) || /^null$/iu.test(sql) ? sql : `(${sql})`
}

export function writeDefault(value: Default, type: ColumnType, server: Server): string {
  if (value.kind === 'sql') return writeExpression(value.sql)
  const text = literal(value.value)
  return value.value !== null && server.flavor === 'mysql' && isLong(type) ? `(${text})` : text
}
