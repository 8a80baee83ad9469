/** Which database a command works on: where its URL was given, and what happens where none was. */
import { readFileSync } from 'node:fs'
import { AmbixError } from '../errors.ts'
import type { NextAction } from '../errors.ts'
import { redact, thrownText } from '../util/redact.ts'
import type { Config } from './config.ts'
import { embeddedUrl, exampleUrl } from './registry.ts'

export interface UrlPlace {
  /** The config file, or a description of a configuration in code. */
  readonly where: string
  readonly file?: string
  /** `--url`; an empty text is a mistake. */
  readonly given?: string
  /** Whether the embedded database may be used where no URL is given; asked last, since Node takes a tenth of a start to open stdin. */
  embedded(): boolean
}

/** The command runs at an interactive terminal, where its messages are read. */
export function atTerminal(): boolean {
  return process.env['CI'] === undefined && process.stderr.isTTY === true && process.stdin.isTTY === true
}

/**
 * `--url`, the configuration, DATABASE_URL; the embedded database only where none of the three is given and the terminal is interactive,
 * or the configuration chose its driver. Throws CONFIG.INVALID where one of them is there and empty.
 */
export async function resolveUrl(config: Config, place: UrlPlace): Promise<string> {
  if (place.given !== undefined) {
    if (filled(place.given)) return place.given
    throw new AmbixError('CONFIG.INVALID', 'The database URL that was given (--url) is empty', {
      why: 'No other database is used in its place.',
      next: [`Give a URL such as ${exampleUrl}, or leave --url out`],
    })
  }
  if (Object.hasOwn(config, 'url')) {
    const value: unknown = await urlOf(config, place)
    if (filled(value)) return value
    throw unset(config, value, place)
  }
  const fromEnvironment = process.env['DATABASE_URL']
  if (fromEnvironment !== undefined) {
    if (filled(fromEnvironment)) return fromEnvironment
    throw new AmbixError('CONFIG.INVALID', 'DATABASE_URL is in the environment, but it is empty', {
      why: `${place.where} names no database either. An empty secret or variable of a pipeline looks like this; no other database is used in its place.`,
      next: ['Give DATABASE_URL its value, or unset it', 'Or name the database: `url` in the configuration, or --url'],
    })
  }
  const url = embeddedUrl('.ambix', config.dialect)
  if (place.embedded() || config.driver === 'pglite') return url
  throw new AmbixError('CONFIG.INVALID', 'No database is named', {
    why: `${place.where} has no \`url\`, and DATABASE_URL is not set. Without a terminal the embedded database is not used by itself, since nobody would see that it is not yours.`,
    next: [
      'Set DATABASE_URL, or `url` in the configuration, or give --url',
      { text: 'Or choose the embedded database', command: `ambix … --url ${url}` },
    ],
  })
}

async function urlOf({ url }: Config, { where, file }: UrlPlace): Promise<unknown> {
  if (typeof url !== 'function') return url
  try {
    return await url()
  } catch (cause) {
    throw new AmbixError('CONFIG.INVALID', `${where}: the function \`url\` throws`, {
      why: redact(placeOf(cause, file)),
      next: ['Fix the function; no database was opened'],
      cause,
    })
  }
}

/** The error's message, and its place in the config file. */
function placeOf(cause: unknown, file: string | undefined): string {
  if (!(cause instanceof Error)) return thrownText(cause)
  const line =
    file === undefined ? undefined : /^(?:\?[^:\s)]*)?:(\d+)/.exec((cause.stack ?? '').split(file)[1] ?? '')?.[1]
  return line === undefined ? cause.message : `${cause.message} (${file}:${line})`
}

const filled = (value: unknown): value is string => typeof value === 'string' && value.trim() !== ''

/** `url` is there without a value: most often a variable of the environment that is not set. */
function unset(config: Config, value: unknown, { where, file }: UrlPlace): AmbixError {
  const names = unsetVariables(file)
  const gives = typeof config.url === 'function' ? 'its function gives' : 'it is'
  const what =
    value === undefined ? 'undefined' : value === null ? 'null' : value === '' ? 'an empty text' : typeof value
  const next: (NextAction | string)[] = [
    ...(names.length === 0
      ? ['Set the environment variable that it comes from']
      : [`Set ${names.join(' or ')} in the environment or in .env`]),
    'Or take the key `url` out: then DATABASE_URL names the database',
  ]
  return new AmbixError('CONFIG.INVALID', `${where}: \`url\` has no value (${gives} ${what})`, {
    why:
      names.length === 0
        ? 'A key that is there must have a value; no other database is used in its place.'
        : `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'} not set. No other database is used in its place.`,
    next,
  })
}

/** Variables that the config file reads from the environment for a URL, and that have no value. */
function unsetVariables(file: string | undefined): readonly string[] {
  if (file === undefined || !/\.[cm]?[jt]s$/.test(file)) return []
  const text = readFileSync(file, 'utf8')
  const named = [...text.matchAll(/process\.env(?:\.(\w+)|\[['"](\w+)['"]\])/g)].map((m) => m[1] ?? m[2]!)
  return [...new Set(named)].filter((name) => (process.env[name] ?? '') === '')
}
