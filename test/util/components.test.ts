/** Circles of a directed graph. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { components } from '../../src/util/components.ts'

const graph = (edges: readonly (readonly [number, number])[], size: number): readonly ReadonlySet<number>[] =>
  Array.from({ length: size }, (_, i) => new Set(edges.filter(([a]) => a === i).map(([, b]) => b)))

test('two circles that a bridge joins are two', () => {
  const found = components(
    graph(
      [
        [0, 1],
        [1, 0],
        [1, 2],
        [2, 3],
        [3, 4],
        [4, 2],
        [5, 0],
      ],
      6,
    ),
  )
  expect(found.map((group) => group.toSorted((a, b) => a - b)).toSorted((a, b) => a[0]! - b[0]!)).toEqual([
    [0, 1],
    [2, 3, 4],
  ])
})

test('members of a group reach each other, and nobody else does so', () => {
  const arb = fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 25 })
  fc.assert(
    fc.property(arb, (edges) => {
      const next = graph(edges, 10)
      const reached = (from: number): Set<number> => {
        const found = new Set<number>()
        const queue = [...next[from]!]
        for (let at = queue.pop(); at !== undefined; at = queue.pop())
          if (!found.has(at)) {
            found.add(at)
            queue.push(...next[at]!)
          }
        return found
      }
      const groupOf = new Map(components(next).flatMap((group, n) => group.map((i) => [i, n] as const)))
      for (let a = 0; a < 10; a++)
        for (let b = 0; b < 10; b++)
          if (a !== b)
            expect(groupOf.has(a) && groupOf.get(a) === groupOf.get(b)).toBe(reached(a).has(b) && reached(b).has(a))
    }),
    { numRuns: 60 },
  )
})
