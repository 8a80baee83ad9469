/** Listings of revisions as text: one line each, or all details with -v (specs/alembic.md C36). */
import type { RevisionInfo } from '../commands/project/listing.ts'
import { shortened } from './print.ts'
import type { Printer } from './print.ts'

function flags(info: RevisionInfo, labels: readonly string[], dependencies: boolean): string[] {
  return [
    ...(labels.length === 0 ? [] : [`(${labels.join(', ')})`]),
    ...(info.head ? ['(head)'] : []),
    ...(dependencies && info.head && info.effectiveHead ? ['(effective head)'] : []),
    ...(info.current === true ? ['(current)'] : []),
    ...(info.branchPoint ? ['(branchpoint)'] : []),
    ...(info.mergePoint ? ['(mergepoint)'] : []),
  ]
}

/** `a, b (dep) -> c (label) (head), message`; with every label whose branch it is on, as Alembic has it. */
export function revisionLine(info: RevisionInfo, printer: Printer, parents = true, dependencies = false): string {
  const from = info.downRevision.length === 0 ? '<base>' : info.downRevision.join(', ')
  const needs = info.dependsOn.length === 0 ? '' : ` (${info.dependsOn.join(', ')})`
  const marked = info.head || info.branchPoint || info.mergePoint || info.current === true || info.branches.length > 0
  const marks = marked
    ? flags(info, info.branches, dependencies)
        .map((f) => ` ${printer.style(f === '(current)' ? 'green' : 'cyan', f)}`)
        .join('')
    : ''
  const arrow = parents ? `${from}${needs} -> ` : ''
  return `${arrow}${printer.style('yellow', info.revision)}${marks}${info.message === '' ? '' : `, ${shortened(info.message)}`}`
}

/** Everything about one revision, with its whole message. */
export function revisionStory(info: RevisionInfo, printer: Printer): string {
  const marks = flags(info, info.branchLabels, false)
    .map((f) => ` ${f}`)
    .join('')
  const lines = [`Rev: ${printer.style('yellow', info.revision)}${marks}`]
  if (info.downRevision.length > 1) lines.push(`Merges: ${info.downRevision.join(', ')}`)
  else lines.push(`Parent: ${info.downRevision[0] ?? '<base>'}`)
  if (info.dependsOn.length > 0) lines.push(`Also depends on: ${info.dependsOn.join(', ')}`)
  if (info.branchPoint) lines.push(`Branches into: ${info.children.join(', ')}`)
  if (info.branches.length > 0) lines.push(`Branch names: ${info.branches.join(', ')}`)
  lines.push(`Path: ${info.file}`)
  if (info.createDate !== undefined) lines.push(`Create date: ${info.createDate}`)
  const doc = ownWords(info.doc)
  if (doc.length > 0) lines.push('', ...doc.map((l) => (l === '' ? '' : `    ${l}`)))
  return `${lines.join('\n')}\n`
}

/** The doc comment without the lines that repeat the listing's own. */
function ownWords(doc: string): readonly string[] {
  const lines = doc.split('\n').filter((l) => !/^(?:Revision ID|Revises|Create Date):/.test(l))
  while (lines.length > 0 && lines.at(-1)!.trim() === '') lines.pop()
  return lines
}

/** Prints a listing: JSON, stories with -v, or lines. */
export function printRevisions(
  list: readonly RevisionInfo[],
  printer: Printer,
  options: { readonly parents?: boolean; readonly dependencies?: boolean; readonly verbose?: boolean } = {},
): void {
  if (printer.json) printer.data(JSON.stringify(list, undefined, 2))
  else if (options.verbose ?? printer.verbose) printer.data(list.map((info) => revisionStory(info, printer)).join('\n'))
  else if (list.length > 0)
    printer.data(
      list.map((info) => revisionLine(info, printer, options.parents ?? true, options.dependencies)).join('\n'),
    )
}
