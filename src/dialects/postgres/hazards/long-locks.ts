/** A lock that would be held for a moment, were it not for the work that follows in its transaction. */
import { refText } from '../../../schema/keys.ts'
import type { Hazard, Statement } from '../../dialect.ts'
import { blocks } from './locks.ts'

const heavy = (h: Hazard): boolean => h.code === 'FULL_SCAN' || h.code === 'TABLE_REWRITE'

/** The table whose lock a hazard tells. */
function lockedBy(h: Hazard, { source }: Statement): string | undefined {
  if (h.lock === undefined || blocks[h.lock] === undefined) return undefined
  if (h.code.startsWith('BLOCKS_') || heavy(h)) return h.object
  if (source.kind === 'dropTable') return h.object
  return 'table' in source && source.table !== undefined && 'name' in source.table ? refText(source.table) : undefined
}

/** Adds LONG_LOCK to the statements whose lock waits for another that reads or rewrites a table. */
export function withLongLocks(statements: readonly Statement[]): readonly Statement[] {
  let end = statements.length
  const out = [...statements]
  for (let i = statements.length - 1; i >= 0; i--) {
    const statement = statements[i]!
    if (statement.transaction === 'alone') {
      end = i
      continue
    }
    if (statement.transaction === 'commit-after') end = i + 1
    const found = longIn(statement, statements.slice(i + 1, end))
    if (found.length > 0) out[i] = { ...statement, hazards: [...statement.hazards, ...found] }
  }
  return out
}

function longIn(statement: Statement, after: readonly Statement[]): readonly Hazard[] {
  const own = new Set(statement.hazards.filter(heavy).map((h) => h.object))
  const found = new Map<string, Hazard>()
  for (const h of statement.hazards) {
    const table = lockedBy(h, statement)
    if (table === undefined || own.has(table) || found.has(table)) continue
    // A statement that takes such a lock of the table itself tells so.
    const later = after.find((s) =>
      s.hazards.some((w) => heavy(w) && (w.object !== table || blocks[w.lock ?? ''] === undefined)),
    )
    const work = later?.hazards.find(heavy)
    if (work === undefined) continue
    const what = work.code === 'TABLE_REWRITE' ? `${work.object} is rewritten` : `all rows of ${work.object} are read`
    found.set(table, {
      code: 'LONG_LOCK',
      object: table,
      message: `the lock on ${table} is held while ${what}`,
      lock: h.lock!,
    })
  }
  return [...found.values()]
}
