/** Questions to the user and about rows, with the names that the database has now. */
import { respellText } from '../../operations/fold/respell.ts'
import { columnText, parseRef, refText, sameRef } from '../../schema/keys.ts'
import type { Ref } from '../../schema/model.ts'
import { namesColumn, parseColumn } from '../model/hints.ts'
import { sameSchema } from '../graph/needs.ts'
import type { Decision, RowAnswers, RowQuestion } from '../model/types.ts'

export class Asking {
  readonly decisions: Decision[] = []
  readonly questions: RowQuestion[] = []
  readonly notes: string[] = []
  readonly newUuid: string
  readonly #answers: RowAnswers | undefined
  readonly #tables = new Map<string, Ref>()
  readonly #enums = new Map<string, Ref>()
  readonly #columns = new Map<string, string>()
  readonly #open = new Set<string>()

  /** `newUuid`: the expression of a new UUID. */
  constructor(answers: RowAnswers | undefined, newUuid = 'gen_random_uuid()') {
    this.#answers = answers
    this.newUuid = newUuid
  }

  /** Rows cannot be queried: there is no connection. */
  get offline(): boolean {
    return this.#answers === undefined
  }

  /** One question a label: whether it is renamed, and if not, what becomes of the rows that hold it. */
  decide(decision: Decision): void {
    const label = labelOf(decision)
    const at = label === undefined ? -1 : this.decisions.findIndex((d) => d.kind === 'rename' && labelOf(d) === label)
    if (decision.kind === 'remap' && at >= 0) this.decisions[at] = renamedOrRemapped(this.decisions[at]!, decision)
    else this.decisions.push(decision)
  }

  /** Notes in addition to the questions. */
  note(text: string): void {
    if (!this.notes.includes(text)) this.notes.push(text)
  }

  /** Keys that an open question about a rename may settle: no other question is asked about them. */
  open(...keys: readonly string[]): void {
    for (const key of keys) this.#open.add(key)
  }
  isOpen(key: string | undefined): boolean {
    return key !== undefined && this.#open.has(key)
  }

  renamedTable(now: Ref, old: Ref): void {
    this.#tables.set(refText(now), old)
  }
  renamedEnum(now: Ref, old: Ref): void {
    this.#enums.set(refText(now), old)
  }
  renamedColumn(table: Ref, now: string, old: string): void {
    this.#columns.set(columnText(table, now), old)
  }
  tableBefore(now: Ref): Ref {
    return this.#tables.get(refText(now)) ?? sameSchema(now, now.name)
  }
  enumBefore(now: Ref): Ref {
    return this.#enums.get(refText(now)) ?? sameSchema(now, now.name)
  }
  columnBefore(table: Ref, now: string): string {
    return this.#columns.get(columnText(table, now)) ?? now
  }
  /** An expression over a row, with the old names of the columns. */
  expressionBefore(table: Ref, expression: string): string {
    let text = expression
    for (const [now, from] of this.#columns) {
      const to = parseColumn(now)
      if (to === undefined || !sameRef(to.table, sameSchema(table, table.name))) continue
      text = respellText(text, 'expression', { kind: 'column', table: to.table, from: to.column, to: from })
    }
    return text
  }
  /** The key of a table's, enum's or column's old name. */
  keyBefore(key: string): string {
    const [kind, text] = [key.slice(0, key.indexOf(':')), key.slice(key.indexOf(':') + 1)]
    if (kind === 'enum') return `enum:${refText(this.#enums.get(text) ?? parseRef(text) ?? { name: text })}`
    const found = kind === 'column' ? parseColumn(text) : undefined
    if (found === undefined) return key
    return `column:${columnText(this.tableBefore(found.table), this.columnBefore(found.table, found.column))}`
  }
  /** Whether a hint's `table.column` means the column under its old or new names. */
  namesColumn(text: string, table: Ref, column: string): boolean {
    return (
      namesColumn(text, table, column) ||
      namesColumn(text, this.tableBefore(table), this.columnBefore(table, column)) ||
      namesColumn(text, table, this.columnBefore(table, column))
    )
  }

  /** The answer, or undefined while it is unknown (with a database, the question is then recorded). */
  ask(question: RowQuestion): number | readonly (string | null)[] | undefined {
    if (this.#answers === undefined) return undefined
    const text = JSON.stringify(question)
    const answer = this.#answers.get(text)
    if (answer === undefined && !this.questions.some((q) => JSON.stringify(q) === text)) this.questions.push(question)
    return answer
  }

  count(question: RowQuestion): number | undefined {
    const answer = this.ask(question)
    return typeof answer === 'number' ? answer : undefined
  }

  /** False only when all the tables are known to be empty, so that nothing can be lost by reading a change one way. */
  hasRows(tables: readonly Ref[]): boolean {
    // All questions are recorded in one pass.
    return tables.map((table) => this.count({ ask: 'rows', table: this.tableBefore(table) })).some((rows) => rows !== 0)
  }
}

/** Of which label of which object a decision is; undefined where it is of something else. */
function labelOf(decision: Decision): string | undefined {
  const [first] = decision.options
  if (first === undefined || !('from' in first)) return undefined
  const value = ('rename' in first && first.rename === 'value') || 'remap' in first
  return value ? JSON.stringify([decision.object, first.from]) : undefined
}

/** Choosing the remap also answers that it is not a rename. */
function renamedOrRemapped(rename: Decision, remap: Decision): Decision {
  return {
    ...rename,
    question: `${rename.question} ${remap.question}`,
    options: [...rename.options.filter((hint) => !('distinct' in hint)), ...remap.options],
  }
}
