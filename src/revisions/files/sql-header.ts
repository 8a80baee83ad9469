/**
 * Scans the header of an SQL revision: `--` comments at its top.
 *
 *     -- add status
 *     --
 *     -- revision: 3f2a9c81d04e
 *     -- down_revision: 91bb0c5e77aa        (several: a, b; a root: none)
 *     -- branch_labels: billing             (optional)
 *     -- depends_on: 0a1b2c3d4e5f           (optional)
 *
 * `Revision ID:`, `revises:`, `downRevision:`, `branchLabels:`, `dependsOn:` and `Create Date:` are accepted too.
 */
import { AmbixError } from '../../errors.ts'
import { createRevision, type Revision } from '../revision.ts'

const keys: Readonly<Record<string, 'id' | 'down' | 'labels' | 'depends' | 'date'>> = {
  revision: 'id',
  revisionid: 'id',
  downrevision: 'down',
  revises: 'down',
  branchlabels: 'labels',
  branchlabel: 'labels',
  dependson: 'depends',
  createdate: 'date',
}

/** `allow: DATA_LOSS:posts.body, FULL_SCAN:posts`, without the leading dashes. */
export const isAllowance = (comment: string): boolean =>
  /^allow:\s*[A-Z]+(?:_[A-Z]+)*(?::[^,]+)?(?:,\s*[A-Z]+(?:_[A-Z]+)*(?::[^,]+)?)*$/.test(comment)

/** The header; undefined where the text is only a beginning and the comments continue after it. Throws REVISION.HEADER with file and line. */
export function scanSqlHeader(text: string, file: string, whole: boolean): Revision | undefined {
  const found = new Map<string, { value: string; line: number }>()
  const doc: string[] = []
  let line = 0
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0
  for (;;) {
    if (at >= text.length) {
      if (!whole) return undefined
      break
    }
    const end = text.indexOf('\n', at)
    if (end < 0 && !whole) return undefined
    const row = text.slice(at, end < 0 ? text.length : end).trim()
    line++
    at = end < 0 ? text.length : end + 1
    if (row === '') {
      doc.push('')
      continue
    }
    if (!row.startsWith('--') || isPartMarker(row)) break
    const comment = row.slice(2).trim()
    const colon = comment.indexOf(':')
    const key = colon < 0 ? undefined : keys[comment.slice(0, colon).toLowerCase().replaceAll(/[ _-]/g, '')]
    if (key === undefined) {
      if (!/^ambix:/i.test(comment) && !isAllowance(comment)) doc.push(comment)
    } else if (found.has(key)) throw bad(file, line, `${comment.slice(0, colon)} stands twice`)
    else found.set(key, { value: comment.slice(colon + 1).trim(), line })
  }
  const id = found.get('id')
  if (id === undefined) throw bad(file, 1, 'it has no `-- revision: …` line at its top')
  if (id.value === '') throw bad(file, id.line, 'the revision id is empty')
  const down = found.get('down')
  if (down === undefined)
    throw bad(
      file,
      id.line,
      'it has no `-- down_revision: …` line',
      'write `-- down_revision: none` for a root, else the id of its parent',
    )
  if (down.value === '')
    throw bad(file, down.line, 'down_revision is empty', 'write none for a root, else the id of its parent')
  const date = found.get('date')
  return createRevision({
    id: id.value,
    downRevision: list(down.value),
    branchLabels: list(found.get('labels')?.value ?? ''),
    dependsOn: list(found.get('depends')?.value ?? ''),
    doc: doc.join('\n'),
    ...(date === undefined ? {} : { createDate: date.value }),
    file,
    format: 'sql',
  })
}

/** Whether a trimmed line begins a part: `-- upgrade`, `-- downgrade`, `-- migrate:up …`, `-- migrate:down …`. */
export function isPartMarker(row: string): boolean {
  return /^--\s*(?:(?:upgrade|downgrade)\s*:?|migrate:(?:up|down)\b.*)$/i.test(row)
}

function list(value: string): string[] {
  if (/^(?:none|null|base|<base>|\[\]|\(\))$/i.test(value)) return []
  return value.split(/[,\s]+/).filter((item) => item !== '')
}

function bad(file: string, line: number, why: string, next?: string): AmbixError {
  return new AmbixError('REVISION.HEADER', `The header of ${file}:${line} cannot be read: ${why}.`, {
    next: [next ?? 'an SQL revision begins with `-- revision: <id>` and `-- down_revision: <id>, or none`'],
    data: { file, line },
  })
}
