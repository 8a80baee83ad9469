/** Whether parallel branches can live together: what their revisions touch, compared pair by pair. */
import { AmbixError, isAmbixError } from '../../errors.ts'
import type { Footprint } from '../../operations/definition.ts'
import { footprintOf } from '../../operations/operation.ts'
import { branchOnly, doCommute } from '../../revisions/graph/merge.ts'
import type { Clash, Touched } from '../../revisions/graph/merge.ts'
import { loadOperations } from './bodies.ts'
import type { Project } from '../project/project.ts'

export interface BranchComparison {
  /** `unknown`: raw SQL or code hides what it touches. */
  readonly verdict: 'commute' | 'clash' | 'unknown'
  readonly clashes: readonly Clash[]
  readonly opaque: readonly string[]
}

/** Loads the revisions that only one of the heads has, and compares what they touch. */
export async function compareHeads(project: Project, heads: readonly string[]): Promise<BranchComparison> {
  const graph = project.graph()
  const touched: Touched[][] = []
  for (const branch of branchOnly(graph, heads)) {
    const list: Touched[] = []
    for (const id of branch.revisions) list.push({ revision: id, footprint: await footprint(project, id) })
    touched.push(list)
  }
  const results = touched.flatMap((left, i) => touched.slice(i + 1).map((right) => doCommute(left, right)))
  const verdict = results.some((r) => r.verdict === 'clash')
    ? 'clash'
    : results.some((r) => r.verdict === 'unknown')
      ? 'unknown'
      : 'commute'
  return { verdict, clashes: results.flatMap((r) => r.clashes), opaque: [...new Set(results.flatMap((r) => r.opaque))] }
}

async function footprint(project: Project, id: string): Promise<Footprint | 'opaque'> {
  const graph = project.graph()
  try {
    const all = (
      await loadOperations(graph.revisions[graph.indexOf.get(id)!]!, 'upgrade', {}, project.settings.operations)
    ).map(footprintOf)
    return {
      reads: all.flatMap((f) => f.reads),
      writes: all.flatMap((f) => f.writes),
      opaque: all.some((f) => f.opaque === true),
    }
  } catch (error) {
    // A file that cannot be loaded fails when it runs; here its operations are just unknown.
    if (isAmbixError(error)) return 'opaque'
    throw error
  }
}

/** The error for `upgrade head` at several heads, with both ways on, and what clashes. */
export function explainHeads(error: AmbixError, heads: readonly string[], comparison: BranchComparison): AmbixError {
  const clash = comparison.verdict === 'clash'
  return new AmbixError(
    'REVISION.MULTIPLE_HEADS',
    `There are ${heads.length} heads, and one was asked for: ${heads.join(', ')}`,
    {
      why: comparisonText(comparison),
      next: [
        clash
          ? {
              text: 'Fix what clashes first: put one branch onto the other',
              command: 'ambix rebase <id> --onto <head>',
            }
          : { text: 'Run them all', command: 'ambix upgrade heads' },
        {
          text: clash ? 'Or join them, if the order does not matter' : 'Or join them for good',
          command: 'ambix merge -m "merge branches"',
        },
      ],
      data: { ...error.data, ...comparison },
      cause: error,
    },
  )
}

export function comparisonText(comparison: BranchComparison): string {
  const opaque =
    comparison.opaque.length === 0 ? [] : [`Not compared (raw SQL or code): ${comparison.opaque.join(', ')}`]
  const lines = comparison.clashes.map((c) => `  ${c.object}: ${c.left.join(', ')} and ${c.right.join(', ')}`)
  if (lines.length > 0) return ['The branches touch the same things:', ...lines, ...opaque].join('\n')
  if (comparison.opaque.length === 0) return 'The branches touch different things.'
  return `Whether the branches touch the same things cannot be told: ${comparison.opaque.join(', ')} ${comparison.opaque.length === 1 ? 'has' : 'have'} raw SQL or code. Look at ${comparison.opaque.length === 1 ? 'it' : 'them'} first.`
}
