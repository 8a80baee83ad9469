/** Order by dependencies: right, stable, linear, and honest about cycles. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { topoSort } from '../../src/util/topo-sort.ts'

const graph = (edges: Record<string, string[]>) => (n: string) => edges[n] ?? []

test('dependencies stand first, and the rest keeps its order', () => {
  expect(topoSort(['d', 'c', 'b', 'a'], graph({ d: ['a'] }))).toEqual({ order: ['c', 'b', 'a', 'd'], cycle: undefined })
})

test('a cycle is named in order, and what does not depend on it is sorted', () => {
  const { order, cycle } = topoSort(['x', 'a', 'b', 'c', 'free'], graph({ a: ['b'], b: ['c'], c: ['a'], x: ['a'] }))
  expect(order).toEqual(['free'])
  expect(cycle).toHaveLength(3)
  const at = (n: string) => (cycle as string[]).indexOf(n)
  for (const [n, needs] of [
    ['a', 'b'],
    ['b', 'c'],
    ['c', 'a'],
  ] as const)
    expect((at(needs) + 1) % 3).toBe(at(n))
})

test('something that needs itself is a cycle of one', () => {
  expect(topoSort(['a'], graph({ a: ['a'] }))).toEqual({ order: [], cycle: ['a'] })
})

test('duplicates and strangers are ignored', () => {
  expect(topoSort(['a', 'b', 'a'], graph({ a: ['b', 'b', 'z'] }))).toEqual({ order: ['b', 'a'], cycle: undefined })
})

test('in any acyclic graph each thing comes after what it needs, and an order that is right already is kept', () => {
  const dag = fc.integer({ min: 1, max: 30 }).chain((n) =>
    fc.record({
      n: fc.constant(n),
      pairs: fc.array(fc.tuple(fc.nat(n - 1), fc.nat(n - 1))),
      shuffled: fc.shuffledSubarray([...Array(n).keys()], { minLength: n, maxLength: n }),
    }),
  )
  fc.assert(
    fc.property(dag, ({ pairs, shuffled, n }) => {
      const needs = (a: number) => pairs.filter(([x, y]) => x === a && y < x).map(([, y]) => y)
      const { order, cycle } = topoSort(shuffled, needs)
      expect(cycle).toBeUndefined()
      expect(order).toHaveLength(n)
      for (const a of order) for (const b of needs(a)) expect(order.indexOf(b)).toBeLessThan(order.indexOf(a))
      expect(topoSort(order, needs).order).toEqual(order)
    }),
  )
})

test('a chain of 200,000 needs no stack', () => {
  const n = 200_000
  const nodes = Array.from({ length: n }, (_, i) => n - 1 - i)
  const { order } = topoSort(nodes, (i) => (i === 0 ? [] : [i - 1]))
  expect(order[0]).toBe(0)
  expect(order.at(-1)).toBe(n - 1)
})
