/** The hazards of revisions, each with its place in the file and whether it was allowed. */
import { relative } from 'node:path'
import type { Hazard, Statement } from '../../dialects/dialect.ts'
import { isAmbixError } from '../../errors.ts'
import type { Operation } from '../../operations/kinds.ts'
import type { Revision } from '../../revisions/revision.ts'
import { parseSqlRevision } from '../../revisions/files/sql-file.ts'
import { readRevisionText } from '../../revisions/files/files.ts'
import type { Schema } from '../../schema/model.ts'
import { lineCounter } from '../../util/split-sql.ts'
import { placeOfError } from '../../util/written-at.ts'
import { loadAllowed } from './bodies.ts'
import { compileOperations } from './compile.ts'
import type { CompileRequest } from './compile.ts'
import type { MoveDirection } from './types.ts'

export interface LintFinding extends Hazard {
  readonly revision: string
  /** From the project's folder, with slashes. */
  readonly file: string
  readonly line: number
  readonly sql: string
  /** `note`: an operation in the form that blocks no other session. */
  readonly level: 'error' | 'note'
  /** Where it was accepted. */
  readonly allowedBy?: 'revision' | 'config' | 'option'
}

/** Findings that fail the command: neither allowed nor only a note. */
export const isRefused = (finding: LintFinding): boolean => finding.level === 'error' && finding.allowedBy === undefined

export interface LintWishes {
  /** `CODE` or `CODE:object`, for this run. */
  readonly allowed: readonly string[]
  readonly direction?: MoveDirection
  readonly style?: boolean
}

/** One revision's findings; what cannot be compiled is one of them. Throws REVISION.LOAD. */
export async function lintRevision(
  request: CompileRequest,
  revision: Revision,
  operations: readonly Operation[],
  before: Schema,
  history: () => Promise<readonly Operation[]>,
  { allowed, direction = 'upgrade', style = false }: LintWishes,
): Promise<readonly LintFinding[]> {
  const { settings } = request.project
  const rules = request.dialect.session.text
  const text = readRevisionText(revision.file)
  const own = await loadAllowed(revision, rules)
  const file = relative(settings.dir, revision.file).replaceAll('\\', '/')
  const allowedBy = ({ code, object }: Hazard): LintFinding['allowedBy'] => {
    const fits = (entry: string): boolean => entry === code || entry === `${code}:${object}`
    if (own.some(fits)) return 'revision'
    if (settings.allow.some(fits)) return 'config'
    return allowed.some(fits) ? 'option' : undefined
  }
  const found: LintFinding[] = []
  const add = (hazard: Hazard, sql: string, line: number): void => {
    if (found.some((f) => f.code === hazard.code && f.object === hazard.object && f.line === line)) return
    const by = allowedBy(hazard)
    found.push({
      ...hazard,
      revision: revision.id,
      file,
      line,
      sql,
      level: isQuiet(hazard) ? 'note' : 'error',
      ...(by === undefined ? {} : { allowedBy: by }),
    })
  }
  const lines = revision.format === 'sql' ? sqlLines(text, revision.file, direction, rules) : undefined
  const lineOf = (source: Operation, h: Hazard): number =>
    lines === undefined ? callLine(text, source, h, direction) : sourceLine(lines, source)
  const advice = style ? ((await request.dialect.style?.(operations, before)) ?? []) : []
  for (const { source, hazard } of advice) add(hazard, '', lineOf(source, hazard))
  let statements: readonly Statement[]
  try {
    statements = await compileOperations(request, operations, async () => before, history, before)
  } catch (error) {
    if (!isAmbixError(error)) throw error
    const { control } = error.data ?? {}
    if (typeof control === 'string') {
      const line = placeOfError(error)?.line ?? 1
      const message = 'begins or ends a transaction: the revision is refused when it is compiled'
      found.push({
        code: 'TRANSACTION_CONTROL',
        object: control,
        message,
        revision: revision.id,
        file,
        line,
        sql: '',
        level: 'error',
      })
      return found
    }
    const why = error.why === undefined ? '' : ` (${error.why})`
    const message = `the hazards cannot be told before it runs: ${error.message}${why}`
    add({ code: 'NOT_COMPILED', object: revision.id, message }, '', 1)
    return found
  }
  for (const s of statements) for (const h of s.hazards) add(h, s.sql, lineOf(s.source, h))
  return found
}

/** All rows are read while no other session is blocked: what VALIDATE CONSTRAINT and concurrent builds are for. */
const isQuiet = ({ code, lock }: Hazard): boolean =>
  code === 'FULL_SCAN' && (lock === 'SHARE UPDATE EXCLUSIVE' || lock === 'ROW EXCLUSIVE')

function sqlLines(
  text: string,
  file: string,
  direction: MoveDirection,
  rules: Parameters<typeof parseSqlRevision>[2],
): ReadonlyMap<string, number> {
  return new Map(parseSqlRevision(text, file, rules)[direction]?.statements.map((s) => [s.text, s.line]))
}

const sourceLine = (lines: ReadonlyMap<string, number>, op: Operation): number =>
  op.kind === 'execute' ? (lines.get(op.sql) ?? 1) : 1

/** Where a module calls the operation: the call that names the object, else the first one, else the function itself. */
function callLine(text: string, op: Operation, { object }: Hazard, direction: MoveDirection): number {
  const lineOf = lineCounter(text)
  const bodyOf = (name: MoveDirection): number => text.search(new RegExp(`\\bfunction ${name}\\b|\\b${name}\\b\\s*=`))
  const own = bodyOf(direction)
  // A downgrade that is not in the file is the upgrade's reverse.
  const from = Math.max(0, own < 0 ? bodyOf('upgrade') : own)
  const called = [...text.matchAll(new RegExp(`\\bop\\s*\\.\\s*${op.kind}\\s*\\(`, 'g'))].map((m) => m.index)
  const inside = called.filter((start) => start > from)
  const calls = inside.length === 0 && direction === 'upgrade' ? called : inside
  const names = object.split('.').slice(-2)
  const at = calls.find((start) => {
    const next = text.slice(start + 3).search(/\bop\s*\./)
    const call = next < 0 ? text.slice(start) : text.slice(start, start + 3 + next)
    return names.every((name) => call.includes(name))
  })
  return lineOf(at ?? calls[0] ?? from)
}
