/** Changes of the files of applied revisions: edited, moved, inserted, deleted, renamed, or something below them changed. */
import { neighbours } from '../../revisions/graph/edges.ts'
import { readRevisionText } from '../../revisions/files/files.ts'
import { ancestorNodes, nodesOf } from '../../revisions/graph/walk.ts'
import { appliedSet } from '../../revisions/steps/rows.ts'
import type { Ancestry } from './ancestry.ts'
import type { RevisionGraph } from '../../revisions/graph/graph.ts'
import { bodyOf, placeOf, readRecord } from './checksum.ts'
import type { FileChange } from './file-change.ts'

/**
 * Compares the files with the history, parents first. Empty where every applied revision that is recorded is what was run
 * and is where it was; revisions without a row (a stamp writes one for its target only) are covered by the chains above them.
 */
export function fileChanges(ancestry: Ancestry, rows: readonly string[]): readonly FileChange[] {
  const { graph } = ancestry
  const isApplied = ancestorNodes(graph, nodesOf(graph, rows))
  /** By id; made where a file is not where it was. */
  let applied: ReadonlySet<string> | undefined
  const found = new Map<string, FileChange>()
  const add = (change: FileChange): void => {
    if (!found.has(`${change.kind} ${change.revision}`)) found.set(`${change.kind} ${change.revision}`, change)
  }
  /** Nodes with a reported change, or with one below them. */
  const told = new Uint8Array(graph.revisions.length)
  for (const node of graph.topological) {
    const { start, to } = graph.allParents
    for (let edge = start[node]!; edge < start[node + 1]!; edge++) if (told[to[edge]!] === 1) told[node] = 1
    if (isApplied[node] !== 1) continue
    const { id } = graph.revisions[node]!
    const record = ancestry.recordOf(id)
    if (record === undefined) continue
    const before = found.size
    const same = ancestry.fileOf(node) === record.file
    const chained =
      record.chain === undefined || told[node] === 1 || ancestry.chain(node, record.file, record.row) === record.chain
    if (same && chained) continue
    const moved = record.place !== undefined && ancestry.placeOf(node) !== record.place
    if (moved) {
      applied ??= appliedSet(graph, rows)
      for (const change of movedTo(ancestry, node, record.place, applied)) add(change)
    }
    if (!same && !(moved && bodyOf(textOf(ancestry, node), id) === record.body))
      add({ kind: 'edited', revision: id, text: `${id} was edited after being applied` })
    if (found.size === before && !chained) add(belowChange(ancestry, node))
    told[node] = 1
  }
  return [...found.values()]
}

const textOf = (ancestry: Ancestry, node: number): string => readRevisionText(ancestry.graph.revisions[node]!.file)

const listed = (ids: readonly string[]): string => ids.join(', ') || '<base>'

/** Where a revision was, and how its neighbours changed with it. */
function movedTo(ancestry: Ancestry, node: number, place: string, applied: ReadonlySet<string>): readonly FileChange[] {
  const { graph } = ancestry
  const { id } = graph.revisions[node]!
  const now = ancestry.parentsOf(node)
  const all = [...now.parents, ...now.dependencies]
  const former = formerPlace(ancestry, id, now, place)
  const changes: FileChange[] = []
  const fresh = all.filter((p) => ancestry.recordOf(p) === undefined && former?.includes(p) !== true)
  const gone = (former ?? []).filter((p) => !graph.indexOf.has(p))
  for (const p of gone) {
    const body = ancestry.recordOf(p)?.body
    const to = fresh.find((q) => body !== undefined && bodyOf(textOf(ancestry, graph.indexOf.get(q)!), q) === body)
    if (to === undefined)
      changes.push({ kind: 'deleted', revision: p, text: `${p} was applied, and its file was deleted` })
    else {
      fresh.splice(fresh.indexOf(to), 1)
      changes.push({ kind: 'renamed', revision: p, to, text: `${p} was renamed to ${to} after being applied` })
    }
  }
  // A former parent that still exists has its own ancestors, which were not inserted.
  const kept = new Set(former?.flatMap((p) => [...appliedSet(graph, graph.indexOf.has(p) ? [p] : [])]))
  if (former !== undefined) {
    for (const todo = [...fresh], seen = new Set(todo); todo.length > 0;) {
      const q = todo.pop()!
      changes.push({
        kind: 'inserted',
        revision: q,
        text: `${q} was inserted before ${id}, which is applied: it counts as applied, and was never run`,
      })
      for (const i of gone.length > 0 ? [] : neighbours(graph.allParents, graph.indexOf.get(q)!)) {
        const next = graph.revisions[i]!.id
        if (seen.has(next) || kept.has(next) || ancestry.recordOf(next) !== undefined) continue
        seen.add(next)
        todo.push(next)
      }
    }
  }
  changes.push({
    kind: 'moved',
    revision: id,
    text: `${id} was made to follow ${listed(all)} after being applied${former === undefined ? '' : ` (it followed ${listed(former)})`}`,
  })
  for (const p of former ?? [])
    if (graph.indexOf.has(p) && !applied.has(p) && ancestry.recordOf(p) !== undefined)
      changes.push({
        kind: 'moved',
        revision: p,
        again: true,
        text: `${p} was applied, and nothing that is applied is built on it any more: an upgrade would run it again`,
      })
  return changes
}

/** Searches for the parents and dependencies that give the hash: one more, one less, another one, among all known ids. */
function formerPlace(
  ancestry: Ancestry,
  id: string,
  now: { readonly parents: readonly string[]; readonly dependencies: readonly string[] },
  place: string,
): readonly string[] | undefined {
  const ids = [...new Set([...ancestry.recorded, ...ancestry.graph.indexOf.keys()])].filter((other) => other !== id)
  const variants = (list: readonly string[]): (readonly string[])[] => [
    list,
    [],
    ...list.map((gone) => list.filter((x) => x !== gone)),
    ...ids.flatMap((other) =>
      list.includes(other)
        ? []
        : [[other], [...list, other], ...list.map((gone) => [...list.filter((x) => x !== gone), other])],
    ),
  ]
  for (const parents of variants(now.parents))
    if (placeOf(id, parents, now.dependencies) === place) return [...parents, ...now.dependencies]
  for (const dependencies of variants(now.dependencies))
    if (placeOf(id, now.parents, dependencies) === place) return [...now.parents, ...dependencies]
  return undefined
}

/** The file is unchanged, and its chain is not: the change is below it, where no row covers it, or in the row itself. */
function belowChange(ancestry: Ancestry, node: number): FileChange {
  const { graph } = ancestry
  const { id } = graph.revisions[node]!
  const silent = [...appliedSet(graph, [id])].filter((other) => ancestry.recordOf(other)?.chain === undefined)
  const shown = silent.length > 5 ? [...silent.slice(0, 5), '…'] : silent
  const where =
    silent.length === 0
      ? `the history's row of ${id}, or of what it is built on, was changed`
      : `what ${id} is built on was changed after it was recorded: ${silent.length === 1 ? '' : 'one of '}${shown.join(', ')}`
  return { kind: 'below', revision: id, text: where }
}

/** The revision whose file has the body that a row of the history recorded for another one. */
export function fileWithBodyOf(graph: RevisionGraph, checksum: string): string | undefined {
  const { body } = readRecord(checksum)
  if (body === undefined) return undefined
  return graph.revisions.find((r) => bodyOf(readRevisionText(r.file), r.id) === body)?.id
}
