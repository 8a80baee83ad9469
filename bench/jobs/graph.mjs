/** The map of a history with branches and merges, and the path from base to the heads, beside a plain topological sort in the same process. */
import { graph as history } from '../lib/fixture.mjs'
import { median } from '../lib/measure.mjs'

/** Kahn's sort with no more than it needs: ids to numbers, parents in one list, children counted. */
function sort(list) {
  const n = list.length
  const indexOf = new Map()
  for (let i = 0; i < n; i++) indexOf.set(list[i].id, i)
  const start = new Int32Array(n + 2)
  const waiting = new Int32Array(n)
  let edges = 0
  for (let i = 0; i < n; i++)
    for (const id of list[i].downRevision) {
      start[indexOf.get(id) + 2]++
      waiting[i]++
      edges++
    }
  for (let i = 2; i < n + 2; i++) start[i] += start[i - 1]
  const to = new Int32Array(edges)
  for (let i = 0; i < n; i++) for (const id of list[i].downRevision) to[start[indexOf.get(id) + 1]++] = i
  const order = []
  for (let i = 0; i < n; i++) if (waiting[i] === 0) order.push(i)
  for (let at = 0; at < order.length; at++) {
    const node = order[at]
    for (let e = start[node]; e < start[node + 1]; e++) if (--waiting[to[e]] === 0) order.push(to[e])
  }
  return order.map((i) => list[i].id)
}

export async function graph({ quick, rounds }) {
  const { buildGraph } = await import('../../src/revisions/graph/graph.ts')
  const { upgradeSteps } = await import('../../src/revisions/steps/path.ts')
  const { createRevision } = await import('../../src/revisions/revision.ts')
  const lines = ['| revisions | plain sort | map | path base → heads | map and path / sort |', '|---|--:|--:|--:|--:|']
  const totals = []
  for (const count of quick ? [10_000] : [10_000, 100_000]) {
    const list = history(count).map((r) => createRevision(r))
    const samples = []
    for (let round = -2; round < Math.max(rounds, 5); round++) {
      const t0 = performance.now()
      if (sort(list).length !== list.length) throw new Error('the floor does not sort')
      const t1 = performance.now()
      const map = buildGraph(list)
      const t2 = performance.now()
      if (upgradeSteps(map, [], 'heads').length !== list.length) throw new Error('the path is not whole')
      const t3 = performance.now()
      if (round >= 0) samples.push([t1 - t0, t2 - t1, t3 - t2])
    }
    const [plain, map, path] = [0, 1, 2].map((k) => median(samples.map((s) => s[k])))
    totals.push(map + path)
    lines.push(
      `| ${count} | ${plain.toFixed(1)} ms | ${map.toFixed(1)} ms | ${path.toFixed(1)} ms | ${((map + path) / plain).toFixed(2)} (goal <= 3) |`,
    )
  }
  if (totals.length === 2)
    lines.push('', `Growth from 10,000 to 100,000: ${(totals[1] / totals[0]).toFixed(1)} times (goal <= 12).`)
  return [`\n### Graph\n\n${lines.join('\n')}\n`]
}
