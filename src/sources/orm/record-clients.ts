/** A recording connection in the shape of the drivers of MySQL and SQLite, for tools that run their migrations through one. */
import type { Result, Run } from './client.ts'

type Done = (this: Outcome, error: Error | null, result?: unknown) => void

/** What the package `sqlite3` gives a callback as `this`. */
interface Outcome {
  readonly lastID: number
  readonly changes: number
}

const isRead = (result: Result): boolean => /^(?:SELECT|SHOW|WITH|PRAGMA|DESCRIBE|DESC|EXPLAIN)$/u.test(result.command)

/** `connection.query` and `execute` of `mysql2`, with callbacks. */
export function mysqlClient(run: Run): object {
  const answer = async (sql: string, values: readonly unknown[] | undefined): Promise<unknown> => {
    const result = await run(sql, values)
    if (isRead(result)) return result.rows
    const insertId = await lastId(run, result, 'SELECT LAST_INSERT_ID() AS id')
    return { affectedRows: result.rowCount, changedRows: result.rowCount, insertId, warningStatus: 0 }
  }
  const query = (
    given: string | { readonly sql: string; readonly values?: readonly unknown[] },
    second?: readonly unknown[] | Done,
    third?: Done,
  ): object => {
    const [done, values] = typeof second === 'function' ? [second, undefined] : [third, second]
    const [sql, own] = typeof given === 'string' ? [given, undefined] : [given.sql, given.values]
    void tell(done, async () => ({ result: await answer(sql, values ?? own), as: none }))
    return emitter
  }
  const emitter = {
    setMaxListeners: () => emitter,
    on: () => emitter,
    once: () => emitter,
    removeListener: () => emitter,
  }
  return { ...emitter, query, execute: query, release: () => {}, end: (done?: () => void) => done?.() }
}

/** `Database` of the package `sqlite3`: `run` and `all` with callbacks. */
export function sqliteClient(run: Run): object {
  const call = (sql: string, second?: readonly unknown[] | Done, third?: Done): object => {
    const [done, values] = typeof second === 'function' ? [second, undefined] : [third, second]
    void tell(done, async () => {
      const result = await run(sql, values)
      const lastID = await lastId(run, result, 'SELECT last_insert_rowid() AS id')
      return { result: [...result.rows], as: { lastID, changes: result.rowCount } }
    })
    return client
  }
  const client = {
    run: call,
    all: call,
    exec: call,
    serialize: (body?: () => void) => body?.(),
    close: (done?: () => void) => done?.(),
    on: () => client,
  }
  return client
}

const none: Outcome = { lastID: 0, changes: 0 }

/** Calls back once, with what was found or with the error. */
async function tell(
  done: Done | undefined,
  work: () => Promise<{ readonly result: unknown; readonly as: Outcome }>,
): Promise<void> {
  let found
  try {
    found = await work()
  } catch (error) {
    done?.call(none, error as Error)
    return
  }
  done?.call(found.as, null, found.result)
}

async function lastId(run: Run, result: Result, sql: string): Promise<number> {
  if (!/^(?:INSERT|REPLACE)$/u.test(result.command)) return 0
  return Number((await run(sql, undefined)).rows[0]?.['id'] ?? 0)
}
