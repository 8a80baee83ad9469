/** The targets of a fleet, read page by page from the source in the configuration: never all in memory. */
import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Target, TargetsSetting } from '../../config/config.ts'
import type { Settings } from '../../config/settings.ts'
import type { FleetSql } from '../../dialects/dialect.ts'
import type { Connection } from '../../drivers/driver.ts'
import { AmbixError } from '../../errors.ts'
import { messageOf, redactUrl } from '../../util/redact.ts'

export interface TargetReader {
  /** Reads from the start, at most a page ahead. Throws FLEET.TARGETS. */
  pages(size: number | (() => number)): AsyncIterable<readonly Target[]>
  /** Their number, where it is known without reading them. */
  total(): Promise<number | undefined>
  /** False where they can be read only once. */
  readonly again: boolean
}

/** The database that `{ sql }` is queried from. */
export interface ControlQuery {
  readonly connection: Connection
  readonly sql: FleetSql
}

const queryPage = 500

/** Throws FLEET.TARGETS where the configuration has none. */
export function targetReader(settings: Settings, control: () => Promise<ControlQuery>): TargetReader {
  const given = settings.raw.targets
  const where = settings.file ?? 'The configuration'
  if (given === undefined)
    throw new AmbixError('FLEET.TARGETS', `${where} names no targets`, {
      next: ["Write `targets: { sql: 'SELECT id, schema FROM tenants' }`, a list, a file or a function into it"],
    })
  const inner = readerOf(given, settings, where, control)
  return {
    ...inner,
    async *pages(size) {
      for await (const page of paged(inner.targets(), typeof size === 'number' ? () => size : size, where)) yield page
    },
  }
}

interface Source {
  targets(): AsyncIterable<unknown>
  total(): Promise<number | undefined>
  readonly again: boolean
}

function readerOf(
  given: TargetsSetting,
  settings: Settings,
  where: string,
  control: () => Promise<ControlQuery>,
): Source {
  if (typeof given === 'function') {
    const call = async (): Promise<Iterable<Target> | AsyncIterable<Target>> => {
      try {
        return iterable(await given(), `${where}: the function \`targets\` gives`)
      } catch (cause) {
        throw unreadable(`${where}: the function \`targets\` throws`, cause)
      }
    }
    return {
      again: true,
      total: async () => undefined,
      async *targets() {
        yield* await call()
      },
    }
  }
  if ('sql' in given) return fromQuery(given.sql, control)
  if ('file' in given) return fromFile(resolve(settings.dir, given.file))
  const source = iterable(given, `${where}: \`targets\` is`)
  // A generator is its own iterator: what was read of it cannot be read again.
  const own = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  return {
    again: (own as unknown) !== source,
    total: async () => (Array.isArray(source) ? source.length : undefined),
    async *targets() {
      yield* source
    },
  }
}

function iterable(value: unknown, what: string): Iterable<Target> | AsyncIterable<Target> {
  if (typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value))
    // A cast: its items are checked one by one.
    return value as Iterable<Target> | AsyncIterable<Target>
  throw new AmbixError('FLEET.TARGETS', `${what} nothing that can be read one by one`, {
    next: ['Give a list, an async iterable, a function that gives one, `{ sql }` or `{ file }`'],
  })
}

/** By the order of ids, each page by a query of its own: no transaction is open while the fleet runs. */
function fromQuery(query: string, control: () => Promise<ControlQuery>): Source {
  const text = query.trim().replace(/;$/, '')
  const ask = async (sql: (fleet: FleetSql) => string): Promise<readonly (readonly (string | null)[])[]> => {
    const { connection, sql: fleet } = await control()
    try {
      return await connection.values(sql(fleet))
    } catch (cause) {
      const said = connection.describeError(cause)
      throw unreadable('The query of `targets` fails', said === undefined ? cause : new Error(said.message))
    }
  }
  return {
    again: true,
    total: async () => Number((await ask((fleet) => fleet.count(text)))[0]?.[0] ?? 0),
    async *targets() {
      for (let after: string | undefined; ;) {
        const rows = await ask((fleet) => fleet.page(text, after, queryPage))
        for (const [row] of rows) yield JSON.parse(row!) as unknown
        if (rows.length < queryPage) return
        after = String((JSON.parse(rows.at(-1)![0]!) as { id: unknown }).id)
      }
    },
  }
}

function fromFile(file: string): Source {
  async function* lines(): AsyncIterable<{ readonly text: string; readonly line: number }> {
    let line = 0
    try {
      for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
        line++
        if (text.trim() !== '') yield { text, line }
      }
    } catch (cause) {
      if (cause instanceof AmbixError) throw cause
      throw unreadable(`The file of the targets cannot be read: ${file}`, cause)
    }
  }
  return {
    again: true,
    total: async () => {
      let count = 0
      for await (const _ of lines()) count++
      return count
    },
    async *targets() {
      for await (const { text, line } of lines()) {
        try {
          yield JSON.parse(text) as unknown
        } catch (cause) {
          if (!(cause instanceof SyntaxError)) throw cause
          throw new AmbixError('FLEET.TARGETS', `${file}:${line}: the line is not JSON`, {
            // Without the text itself: it may contain a password.
            next: ['Write one object a line: { "id": "north", "schema": "north" }'],
          })
        }
      }
    },
  }
}

async function* paged(
  source: AsyncIterable<unknown>,
  size: () => number,
  where: string,
): AsyncIterable<readonly Target[]> {
  let page: Target[] = []
  let ids = new Set<string>()
  for await (const item of source) {
    const target = checked(item, where)
    if (ids.has(target.id))
      throw new AmbixError('FLEET.TARGETS', `${where}: two targets have the id ${target.id}`, {
        next: ['Give each target an id of its own'],
      })
    ids.add(target.id)
    page.push(target)
    if (page.length < size()) continue
    yield page
    page = []
    ids = new Set()
  }
  if (page.length > 0) yield page
}

/** Throws FLEET.TARGETS; never with a URL in the message. */
function checked(item: unknown, where: string): Target {
  const bad = (what: string): AmbixError =>
    new AmbixError('FLEET.TARGETS', `${where}: a target ${what}`, {
      next: ["A target is { id: 'north', url: '…', schema: 'north', tags: ['canary'] }; all but id may be left out"],
    })
  if (typeof item !== 'object' || item === null) throw bad('is no object')
  const { id, url, schema, tags } = item as Readonly<Record<string, unknown>>
  const name = typeof id === 'number' || typeof id === 'bigint' ? String(id) : id
  if (typeof name !== 'string' || name === '') throw bad('has no id')
  for (const [key, value] of Object.entries({ url, schema }))
    if (value !== undefined && value !== null && (typeof value !== 'string' || value === ''))
      throw bad(`(${redactUrl(name)}) has a ${key} that is no text`)
  const list = typeof tags === 'string' ? tags.split(',').map((t) => t.trim()) : (tags ?? [])
  if (!Array.isArray(list) || !list.every((t) => typeof t === 'string'))
    throw bad(`(${name}) has tags that are no texts`)
  return {
    id: name,
    ...(typeof url === 'string' ? { url } : {}),
    ...(typeof schema === 'string' ? { schema } : {}),
    ...(list.length === 0 ? {} : { tags: list }),
  }
}

function unreadable(message: string, cause: unknown): AmbixError {
  if (cause instanceof AmbixError) return cause
  return new AmbixError('FLEET.TARGETS', message, { why: messageOf(cause), cause })
}
