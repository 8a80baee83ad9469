/** The version rows that walks leave (V17-V27), against a naive model, and stamps. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isAmbixError } from '../../src/errors.ts'
import { buildGraph, type RevisionGraph } from '../../src/revisions/graph/graph.ts'
import { downgradeSteps, upgradeSteps } from '../../src/revisions/steps/path.ts'
import { createRevision } from '../../src/revisions/revision.ts'
import { applyEdits } from '../../src/revisions/steps/row-book.ts'
import { appliedSet } from '../../src/revisions/steps/rows.ts'
import { stampSteps } from '../../src/revisions/steps/stamp.ts'
import { codeOf, diamond, graphOf, stepTexts, twoLines } from './graphs.ts'

const randomGraph = fc
  .array(
    fc.record({
      parents: fc.array(fc.nat(9), { maxLength: 3 }),
      depends: fc.array(fc.nat(19), { maxLength: 1 }),
      root: fc.nat(9),
    }),
    { minLength: 1, maxLength: 20 },
  )
  .map((shapes) =>
    buildGraph(
      shapes.map(({ parents, depends, root }, i) =>
        createRevision({
          id: `r${i}`,
          downRevision:
            i === 0 || root === 0
              ? []
              : (parents.length === 0 ? [0] : parents).map((back) => `r${Math.max(0, i - 1 - (back >> 1))}`),
          dependsOn: i === 0 ? [] : depends.map((d) => `r${d % i}`),
          file: `r${i}.ts`,
        }),
      ),
    ),
  )

const everyParent = (graph: RevisionGraph, id: string): string[] => {
  const revision = graph.revisions[graph.indexOf.get(id)!]!
  return [...revision.downRevision, ...revision.dependsOn]
}

/** The rows of a set of applied revisions: those that nothing applied stands on. */
function naiveRows(graph: RevisionGraph, applied: ReadonlySet<string>): string[] {
  const held = new Set([...applied].flatMap((id) => everyParent(graph, id)))
  return [...applied].filter((id) => !held.has(id)).toSorted()
}

describe('any walk', () => {
  const moves = fc.array(fc.record({ up: fc.boolean(), pick: fc.nat(19), form: fc.nat(5) }), {
    minLength: 1,
    maxLength: 12,
  })

  it('leaves the rows that a naive model of what is applied gives, step by step', () => {
    fc.assert(
      fc.property(randomGraph, moves, (graph, walk) => {
        let rows: readonly string[] = []
        const applied = new Set<string>()
        for (const { up, pick, form } of walk) {
          const id = graph.revisions[pick % graph.revisions.length]!.id
          const target = (
            up ? ['heads', id, id, '+1', `${id}@head`, `${id}+1`] : ['base', id, id, '-1', `${id}@base`, `${id}@-1`]
          )[form]!
          let steps
          try {
            steps = (up ? upgradeSteps : downgradeSteps)(graph, rows, target)
          } catch (e) {
            if (!isAmbixError(e)) throw e
            continue
          }
          for (const step of steps) {
            const own = step.revision.id
            if (up) {
              expect(applied.has(own)).toBe(false)
              expect(everyParent(graph, own).every((p) => applied.has(p))).toBe(true)
              applied.add(own)
            } else {
              expect(applied.delete(own)).toBe(true)
              expect([...applied].some((other) => everyParent(graph, other).includes(own))).toBe(false)
            }
            rows = applyEdits(rows, step.edits)
            expect(rows.toSorted()).toEqual(naiveRows(graph, applied))
            expect(step.rows.toSorted()).toEqual(rows.toSorted())
          }
          expect(appliedSet(graph, rows)).toEqual(
            new Set(graph.revisions.map((r) => r.id).filter((r) => applied.has(r))),
          )
          if (up && form <= 1) expect(form === 1 ? applied.has(id) : applied.size === graph.revisions.length).toBe(true)
        }
      }),
      { numRuns: 400 },
    )
  })

  it('up to the heads and down to base leaves nothing', () => {
    fc.assert(
      fc.property(randomGraph, (graph) => {
        const up = upgradeSteps(graph, [], 'heads')
        const rows = up.at(-1)!.rows
        const down = downgradeSteps(graph, rows, 'base')
        expect(up.length).toBe(graph.revisions.length)
        expect(down.length).toBe(up.length)
        expect(down.at(-1)!.rows).toEqual([])
      }),
      { numRuns: 200 },
    )
  })
})

describe('rows', () => {
  it('V12: one side of a merge pulls in the other', () => {
    expect(upgradeSteps(diamond, ['b'], 'm').map((s) => s.revision.id)).toEqual(['c', 'm'])
  })

  it('V19: INSERT, UPDATE, and DELETE back at base', () => {
    const line = graphOf('a:\nb: a')
    expect(stepTexts(upgradeSteps(line, [], 'head'))).toEqual(['a: I a', 'b: U a>b'])
    expect(stepTexts(downgradeSteps(line, ['b'], 'base'))).toEqual(['b: U b>a', 'a: D a'])
  })

  it('V20: the second child of a passed parent is INSERTed', () => {
    expect(stepTexts(upgradeSteps(diamond, ['b'], 'c'))).toEqual(['c: I c'])
  })

  it('V16, V21: over a merge, down to one parent; a parent that is below the other gets no row', () => {
    expect(stepTexts(downgradeSteps(diamond, ['m'], 'c'))).toEqual(['m: I c, U m>b'])
    const graph = graphOf('a:\nb: a\nx:\nm: b, a')
    expect(stepTexts(downgradeSteps(graph, ['m', 'x'], 'b'))).toEqual(['m: U m>b'])
  })

  it('V27: a row that no file has', () => {
    for (const work of [
      () => upgradeSteps(diamond, ['zz'], 'head'),
      () => downgradeSteps(diamond, ['zz'], 'base'),
      () => stampSteps(diamond, ['zz'], ['head']),
    ]) {
      expect(codeOf(work)).toBe('VERSION.UNKNOWN_REVISION')
    }
  })

  it('a row below another row is noticed before an upgrade counts on it', () => {
    expect(() => upgradeSteps(diamond, ['a', 'b'], 'head')).toThrow(
      expect.objectContaining({
        code: 'VERSION.TABLE',
        next: [{ text: 'write the rows again', command: 'ambix stamp --purge b' }],
      }),
    )
  })

  it('V29: a step says from where to where, by parents only', () => {
    const steps = upgradeSteps(twoLines, ['a1'], 'b1')
    expect(steps.map((s) => `${s.from.join(', ')} -> ${s.to.join(', ')}`)).toEqual([' -> b0', 'b0 -> b1'])
  })
})

describe('stamps', () => {
  const stamp = (graph: RevisionGraph, rows: string[], ...targets: string[]): string[] =>
    stepTexts(stampSteps(graph, rows, targets))

  it('V25: already there, below, above, unrelated', () => {
    expect(stamp(diamond, ['m'], 'm')).toEqual([])
    expect(stamp(diamond, ['b', 'c'], 'a')).toEqual(['a: D b, U c>a'])
    expect(stamp(diamond, ['b', 'c'], 'head')).toEqual(['n: D b, U c>n'])
    expect(stamp(twoLines, ['a0'], 'b0')).toEqual(['b0: I b0'])
    expect(stamp(diamond, [], 'b', 'c')).toEqual(['b: I b', 'c: I c'])
  })

  it('V25: base, and the base of a branch with its dependents', () => {
    expect(stamp(twoLines, ['a2', 'b2'], 'base')).toEqual(['-: D a2, D b2'])
    expect(stamp(twoLines, ['a2', 'b0'], 'acct@base')).toEqual(['-: D a2'])
    expect(stamp(twoLines, ['b2'], 'acct@base')).toEqual(['-: D b2'])
  })

  it('C30: -N below the heads; +N has no meaning', () => {
    expect(stamp(diamond, [], '-1')).toEqual(['m: I m'])
    expect(codeOf(() => stamp(diamond, [], '+1'))).toBe('REVISION.RANGE')
  })

  it('V26: a purge resolves its target before it forgets a row, unknown ones included', () => {
    expect(stepTexts(stampSteps(diamond, ['zz', 'b'], ['head'], { purge: true }))).toEqual(['-: D zz, D b', 'n: I n'])
    expect(codeOf(() => stampSteps(diamond, ['zz'], ['nosuch'], { purge: true }))).toBe('REVISION.UNKNOWN')
  })
})
