/** The graph of the revisions: built once in linear time, on integer indexes, and checked. */
import { AmbixError } from '../../errors.ts'
import { edgesOf, findCycle, neighbours, parentsFirst, reversed, type Edges } from './edges.ts'
import { unusableName, type Revision } from '../revision.ts'

/**
 * The checked graph. Nodes are indexes into `revisions`, which keep the order of the files.
 * `parents`/`children` follow downRevision; `allParents`/`allChildren` also dependsOn (V10).
 */
export interface RevisionGraph {
  readonly revisions: readonly Revision[]
  readonly indexOf: ReadonlyMap<string, number>
  /** Label to the revision that carries it. */
  readonly labels: ReadonlyMap<string, number>
  readonly parents: Edges
  readonly children: Edges
  readonly allParents: Edges
  readonly allChildren: Edges
  /** Not the parent of any other revision, though others may depend on it. */
  readonly heads: readonly string[]
  /** Heads that no other revision depends on: the version rows after `upgrade heads` (V11). */
  readonly effectiveHeads: readonly string[]
  /** Without a parent. */
  readonly bases: readonly string[]
  /** With several children by downRevision (V8). */
  readonly branchPoints: readonly string[]
  /** With several parents by downRevision (V8). */
  readonly mergePoints: readonly string[]
  /** Nodes with every parent and dependency before its child. */
  readonly topological: Int32Array
}

/**
 * Builds the graph in linear time, and refuses what is not one.
 * Throws REVISION.DUPLICATE (V3), REVISION.MISSING_PARENT (V4), REVISION.CYCLE (V5), REVISION.LABEL (V6) and
 * REVISION.INVALID_ID (R1), each naming ids and files.
 */
export function buildGraph(revisions: readonly Revision[]): RevisionGraph {
  const n = revisions.length
  const indexOf = indexIds(revisions)
  const labels = indexLabels(revisions, indexOf)
  const parents = edgesOf(n, (i, add) => {
    const ids = revisions[i]!.downRevision
    for (let k = 0; k < ids.length; k++) add(indexOf.get(ids[k]!) ?? missing(revisions[i]!, ids[k]!, 'parent'))
  })
  const allParents = revisions.some((r) => r.dependsOn.length > 0)
    ? edgesOf(n, (i, add) => {
        const own = new Set(neighbours(parents, i))
        for (const name of revisions[i]!.dependsOn) {
          own.add(indexOf.get(name) ?? labels.get(name) ?? missing(revisions[i]!, name, 'dependency'))
        }
        own.forEach(add)
      })
    : parents
  const children = reversed(parents)
  const allChildren = allParents === parents ? children : reversed(allParents)
  const topological = parentsFirst(allParents, allChildren)
  if (topological.length < n) throw cycleError(revisions, parents, allParents)

  // Lists that most commands do not read are built when they are read.
  const lists: Record<string, readonly string[]> = {}
  const list = (name: string, edges: Edges, keep: (degree: number) => boolean): readonly string[] => {
    const known = lists[name]
    if (known !== undefined) return known
    const kept: string[] = []
    for (let i = 0; i < n; i++) if (keep(edges.start[i + 1]! - edges.start[i]!)) kept.push(revisions[i]!.id)
    return (lists[name] = kept)
  }
  const no = (degree: number): boolean => degree === 0
  const several = (degree: number): boolean => degree > 1
  return Object.freeze({
    revisions,
    indexOf,
    labels,
    parents,
    children,
    allParents,
    allChildren,
    get heads() {
      return list('heads', children, no)
    },
    get effectiveHeads() {
      return list('effectiveHeads', allChildren, no)
    },
    get bases() {
      return list('bases', parents, no)
    },
    get branchPoints() {
      return list('branchPoints', children, several)
    },
    get mergePoints() {
      return list('mergePoints', parents, several)
    },
    topological,
  })
}

function indexIds(revisions: readonly Revision[]): Map<string, number> {
  const indexOf = new Map<string, number>()
  for (let i = 0; i < revisions.length; i++) {
    const r = revisions[i]!
    const reason = unusableName(r.id)
    if (reason !== undefined) {
      throw new AmbixError(
        'REVISION.INVALID_ID',
        `${JSON.stringify(r.id)} in ${r.file} cannot be a revision id: ${reason}.`,
        {
          data: { id: r.id, file: r.file },
        },
      )
    }
    const other = indexOf.get(r.id)
    if (other !== undefined) {
      const files = [revisions[other]!.file, r.file]
      throw new AmbixError('REVISION.DUPLICATE', `Two revision files have the id ${r.id}.`, {
        why: files.join(' and '),
        next: ['give one of the two another id (and its children that parent), or delete a copy'],
        data: { id: r.id, files },
      })
    }
    indexOf.set(r.id, i)
  }
  return indexOf
}

function indexLabels(revisions: readonly Revision[], indexOf: ReadonlyMap<string, number>): Map<string, number> {
  const labels = new Map<string, number>()
  revisions.forEach((r, i) => {
    for (const label of r.branchLabels) {
      const reason = unusableName(label)
      const other = labels.get(label) ?? indexOf.get(label)
      if (reason === undefined && other === undefined) labels.set(label, i)
      else {
        const what = reason ?? `it is already used by revision ${revisions[other!]!.id}`
        throw new AmbixError(
          'REVISION.LABEL',
          `The branch label ${JSON.stringify(label)} of revision ${r.id} cannot be used: ${what}.`,
          {
            why: `Seen in ${r.file}${other === undefined ? '' : ` and ${revisions[other]!.file}`}.`,
            data: { label, revisions: other === undefined ? [r.id] : [revisions[other]!.id, r.id] },
          },
        )
      }
    }
  })
  return labels
}

function missing(child: Revision, name: string, what: 'parent' | 'dependency'): never {
  throw new AmbixError(
    'REVISION.MISSING_PARENT',
    `Revision ${child.id} names the ${what} ${name}, which no file has.`,
    {
      why: `Seen in ${child.file}.`,
      next: ['bring back the missing file (perhaps from another branch)', `or correct the ${what} in ${child.file}`],
      data: { id: child.id, missing: name, file: child.file },
    },
  )
}

/** One of the four kinds of cycle in V5, with the ids along it. */
function cycleError(revisions: readonly Revision[], parents: Edges, allParents: Edges): AmbixError {
  const byParent = findCycle(parents)
  const cycle = byParent ?? findCycle(allParents)!
  const ids = cycle.map((i) => revisions[i]!.id)
  const self = ids.length === 1
  const kind =
    byParent === undefined ? (self ? 'dependency self-loop' : 'dependency cycle') : self ? 'self-loop' : 'cycle'
  const text = [...ids, ids[0]!].join(' -> ')
  return new AmbixError('REVISION.CYCLE', `The revisions form a ${kind}: ${text}.`, {
    why: `Seen in ${cycle.map((i) => revisions[i]!.file).join(', ')}.`,
    next: [`correct ${byParent === undefined ? 'dependsOn' : 'downRevision'} in one of these files`],
    data: { kind, ids },
  })
}
