/** Runs compiled statements where no other session works: in a scratch database, without locks, versions or journal. */
import { thrownText } from './redact.ts'
import { isSessionEnd } from './ended-session.ts'

/** The parts of a compiled statement that are needed here, structurally typed. */
export interface Runnable {
  readonly sql: string
  readonly params?: readonly (readonly unknown[])[]
  readonly transaction: 'inside' | 'alone' | 'commit-after'
  /** Called instead of the statement, with the connection: the dialect then reads the current schema itself. */
  readonly run?: (context: { readonly db: Runner }) => Promise<void> | void
  /** A setting that must be changed before a transaction begins. */
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
  /** Statements of their own may be sent together: each commits by itself however it is sent. */
  readonly together?: boolean
}

/** An error with the statement that failed, so that the caller can report which one it was. */
export class StatementFailure extends Error {
  readonly statement: Runnable
  constructor(statement: Runnable, cause: unknown) {
    super(thrownText(cause), { cause })
    this.statement = statement
  }
}

/** A lost session is not the statement's failure, and its error is kept unchanged. */
const failed = (db: Runner, statement: Runnable, cause: unknown): unknown =>
  isSessionEnd(db, cause) ? cause : new StatementFailure(statement, cause)

/** Runs transactions as the statements require. Throws StatementFailure after a rollback; an error that ended the session, unchanged. */
export async function runStatements(
  db: Runner,
  words: TransactionWords,
  statements: readonly Runnable[],
): Promise<void> {
  // No other session works here: the setting applies to all statements.
  const setting = statements.find((s) => s.around !== undefined)?.around
  if (setting === undefined) return runAll(db, words, statements)
  await db.script([setting.change])
  try {
    await runAll(db, words, statements)
  } finally {
    await db.script([setting.restore(setting.usual)])
  }
}

/** Whether a statement of its own is its text alone. */
const isPlain = (statement: Runnable | undefined): boolean =>
  statement?.transaction === 'alone' && statement.run === undefined && (statement.params?.length ?? 0) === 0

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
  for (let i = 0; i < statements.length; i++) {
    const statement = statements[i]!
    if (statement.transaction === 'alone') {
      await flush([words.commit])
      const sent = [statement]
      if (words.together === true) while (isPlain(statements[i + 1])) sent.push(statements[++i]!)
      await db.script(sent.map((s) => s.sql)).catch((error: unknown) => {
        throw failed(db, sent[db.describeError(error)?.statement ?? 0] ?? statement, error)
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
