/** Writes a plan as SQL text instead of running it: the same order, the same transactions, Alembic's row edits. */
import { append } from '../util/append.ts'
import type { Dialect, SessionSetting, Statement } from '../dialects/dialect.ts'
import { AmbixError } from '../errors.ts'
import { Bookkeeping } from './bookkeeping.ts'
import { limitTransaction } from './limits/limit-session.ts'
import { followsData, planUnits } from './plan.ts'
import type { Unit } from './plan.ts'
import { keepSettings, ownSettings, plainStrings } from './session-settings.ts'
import { storePlan } from './stored-plan.ts'
import { settingOf } from './transaction/transaction.ts'
import type { SqlTextRules } from '../util/split-sql.ts'
import type { RevisionStep, RuntimeSettings } from './types.ts'

export interface ScriptRequest {
  readonly dialect: Dialect
  readonly settings: RuntimeSettings
  readonly steps: readonly RevisionStep[]
  /** The revisions of the database when the script begins; empty: it is empty, and the version table is created. */
  readonly from: readonly string[]
  /** For the database's own program (psql), which has commands for stopping at the first error. */
  readonly forProgram?: boolean
}

/** One line, whatever the message holds: a newline would end the comment. */
export function stepComment(step: Pick<RevisionStep, 'revision' | 'direction' | 'down' | 'message'>): string {
  const down = step.down.join(', ')
  const path = step.direction === 'downgrade' ? `${step.revision} -> ${down}` : `${down} -> ${step.revision}`
  const message = step.message.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()
  return `-- Running ${step.direction} ${path}${message === '' ? '' : `, ${message}`}`
}

/** Each statement ends in a semicolon of its own, which a comment at the end must not swallow. */
function ended(sql: string): string {
  // From the end: a pattern would try each blank of a long statement.
  let end = sql.length
  while (end > 0 && /[;\s]/.test(sql[end - 1]!)) end--
  const text = sql.slice(0, end)
  return text.slice(text.lastIndexOf('\n') + 1).includes('--') ? `${text}\n;` : `${text};`
}

/** A routine whose body holds statements: clients that split at semicolons are given another delimiter. */
function bodied(sql: string, rules: SqlTextRules | undefined): string {
  if (rules?.compoundBodies !== true || !/;/.test(sql.trim().slice(0, -1)) || !/\bbegin\b|\bthen\b|\bdo\b/i.test(sql))
    return ended(sql)
  let delimiter = '//'
  while (sql.includes(delimiter)) delimiter += '/'
  return `DELIMITER ${delimiter}\n${sql.trim().replace(/;$/, '')}${delimiter}\nDELIMITER ;`
}

/**
 * The whole script; nothing in it depends on the clock or the machine. Throws OPERATION.OFFLINE for `op.run`, naming the
 * revision, and whatever the compiler throws.
 */
export async function writeScript(request: ScriptRequest): Promise<string> {
  const { dialect, settings, steps, from } = request
  if (steps.length === 0) return ''
  const { session } = dialect
  const book = new Bookkeeping(dialect, settings)
  const planned: {
    readonly step: RevisionStep
    readonly statements: readonly Statement[]
    readonly units: readonly Unit[]
  }[] = []
  for (const step of steps) {
    const statements = step.statements === undefined ? [] : await step.statements(undefined)
    refuseCode(step, statements)
    planned.push({ step, statements, units: planUnits(statements) })
  }
  const blocks: string[] = request.forProgram !== true || session.scriptHead === undefined ? [] : [session.scriptHead]
  const texts = planned.flatMap((p) => p.statements.flatMap((s) => [s.sql, s.refuseIf ?? '']))
  append(blocks, plainStrings(session, texts).map(ended))
  let open = false
  let setting: SessionSetting | undefined
  const begin = (around?: SessionSetting): void => {
    // A setting that must be set before a transaction ends the open one without it.
    if (open && around !== undefined && setting === undefined && settings.transactionPerMigration) commit()
    if (open) return
    setting = settings.transactionPerMigration ? around : (session.aroundAll ?? around)
    if (setting !== undefined) blocks.push(ended(setting.change))
    blocks.push(ended(session.begin))
    open = true
  }
  const commit = (): void => {
    // An empty transaction is not written.
    if (open && blocks.at(-1) === ended(session.begin)) blocks.pop()
    else if (open) blocks.push(ended(session.commit))
    if (open && setting !== undefined) blocks.push(ended(setting.restore(setting.usual)))
    open = false
    setting = undefined
  }
  const journaled = session.bookkeeping.stopUnless !== undefined && planned.some((p) => p.units.length > 1)
  if (from.length === 0 || journaled) {
    begin()
    if (from.length === 0) blocks.push(...book.schemaFirst.map(ended), ended(versionTable(dialect, book)))
    if (journaled) blocks.push(ended(ifMissing(session.bookkeeping.createJournal(book.journal))))
  }
  // Whoever runs the script may have limits of their own: only what was configured is stated.
  const { lockTimeout, ...others } = settings
  const stated = lockTimeout?.unlessSet === false ? settings : others
  const limit = (unit: Unit): readonly string[] =>
    limitTransaction(dialect, stated, unit.statements).map((set) => ended(`SELECT ${set}`))
  const place = new Place(dialect, book, request, journaled)
  for (const { step, statements, units } of planned) {
    begin(settingOf(units[0]?.statements ?? []))
    blocks.push(stepComment(step), ...place.guard(step, 0))
    const guards = statements.filter((s) => s.refuseIf !== undefined && !followsData(s, statements))
    for (const s of guards) pushGuard(blocks, dialect, s)
    for (const sql of keepSettings(session, statements)) blocks.push(ended(sql))
    for (const [pos, unit] of units.entries()) {
      const last = pos === units.length - 1
      if (!open) {
        begin(settingOf(unit.statements))
        append(blocks, place.guard(step, pos))
      }
      const row = (state: 'started' | 'done'): string =>
        [
          ...(pos === 0 ? [planRow(book, step, units)] : []),
          book.journalRow({ ...rowOf(step), pos, checksum: unit.checksum, state }),
        ]
          .map(ended)
          .join('\n\n')
      if (unit.own === true && unit.statements.every((s) => onlyRows.test(s.sql))) {
        if (pos > 0) {
          commit()
          begin()
          append(blocks, place.guard(step, pos))
        }
        append(blocks, limit(unit))
        for (const s of unit.statements) pushStatement(blocks, dialect, s, 'on', 'off')
        if (journaled) blocks.push(row('done'))
        commit()
        continue
      }
      if (unit.kind === 'alone' || unit.own === true) {
        if (journaled) blocks.push(row('started'))
        commit()
        for (const s of unit.statements) pushStatement(blocks, dialect, s, 'sessionOn', 'sessionOff')
        begin()
        if (journaled) blocks.push(...place.guard(step, pos + 1), ended(book.journalDone(step.revision, pos)))
        continue
      }
      begin(settingOf(unit.statements))
      append(blocks, limit(unit))
      for (const s of unit.statements) {
        if (s.refuseIf !== undefined && !guards.includes(s)) pushGuard(blocks, dialect, s)
        if (s.sql.trim() !== '') pushStatement(blocks, dialect, s, 'on', 'off')
      }
      if (last) continue
      if (journaled) blocks.push(row('done'))
      if (unit.statements.at(-1)?.transaction === 'commit-after') commit()
    }
    if (!open) {
      begin()
      append(blocks, place.guard(step, units.length))
    }
    for (const sql of ownSettings(session, statements, false).before) blocks.push(ended(sql))
    for (const edit of step.edits) blocks.push(ended(book.edit(edit)))
    if (journaled && units.length > 1) blocks.push(ended(book.journalForget(step.revision)))
    place.done(step)
    if (settings.transactionPerMigration) commit()
  }
  commit()
  return `${blocks.join('\n\n')}\n`
}

/** A statement that is to run in a transaction of its own and is known to work in one: its journal row is in the same transaction. */
const onlyRows = /^\s*(?:insert|update|delete|merge|truncate)\b/i

const rowOf = (step: RevisionStep): { revision: string; direction: RevisionStep['direction']; owner: string } => ({
  revision: step.revision,
  direction: step.direction,
  owner: 'script',
})

/** The parts, so that `ambix upgrade` can finish what a script began. */
const planRow = (book: Bookkeeping, step: RevisionStep, units: readonly Unit[]): string =>
  book.journalRow({ ...rowOf(step), pos: -2, checksum: step.checksum ?? '', state: 'plan', plan: storePlan(units) })

/** Whether two steps, or a step and where the script begins, are neighbours of one line. */
function follows(step: RevisionStep, before: RevisionStep | undefined, from: string): boolean {
  if (step.direction === 'downgrade')
    return before === undefined ? step.revision === from : before.down[0] === step.revision
  return step.down[0] === (before?.revision ?? from)
}

/** The state of the database before a part of a script: an interrupted script that is run again stops before it repeats anything. */
class Place {
  readonly #dialect: Dialect
  readonly #book: Bookkeeping
  readonly #empty: boolean
  readonly #ids: readonly string[]
  readonly #journaled: boolean
  /** By revision, those just before and after it. */
  readonly #beside: Readonly<Record<'before' | 'after', ReadonlyMap<string, readonly string[]>>>
  /** Each revision follows the one before it in the script, so that any two of them are before and after each other. */
  readonly #line: boolean
  #heads: readonly string[]
  #first = true

  constructor(dialect: Dialect, book: Bookkeeping, { from, steps }: ScriptRequest, journaled: boolean) {
    this.#dialect = dialect
    this.#book = book
    this.#empty = from.length === 0
    this.#heads = from
    this.#journaled = journaled
    const ids = steps.flatMap((s) =>
      s.edits.flatMap((e) => [...(e.kind === 'insert' ? [] : [e.from]), ...(e.kind === 'delete' ? [] : [e.to])]),
    )
    this.#ids = [...new Set(ids)].sort()
    const after = new Map<string, string[]>()
    for (const { revision, down } of steps) for (const id of down) after.set(id, [...(after.get(id) ?? []), revision])
    this.#line = from.length === 1 && steps.every((s, i) => s.down.length < 2 && follows(s, steps[i - 1], from[0]!))
    this.#beside = { before: new Map(steps.map((s) => [s.revision, s.down])), after }
  }

  /** `parts`: the number of the revision's parts that are recorded by then. */
  guard(step: RevisionStep, parts: number): readonly string[] {
    const { bookkeeping } = this.#dialect.session
    if (bookkeeping.stopUnless === undefined || step.direction === 'stamp') return []
    const conditions = [this.#rows(), ...(this.#journaled ? [this.#book.begun(parts, true)!] : [])]
    const where = this.#heads.length === 0 ? 'base' : this.#heads.join(', ')
    return [
      ended(
        bookkeeping.stopUnless(
          conditions.join(' AND '),
          `ambix: the database is not where this part of the script begins (${where})`,
          parts === 0
            ? `${this.#book.names.version} says where it is; write the script from there`
            : `${this.#book.names.journal} says which parts of ${step.revision} are done; ambix ${step.direction} finishes it`,
        ),
      ),
    ]
  }

  /** A script from base is for an empty database; one from a revision leaves other branches alone. */
  #rows(): string {
    const { bookkeeping } = this.#dialect.session
    const heads = [...this.#heads].sort()
    if (this.#empty)
      return bookkeeping.holdsExactly(
        this.#book.version,
        heads.map((id) => this.#dialect.literal(id)),
      )
    const list = (ids: readonly string[]): string => ids.map((id) => this.#dialect.literal(id)).join(', ')
    const others = this.#others(heads)
    const { version } = this.#book
    return [
      ...(heads.length === 0
        ? []
        : [`(SELECT count(*) FROM ${version} WHERE version_num IN (${list(heads)})) = ${heads.length}`]),
      ...(others.length === 0 ? [] : [`NOT EXISTS (SELECT FROM ${version} WHERE version_num IN (${list(others)}))`]),
    ].join(' AND ')
  }

  /**
   * Revisions of the script that must not be there: at its beginning all others, later those that neither lead to a head nor come
   * from one, which cannot be there together with it. So a line of revisions does not list itself in each part.
   */
  #others(heads: readonly string[]): readonly string[] {
    const first = this.#first
    this.#first = false
    if (!first && this.#line && heads.length > 0) return []
    const known = new Set(heads)
    if (!first)
      for (const beside of [this.#beside.before, this.#beside.after]) {
        const found = new Set(heads)
        for (const id of found) for (const next of beside.get(id) ?? []) found.add(next)
        for (const id of found) known.add(id)
      }
    return this.#ids.filter((id) => !known.has(id))
  }

  done(step: RevisionStep): void {
    const rows = new Set(this.#heads)
    for (const edit of step.edits) {
      if (edit.kind !== 'insert') rows.delete(edit.from)
      if (edit.kind !== 'delete') rows.add(edit.to)
    }
    this.#heads = [...rows]
  }
}

/** Creates the version table, for `ensure-version --sql`. */
export function versionTableScript(dialect: Dialect, settings: RuntimeSettings): string {
  const book = new Bookkeeping(dialect, settings)
  return `${[...book.schemaFirst, versionTable(dialect, book)].map(ended).join('\n\n')}\n`
}

/** A script cannot query: after a downgrade to base the table exists, and the same script must run again. */
function versionTable(dialect: Dialect, book: Bookkeeping): string {
  return ifMissing(dialect.session.bookkeeping.createVersion(book.version))
}

const ifMissing = (create: string): string => create.replace(/^CREATE TABLE /, 'CREATE TABLE IF NOT EXISTS ')

function pushStatement(
  blocks: string[],
  dialect: Dialect,
  statement: Statement,
  before: 'on' | 'sessionOn',
  after: 'off' | 'sessionOff',
): void {
  const setting = statement.allRows === true ? dialect.session.allRows : undefined
  if (setting !== undefined) blocks.push(ended(setting[before]))
  // Only a statement outside a transaction can be a routine with statements in it.
  blocks.push(before === 'sessionOn' ? bodied(statement.sql, dialect.session.text) : ended(statement.sql))
  if (setting !== undefined) blocks.push(ended(setting[after]))
}

function pushGuard(blocks: string[], dialect: Dialect, statement: Statement): void {
  const guard = dialect.session.bookkeeping.guard?.(statement.refuseIf!)
  const setting = dialect.session.allRows
  if (guard === undefined) return
  if (setting !== undefined) blocks.push(ended(setting.on))
  blocks.push(ended(guard))
  if (setting !== undefined) blocks.push(ended(setting.off))
}

function refuseCode(step: RevisionStep, statements: readonly Statement[]): void {
  const code = statements.find((s) => s.run !== undefined)
  if (code === undefined) return
  throw new AmbixError(
    'OPERATION.OFFLINE',
    `Revision ${step.revision} runs code (op.run), which cannot be written as SQL`,
    {
      why: 'op.run works on a live database.',
      next: ['Write what it does as op.execute, or run the revision on the database itself'],
      data: { revision: step.revision, operation: 'run' },
    },
  )
}
