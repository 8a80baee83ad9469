/** The name of a revision file: template tokens, slug, and the date in the project's timezone (F3-F5). */
import { AmbixError } from '../../errors.ts'

/** `20261120_1030_add_status_3f2a9c81d04e`: sorts by time, and shows the message. */
export const defaultFileTemplate = '{year}{month}{day}_{hour}{minute}_{slug}_{rev}'
export const defaultSlugLength = 40

const tokens = ['rev', 'slug', 'epoch', 'year', 'month', 'day', 'hour', 'minute', 'second'] as const

/** `%(rev)s`, `%%(year)d`, `%(month).2d`. */
const alembicToken = /%{1,2}\((\w+)\)[.\d]*[sd]/

export interface FileNameParts {
  readonly rev: string
  readonly message: string
  readonly date: Date
  readonly template?: string
  readonly slugLength?: number
  /** IANA name; default UTC. */
  readonly timezone?: string
  /** `.ts` by default. */
  readonly extension?: string
}

/**
 * The file name of a revision, relative to its folder; a template with `/` creates subfolders.
 * Throws CONFIG.INVALID for a token or timezone that does not exist, or a template that leads out of the folder.
 *
 * @example fileName({ rev: '3f2a9c81d04e', message: 'add status', date }) // '20261120_1030_add_status_3f2a9c81d04e.ts'
 */
export function fileName(parts: FileNameParts): string {
  const template = parts.template ?? defaultFileTemplate
  if (alembicToken.test(template))
    throw new AmbixError('CONFIG.INVALID', `fileTemplate has tokens as Alembic writes them: ${template}`, {
      next: [`write: ${template.replaceAll(new RegExp(alembicToken, 'g'), '{$1}')}`],
    })
  const clock = clockIn(parts.date, parts.timezone)
  const values: Record<(typeof tokens)[number], string> = {
    rev: parts.rev,
    slug: slugOf(parts.message, parts.slugLength),
    epoch: String(Math.floor(parts.date.getTime() / 1000)),
    ...clock,
  }
  const filled = template.replaceAll(/\{([^{}]*)\}/g, (_, name: string) => {
    const token = tokens.find((t) => t === name)
    if (token === undefined) {
      throw new AmbixError('CONFIG.INVALID', `fileTemplate has the unknown token {${name}}.`, {
        next: [`the tokens are ${tokens.map((t) => `{${t}}`).join(' ')}`],
      })
    }
    return values[token]
  })
  const path = filled
    .split('/')
    .map((part) => part.replaceAll(/_{2,}/g, '_').replaceAll(/^_+|_+$/g, ''))
    .join('/')
  if (
    path.startsWith('/') ||
    path.includes('\\') ||
    path.split('/').some((part) => part === '' || part === '.' || part === '..')
  ) {
    throw new AmbixError(
      'CONFIG.INVALID',
      `fileTemplate makes ${JSON.stringify(path)}, which is not a file inside the folder.`,
    )
  }
  return `${path}${parts.extension ?? '.ts'}`
}

/** Lower-cased words joined by `_`, cut after a word where longer than `length` (F4). Letters of any script are kept. */
export function slugOf(message: string, length = defaultSlugLength): string {
  const words =
    message
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{N}\p{M}]+/gu) ?? []
  let slug = ''
  for (const word of words) {
    const next = slug === '' ? word : `${slug}_${word}`
    if (next.length > length) return slug === '' ? [...word].slice(0, length).join('') : slug
    slug = next
  }
  return slug
}

/** The date as a header writes it: ISO 8601 to the second with its offset, `Z` for UTC. Throws CONFIG.INVALID. */
export function createDate(date: Date, timezone?: string): string {
  const { year, month, day, hour, minute, second } = clockIn(date, timezone)
  const local = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second))
  const offset = Math.round((local - Math.floor(date.getTime() / 1000) * 1000) / 60_000)
  const two = (n: number): string => String(Math.trunc(n)).padStart(2, '0')
  const zone =
    offset === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${two(Math.abs(offset) / 60)}:${two(Math.abs(offset) % 60)}`
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`
}

type Clock = Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', string>

function clockIn(date: Date, timezone = 'UTC'): Clock {
  let format: Intl.DateTimeFormat
  const numeric = '2-digit'
  try {
    format = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
      timeZone: timezone,
      hourCycle: 'h23',
      year: 'numeric',
      month: numeric,
      day: numeric,
      hour: numeric,
      minute: numeric,
      second: numeric,
    })
  } catch (cause) {
    throw new AmbixError('CONFIG.INVALID', `There is no timezone ${JSON.stringify(timezone)}.`, {
      next: ['write an IANA name, such as Europe/Berlin or UTC'],
      cause,
    })
  }
  const parts = new Map(format.formatToParts(date).map((part) => [part.type, part.value]))
  const of = (type: keyof Clock): string => parts.get(type)!.padStart(2, '0')
  return {
    year: of('year'),
    month: of('month'),
    day: of('day'),
    hour: of('hour'),
    minute: of('minute'),
    second: of('second'),
  }
}
