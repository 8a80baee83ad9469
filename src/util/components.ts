/** Finds the cycles of a directed graph (strongly connected components), in linear time and without recursion (Tarjan). */

/** Components of two or more nodes; nodes in no cycle are left out. `next[i]` are the nodes that `i` points to. */
export function components(next: readonly ReadonlySet<number>[]): readonly (readonly number[])[] {
  const found: number[][] = []
  const index = new Int32Array(next.length).fill(-1)
  const low = new Int32Array(next.length)
  const open = new Uint8Array(next.length)
  const stack: number[] = []
  let count = 0
  for (const start of next.keys()) {
    if (index[start] !== -1) continue
    const path: { readonly node: number; readonly rest: Iterator<number> }[] = []
    const enter = (node: number): void => {
      index[node] = low[node] = count++
      stack.push(node)
      open[node] = 1
      path.push({ node, rest: next[node]!.values() })
    }
    enter(start)
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { node, rest } = top
      const step = rest.next()
      if (step.done !== true) {
        if (index[step.value] === -1) enter(step.value)
        else if (open[step.value] === 1) low[node] = Math.min(low[node]!, index[step.value]!)
        continue
      }
      path.pop()
      const above = path.at(-1)
      if (above !== undefined) low[above.node] = Math.min(low[above.node]!, low[node]!)
      if (low[node] !== index[node]) continue
      const group: number[] = []
      for (let member = -1; member !== node;) {
        member = stack.pop()!
        open[member] = 0
        group.push(member)
      }
      if (group.length > 1) found.push(group.toReversed())
    }
  }
  return found
}
