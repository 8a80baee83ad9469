/** A connection of ambix in the shape of the `pg` package, for ORMs that print their DDL through a driver. */
import type { Connection } from '../../drivers/driver.ts'

/** As `pg.QueryResult`, as far as ORMs look at it. */
interface Result {
  readonly rows: readonly Record<string, unknown>[]
  readonly rowCount: number
  readonly command: string
  readonly fields: readonly unknown[]
}
type Done = (error: Error | null, result?: Result) => void

/** What was sent instead of read: the DDL, in its order. */
export interface Recording {
  readonly statements: readonly string[]
  /** A class with the shape of `pg.Client` and `pg.Pool`. */
  readonly Client: new () => RecordingClient
}

/** Only these are sent to the database: everything else is what an ORM wants done, and is kept. */
const reads = /^\s*(?:select|show|with)\b/i
/** What an ORM says about its session and its transactions is nobody's schema. */
const session =
  /^\s*(?:set|reset|begin|start\s+transaction|commit|rollback|savepoint|release|discard|deallocate|listen|unlisten)\b/i

/**
 * Queries are answered by `connection`, which has nothing of the schema yet; statements that would change the database
 * are recorded and answered as if they had been done.
 */
export function recordStatements(connection: Connection): Recording {
  const statements: string[] = []
  const run = async (sql: string, values: readonly unknown[] | undefined): Promise<Result> => {
    const command = (/^\s*(\w+)/.exec(sql)?.[1] ?? '').toUpperCase()
    if (!reads.test(sql)) {
      // Rows that an ORM keeps about itself (its own tables) have parameters: they are no part of a schema.
      if (!session.test(sql) && (values === undefined || values.length === 0)) statements.push(sql)
      return { rows: [], rowCount: 0, command, fields: [] }
    }
    const rows = await connection.query<Record<string, unknown>>(sql, values === undefined ? undefined : [...values])
    return { rows, rowCount: rows.length, command, fields: [] }
  }
  return {
    statements,
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

type Run = (sql: string, values: readonly unknown[] | undefined) => Promise<Result>

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
    const given =
      typeof values === 'function' ? undefined : (values ?? (typeof text === 'string' ? undefined : text.values))
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
