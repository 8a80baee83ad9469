/** Parses the body of an SQL revision: its upgrade and downgrade parts, cut into statements. */
import { AmbixError, isAmbixError } from '../../errors.ts'
import {
  lexSql,
  lineComments,
  lineCounter,
  splitStatements,
  type SqlStatement,
  type SqlTextRules,
} from '../../util/split-sql.ts'
import { conflictMark, resolveConflict, saysConflict } from '../../util/modules/conflict-marks.ts'
import { isAllowance, isPartMarker } from './sql-header.ts'

export interface SqlPart {
  /** Lines and offsets are those of the file. */
  readonly statements: readonly SqlStatement[]
  /** False where the part has `-- ambix:no-transaction` (or dbmate's `transaction:false`). */
  readonly transaction: boolean
  /** The line of its marker; 1 for a file without markers. */
  readonly line: number
}

export interface SqlRevisionBody {
  /** True where the file has `-- ambix:applied-only`: a stub of a revision that another tool ran. */
  readonly appliedOnly: boolean
  /** Hazards that a line `-- allow: CODE:object, …` accepts. */
  readonly allow: readonly string[]
  readonly upgrade: SqlPart
  /** Absent where the file has no downgrade marker: the downgrade can then only be the reverse of the operations. */
  readonly downgrade?: SqlPart
}

interface Marker {
  readonly direction: 'upgrade' | 'downgrade'
  readonly from: number
  readonly to: number
  readonly line: number
  readonly text: string
}

/**
 * Parses the text of an SQL revision. Parts begin at lines `-- upgrade` and `-- downgrade` (or dbmate's `-- migrate:up`
 * and `-- migrate:down`); without any marker the whole file is the upgrade. A marker inside a string is not one.
 * Throws REVISION.HEADER for a repeated marker or for SQL before the first, and SQL.INVALID as `splitStatements`.
 */
export function parseSqlRevision(sql: string, file: string, rules?: SqlTextRules): SqlRevisionBody {
  return inFile(file, () => {
    refuseConflict(sql, file, rules)
    const comments = lineComments(sql, rules)
    const appliedOnly = comments.some((c) => /^--\s*ambix:applied-only\s*$/i.test(c.text))
    const allow = comments.flatMap(({ text }) => {
      const comment = text.slice(2).trim()
      return isAllowance(comment)
        ? comment
            .slice('allow:'.length)
            .split(',')
            .map((entry) => entry.trim())
        : []
    })
    const markers: Marker[] = []
    for (const { text, offset, line } of comments) {
      if (!isPartMarker(text)) continue
      const direction = /^--\s*(?:downgrade|migrate:down)/i.test(text) ? 'downgrade' : 'upgrade'
      if (markers.some((m) => m.direction === direction)) throw bad(file, line, `the ${direction} part begins twice`)
      markers.push({ direction, from: offset, to: offset + text.length, line, text })
    }
    const first = markers[0]
    if (first === undefined) {
      const transaction = !comments.some((c) => isNoTransaction(c.text))
      return { appliedOnly, allow, upgrade: { statements: splitStatements(sql, rules), transaction, line: 1 } }
    }
    const before = splitStatements(sql.slice(0, first.from), rules)[0]
    if (before !== undefined)
      throw bad(file, before.line, `SQL stands before the ${first.text} line and so belongs to no part`)
    const parts = markers.map((marker, i): [Marker['direction'], SqlPart] => {
      const end = markers[i + 1]?.from ?? sql.length
      // The text before is blanked, not cut, so that lines and offsets are those of the file.
      const statements = splitStatements(
        sql.slice(0, marker.to).replaceAll(/[^\n]/g, ' ') + sql.slice(marker.to, end),
        rules,
      )
      const own = comments.filter((c) => c.offset >= marker.from && c.offset < end)
      const transaction = !own.some((c) => isNoTransaction(c.text)) && !/\btransaction:false\b/i.test(marker.text)
      return [marker.direction, { statements, transaction, line: marker.line }]
    })
    const by = new Map(parts)
    const downgrade = by.get('downgrade')
    return {
      appliedOnly,
      allow,
      upgrade: by.get('upgrade') ?? { statements: [], transaction: true, line: 1 },
      ...(downgrade === undefined ? {} : { downgrade }),
    }
  })
}

function isNoTransaction(comment: string): boolean {
  return /^--\s*ambix:no-transaction\s*$/i.test(comment)
}

/**
 * Throws SQL.INVALID for a mark that is in no string and no comment: a server that commits each change would have run
 * all that stands before it.
 */
function refuseConflict(sql: string, file: string, rules: SqlTextRules | undefined): void {
  const marks = new Set([...sql.matchAll(conflictMark)].map(({ index }) => index))
  if (marks.size === 0) return
  let found: number | undefined
  try {
    lexSql(sql, (_, start) => void (marks.has(start) && (found ??= start)), rules)
  } catch {
    // Both sides of a conflict together may leave a string open.
    found ??= [...marks][0]
  }
  if (found === undefined) return
  const line = lineCounter(sql)(found)
  throw new AmbixError('SQL.INVALID', `line ${line} is the mark of a merge conflict`, {
    why: saysConflict(file, line),
    next: [resolveConflict],
    data: { line },
  })
}

/** Adds the file to errors about its text. */
function inFile<T>(file: string, work: () => T): T {
  try {
    return work()
  } catch (e) {
    if (!isAmbixError(e, 'SQL.INVALID')) throw e
    throw new AmbixError(e.code, `${file}: ${e.message}`, {
      why: e.why,
      next: e.next,
      data: { ...e.data, file },
      cause: e,
    })
  }
}

function bad(file: string, line: number, why: string): AmbixError {
  return new AmbixError('REVISION.HEADER', `${file}:${line} cannot be read: ${why}.`, {
    next: ['an SQL revision has a header, then one `-- upgrade` part and at most one `-- downgrade` part'],
    data: { file, line },
  })
}
