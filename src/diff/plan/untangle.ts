/** Cycles among the steps of a plan: parts that can wait are created after their object, or dropped before it. */
import { append } from '../../util/append.ts'
import type { Planning } from '../steps/context.ts'
import { type Step, type StepGraph, type Tangled, stepGraph } from '../graph/order.ts'
import { components } from '../../util/components.ts'
import { splitBody, splitDomain } from './split-objects.ts'
import { splitColumn, splitCreateTable, splitDropTable } from './split-tables.ts'

/**
 * Splits the steps of every cycle until none is left that can be split: PostgreSQL's objects were created in some order, and
 * that order created the parts of a table, domain or view one by one.
 */
export function untangle(plan: Planning): void {
  for (let turn = 0; turn < 20; turn++) {
    const graph = stepGraph(plan.steps, plan.needs, plan.later)
    let changed = false
    for (const circle of components(graph.hard)) changed = takeApart(plan, graph, circle, true) || changed
    // A guessed dependency alone is no reason for a stand-in of a view or routine.
    const guessed = graph.soft.some((set) => set.size > 0)
    if (!changed && guessed)
      for (const circle of components(graph.hard.map((set, i) => new Set([...set, ...graph.soft[i]!]))))
        changed = takeApart(plan, graph, circle, false) || changed
    if (!changed) return
  }
}

/** Parts of tables and domains first: only where those do not help is a stand-in used for a view or a routine. */
function takeApart(plan: Planning, graph: StepGraph, circle: readonly number[], sure: boolean): boolean {
  const members = new Set(circle)
  const among = (lists: readonly (readonly number[] | undefined)[], i: number): boolean =>
    lists.some((list) => list?.some((j) => j !== i && members.has(j)) === true)
  const tangled = (i: number): Tangled => {
    const step = plan.steps[i]!
    const drops = step.takes !== undefined && step.makes === undefined
    return {
      step,
      inside: (need) =>
        drops ? among([graph.takers.get(need)], i) : among([graph.makers.get(need), graph.alterers.get(need)], i),
    }
  }
  const apply = (split: (plan: Planning, tangled: Tangled) => readonly Step[] | undefined): boolean => {
    let changed = false
    for (const i of circle) {
      const parts = split(plan, tangled(i))
      if (parts === undefined) continue
      plan.steps[i] = parts[0]!
      append(plan.steps, parts.slice(1))
      changed = true
    }
    return changed
  }
  const parts = [splitCreateTable, splitDropTable, splitColumn, splitDomain]
  let changed = false
  for (const split of parts) changed = apply(split) || changed
  if (changed || !sure) return changed
  // One is enough: a cycle of two views needs one stand-in.
  for (const i of circle) {
    const found = splitBody(plan, tangled(i))
    if (found === undefined) continue
    plan.steps[i] = found[0]!
    append(plan.steps, found.slice(1))
    return true
  }
  return false
}
