/** Writes a plan as SQL text instead of running it: the same order, the same transactions, Alembic's row edits. */
import type { Dialect, SessionSetting, Statement } from '../dialects/dialect.ts'
import { AmbixError } from '../errors.ts'
import { Bookkeeping } from './bookkeeping.ts'
import { followsData, planUnits } from './plan.ts'
import { keepSettings, ownSettings } from './session-settings.ts'
import { settingOf } from './transaction.ts'
import type { SqlTextRules } from '../util/split-sql.ts'
import type { RevisionStep, RuntimeSettings } from './types.ts'

export interface ScriptRequest {
  readonly dialect: Dialect
  readonly settings: RuntimeSettings
  readonly steps: readonly RevisionStep[]
  /** Where the database is when the script begins; empty: nothing is there yet, and the version table is made. */
  readonly from: readonly string[]
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

/** A routine whose body holds statements: clients that cut at semicolons are told of another end. */
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
  const blocks: string[] = []
  let open = false
  let setting: SessionSetting | undefined
  const begin = (around?: SessionSetting): void => {
    // A setting that must be there before the transaction ends the one that is open without it.
    if (open && around !== undefined && setting === undefined && settings.transactionPerMigration) commit()
    if (open) return
    setting = settings.transactionPerMigration ? around : (session.aroundAll ?? around)
    if (setting !== undefined) blocks.push(ended(setting.change))
    blocks.push(ended(session.begin))
    open = true
  }
  const commit = (): void => {
    // A transaction of nothing is not written.
    if (open && blocks.at(-1) === ended(session.begin)) blocks.pop()
    else if (open) blocks.push(ended(session.commit))
    if (open && setting !== undefined) blocks.push(ended(setting.restore(setting.usual)))
    open = false
    setting = undefined
  }
  if (from.length === 0) {
    begin()
    blocks.push(...book.schemaFirst.map(ended), ended(versionTable(dialect, book)))
  }
  for (const step of steps) {
    const statements = step.statements === undefined ? [] : await step.statements(undefined)
    refuseCode(step, statements)
    const units = planUnits(statements, session.text)
    begin(settingOf(units[0]?.statements ?? []))
    blocks.push(stepComment(step))
    const guards = statements.filter((s) => s.refuseIf !== undefined && !followsData(s, statements))
    for (const s of guards) pushGuard(blocks, dialect, s)
    for (const sql of keepSettings(session, statements)) blocks.push(ended(sql))
    for (const unit of units) {
      if (unit.kind === 'alone') {
        commit()
        for (const s of unit.statements) {
          const setting = s.allRows === true ? session.allRows : undefined
          if (setting !== undefined) blocks.push(ended(setting.sessionOn))
          blocks.push(bodied(s.sql, session.text))
          if (setting !== undefined) blocks.push(ended(setting.sessionOff))
        }
        begin()
        continue
      }
      begin(settingOf(unit.statements))
      for (const s of unit.statements) {
        if (s.refuseIf !== undefined && !guards.includes(s)) pushGuard(blocks, dialect, s)
        if (s.sql.trim() === '') continue
        const setting = s.allRows === true ? session.allRows : undefined
        if (setting !== undefined) blocks.push(ended(setting.on))
        blocks.push(ended(s.sql))
        if (setting !== undefined) blocks.push(ended(setting.off))
      }
      if (unit.statements.at(-1)?.transaction === 'commit-after') commit()
    }
    begin()
    for (const sql of ownSettings(session, statements, false).before) blocks.push(ended(sql))
    for (const edit of step.edits) blocks.push(ended(book.edit(edit)))
    if (settings.transactionPerMigration) commit()
  }
  commit()
  return `${blocks.join('\n\n')}\n`
}

/** Makes the version table, for `ensure-version --sql`. */
export function versionTableScript(dialect: Dialect, settings: RuntimeSettings): string {
  const book = new Bookkeeping(dialect, settings)
  return `${[...book.schemaFirst, versionTable(dialect, book)].map(ended).join('\n\n')}\n`
}

/** A script cannot look: after a downgrade to base the table is there, and the same script must run again. */
function versionTable(dialect: Dialect, book: Bookkeeping): string {
  return dialect.session.bookkeeping
    .createVersion(book.version)
    .replace(/^CREATE TABLE /, 'CREATE TABLE IF NOT EXISTS ')
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
