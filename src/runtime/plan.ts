/** Splits a revision's statements into units: those in one transaction, and those that must run outside any. */
import type { Statement } from '../dialects/dialect.ts'
import { hash } from '../util/hash.ts'
import { statementTexts } from '../util/split-sql.ts'
import type { SqlTextRules } from '../util/split-sql.ts'

/** Consecutive statements in one transaction, or one statement outside any (specs/reliability.md 2.3). */
export interface Unit {
  readonly kind: 'transaction' | 'alone'
  readonly statements: readonly Statement[]
  /** One statement that is to run by itself: the server may refuse it in a transaction, and it then runs outside any. */
  readonly own?: true
  /** Over the texts: tells a resumed run that the unit is the one that was recorded. */
  readonly checksum: string
}

/** A statement that was sent as part of a script, and the one it was cut from. */
export interface Piece {
  readonly sql: string
  readonly statement: Statement
  /** 0-based, among the revision's statements. */
  readonly index: number
}

/** The checksum is computed only where a revision takes several units: by a class, since a getter of its own makes each object a slow one. */
class PlannedUnit implements Unit {
  readonly kind: Unit['kind']
  readonly statements: readonly Statement[]
  readonly own?: true

  constructor(kind: Unit['kind'], statements: readonly Statement[]) {
    this.kind = kind
    this.statements = statements
    if (statements.length === 1 && statements[0]!.own === true) this.own = true
  }

  get checksum(): string {
    return checksum(this.statements)
  }
}

const unit = (kind: Unit['kind'], statements: readonly Statement[]): Unit => new PlannedUnit(kind, statements)

const checksum = (statements: readonly Statement[]): string =>
  hash('sha256', statements.map((s) => `${s.transaction}\0${s.sql}`).join('\0'))

/** Never empty: a revision that does nothing is one empty transaction. */
export function planUnits(statements: readonly Statement[]): readonly Unit[] {
  const units: Unit[] = []
  let run: Statement[] = []
  const flush = (): void => {
    if (run.length > 0) units.push(unit('transaction', run))
    run = []
  }
  for (const statement of statements) {
    if (statement.transaction === 'alone') {
      flush()
      units.push(unit(statement.own === true ? 'transaction' : 'alone', [statement]))
      continue
    }
    run.push(statement)
    if (statement.transaction === 'commit-after') flush()
  }
  flush()
  // The version row is written in a transaction that the server does not refuse: the last unit must be one.
  if (units.at(-1)?.kind !== 'transaction' || units.at(-1)?.own === true) units.push(unit('transaction', []))
  return units
}

/**
 * Statements as single pieces, so that the one that fails is known by counting: a text that holds several is split.
 */
export function piecesOf(statements: readonly Statement[], rules?: SqlTextRules): readonly Piece[] {
  const known = cut.get(statements)
  if (known !== undefined && known.rules === rules) return known.pieces
  const pieces: Piece[] = []
  for (const [i, statement] of statements.entries()) {
    const { sql } = statement
    const texts = statement.source.kind === 'execute' || sql.includes(';') ? statementTexts(sql, rules) : [sql]
    for (const text of texts) {
      pieces.push({ sql: text, statement, index: i })
    }
  }
  cut.set(statements, { rules, pieces })
  return pieces
}

/** A revision that many targets get is cut once. */
const cut = new WeakMap<
  readonly Statement[],
  { readonly rules: SqlTextRules | undefined; readonly pieces: readonly Piece[] }
>()

const data = new Set(['execute', 'run', 'bulkInsert', 'bulkDelete', 'backfill'])

/** Whether a check is only valid just before its statement: the revision itself changes rows before it, or creates what it reads. */
export function followsData(statement: Statement, all: readonly Statement[]): boolean {
  return statement.refuseHere === true || all.slice(0, all.indexOf(statement)).some((s) => data.has(s.source.kind))
}
