/** The comments above the operations of a revision: locks and rewrites in one comment, losses at the operation that causes them. */
import type { Statement } from '../../dialects/dialect.ts'
import type { Operation } from '../../operations/kinds.ts'
import { refText } from '../../schema/keys.ts'

type Compiled = Pick<Statement, 'source' | 'sql' | 'hazards' | 'transaction'>

/** The strongest first (manual, 13.3); SHARE UPDATE EXCLUSIVE only blocks other schema changes. */
const strength = ['ACCESS EXCLUSIVE', 'EXCLUSIVE', 'SHARE ROW EXCLUSIVE', 'SHARE']

/**
 * Comments by the operation's index. The first is `locks: ACCESS EXCLUSIVE on posts (short); rewrites: none` for all of
 * them: `long` where the transaction that holds the lock still reads or writes a whole table.
 */
export function remarksOf(operations: readonly Operation[], statements: readonly Compiled[]): (readonly string[])[] {
  const told = new Map<Operation, string[]>()
  for (const { source, hazards } of statements)
    for (const { code, message } of hazards) {
      if (costs.has(code) || untold.has(code)) continue
      const list = told.get(source) ?? []
      if (!list.includes(message)) told.set(source, [...list, message])
    }
  const sum = summary(statements)
  return operations.map((op, i) => [...(i === 0 && sum !== undefined ? [sum] : []), ...(told.get(op) ?? [])])
}

/** The operation itself says so, or the summary does. */
const untold: ReadonlySet<string> = new Set(['BREAKS_CLIENTS', 'PRIVILEGES', 'LONG_LOCK'])

const costs: ReadonlySet<string> = new Set(['BLOCKS_READS', 'BLOCKS_WRITES', 'TABLE_REWRITE', 'FULL_SCAN'])

interface Held {
  readonly lock: string
  readonly long: boolean
}

function summary(statements: readonly Compiled[]): string | undefined {
  const held = new Map<string, Held>()
  const [rewritten, read] = [new Set<string>(), new Set<string>()]
  // From the end: later operations of the same transaction run under the locks that were taken before.
  let heavy = false
  for (const { source, hazards, transaction } of statements.toReversed()) {
    if (transaction !== 'inside') heavy = false
    for (const h of hazards) {
      if (h.code === 'TABLE_REWRITE') rewritten.add(h.object)
      else if (h.code === 'FULL_SCAN') read.add(h.object)
      else continue
      if (transaction !== 'alone') heavy = true
    }
    for (const h of hazards) {
      const on = costs.has(h.code) ? h.object : tableOf(source)
      if (h.lock === undefined || !strength.includes(h.lock) || on === undefined) continue
      const known = held.get(on)
      const lock = known === undefined || strength.indexOf(h.lock) < strength.indexOf(known.lock) ? h.lock : known.lock
      held.set(on, { lock, long: known?.long === true || heavy })
    }
  }
  if (held.size + rewritten.size + read.size === 0) return undefined
  const locks = strength.flatMap((lock) => {
    const on = [...held]
      .filter(([, h]) => h.lock === lock)
      .map(([table, h]) => `${table} (${h.long ? 'long' : 'short'})`)
    return on.length === 0 ? [] : [`${lock} on ${on.toSorted().join(', ')}`]
  })
  const all = (tables: ReadonlySet<string>): string => (tables.size === 0 ? 'none' : [...tables].toSorted().join(', '))
  return [
    `locks: ${locks.length === 0 ? 'none' : locks.join(', ')}`,
    `rewrites: ${all(rewritten)}`,
    ...(read.size === 0 ? [] : [`reads whole: ${all(read)}`]),
  ].join('; ')
}

/** The table that loses data but is not dropped itself. */
function tableOf(op: Operation): string | undefined {
  return op.kind !== 'dropTable' && 'table' in op && op.table !== undefined && 'name' in op.table
    ? refText(op.table)
    : undefined
}
