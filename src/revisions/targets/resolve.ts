/** Resolves a parsed reference to revisions, by the purpose: each command interprets the grammar a little differently. */
import { AmbixError, type NextAction } from '../../errors.ts'
import { degree, neighbours, type Edges } from '../graph/edges.ts'
import type { RevisionGraph } from '../graph/graph.ts'
import { ambiguous, branchByName, headNodes, multipleHeads, nodeByName, oneHead, type Branch } from './names.ts'
import { parseRef, type Ref } from './refs.ts'
import { ancestorNodes, idsOf, nodesOf, type NodeSet } from '../graph/walk.ts'

/** The purpose of a reference. `show` also for edit and for the start of ranges, `revision` for parents and merges. */
export type Purpose = 'upgrade' | 'downgrade' | 'show' | 'stamp' | 'revision'

export interface ResolveContext {
  readonly purpose: Purpose
  /** The rows of the version table, known to the graph (`checkRows` first). Needed for `current`, and for `±N` of upgrade and downgrade. */
  readonly rows?: readonly string[]
  /** Stop at the end of the history instead of failing: for the ends of history ranges (C25). */
  readonly lenient?: boolean
}

export interface Resolved {
  /** Empty is base: nothing applied. */
  readonly ids: readonly string[]
  /** The revision to whose line a downgrade (or a stamp to base) is restricted. */
  readonly branch?: string
}

/**
 * Resolves one reference (R1-R16).
 * Throws REVISION.UNKNOWN, REVISION.AMBIGUOUS (with the choices; also for several current heads and a bare `-N`, where
 * Alembic takes any: R9, T7), REVISION.MULTIPLE_HEADS, REVISION.DIRECTION (R12) and REVISION.RANGE (too few steps).
 *
 * @example resolveRef(graph, 'billing@head', { purpose: 'upgrade', rows: ['91bb0c5e77aa'] }).ids
 */
export function resolveRef(graph: RevisionGraph, ref: string | Ref, context: ResolveContext): Resolved {
  const parsed = typeof ref === 'string' ? parseRef(ref) : ref
  const branch = parsed.label === undefined ? undefined : branchByName(graph, parsed.label)
  if (parsed.steps === undefined) return absolute(graph, parsed, branch, context)
  if (parsed.anchor.kind === 'none' || parsed.anchor.kind === 'current') {
    return fromHere(graph, parsed, parsed.steps, branch, context)
  }
  const start = absolute(graph, { ...parsed, steps: undefined }, branch, context).ids
  if (start.length > 1) throw multipleHeads(start, parsed.label)
  const node = start.length === 0 ? undefined : graph.indexOf.get(start[0]!)!
  const end = walkSteps(graph, parsed, node, parsed.steps, branch, context)
  // A downgrade from a named revision to base undoes only the line of that revision.
  if (end === undefined && context.purpose === 'downgrade' && branch === undefined && start.length > 0)
    return { ids: [], branch: start[0]! }
  return result(graph, end, branch)
}

function result(graph: RevisionGraph, node: number | undefined, branch?: Branch): Resolved {
  return {
    ids: node === undefined ? [] : [graph.revisions[node]!.id],
    ...(branch === undefined ? {} : { branch: graph.revisions[branch.carrier]!.id }),
  }
}

function absolute(graph: RevisionGraph, ref: Ref, branch: Branch | undefined, context: ResolveContext): Resolved {
  const { anchor } = ref
  switch (anchor.kind) {
    case 'name':
      return result(graph, nodeByName(graph, anchor.name, branch), branch)
    case 'head':
      return result(graph, oneHead(graph, branch), branch)
    case 'heads': {
      const ids = branch === undefined ? graph.effectiveHeads : idsOf(graph, headNodes(graph, branch))
      if (context.purpose === 'downgrade' && ids.length > 1) throw multipleHeads(ids, branch?.name)
      return { ...result(graph, undefined, branch), ids }
    }
    case 'base':
      return result(graph, undefined, branch)
    case 'current':
      return { ...result(graph, undefined, branch), ids: currentIds(graph, ref, branch, context) }
    case 'none':
      throw new Error('a reference without anchor and steps')
  }
}

function currentIds(graph: RevisionGraph, ref: Ref, branch: Branch | undefined, context: ResolveContext): string[] {
  if (context.purpose !== 'show') {
    throw new AmbixError('REVISION.UNKNOWN', `${ref.text} has no meaning here.`, {
      why: 'current stands in show, edit and history ranges; here it would ask for where the database already is.',
      next: ['name a revision, head, base, +N or -N'],
      data: { text: ref.text },
    })
  }
  if (context.rows === undefined) throw new Error('current was resolved without the rows of the database')
  return idsOf(
    graph,
    nodesOf(graph, context.rows).filter((i) => branch === undefined || branch.members[i] === 1),
  )
}

/** `+N`, `-N`, `label@+N`, `label@-N` (R8, R9, R11). */
function fromHere(
  graph: RevisionGraph,
  ref: Ref,
  steps: number,
  branch: Branch | undefined,
  context: ResolveContext,
): Resolved {
  if (context.purpose === 'upgrade') {
    if (steps < 0) throw wrongDirection(ref, 'upgrade', 'downgrade')
    const start = oneStart(graph, ref, upgradeStarts(graph, branch, context), steps)
    return result(graph, walkSteps(graph, ref, start, steps, branch, context), branch)
  }
  if (context.purpose === 'downgrade') {
    if (steps > 0) throw wrongDirection(ref, 'downgrade', 'upgrade')
    const start = oneStart(graph, ref, downgradeStarts(graph, branch, context), steps)
    if (start === undefined) throw nothingApplied(ref, branch)
    const node = walkSteps(graph, ref, start, steps, branch, context)
    return { ...result(graph, node), branch: graph.revisions[branch?.carrier ?? start]!.id }
  }
  if (ref.anchor.kind === 'current') {
    const ids = currentIds(graph, ref, branch, context)
    const start = oneStart(graph, ref, nodesOf(graph, ids), steps)
    return result(graph, walkSteps(graph, ref, start, steps, branch, context), branch)
  }
  if (steps > 0) {
    throw new AmbixError('REVISION.RANGE', `${ref.text} has no start: nothing lies above the heads.`, {
      next: ['write <id>+N, or base+N'],
      data: { text: ref.text },
    })
  }
  // N below each head (C25, C28, C30).
  const heads = branch === undefined ? nodesOf(graph, graph.effectiveHeads) : headNodes(graph, branch)
  const nodes = heads.map((head) => walkSteps(graph, ref, head, steps, branch, context))
  const ids = nodes.filter((i) => i !== undefined).map((i) => graph.revisions[i]!.id)
  return { ...result(graph, undefined, branch), ids: [...new Set(ids)] }
}

/** The rows of the branch; where it is applied only as a dependency of other rows, its applied tips; else none: from base (R11). */
function upgradeStarts(graph: RevisionGraph, branch: Branch | undefined, context: ResolveContext): number[] {
  const rows = nodesOf(graph, context.rows ?? [])
  if (branch === undefined) return rows
  const onBranch = rows.filter((i) => branch.members[i] === 1)
  if (onBranch.length > 0) return onBranch
  const applied = ancestorNodes(graph, rows)
  const set = applied.map((is, i) => is & branch.members[i]!)
  return tips(set, graph.allChildren)
}

/** The rows of the branch, or those of its applied revisions that are current only by a dependency (T15-T17, R11). */
function downgradeStarts(graph: RevisionGraph, branch: Branch | undefined, context: ResolveContext): number[] {
  const rows = nodesOf(graph, context.rows ?? [])
  if (branch === undefined) return rows
  const onBranch = rows.filter((i) => branch.members[i] === 1)
  if (onBranch.length > 0) return onBranch
  return tips(ancestorNodes(graph, rows), graph.children).filter((i) => branch.members[i] === 1)
}

/** The members of a set that have no child in it. */
function tips(set: NodeSet, children: Edges): number[] {
  const found: number[] = []
  set.forEach((is, i) => {
    if (is === 1 && !neighbours(children, i).some((child) => set[child] === 1)) found.push(i)
  })
  return found
}

function oneStart(graph: RevisionGraph, ref: Ref, starts: readonly number[], steps: number): number | undefined {
  if (starts.length <= 1) return starts[0]
  const ids = idsOf(graph, starts)
  const amount = steps < 0 ? `${steps}` : `+${steps}`
  const command = steps < 0 ? 'downgrade' : 'upgrade'
  throw ambiguous(
    `${ref.text} is ambiguous: the database stands at ${ids.length} revisions.`,
    ids,
    ...ids.slice(0, 5).map((id) => ({ text: `from ${id}`, command: `ambix ${command} ${id}${amount}` })),
    `or name a branch, as <label>@${amount}`,
  )
}

/** What to write instead of a relative step that leads to several revisions. */
function waysOn(
  graph: RevisionGraph,
  at: number | undefined,
  next: readonly number[],
  up: boolean,
  last: boolean,
  purpose: Purpose,
): (NextAction | string)[] {
  const ids = idsOf(graph, next)
  // Commands that only read get no advice to change the database.
  if (purpose !== 'upgrade' && purpose !== 'downgrade') return ['name one of them by its id']
  if (!last) return ['name the revision to go to']
  if (up) return ids.slice(0, 5).map((id) => ({ text: `to ${id}`, command: `ambix upgrade ${id}` }))
  // A downgrade to one parent of a merge leaves the database at all of them (V16): one command says so.
  return [
    { text: `undo ${graph.revisions[at!]!.id} and stand at what it joined`, command: `ambix downgrade ${ids[0]!}` },
    'or name a revision further down',
  ]
}

/** Walks N steps by downRevision; undefined is base. A walk up from undefined begins at the roots. */
function walkSteps(
  graph: RevisionGraph,
  ref: Ref,
  from: number | undefined,
  steps: number,
  branch: Branch | undefined,
  context: ResolveContext,
): number | undefined {
  let node = from
  for (let done = 0; done < Math.abs(steps); done++) {
    const all = steps > 0 ? above(graph, node) : node === undefined ? [] : neighbours(graph.parents, node)
    const next = Array.from(all).filter((i) => branch === undefined || branch.members[i] === 1)
    if (next.length > 1) {
      const at = node === undefined ? 'base' : graph.revisions[node]!.id
      throw ambiguous(
        `${ref.text} is ambiguous: ${at} has ${next.length} ${steps > 0 ? 'children' : 'parents'}.`,
        idsOf(graph, next),
        ...waysOn(graph, node, next, steps > 0, done === Math.abs(steps) - 1, context.purpose),
      )
    }
    if (next.length === 0) {
      if (steps < 0 && node !== undefined && degree(graph.parents, node) === 0) node = undefined
      else if (context.lenient) return node
      else throw tooFar(ref, steps, done)
    } else node = next[0]!
  }
  return node
}

function above(graph: RevisionGraph, node: number | undefined): Iterable<number> {
  return node === undefined ? nodesOf(graph, graph.bases) : neighbours(graph.children, node)
}

function tooFar(ref: Ref, steps: number, done: number): AmbixError {
  const count = done === 0 ? 'no step is' : done === 1 ? 'only 1 step is' : `only ${done} steps are`
  return new AmbixError('REVISION.RANGE', `${ref.text} goes too far: ${count} available.`, {
    why: `The way ${steps > 0 ? 'up' : 'down'} ends there.`,
    next: [steps > 0 ? 'write head to go as far as possible' : 'write base to undo everything'],
    data: { text: ref.text, available: done },
  })
}

function nothingApplied(ref: Ref, branch: Branch | undefined): AmbixError {
  const what = branch === undefined ? 'nothing is applied' : `nothing of the branch ${branch.name} is applied`
  return new AmbixError('REVISION.RANGE', `${ref.text} cannot be reached: ${what}.`, {
    next: [{ text: 'see where the database stands', command: 'ambix current' }],
    data: { text: ref.text, available: 0 },
  })
}

function wrongDirection(ref: Ref, command: string, other: string): AmbixError {
  return new AmbixError('REVISION.DIRECTION', `${command} cannot go to ${ref.text}: the sign points the other way.`, {
    next: [{ text: `use ${other}`, command: `ambix ${other} ${ref.text}` }],
    data: { text: ref.text },
  })
}
