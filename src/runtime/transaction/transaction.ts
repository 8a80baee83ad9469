/** One transaction of a run: the lock, the state under it, the statements, the version rows, the history, the commit. */
import type { SessionSetting, Statement } from '../../dialects/dialect.ts'
import { isHidden } from '../../util/hidden-rows.ts'
import { AmbixError } from '../../errors.ts'
import type { Bookkeeping } from '../bookkeeping.ts'
import { interrupted, Locked, refusalMark, refused, StateChanged, statementFailed, whatStays } from '../failure.ts'
import { rowsHidden } from '../hidden-rows.ts'
import { distrustedIn, headsIn, headsSql, isDuplicate, isMissingTable } from '../history.ts'
import { followsData } from '../plan.ts'
import { ownRows } from '../together.ts'
import { runFunction } from '../run-function.ts'
import {
  type Session,
  type Work,
  type Opening,
  type Part,
  openingParts,
  keepParts,
  limitParts,
  recordParts,
  statementParts,
  wholeParts,
} from './parts.ts'
import { Unprepared } from './prepared.ts'

/** A refusal could not be evaluated before the revision, since the revision itself creates what it reads. */
class RefusalTooEarly extends Error {}

const raised = '22P02'

/** Sends parts as one simple query, one round trip; on failure the caller rolls the transaction back. */
async function send(s: Session, parts: readonly Part[], work: Work): Promise<readonly number[]> {
  try {
    return await s.connection.script(parts.map((p) => p.sql))
  } catch (error) {
    throw classify(s, error, parts, work)
  }
}

/** What the error of these parts means. */
export function classify(s: Session, error: unknown, parts: readonly Part[], work: Work): unknown {
  const said = s.connection.describeError(error)
  const part = parts[said?.statement ?? -1]
  if (said !== undefined && part !== undefined) {
    if (part.prepared === true && s.prepared?.isGone(said.code) === true) return new Unprepared()
    if (part.role === 'lock' && said.code === raised) return new Locked()
    // The tables were there when they were inspected: somebody dropped them, or the schema.
    if (part.role === 'state' && (said.code === raised || isMissingTable(s.connection, error)))
      return new StateChanged()
    if (part.role === 'create' && isDuplicate(s.connection, error)) return new StateChanged(said.message)
    // The part is recorded already: another deployer was faster.
    if (part.role === 'record' && said.code === '23505') return new StateChanged()
    if (part.role === 'edit' && said.code === raised) return rowCount(work, s.book)
    if (part.role === 'guard') {
      const told = distrustedIn(s.connection, s.dialect, error)
      if (told !== undefined) return told
    }
    if (part.role === 'refusal') {
      const at = said.message.indexOf(refusalMark)
      if (isHidden(s.dialect, said)) return rowsHidden(said, part.statement, work)
      if (at < 0) return new RefusalTooEarly()
      return refused(
        said.message.slice(at + refusalMark.length).replace(/"$/, ''),
        part.statement!,
        work.step,
        work.applied,
      )
    }
    if (part.statement?.allRows === true && isHidden(s.dialect, said)) return rowsHidden(said, part.statement, work)
    // SQLite: BEGIN IMMEDIATE is the lock.
    if (part.role === 'begin' && said.code === '5') return new Locked()
  }
  return statementFailed(s.connection, error, {
    ...work,
    dialect: s.dialect,
    statement: part?.statement,
    sql: part?.sql ?? '',
  })
}

function rowCount({ step, applied, kept }: Work, book: Bookkeeping): AmbixError {
  return new AmbixError(
    'VERSION.ROW_COUNT',
    `Recording ${step.revision} failed: a version row is not there, or is there already`,
    {
      why: `Another session edited ${book.version} without taking ambix's lock.\n${whatStays(applied, step, kept)}`,
      next: [
        { text: 'See where the database stands', command: 'ambix current' },
        'Put the rows back as ambix history --applied has them, and run the command again',
      ],
      data: { revision: step.revision, edits: step.edits, applied: applied.map((a) => a.revision) },
    },
  )
}

/** Whether everything can be sent in one script: nothing needs a parameter, a user function, or a row count. */
function isScript(s: Session, work: Work, hook: unknown): boolean {
  return (
    hook === undefined &&
    s.dialect.session.bookkeeping.raiseUnless !== undefined &&
    work.statements.every(
      (st) =>
        st.run === undefined &&
        (st.params === undefined || st.params.length === 0) &&
        (st.refuseIf === undefined || !followsData(st, work.all)),
    )
  )
}

export async function rollback(s: Session): Promise<void> {
  if (!s.connection.closed) await s.connection.script(s.dialect.session.rollback).catch(() => {})
}

/**
 * Opens, works, commits. In one round trip where possible. Throws Locked, StateChanged, or an AmbixError; rolled back then.
 * `during` is called when the script was sent.
 */
export async function runTransaction(
  s: Session,
  opening: Opening,
  work: Work,
  hook?: (s: Session) => void | Promise<void>,
  during?: () => void,
): Promise<void> {
  const restore = await changeSetting(s, settingOf(work.statements))
  try {
    if (isScript(s, work, hook)) {
      const sent = send(s, wholeParts(s, opening, work), work)
      during?.()
      try {
        await sent
        return
      } catch (error) {
        if (!(error instanceof RefusalTooEarly)) throw error
        await rollback(s)
      }
    }
    await openTransaction(s, opening, work)
    await workInside(s, work, hook)
    await commit(s, work)
  } catch (error) {
    await rollback(s)
    throw error
  } finally {
    await restore()
  }
}

/** The setting that a transaction of these statements runs under. */
export function settingOf(statements: readonly Statement[]): SessionSetting | undefined {
  return statements.find((st) => st.around !== undefined)?.around
}

/** Changes a setting of the session outside of any transaction; the answer puts it back, whatever happened. */
export async function changeSetting(s: Session, setting: SessionSetting | undefined): Promise<() => Promise<void>> {
  if (setting === undefined) return async () => {}
  const value = (await s.connection.values(setting.read))[0]?.[0] ?? setting.usual
  await s.connection.script([setting.change])
  return async () => {
    if (!s.connection.closed) await s.connection.script([setting.restore(value)])
  }
}

/** BEGIN, the lock, the state. */
export async function openTransaction(s: Session, opening: Opening, work: Work): Promise<void> {
  await send(s, openingParts(s, opening), work)
  if (opening.heads === undefined || s.dialect.session.bookkeeping.raiseUnless !== undefined) return
  // Only where nobody else owns anything.
  const found = headsIn(await ownRows(s.connection, s.dialect, headsSql(s.book)))
  if (found.join('\n') !== [...opening.heads].sort().join('\n')) throw new StateChanged()
}

export async function commit(s: Session, work: Work): Promise<void> {
  await send(s, [{ sql: s.dialect.session.commit, role: 'commit' }], work)
}

/** The work of one revision inside an open transaction: in one round trip where possible. */
export async function workInside(s: Session, work: Work, hook?: (s: Session) => void | Promise<void>): Promise<void> {
  const late = new Set<Statement>()
  for (const statement of work.refusals)
    if (followsData(statement, work.all) || !(await ask(s, statement, work))) late.add(statement)
  // Sent with the first statements, so that they take no round trip of their own.
  const first = [...limitParts(s, work), ...keepParts(s, work)]
  let run: Statement[] = []
  const flush = async (): Promise<void> => {
    const parts = [...first.splice(0), ...statementParts(s, run)]
    run = []
    if (parts.length > 0) await send(s, parts, work)
  }
  for (const statement of work.statements) {
    if (late.has(statement)) {
      await flush()
      await ask(s, statement, work)
    }
    if (statement.run === undefined && (statement.params === undefined || statement.params.length === 0)) {
      run.push(statement)
      continue
    }
    await flush()
    await runOne(s, statement, work)
  }
  if (work.signal?.aborted === true) throw interrupted(work.applied, work.step, work.kept)
  const records = recordParts(s, work)
  if (s.dialect.session.bookkeeping.raiseUnlessOne !== undefined) {
    const parts = [...first.splice(0), ...statementParts(s, run), ...records]
    if (parts.length > 0) await send(s, parts, work)
  } else {
    await flush()
    const counts = records.length === 0 ? [] : await send(s, records, work)
    if (records.some((part, i) => part.role === 'edit' && counts[i] !== 1)) throw rowCount(work, s.book)
  }
  await hook?.(s)
}

/** A statement with parameters, row by row, or the user's function. */
async function runOne(s: Session, statement: Statement, work: Work): Promise<void> {
  const { connection } = s
  const setting = statement.allRows === true ? s.dialect.session.allRows : undefined
  try {
    if (setting !== undefined) await connection.script(setting.on)
    if (statement.run !== undefined) await runFunction(connection, statement.run, s.dialect.session.text)
    else for (const row of statement.params ?? []) await connection.query(statement.sql, row)
    if (setting !== undefined) await connection.script(setting.off)
  } catch (error) {
    const said = setting === undefined ? undefined : connection.describeError(error)
    if (said !== undefined && isHidden(s.dialect, said)) throw rowsHidden(said, statement, work)
    throw statementFailed(connection, error, { ...work, dialect: s.dialect, statement, sql: statement.sql })
  }
}

/** Runs a refusal's query inside a savepoint; false where it names objects that do not exist yet. */
async function ask(s: Session, statement: Statement, work: Work): Promise<boolean> {
  const { connection } = s
  const { allRows } = s.dialect.session
  await connection.script('SAVEPOINT ambix_refusal')
  let rows: readonly (readonly (string | null)[])[]
  try {
    if (allRows !== undefined) await connection.script(allRows.on)
    rows = await connection.values(statement.refuseIf!)
    if (allRows !== undefined) await connection.script(allRows.off)
  } catch (error) {
    const said = connection.describeError(error)
    if (said === undefined) throw error
    if (isHidden(s.dialect, said)) throw rowsHidden(said, statement, work)
    await connection.script('ROLLBACK TO SAVEPOINT ambix_refusal')
    return false
  }
  await connection.script('RELEASE SAVEPOINT ambix_refusal')
  const first = rows[0]
  if (first !== undefined) throw refused(first[0] ?? 'no reason given', statement, work.step, work.applied)
  return true
}
