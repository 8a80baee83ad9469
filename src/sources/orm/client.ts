/** A connection of ambix in the shape of the `pg` package, for ORMs that print their DDL through a driver. */
import { lexSql, type SqlTextRules } from '../../util/split-sql.ts'
import type { Connection } from '../../drivers/driver.ts'

/** As `pg.QueryResult`, as far as ORMs look at it. */
export interface Result {
  readonly rows: readonly Record<string, unknown>[]
  readonly rowCount: number
  readonly command: string
  readonly fields: readonly unknown[]
}
type Done = (error: Error | null, result?: Result) => void

/** Statements that were sent and are not queries: the DDL, in its order. */
export interface Recording {
  readonly statements: readonly string[]
  readonly run: Run
  /** A class with the shape of `pg.Client` and `pg.Pool`. */
  readonly Client: new () => RecordingClient
}

/** Only these are sent to the database: everything else is what an ORM wants done, and is kept. */
const reads =
  /^\s*(?:select|show|with|describe|desc|explain|pragma\s+[\w.]+\s*(?:\((?!\s*(?:on|off|[01])\s*\))|;?\s*$))(?![a-z])/i
/** Statements of an ORM about its session and its transactions, which are not part of the schema. */
const session =
  /^\s*(?:set|reset|begin|start\s+transaction|commit|rollback|savepoint|release|discard|deallocate|listen|unlisten|use|lock\s+tables|unlock\s+tables)\b/i

export interface RecordOptions {
  /** Statements are executed as well as recorded: each migration finds what the ones before it created. */
  readonly execute?: boolean
  /** How a value becomes a constant, for statements with parameters; without it these are not recorded. */
  readonly literal?: (value: unknown) => string
  /** How the SQL is read whose parameters are question marks, or `$name` of an object; absent: `$1`, as PostgreSQL has them. */
  readonly rules?: SqlTextRules
}

/**
 * Queries are answered by `connection`; statements that would change the database are recorded and answered as if they
 * had been done, or executed where `execute` is set.
 */
export function recordStatements(connection: Connection, options: RecordOptions = {}): Recording {
  const statements: string[] = []
  const { rules } = options
  const run: Run = async (sql, values) => {
    const command = (/^\s*(\w+)/.exec(sql)?.[1] ?? '').toUpperCase()
    if (!reads.test(sql)) {
      // Without `literal`: an ORM's own rows have parameters, and are not part of a schema.
      const text = isEmpty(values) ? sql : withValues(sql, values!, options)
      if (session.test(sql) || text === undefined) return { rows: [], rowCount: 0, command, fields: [] }
      statements.push(text)
      if (options.execute !== true) return { rows: [], rowCount: 0, command, fields: [] }
      const rows = /\breturning\b/i.test(text) ? await connection.query<Record<string, unknown>>(text) : []
      if (rows.length > 0) return { rows, rowCount: rows.length, command, fields: [] }
      const counts = await connection.script([text])
      return { rows: [], rowCount: counts.reduce((a, b) => a + b, 0), command, fields: [] }
    }
    const bound = rules === undefined || isEmpty(values) ? sql : withValues(sql, values!, options)
    const given = rules === undefined && Array.isArray(values) ? [...values] : undefined
    const rows = await connection.query<Record<string, unknown>>(bound ?? sql, given)
    return { rows, rowCount: rows.length, command, fields: [] }
  }
  return {
    statements,
    run,
    Client: class extends RecordingClient {
      constructor() {
        super(run)
      }
    },
  }
}

/** To those who do not wait for promises. */
async function answer(result: Promise<Result>, done: Done): Promise<void> {
  let found: Result
  try {
    found = await result
  } catch (error) {
    done(error as Error)
    return
  }
  done(null, found)
}

type Values = readonly unknown[] | Readonly<Record<string, unknown>>

const isEmpty = (values: Values | undefined): boolean => values === undefined || Object.keys(values).length === 0

/** Parameters as SQL constants; strings and names are not changed. */
function withValues(sql: string, values: Values, { literal, rules }: RecordOptions): string | undefined {
  if (literal === undefined) return undefined
  const at = (n: string | number): string => literal((values as Readonly<Record<string | number, unknown>>)[n])
  if (rules === undefined)
    return sql.replaceAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\d+)\b/g, (whole, n: string | undefined) =>
      n === undefined ? whole : at(Number(n) - 1),
    )
  let out = ''
  let from = 0
  let count = 0
  lexSql(
    sql,
    (kind, start, end) => {
      if (kind !== 'mark' && kind !== 'word') return undefined
      const named = /^\$\w+/u.exec(sql.slice(start))?.[0]
      if (named === undefined && sql.slice(start, end) !== '?') return undefined
      const value = named === undefined ? count++ : Array.isArray(values) ? Number(named.slice(1)) - 1 : named
      out += sql.slice(from, start) + at(value)
      from = named === undefined ? end : start + named.length
      return from
    },
    rules,
  )
  return out + sql.slice(from)
}

export type Run = (sql: string, values: Values | undefined) => Promise<Result>

/** `pg.Client` and `pg.Pool` in one: promises and callbacks, events that never come. */
class RecordingClient {
  readonly #run: Run
  readonly processID = 0
  readonly connection = { stream: { destroy: () => {} } }

  constructor(run: Run) {
    this.#run = run
  }

  query(
    text: string | { readonly text: string; readonly values?: readonly unknown[] },
    values?: readonly unknown[] | Done,
    callback?: Done,
  ): Promise<Result> | undefined {
    const sql = typeof text === 'string' ? text : text.text
    const done = typeof values === 'function' ? values : callback
    const own = typeof text === 'string' ? undefined : text.values
    const given = typeof values === 'function' ? own : (values ?? own)
    const result = this.#run(sql, given)
    if (done === undefined) return result
    void answer(result, done)
    return undefined
  }

  connect(
    done?: (error: Error | null, client?: RecordingClient, release?: () => void) => void,
  ): Promise<RecordingClient> {
    done?.(null, this, () => {})
    return Promise.resolve(this)
  }

  end(done?: () => void): Promise<void> {
    done?.()
    return Promise.resolve()
  }

  release(): void {}
  on(): this {
    return this
  }
  once(): this {
    return this
  }
  removeListener(): this {
    return this
  }
  setTypeParser(): void {}
}
