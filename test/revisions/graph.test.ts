/** The graph of revisions: what it knows (V7-V11), what it refuses (V3-V6), and its order (V14). */
import { describe, expect, it } from 'vitest'
import { buildGraph } from '../../src/revisions/graph/graph.ts'
import { historyRange } from '../../src/revisions/steps/history.ts'
import { downgradeSteps, upgradeSteps } from '../../src/revisions/steps/path.ts'
import { createRevision, type Revision } from '../../src/revisions/revision.ts'
import { effectiveCurrent, isAtHeads } from '../../src/revisions/steps/rows.ts'
import { ancestors, descendants, normalizedDependencies, spreadLabels } from '../../src/revisions/graph/walk.ts'
import { codeOf, diamond, graphOf, twoLines } from './graphs.ts'

describe('refusals', () => {
  it('V3: one id in two files, both named', () => {
    expect(() => graphOf('a:\nb: a\na: b')).toThrow(
      expect.objectContaining({ code: 'REVISION.DUPLICATE', why: 'a.ts and a.ts' }),
    )
  })

  it('V4: a parent or dependency that no file has', () => {
    expect(() => graphOf('a: gone')).toThrow(
      expect.objectContaining({ code: 'REVISION.MISSING_PARENT', message: expect.stringContaining('the parent gone') }),
    )
    expect(() => graphOf('a:; gone')).toThrow('the dependency gone')
  })

  it.each([
    ['a: a', 'self-loop: a -> a'],
    ['x:\na: x, c\nb: a\nc: b', 'cycle: a -> c -> b -> a'],
    ['a:; a', 'dependency self-loop: a -> a'],
    ['a:; b\nb: a', 'dependency cycle: a -> b -> a'],
  ])('V5: the four kinds of cycle, by their ids: %j', (text, message) => {
    expect(() => graphOf(text)).toThrow(
      expect.objectContaining({ code: 'REVISION.CYCLE', message: expect.stringContaining(message) }),
    )
  })

  it('V6: one label on two revisions, or a label that is an id', () => {
    expect(() => graphOf('a:;; l\nb:;; l')).toThrow(
      expect.objectContaining({ code: 'REVISION.LABEL', data: { label: 'l', revisions: ['a', 'b'] } }),
    )
    expect(codeOf(() => graphOf('a:\nb: a;; a'))).toBe('REVISION.LABEL')
    expect(codeOf(() => graphOf('a:;; head'))).toBe('REVISION.LABEL')
  })
})

describe('knowledge', () => {
  it('V7: a label reaches all descendants, and down to the nearest branch or merge point', () => {
    const graph = graphOf('a:\nb: a\nc: b;; l\nd: c\ne: a\nf: d, e\ng: f')
    const labels = spreadLabels(graph)
    const labelled = graph.revisions.filter((_, i) => labels[i]!.includes('l')).map((r) => r.id)
    expect(labelled).toEqual(['b', 'c', 'd', 'f', 'g'])
    // Not through dependsOn.
    expect(spreadLabels(twoLines)).toEqual([['acct'], ['acct'], ['acct'], ['net'], ['net'], ['net']])
  })

  it('V8, V9: branch points, merge points and several roots', () => {
    expect(diamond).toMatchObject({ branchPoints: ['a'], mergePoints: ['m'], bases: ['a'], heads: ['n'] })
    expect(twoLines).toMatchObject({ branchPoints: [], mergePoints: [], bases: ['a0', 'b0'], heads: ['a2', 'b2'] })
  })

  it('V10: dependencies by id or label; what ancestors imply is left out', () => {
    const graph = graphOf('a:;; lib\nb:\nc: b; lib\nd: c; a\ne: d')
    expect(normalizedDependencies(graph, 'c')).toEqual(['a'])
    expect(normalizedDependencies(graph, 'd')).toEqual([])
    expect(ancestors(graph, ['e'])).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(ancestors(graph, ['e'], false)).toEqual(['b', 'c', 'd', 'e'])
    expect(descendants(graph, ['a'])).toEqual(['a', 'c', 'd', 'e'])
  })

  it('V11, C24: a head that is depended on is listed, but is no row; everything applied is at the heads', () => {
    const graph = graphOf('a:\nb:; a')
    expect(graph).toMatchObject({ heads: ['a', 'b'], effectiveHeads: ['b'] })
    expect(effectiveCurrent(graph, ['b'])).toEqual(['a', 'b'])
    expect(isAtHeads(graph, ['b'])).toBe(true)
    expect(isAtHeads(graph, ['a'])).toBe(false)
  })

  it('V14: children before parents, one branch finished before the next, ties in file order', () => {
    const graph = graphOf('a:\nb1: a\nc1: a\nb2: b1\nc2: c1\nm: b2, c2')
    expect(historyRange(graph).map((r) => r.id)).toEqual(['m', 'b2', 'b1', 'c2', 'c1', 'a'])
  })

  it('is empty without revisions', () => {
    expect(graphOf('')).toMatchObject({ heads: [], bases: [], effectiveHeads: [] })
  })
})

it('V32: plans 100,000 revisions with branches, merges and dependencies, without recursion', () => {
  const lines: Revision[] = []
  for (let i = 0; i < 100_000; i++) {
    const downRevision =
      i === 0 ? [] : i % 10 === 5 ? [`r${i - 2}`] : i % 10 === 9 ? [`r${i - 1}`, `r${i - 5}`] : [`r${i - 1}`]
    lines.push(
      createRevision({ id: `r${i}`, downRevision, dependsOn: i % 100 === 50 ? [`r${i - 40}`] : [], file: `${i}.ts` }),
    )
  }
  const graph = buildGraph(lines)
  const up = upgradeSteps(graph, [], 'heads')
  expect(up).toHaveLength(100_000)
  expect(downgradeSteps(graph, up.at(-1)!.rows, 'base').at(-1)!.rows).toEqual([])
  lines[0] = createRevision({ id: 'r0', downRevision: ['r99999'], file: '0.ts' })
  expect(codeOf(() => buildGraph(lines))).toBe('REVISION.CYCLE')
})
