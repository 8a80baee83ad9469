/** Runs the function of an `op.run`: its queries are in the revision's transaction, and all of them must end with it. */
import type { Statement } from '../dialects/dialect.ts'
import type { Connection } from '../drivers/driver.ts'
import { AmbixError } from '../errors.ts'
import { callAndLook } from '../util/left-behind.ts'
import type { SqlTextRules } from '../util/split-sql.ts'
import { refuseTransactionControl } from '../util/sql/transaction-control.ts'
import { captureCall, type Place, placeOfCall } from '../util/written-at.ts'

/** The queries that failed, by the error. */
const failed = new WeakMap<object, { readonly sql: string; readonly call: ReturnType<typeof captureCall> }>()
const failedQuery = (error: unknown): ReturnType<typeof failed.get> =>
  typeof error === 'object' && error !== null ? failed.get(error) : undefined

/** The file and line of the query of an `op.run` that failed. */
export function placeOfQuery(error: unknown): Place | undefined {
  const query = failedQuery(error)
  return query === undefined ? undefined : placeOfCall(query.call)
}

/** The text of that query. */
export const sqlOfQuery = (error: unknown): string | undefined => failedQuery(error)?.sql

/** A query whose caller may forget to await it. */
class Query<T> extends Promise<T> {
  awaited = false
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  // `await` calls it too, since this is not a native promise.
  // oxlint-disable-next-line unicorn/no-thenable -- a promise has `then`; this one notes that it was called
  override then<A = T, B = never>(
    done?: ((value: T) => A | PromiseLike<A>) | null,
    failed?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.awaited = true
    // oxlint-disable-next-line promise/no-callback-in-promise -- `then` itself is what is passed on
    return super.then(done, failed)
  }

  /** A promise for its end; a failure that is not awaited does not end the process. */
  async settled(): Promise<void> {
    const ignored = (): undefined => undefined
    await super.then(ignored, ignored)
  }
}

/** Throws OPERATION.INVALID for transaction control, for a query that is not awaited, and for late ones; else the function's own errors. */
export async function runFunction(
  connection: Connection,
  run: NonNullable<Statement['run']>,
  rules?: SqlTextRules,
): Promise<void> {
  const queries = new Map<Query<unknown>, string>()
  let over = false
  const db = {
    query: <Row = Record<string, unknown>>(sql: string, params?: readonly unknown[]): Promise<readonly Row[]> => {
      const call = captureCall(db.query)
      const fail = (error: unknown): void => {
        if (typeof error === 'object' && error !== null) failed.set(error, { sql, call })
      }
      const query = new Query<readonly Row[]>((resolve, reject) => {
        try {
          if (over) throw tooLate(sql)
          refuseTransactionControl(sql, rules)
          connection.query<Row>(sql, params).then(resolve, (error: unknown) => {
            fail(error)
            reject(error as Error)
          })
        } catch (error) {
          fail(error)
          reject(error as Error)
        }
      })
      if (!over) void query.settled()
      if (!over) queries.set(query, sql)
      return query
    },
  }
  try {
    const { pending } = await callAndLook(async () => run({ db }), undefined)
    const known = queries.size
    // Lets promises that are not awaited run, and waits for the queries under way.
    await new Promise((resolve) => void setImmediate(resolve))
    for (const query of queries.keys()) await query.settled()
    const forgotten = [...queries].find(([query], i) => i >= known || !query.awaited)
    if (forgotten !== undefined) throw tooLate(forgotten[1])
    if (pending.length > 0)
      throw new AmbixError(
        'OPERATION.INVALID',
        `op.run has ended, but something that it started has not (${[...new Set(pending)].join(', ')})`,
        { why: 'What comes after its end is outside of the transaction.', next: ['Await everything in op.run'] },
      )
  } finally {
    over = true
  }
}

function tooLate(sql: string): AmbixError {
  return new AmbixError('OPERATION.INVALID', 'op.run has ended, but a query of it was not awaited', {
    why: `The query is: ${sql.trim().slice(0, 200)}`,
    next: ['Write `await` before each db.query(…) in op.run'],
  })
}
