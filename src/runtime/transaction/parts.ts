/** The statements of a transaction in their order: lock, guard, refusals, settings, the work, its records. */
import { append } from '../../util/append.ts'
import type { SessionDialect, Statement } from '../../dialects/dialect.ts'
import type { Connection } from '../../drivers/driver.ts'
import type { Bookkeeping } from '../bookkeeping.ts'
import { refusalMark } from '../failure.ts'
import { followsData, piecesOf } from '../plan.ts'
import { keepSettings, ownSettings } from '../session-settings.ts'
import { limitTransaction } from '../limits/limit-session.ts'
import type { AppliedStep, RevisionStep, RuntimeSettings } from '../types.ts'
import type { Prepared, Write } from './prepared.ts'

export interface Session {
  readonly connection: Connection
  readonly dialect: SessionDialect
  readonly book: Bookkeeping
  readonly key: bigint
  /** As in `RunOptions`. */
  readonly path?: readonly string[]
  readonly limits?: Pick<RuntimeSettings, 'lockTimeout' | 'statementTimeoutMs'>
  /** For the statements of several revisions. */
  readonly prepared?: Prepared
}

/** The work of one transaction; the existing parts are sent in this order. */
export interface Work {
  readonly step: RevisionStep
  readonly statements: readonly Statement[]
  /** All statements of the revision, for the error's "operation 3 of 7". */
  readonly all: readonly Statement[]
  /** Statements whose `refuseIf` is evaluated before anything runs. */
  readonly refusals: readonly Statement[]
  /** Row edits and the history row: absent for all but the last transaction of a revision. */
  readonly records: boolean
  /** Journal statements, before the commit. */
  readonly journal: readonly string[]
  /** As in `Opening`, before the records: hours may have passed since. */
  readonly guard: readonly string[]
  readonly applied: readonly AppliedStep[]
  /** Aborted before the commit: the transaction is rolled back. */
  readonly signal?: AbortSignal
  /** The parts of the revision that are committed already, as text. */
  readonly kept?: readonly string[]
  /** Several revisions share its transaction. */
  readonly shared?: boolean
  /** Revisions that are on their way after it, each in its own transaction. */
  readonly behind?: readonly string[]
}

export interface Opening {
  /** Take the lock in this transaction; false when another connection holds it for the run. */
  readonly lock: boolean
  /** The heads that the plan was made for; undefined where they were checked already. */
  readonly heads?: readonly string[]
  /** A condition in addition to the heads: no other deployer began a revision, or got further in this one. */
  readonly begun?: string
  /** Another one, which means the same under any search path. */
  readonly ran?: string
  /** Tables to create or widen first. */
  readonly prepare: readonly string[]
  /** Locks and checks the tables again, where another role could have changed them since. */
  readonly guard: readonly string[]
  /** Nobody else gets these locks: they are released once the state was read, and taken again for the records. */
  readonly brief?: true
}

type Role =
  | 'settings'
  | 'setting'
  | 'begin'
  | 'path'
  | 'guard'
  | 'lock'
  | 'create'
  | 'state'
  | 'refusal'
  | 'statement'
  | 'edit'
  | 'record'
  | 'commit'

export interface Part {
  readonly sql: string
  readonly role: Role
  /** Of ambix's own, and means the same under any search path. */
  readonly anyPath?: true
  /** Makes or runs a prepared statement. */
  readonly prepared?: true
  readonly statement?: Statement
}

/** A statement of ambix's own, prepared where others like it follow. */
function ownStatement(s: Session, part: Omit<Part, 'sql'>, text: (value: Write) => string): readonly Part[] {
  if (s.prepared === undefined) return [{ ...part, sql: text(s.dialect.literal) }]
  const { make, run } = s.prepared.statements(text)
  return [...(make === undefined ? [] : [make]), run].map((sql) => ({ ...part, sql, prepared: true }))
}

/** `limits`: what `limitsOf` gave, set with the look at the state, which is where locks are waited for from then on. */
export function openingParts(s: Session, opening: Opening, limits: readonly string[] = []): readonly Part[] {
  const { session } = s.dialect
  const { raiseUnless, holdsExactly } = session.bookkeeping
  const parts: Part[] = []
  const notices = session.noticesGone === undefined ? [] : [session.noticesGone]
  const lock = opening.lock ? session.tryLock(s.key) : undefined
  const locks = lock !== undefined && raiseUnless !== undefined
  if (locks)
    append(
      parts,
      ownStatement(s, { role: 'lock', anyPath: true }, () =>
        raiseUnless(lock, 'ambix: another deployer holds the lock', notices),
      ),
    )
  const brief = isBrief(opening)
  if (brief) parts.push({ sql: 'SAVEPOINT ambix_look', role: 'guard' })
  for (const sql of opening.guard) parts.push({ sql, role: 'guard' })
  for (const sql of opening.prepare) parts.push({ sql, role: 'create' })
  if (statesHeads(s, opening) && raiseUnless !== undefined) {
    // Its condition is about the rows of the journal, where there is one.
    const journaled = opening.begun?.includes('SELECT') === true
    append(
      parts,
      ownStatement(s, { role: 'state', ...(journaled ? {} : anyPath(s)) }, (value) =>
        raiseUnless(
          [
            holdsExactly(s.book.version, opening.heads.map(value), true),
            ...(opening.begun === undefined ? [] : [opening.begun]),
            ...(opening.ran === undefined ? [] : [opening.ran]),
          ].join(' AND '),
          'ambix: another deployer changed the version',
          limits,
        ),
      ),
    )
  }
  if (brief)
    for (const end of ['ROLLBACK TO', 'RELEASE']) parts.push({ sql: `${end} SAVEPOINT ambix_look`, role: 'guard' })
  const begin: Part = { sql: session.beginRun ?? session.begin, role: 'begin' }
  const path: Part[] =
    s.path === undefined || session.fleet === undefined ? [] : [{ sql: session.fleet.localPath(s.path), role: 'path' }]
  return [begin, ...(locks ? [] : settingParts(selected(notices))), ...path, ...ownParts(s, parts)]
}

/** Whether the heads are looked at by a statement of the opening. */
const statesHeads = (
  s: Session,
  opening: Opening,
): opening is Opening & { readonly heads: NonNullable<Opening['heads']> } =>
  opening.heads !== undefined && s.dialect.session.bookkeeping.raiseUnless !== undefined

/** What is created stays, and so do the locks. */
const isBrief = ({ brief, guard, prepare }: Opening): boolean =>
  brief === true && guard.length > 0 && prepare.length === 0

const selected = (values: readonly string[]): readonly string[] => values.map((value) => `SELECT ${value}`)

const anyPath = (s: Session): Pick<Part, 'anyPath'> =>
  s.dialect.session.bookkeeping.equals === undefined ? {} : { anyPath: true }

/** Statements of ambix's own, during which only the system's names can be found. */
function ownParts(s: Session, parts: readonly Part[]): readonly Part[] {
  const { own } = s.dialect.session
  if (own === undefined || parts.every((part) => part.anyPath === true)) return parts
  return [{ sql: own.enter, role: 'path' }, ...parts, { sql: own.leave, role: 'path' }]
}

export function refusalParts(s: Session, work: Work): Part[] {
  const { raiseIfAny } = s.dialect.session.bookkeeping
  if (raiseIfAny === undefined) return []
  const parts = work.refusals
    .filter((st) => !followsData(st, work.all))
    .map((statement) => refusalPart(raiseIfAny, statement))
  return seeingAll(s, parts, () => true)
}

/** Parts that must see all rows are run between settings with which the server refuses to hide any. */
function seeingAll(s: Session, parts: readonly Part[], all: (part: Part) => boolean): Part[] {
  const { allRows } = s.dialect.session
  if (allRows === undefined || !parts.some(all)) return [...parts]
  const out: Part[] = []
  let on = false
  const turn = (wanted: boolean): void => {
    if (on !== wanted) out.push({ sql: wanted ? allRows.on : allRows.off, role: 'setting' })
    on = wanted
  }
  for (const part of parts) {
    turn(all(part))
    out.push(part)
  }
  turn(false)
  return out
}

function refusalPart(raiseIfAny: (query: string, message: string) => string, statement: Statement): Part {
  return { sql: raiseIfAny(statement.refuseIf!, refusalMark), role: 'refusal', statement }
}

const settingParts = (statements: readonly string[]): Part[] => statements.map((sql) => ({ sql, role: 'settings' }))

/** Only with the first statement of the revision: later ones see its settings. */
export function keepParts(s: Session, work: Work): readonly Part[] {
  const first = work.statements.length > 0 && work.statements[0] === work.all[0]
  return first ? settingParts(keepSettings(s.dialect.session, work.all)) : []
}

/** For all statements of the transaction, since it keeps its locks to its end; without any that blocks clients, it may wait. */
function limitsOf(s: Session, { statements }: Work): readonly string[] {
  if (s.limits === undefined || s.connection.singleSession === true) return []
  return limitTransaction(s.dialect, s.limits, statements)
}

/** A transaction from its beginning to its end. */
export function wholeParts(s: Session, opening: Opening, work: Work): readonly Part[] {
  const limits = limitsOf(s, work)
  // A setting of the brief look would be undone with it.
  const together = statesHeads(s, opening) && !isBrief(opening)
  return [
    ...openingParts(s, opening, together ? limits : []),
    ...(together ? [] : settingParts(selected(limits))),
    ...workParts(s, work),
    { sql: s.dialect.session.commit, role: 'commit' },
  ]
}

/** The work of one revision in an open transaction. */
export const insideParts = (s: Session, work: Work): readonly Part[] => [...limitParts(s, work), ...workParts(s, work)]

const workParts = (s: Session, work: Work): readonly Part[] => [
  ...refusalParts(s, work),
  ...keepParts(s, work),
  ...statementParts(s, work.statements),
  ...recordParts(s, work),
]

export const limitParts = (s: Session, work: Work): readonly Part[] => settingParts(selected(limitsOf(s, work)))

export function recordParts(s: Session, work: Work): readonly Part[] {
  const { raiseUnlessOne, equals } = s.dialect.session.bookkeeping
  const parts: Part[] = []
  if (work.records) {
    const { edits } = work.step
    const row = (value: Write): string => s.book.historyRow(work.step, { status: 'done' }, value)
    const together = raiseUnlessOne !== undefined && edits.length === 1
    for (const edit of edits) {
      const text = (value: Write): string => {
        const sql = s.book.edit(edit, equals, value)
        return raiseUnlessOne === undefined
          ? sql
          : raiseUnlessOne(sql, 'ambix: a version row is not as expected', together ? row(value) : undefined)
      }
      append(parts, ownStatement(s, { role: 'edit', ...anyPath(s) }, text))
    }
    if (!together) append(parts, ownStatement(s, { role: 'record', ...anyPath(s) }, row))
  }
  for (const sql of work.journal) parts.push({ sql, role: 'record' })
  if (parts.length === 0) return parts
  parts.unshift(...work.guard.map((sql): Part => ({ sql, role: 'guard' })))
  const { before, after } = ownSettings(s.dialect.session, work.all, !work.records)
  return [...settingParts(before), ...ownParts(s, parts), ...settingParts(after)]
}

export const statementParts = (s: Session, statements: readonly Statement[]): Part[] =>
  seeingAll(
    s,
    piecesOf(statements, s.dialect.session.text).map((piece) => ({
      sql: piece.sql,
      role: 'statement',
      statement: piece.statement,
    })),
    (part) => part.statement?.allRows === true,
  )
