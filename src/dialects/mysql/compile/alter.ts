/** Clauses of ALTER TABLE, and how those of one table become one statement: one rebuild, and no state in between that the server refuses. */
import { refText } from '../../../schema/keys.ts'
import type { Ref } from '../../../schema/model.ts'
import type { Draft, Statement } from '../../dialect.ts'
import { quoteRef } from '../spell/quote.ts'
import type { Probe } from './probes.ts'

/** The parts of an ALTER TABLE statement, for code that merges it with others. */
export interface Alter {
  readonly table: Ref
  readonly clauses: readonly string[]
  /** Names that no other clause of the same statement may refer to: `column a`, `check c`. */
  readonly touches: readonly string[]
  /** Those of the clauses that the server takes only beside one that comes later: an index goes, which a foreign key needs. */
  readonly waiting?: readonly string[]
}

export type AlterDraft = Draft & { readonly alter?: Alter }

/** A statement of DDL: it commits by itself, so it is never part of a transaction. */
export function alone(sql: string, probe?: Probe, rest: Partial<Draft> = {}): Draft {
  return { sql, transaction: 'alone', ...(probe === undefined ? {} : { probe }), ...rest }
}

export function alterSql(table: Ref, clauses: readonly string[]): string {
  return clauses.length === 1
    ? `ALTER TABLE ${quoteRef(table)} ${clauses[0]}`
    : `ALTER TABLE ${quoteRef(table)}\n  ${clauses.join(',\n  ')}`
}

/** Without `touches` the statement is never merged with others. */
export function alterTable(
  table: Ref,
  clauses: readonly string[],
  probe?: Probe,
  touches?: readonly string[],
  waiting?: readonly string[],
): AlterDraft {
  const draft = alone(alterSql(table, clauses), probe)
  if (touches === undefined) return draft
  return { ...draft, alter: { table, clauses, touches, ...(waiting === undefined ? {} : { waiting }) } }
}

/** Orders clauses so that one comes before those that may use what it adds; drops come before all. */
const order = (clause: string): number =>
  /^DROP (CONSTRAINT|CHECK|PERIOD)/u.test(clause)
    ? 0
    : /^DROP (INDEX|PRIMARY)/u.test(clause)
      ? 1
      : /^(ADD|MODIFY) COLUMN/u.test(clause)
        ? 2
        : clause.startsWith('DROP COLUMN')
          ? 3
          : 4

function withClauses(statement: Statement, alter: Alter): Statement & { alter: Alter } {
  const clauses = alter.clauses.toSorted((a, b) => order(a) - order(b))
  return { ...statement, sql: alterSql(alter.table, clauses), alter: { ...alter, clauses } }
}

/**
 * Merges the clauses of a table in a sequence of ALTER TABLE statements into the first of them. Statements of
 * other kinds (rows, foreign keys, renames, whole tables) end the sequence.
 */
export function merged(statements: readonly Statement[]): readonly Statement[] {
  const out: (Statement & { alter?: Alter })[] = []
  let open = new Map<string, number>()
  for (const statement of statements as readonly (Statement & { readonly alter?: Alter })[]) {
    const { alter } = statement
    if (alter === undefined || statement.refuseIf !== undefined) {
      open = new Map()
      out.push(statement)
      continue
    }
    const key = refText(alter.table)
    const at = open.get(key)
    const first = at === undefined ? undefined : out[at]!
    if (at === undefined || first?.alter?.touches.some((t) => alter.touches.includes(t)) === true) {
      const moved = at === undefined ? [] : (first!.alter!.waiting ?? [])
      const left = first?.alter?.clauses.filter((c) => !moved.includes(c)) ?? []
      open.set(key, out.length)
      if (moved.length === 0 || left.length === 0) out.push({ ...statement })
      else {
        out[at!] = withClauses(first!, { ...first!.alter!, clauses: left, waiting: [] })
        out.push(
          withClauses(statement, {
            ...alter,
            clauses: [...moved, ...alter.clauses],
            waiting: [...moved, ...(alter.waiting ?? [])],
          }),
        )
      }
      continue
    }
    const { clauses, touches, waiting = [] } = first!.alter!
    const probe = first!.probe ?? statement.probe
    const both = {
      table: alter.table,
      clauses: [...clauses, ...alter.clauses],
      touches: [...touches, ...alter.touches],
      waiting: [...waiting, ...(alter.waiting ?? [])],
    }
    out[at] = {
      ...withClauses(first!, both),
      hazards: [...first!.hazards, ...statement.hazards],
      ...(probe === undefined ? {} : { probe }),
    }
  }
  return out.map((statement) => {
    const plain = { ...statement }
    delete plain.alter
    return plain
  })
}
