/** How a TypeScript value that was given as a server default becomes a literal of the model. */
import { AmbixError } from '../../errors.ts'
import type { EnumData } from './enum-labels.ts'
import type { ColumnType, LiteralValue } from '../model.ts'
import { shown } from '../shapes.ts'

/** The literal of `type`. Throws ENUM.DEFAULT for what is no label, SCHEMA.INVALID for what no column of the type holds. */
export function literalOf(value: unknown, type: ColumnType, enumData: EnumData | undefined): LiteralValue {
  if (value === null || value === undefined) return null
  if (type.kind === 'array') {
    if (typeof value === 'string') return value
    if (!Array.isArray(value)) throw unfit(value, type)
    const element = type.element
    // An array type has as many dimensions as its values do (manual, 8.15.1).
    return element === undefined
      ? value
      : Object.freeze(value.map((v) => literalOf(v, Array.isArray(v) ? type : element, enumData)))
  }
  if (enumData !== undefined) return label(value, enumData)
  if (type.kind === 'json' || type.kind === 'jsonb') return json(value)
  switch (typeof value) {
    case 'string':
      if (moments.test(value) && ofTime.has(type.kind)) throw moment(value)
      return value
    case 'boolean':
      return value
    case 'number':
      if (textual.has(type.kind)) throw unfit(value, type)
      // JavaScript writes 2 ** 60 with zeros at its end; what it holds is exact.
      if (type.kind === 'bigint' && Number.isInteger(value) && !Number.isSafeInteger(value))
        return String(BigInt(value))
      return Number.isFinite(value) && !Object.is(value, -0) ? value : String(value)
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
    default:
      if (value instanceof Date) return date(value, type)
      if (value instanceof Uint8Array) return `\\x${[...value].map((b) => b.toString(16).padStart(2, '0')).join('')}`
      throw unfit(value, type)
  }
}

const moments = /^\s*(?:now|today|tomorrow|yesterday)\s*$/i
/** numeric is a string in TypeScript too, and accepts numbers; these do not. */
const textual: ReadonlySet<string> = new Set(['text', 'varchar', 'char', 'citext', 'name', 'uuid', 'xml'])
const ofTime: ReadonlySet<string> = new Set(['date', 'time', 'timestamp'])

/** The words of the manual's table 8.13 that PostgreSQL converts to a time when the default is created, not when a row is inserted. */
function moment(word: string): AmbixError {
  const day = word.trim().toLowerCase()
  const now = { today: 'current_date', tomorrow: 'current_date + 1', yesterday: 'current_date - 1' }[day] ?? 'now()'
  return new AmbixError(
    'SCHEMA.INVALID',
    `The default ${JSON.stringify(word)} would be the moment in which it was made.`,
    {
      why: 'PostgreSQL evaluates the word once, when the column gets its default, and every row would get that one time.',
      next: [`For the time of each row write .default(sql\`${now}\`).`],
    },
  )
}

function label(value: unknown, data: EnumData): string {
  const known = data.members.findIndex((m) => m.value === value)
  if (known >= 0) return data.labels[known]!
  if (typeof value === 'string' && data.labels.includes(value)) return value
  throw new AmbixError('ENUM.DEFAULT', `The default ${shown(value)} is not a label of the enum ${data.name}.`, {
    why: `Its labels are ${data.labels.map((l) => JSON.stringify(l)).join(', ') || 'none'}.`,
    next: ['Give a member of the enum, or add the label.'],
    data: { enum: data.name, default: value, labels: data.labels },
  })
}

function json(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  try {
    JSON.parse(value)
    return value
  } catch (cause) {
    throw new AmbixError('SCHEMA.INVALID', `The default ${JSON.stringify(value)} of a JSON column is not JSON text.`, {
      why: 'A string is taken as JSON text, so that it can be written as the database prints it.',
      next: [`For the JSON string write ${JSON.stringify(JSON.stringify(value))}.`],
      cause,
    })
  }
}

/** As PostgreSQL prints it in UTC (manual, 8.5.2), so that it can be compared. */
function date(value: Date, type: ColumnType): string {
  if (Number.isNaN(value.getTime())) throw unfit('Invalid Date', type)
  const [day, time] = value.toISOString().slice(0, -1).split('T') as [string, string]
  if (type.kind === 'date') return day
  const short = time.replace(/\.(\d*?)0+$/u, (_, digits: string) => (digits === '' ? '' : `.${digits}`))
  const zone = type.withTimeZone === true ? '+00' : ''
  return type.kind === 'time' ? `${short}${zone}` : `${day} ${short}${zone}`
}

function unfit(value: unknown, type: ColumnType): AmbixError {
  return new AmbixError(
    'SCHEMA.INVALID',
    `A column of type ${type.kind} cannot have the default ${typeof value === 'string' ? value : shown(value)}.`,
    {
      next: ["Give a value of the column's own type, or sql`…`."],
    },
  )
}
