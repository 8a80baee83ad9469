/** From one name to one revision: full ids, labels, unique prefixes, and the branch that a label or id means. */
import { AmbixError, isAmbixError, type NextAction } from '../../errors.ts'
import { closest } from '../../util/closest.ts'
import type { RevisionGraph } from '../graph/graph.ts'
import { idsOf, lineageNodes, nodesOf, type NodeSet } from '../graph/walk.ts'

/** A branch: the revision that a label (or any id) before `@` names, and all revisions in line with it (R7). */
export interface Branch {
  readonly name: string
  readonly carrier: number
  readonly members: NodeSet
}

/**
 * The node of an id, a label, or a unique prefix of an id, one character being enough (R1, R2, R6); within the branch
 * where one is given. Throws REVISION.UNKNOWN, and REVISION.AMBIGUOUS with the candidates.
 */
export function nodeByName(graph: RevisionGraph, name: string, branch?: Branch): number {
  const exact = graph.indexOf.get(name) ?? graph.labels.get(name)
  if (exact !== undefined) {
    if (branch === undefined || branch.members[exact] === 1) return exact
    throw new AmbixError(
      'REVISION.UNKNOWN',
      `Revision ${graph.revisions[exact]!.id} is not on the branch ${branch.name}.`,
      {
        data: { name, branch: branch.name },
      },
    )
  }
  const found: number[] = []
  for (const [i, revision] of graph.revisions.entries()) {
    if (revision.id.startsWith(name) && (branch === undefined || branch.members[i] === 1)) found.push(i)
  }
  if (found.length === 1) return found[0]!
  if (found.length === 0) {
    const where = branch === undefined ? '' : ` on the branch ${branch.name}`
    throw new AmbixError('REVISION.UNKNOWN', `No revision or label is called ${JSON.stringify(name)}${where}.`, {
      next: [...didYouMean(graph, name, branch), { text: 'list the revisions', command: 'ambix history' }],
      data: { name },
    })
  }
  throw ambiguous(
    `${JSON.stringify(name)} is the beginning of ${found.length} revisions.`,
    idsOf(graph, found),
    'write more characters of the id',
  )
}

function didYouMean(graph: RevisionGraph, name: string, branch?: Branch): string[] {
  const ids =
    branch === undefined
      ? graph.indexOf.keys()
      : [...graph.indexOf].filter(([, i]) => branch.members[i] === 1).map(([id]) => id)
  const guess = closest(name, [
    ...(branch === undefined ? ['head', 'heads', 'base', 'current'] : ['head', 'base']),
    ...graph.labels.keys(),
    ...ids,
  ])
  return guess === undefined ? [] : [`did you mean ${branch === undefined ? '' : `${branch.name}@`}${guess}?`]
}

/** The branch of a label, an id or a partial id. Throws REVISION.UNKNOWN ("no such branch") and REVISION.AMBIGUOUS. */
export function branchByName(graph: RevisionGraph, name: string): Branch {
  let carrier = graph.labels.get(name) ?? graph.indexOf.get(name)
  if (carrier === undefined) {
    try {
      carrier = nodeByName(graph, name)
    } catch (e) {
      if (isAmbixError(e, 'REVISION.UNKNOWN')) {
        throw new AmbixError('REVISION.UNKNOWN', `There is no branch called ${JSON.stringify(name)}.`, {
          ...(graph.labels.size === 0
            ? {}
            : { why: `The labels are ${[...graph.labels.keys()].toSorted().join(', ')}.` }),
          next: [...labelGuess(graph, name), { text: 'list the branches', command: 'ambix branches' }],
          data: { name },
        })
      }
      throw e
    }
  }
  return { name, carrier, members: lineageNodes(graph, carrier) }
}

function labelGuess(graph: RevisionGraph, name: string): string[] {
  const guess = closest(name, [...graph.labels.keys(), ...graph.indexOf.keys()])
  return guess === undefined ? [] : [`did you mean ${guess}?`]
}

/** REVISION.AMBIGUOUS, with the choices in the message and in the data. */
export function ambiguous(
  message: string,
  choices: readonly string[],
  ...next: readonly (NextAction | string)[]
): AmbixError {
  const shown =
    choices.length > 10 ? `${choices.slice(0, 10).join(', ')} and ${choices.length - 10} more` : choices.join(', ')
  return new AmbixError('REVISION.AMBIGUOUS', message, {
    why: `The choices are ${shown}.`,
    next,
    data: { choices },
  })
}

/** The only head, of the branch where one is given; undefined for a graph without revisions. Throws REVISION.MULTIPLE_HEADS (R3). */
export function oneHead(graph: RevisionGraph, branch?: Branch): number | undefined {
  const heads = headNodes(graph, branch)
  if (heads.length <= 1) return heads[0]
  throw multipleHeads(idsOf(graph, heads), branch?.name)
}

/** All heads by downRevision, of the branch where one is given. */
export function headNodes(graph: RevisionGraph, branch?: Branch): number[] {
  const heads = nodesOf(graph, graph.heads)
  return branch === undefined ? heads : heads.filter((i) => branch.members[i] === 1)
}

/** REVISION.MULTIPLE_HEADS naming them. */
export function multipleHeads(heads: readonly string[], branch?: string): AmbixError {
  const where = branch === undefined ? 'There are' : `The branch ${branch} has`
  return new AmbixError('REVISION.MULTIPLE_HEADS', `${where} ${heads.length} heads, and one was asked for.`, {
    why: `The heads are ${heads.length > 10 ? `${heads.slice(0, 10).join(', ')} and ${heads.length - 10} more` : heads.join(', ')}.`,
    next: [
      'name one: its id, or <label>@head',
      ...(branch === undefined ? ['write heads for all of them'] : []),
      { text: 'or join them', command: 'ambix merge -m "merge branches"' },
    ],
    data: { heads, ...(branch === undefined ? {} : { branch }) },
  })
}
