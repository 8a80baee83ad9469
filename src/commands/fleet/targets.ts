/** The targets of a fleet, read page by page from the source in the configuration: never all in memory. */
import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import type { Target, TargetsSetting } from '../../config/config.ts'
import type { Settings } from '../../config/settings.ts'
import type { FleetSql } from '../../dialects/dialect.ts'
import type { Connection } from '../../drivers/driver.ts'
import { AmbixError } from '../../errors.ts'
import { messageOf, redactUrl } from '../../util/redact.ts'
import { checkedTarget } from './checked.ts'

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
      try {
        for await (const page of paged(inner, typeof size === 'number' ? () => size : size, where)) yield page
      } catch (cause) {
        throw unreadable(`${where}: \`targets\` throws`, cause)
      }
    },
  }
}

interface Source {
  targets(): AsyncIterable<unknown>
  /** Where it sees to it itself that no id is there twice. */
  readonly distinct?: true
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
  if ('sql' in given) return fromQuery(given.sql, where, control)
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
  if (typeof value === 'object' && value !== null) {
    // A cast: its items are checked one by one.
    const source = value as Partial<Iterable<Target> & AsyncIterable<Target>>
    if (typeof (source[Symbol.asyncIterator] ?? source[Symbol.iterator]) === 'function')
      return source as Iterable<Target> | AsyncIterable<Target>
  }
  throw new AmbixError('FLEET.TARGETS', `${what} nothing that can be read one by one`, {
    next: ['Give a list, an async iterable, a function that gives one, `{ sql }` or `{ file }`'],
  })
}

/** By the order of ids, each page by a query of its own: no transaction is open while the fleet runs. */
function fromQuery(query: string, where: string, control: () => Promise<ControlQuery>): Source {
  const text = query.replace(/[;\s]+$/, '')
  const ask = async (sql: (fleet: FleetSql) => string): Promise<readonly (readonly (string | null)[])[]> => {
    const { connection, sql: fleet } = await control()
    try {
      return await connection.values(sql(fleet))
    } catch (cause) {
      const said = connection.describeError(cause)
      throw unreadable('The query of `targets` fails', said === undefined ? cause : new Error(said.message), [
        'It is one SELECT, with a column `id`, and `url`, `schema` and `tags` where the targets have them',
      ])
    }
  }
  return {
    again: true,
    total: async () => Number((await ask((fleet) => fleet.count(text)))[0]?.[0] ?? 0),
    distinct: true,
    async *targets() {
      for (let after: string | undefined; ;) {
        // One row more than a page: an id that is there twice may be on both sides of its end.
        const rows = await ask((fleet) => fleet.page(text, after, queryPage + 1))
        const twice = rows.find(([id], i) => i > 0 && id !== null && id === rows[i - 1]![0])
        if (twice !== undefined) throw sameId(where, twice[0]!)
        for (const [id, row] of rows.slice(0, queryPage))
          // The id as the server writes it: in JSON a large number is another one.
          yield { ...(JSON.parse(row!) as object), id }
        if (rows.length <= queryPage) return
        after = rows[queryPage - 1]![0]!
      }
    },
  }
}

function fromFile(file: string): Source {
  async function* lines(): AsyncIterable<{ readonly text: string; readonly line: number }> {
    let line = 0
    try {
      for await (const text of linesOf(file)) {
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

/** At line feeds alone: a JSON text may contain what else separates lines. */
async function* linesOf(file: string): AsyncIterable<string> {
  let rest = ''
  let first = true
  for await (const chunk of createReadStream(file, 'utf8')) {
    const lines = (rest + (first ? String(chunk).replace(/^\uFEFF/, '') : String(chunk))).split('\n')
    first = false
    rest = lines.pop()!
    yield* lines
  }
  yield rest
}

async function* paged(source: Source, size: () => number, where: string): AsyncIterable<readonly Target[]> {
  let page: Target[] = []
  // Of all pages: what has an id for the second time would be passed over as done.
  const ids = new Set<string>()
  for await (const item of source.targets()) {
    const target = checkedTarget(item, where)
    if (source.distinct !== true) {
      if (ids.has(target.id)) throw sameId(where, target.id)
      ids.add(target.id)
    }
    page.push(target)
    if (page.length < size()) continue
    yield page
    page = []
  }
  if (page.length > 0) yield page
}

const sameId = (where: string, id: string): AmbixError =>
  new AmbixError('FLEET.TARGETS', `${where}: two targets have the id ${redactUrl(id)}`, {
    next: ['Give each target an id of its own'],
  })

function unreadable(message: string, cause: unknown, next: readonly string[] = []): AmbixError {
  if (cause instanceof AmbixError) return cause
  return new AmbixError('FLEET.TARGETS', message, { why: messageOf(cause), next, cause })
}
