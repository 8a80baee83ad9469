/** How renames change the texts of triggers: SQLite rewrites all of them, and a rebuild must create exactly these texts. */
import type { Operation } from '../../operations/kinds.ts'
import type { Schema, Trigger } from '../../schema/model.ts'
import { nameOf, type Token, tokensOf } from './text/lex.ts'
import { mentionsName } from './text/parse.ts'
import { quote } from './spell.ts'

/** Where the text names a column of its own table: `NEW.a`, `OLD.a`, `UPDATE OF a, b ON`. */
function ownColumns(tokens: readonly Token[]): ReadonlySet<number> {
  const own = new Set<number>()
  const on = tokens.findIndex((t) => t.word === 'ON')
  const of = tokens.findIndex((t) => t.word === 'OF')
  for (const [i, t] of tokens.entries()) {
    if (t.kind !== 'word' && t.kind !== 'name') continue
    const row = tokens[i - 1]?.text === '.' ? tokens[i - 2]?.word : undefined
    if (row === 'NEW' || row === 'OLD' || (of >= 0 && of < on && i > of && i < on)) own.add(i)
  }
  return own
}

const same = (t: Token, name: string): boolean =>
  (t.kind === 'word' || t.kind === 'name') && nameOf(t).toLowerCase() === name.toLowerCase()

/** The text of a trigger after a column of its own table is renamed. */
export function renameInTrigger(definition: string, from: string, to: string): string {
  const tokens = tokensOf(definition)
  const own = ownColumns(tokens)
  let out = ''
  let at = 0
  for (const [i, t] of tokens.entries()) {
    if (!own.has(i) || !same(t, from)) continue
    out += definition.slice(at, t.start) + quote(to)
    at = t.end
  }
  return out + definition.slice(at)
}

/** Whether a column's old name is anywhere else in the text, where only SQLite knows which table it belongs to. */
function namedElsewhere(definition: string, column: string): boolean {
  const tokens = tokensOf(definition)
  const own = ownColumns(tokens)
  return tokens.some((t, i) => same(t, column) && !own.has(i))
}

/**
 * A trigger of a rebuilt table whose text after the renames cannot be derived from its text before them. `earlier` are
 * the operations before these changes, whose renames `before` has as far as they could be followed.
 */
export function unsureTrigger(
  rebuilt: readonly string[],
  run: readonly Operation[],
  earlier: readonly Operation[],
  before: Schema,
): Trigger | undefined {
  for (const o of before.objects.values()) {
    if (o.kind !== 'trigger' || !rebuilt.includes(o.table.name)) continue
    const unsure =
      earlier.some((op) => {
        const from = oldName(op)
        return from !== undefined && mentionsName(o.definition, from)
      }) ||
      run.some((op) => {
        const from = oldName(op)
        if (from === undefined || op.kind !== 'alterColumn') return false
        return op.table.name === o.table.name ? namedElsewhere(o.definition, from) : mentionsName(o.definition, from)
      })
    if (unsure) return o
  }
  return undefined
}

/** The old name of a column or a table that an operation renames or drops. */
export function oldName(op: Operation): string | undefined {
  if (op.kind === 'renameTable') return op.table.name
  return op.kind === 'alterColumn' && op.changes.newColumnName !== undefined ? op.column : undefined
}
