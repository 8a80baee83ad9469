/** Runs compiled statements where nobody else is: in a scratch database, without locks, versions or journal. */
import { isSessionEnd } from './ended-session.ts'

/** What of a compiled statement matters here, by its shape. */
export interface Runnable {
  readonly sql: string
  readonly params?: readonly (readonly unknown[])[]
  readonly transaction: 'inside' | 'alone' | 'commit-after'
  /** What is done in its place, on the connection: the dialect's own look at what is there by then. */
  readonly run?: (context: { readonly db: Runner }) => Promise<void> | void
  /** A setting that a transaction must begin under. */
  readonly around?: { readonly change: string; readonly usual: string; restore(value: string): string }
}
export interface Runner {
  query<Row>(sql: string, params?: readonly unknown[]): Promise<readonly Row[]>
  script(sql: readonly string[]): Promise<unknown>
  describeError(error: unknown): { readonly statement?: number; readonly code?: string } | undefined
}
export interface TransactionWords {
  readonly begin: string
  readonly commit: string
  readonly rollback: string
}

/** Thrown errors carry the statement that failed, so that the caller can say which one it was. */
export class StatementFailure extends Error {
  readonly statement: Runnable
  constructor(statement: Runnable, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.statement = statement
  }
}

/** A lost session is not the statement's failure, and stays what it is. */
const failed = (db: Runner, statement: Runnable, cause: unknown): unknown =>
  isSessionEnd(db, cause) ? cause : new StatementFailure(statement, cause)

/** Transactions as the statements ask for them. Throws StatementFailure; rolled back then. What ended the session is thrown as it is. */
export async function runStatements(
  db: Runner,
  words: TransactionWords,
  statements: readonly Runnable[],
): Promise<void> {
  // Nobody else is here: the setting holds for all of it.
  const setting = statements.find((s) => s.around !== undefined)?.around
  if (setting === undefined) return runAll(db, words, statements)
  await db.script([setting.change])
  try {
    await runAll(db, words, statements)
  } finally {
    await db.script([setting.restore(setting.usual)])
  }
}

async function runAll(db: Runner, words: TransactionWords, statements: readonly Runnable[]): Promise<void> {
  let open = false
  let waiting: Runnable[] = []
  const flush = async (ending: readonly string[] = []): Promise<void> => {
    const sent = waiting
    waiting = []
    const head = open || (sent.length === 0 && ending.length === 0) ? [] : [words.begin]
    const texts = [...head, ...sent.map((s) => s.sql), ...ending]
    if (texts.length === 0 || (!open && sent.length === 0)) return
    try {
      await db.script(texts)
      open = ending.length === 0
    } catch (error) {
      const at = (db.describeError(error)?.statement ?? head.length) - head.length
      await db.script([words.rollback]).catch(() => {})
      const statement = sent[Math.max(0, Math.min(at, sent.length - 1))]
      throw failed(db, statement ?? { sql: words.commit, transaction: 'inside' }, error)
    }
  }
  for (const statement of statements) {
    if (statement.transaction === 'alone') {
      await flush([words.commit])
      await db.script([statement.sql]).catch((error: unknown) => {
        throw failed(db, statement, error)
      })
    } else if (statement.run !== undefined || (statement.params !== undefined && statement.params.length > 0)) {
      await flush()
      if (!open) await db.script([words.begin])
      open = true
      try {
        if (statement.run === undefined) for (const row of statement.params ?? []) await db.query(statement.sql, row)
        else await statement.run({ db })
      } catch (error) {
        await db.script([words.rollback]).catch(() => {})
        throw failed(db, statement, error)
      }
    } else waiting.push(statement)
    if (statement.transaction === 'commit-after') await flush([words.commit])
  }
  if (open && waiting.length === 0) await db.script([words.commit])
  else await flush([words.commit])
}
