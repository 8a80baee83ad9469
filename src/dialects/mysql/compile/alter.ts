/** Clauses of ALTER TABLE, and how those of one table become one statement: one rebuild, and no state in between that the server refuses. */
import { append } from '../../../util/append.ts'
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
  /** What else the statement must touch: the server drops the index that a foreign key needs only beside the one that replaces it. */
  readonly beside?: readonly string[]
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
  beside: readonly string[] = [],
): AlterDraft {
  const draft = alone(alterSql(table, clauses), probe)
  return touches === undefined
    ? draft
    : { ...draft, alter: { table, clauses, touches, ...(beside.length === 0 ? {} : { beside }) } }
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

type Altering = Statement & { readonly alter: Alter }

/** One statement of all; the first that has a probe tells whether it was done. */
function joined(group: readonly Altering[]): Statement {
  const [{ alter, ...first }] = group as [Altering]
  if (group.length === 1) return first
  const clauses = group.flatMap((s) => s.alter.clauses).toSorted((a, b) => order(a) - order(b))
  const probe = group.find((s) => s.probe !== undefined)?.probe
  return {
    ...first,
    sql: alterSql(alter.table, clauses),
    hazards: group.flatMap((s) => s.hazards),
    ...(probe === undefined ? {} : { probe }),
  }
}

/**
 * Merges the clauses of a table in a sequence of ALTER TABLE statements into the first of them. Statements of
 * other kinds (rows, foreign keys, renames, whole tables) end the sequence; what must stand beside one that comes
 * after the end goes there.
 */
export function merged(statements: readonly Statement[]): readonly Statement[] {
  const out: (Statement | Altering[])[] = []
  const open = new Map<string, Altering[]>()
  const waiting = new Map<string, Altering[]>()
  const close = (key: string, group: Altering[]): void => {
    const touched = group.flatMap((s) => s.alter.touches)
    const early = group.filter((s) => s.alter.beside?.every((name) => touched.includes(name)) === false)
    group.splice(0, group.length, ...group.filter((s) => !early.includes(s)))
    if (early.length > 0) waiting.set(key, early)
    open.delete(key)
  }
  for (const statement of statements as readonly (Statement & { readonly alter?: Alter })[]) {
    const { alter } = statement
    if (alter === undefined || statement.refuseIf !== undefined) {
      for (const [key, group] of open) close(key, group)
      const { alter: _, ...plain } = statement
      out.push(plain)
      continue
    }
    const key = refText(alter.table)
    const before = open.get(key)
    if (before?.some((s) => s.alter.touches.some((t) => alter.touches.includes(t))) === true) close(key, before)
    let group = open.get(key)
    if (group === undefined) {
      group = [...(waiting.get(key) ?? [])]
      waiting.delete(key)
      open.set(key, group)
      out.push(group)
    }
    group.push({ ...statement, alter })
  }
  // What comes after all does not stand in a statement of the table's.
  append(
    out,
    [...waiting.values()].flat().map((s) => [s]),
  )
  return out.flatMap((made) => (!Array.isArray(made) ? [made] : made.length === 0 ? [] : [joined(made)]))
}
