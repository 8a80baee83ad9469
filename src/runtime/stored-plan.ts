/** A revision's plan as text, kept in the journal while the revision takes several transactions, so that it is resumed as it was begun. */
import type { Statement } from '../dialects/dialect.ts'
import type { Operation } from '../operations/kinds.ts'
import type { Unit } from './plan.ts'
import { planUnits } from './plan.ts'

/** A larger plan is not kept: it is compiled again from its source, unless that was the live schema. */
const most = 16 * 1024 * 1024

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** Values that JSON does not have, as `{ $: kind, v: text }`. Throws for anything but plain data. */
function encode(value: unknown): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : { $: 'number', v: String(value) }
  if (typeof value === 'bigint') return { $: 'bigint', v: String(value) }
  if (value === undefined) return { $: 'undefined' }
  if (value instanceof Date) return { $: 'date', v: value.getTime() }
  if (value instanceof Uint8Array) return { $: 'bytes', v: Buffer.from(value).toString('base64') }
  if (Array.isArray(value)) return value.map(encode)
  if (typeof value !== 'object') throw new TypeError(`a ${typeof value} is not plain data`)
  const prototype = Object.getPrototypeOf(value) as unknown
  if (prototype !== Object.prototype && prototype !== null)
    throw new TypeError('an object of a class is not plain data')
  const entries = Object.entries(value)
    .filter(([, v]) => v !== undefined && typeof v !== 'function')
    .map(([key, v]): readonly [string, Json] => [key, encode(v)])
  const plain = Object.fromEntries(entries)
  return Object.hasOwn(plain, '$') ? { $: 'object', v: plain } : plain
}

function decode(value: Json): unknown {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return (value as readonly Json[]).map(decode)
  const given = value as { readonly [key: string]: Json }
  const inner = (fields: { readonly [key: string]: Json }): unknown =>
    Object.fromEntries(Object.entries(fields).map(([key, v]) => [key, decode(v)]))
  if (!Object.hasOwn(given, '$')) return inner(given)
  const v = given['v']
  switch (given['$']) {
    case 'number':
      return Number(v)
    case 'bigint':
      return BigInt(v as string)
    case 'undefined':
      return undefined
    case 'date':
      return new Date(v as number)
    case 'bytes':
      return Buffer.from(v as string, 'base64')
    default:
      return inner(v as { readonly [key: string]: Json })
  }
}

/** The text; undefined where a value cannot be written, or there is too much of it. */
export function storePlan(units: readonly Unit[]): string | undefined {
  const statements = units.flatMap((u) => u.statements)
  const operations = [...new Set(statements.map((s) => s.source))]
  try {
    const text = JSON.stringify({
      operations: operations.map(encode),
      statements: statements.map(({ source, run, hazards, ...rest }) => ({
        ...(encode(rest) as { readonly [key: string]: Json }),
        operation: operations.indexOf(source),
        ...(run === undefined ? {} : { code: true }),
        hazards: hazards.length,
      })),
    })
    return text.length > most ? undefined : text
  } catch {
    return undefined
  }
}

/**
 * The units as they were when the revision began. Functions of `op.run` are those that the file records now, in their
 * order; undefined where the text is not a stored plan, or their number differs.
 */
export function readPlan(text: string, recorded: readonly Operation[]): readonly Unit[] | undefined {
  let stored: { readonly operations: readonly Json[]; readonly statements: readonly { readonly [key: string]: Json }[] }
  try {
    // A cast: `storePlan` wrote it; in any other text the properties read below are missing.
    stored = JSON.parse(text) as typeof stored
    const operations = stored.operations.map((o) => decode(o) as Operation)
    const code = recorded.filter((op) => op.kind === 'run')
    let used = 0
    const statements = stored.statements.map(({ operation, code: isCode, hazards, ...rest }): Statement => {
      const source = isCode === true ? code[used++] : operations[operation as number]
      if (source === undefined || hazards === undefined) throw new TypeError('another plan')
      return {
        ...(decode(rest) as Omit<Statement, 'source' | 'hazards' | 'run'>),
        hazards: [],
        source,
        ...(isCode === true && source.kind === 'run' ? { run: source.run } : {}),
      }
    })
    return used === code.length ? planUnits(statements) : undefined
  } catch {
    return undefined
  }
}
