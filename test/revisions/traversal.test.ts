/** T1-T20 of specs/alembic.md section 2.1: the steps and the row edits of every worked traversal. */
import { expect, it } from 'vitest'
import { downgradeSteps, upgradeSteps } from '../../src/revisions/steps/path.ts'
import { codeOf, diamond, stepTexts, twoLines } from './graphs.ts'

const up = (graph: typeof diamond, rows: string[], target: string): string[] =>
  stepTexts(upgradeSteps(graph, rows, target))
const down = (graph: typeof diamond, rows: string[], target: string): string[] =>
  stepTexts(downgradeSteps(graph, rows, target))
const left = (graph: typeof diamond, rows: string[], target: string): readonly string[] =>
  downgradeSteps(graph, rows, target).at(-1)!.rows

it('T1: a diamond from nothing to its head', () => {
  expect(up(diamond, [], 'head')).toEqual(['a: I a', 'c: U a>c', 'b: I b', 'm: D b, U c>m', 'n: U m>n'])
})

it('T2: one step up over a merge brings the sibling along', () => {
  expect(up(diamond, ['b'], '+1')).toEqual(['c: I c', 'm: D b, U c>m'])
})

it('T3: a branch point, and several current heads, make +1 ambiguous', () => {
  expect(codeOf(() => up(diamond, ['a'], '+1'))).toBe('REVISION.AMBIGUOUS')
  expect(codeOf(() => up(diamond, ['b', 'c'], '+1'))).toBe('REVISION.AMBIGUOUS')
  expect(() => up(diamond, ['a'], '+1')).toThrow(expect.objectContaining({ data: { choices: ['b', 'c'] } }))
})

it('T4: more steps than there are', () => {
  expect(codeOf(() => up(diamond, ['m'], '+2'))).toBe('REVISION.RANGE')
  expect(() => up(diamond, ['m'], '+2')).toThrow('only 1 step is available')
})

it('T5: down from a merge to one parent leaves both parents as rows', () => {
  expect(down(diamond, ['m'], 'b')).toEqual(['m: I c, U m>b'])
  expect(left(diamond, ['m'], 'b')).toEqual(['b', 'c'])
})

it('T6: a relative downgrade over a merge is ambiguous', () => {
  expect(codeOf(() => down(diamond, ['m'], '-1'))).toBe('REVISION.AMBIGUOUS')
  expect(codeOf(() => down(diamond, ['n'], '-2'))).toBe('REVISION.AMBIGUOUS')
})

it('T7, R9: -1 from several current heads asks for an explicit target, where Alembic takes any row', () => {
  expect(() => down(diamond, ['b', 'c'], '-1')).toThrow(
    expect.objectContaining({
      code: 'REVISION.AMBIGUOUS',
      data: { choices: ['b', 'c'] },
      next: [
        { text: 'from b', command: 'ambix downgrade b-1' },
        { text: 'from c', command: 'ambix downgrade c-1' },
        { text: 'or name a branch, as <label>@-1' },
      ],
    }),
  )
  expect(down(diamond, ['b', 'c'], 'b@-1')).toEqual(['b: D b'])
})

it('T8: down over the whole diamond', () => {
  expect(down(diamond, ['n'], 'a')).toEqual(['n: U n>m', 'm: I c, U m>b', 'b: D b', 'c: U c>a'])
})

it('T9: down to what is not below', () => {
  expect(codeOf(() => down(diamond, ['b'], 'c'))).toBe('REVISION.RANGE')
  expect(codeOf(() => down(diamond, ['b'], 'm'))).toBe('REVISION.DIRECTION')
})

it('T10: two lines from nothing to their heads', () => {
  const steps = upgradeSteps(twoLines, [], 'heads')
  expect(stepTexts(steps)).toEqual([
    'a0: I a0',
    'a1: U a0>a1',
    'b0: I b0',
    'b1: D b0, U a1>b1',
    'b2: U b1>b2',
    'a2: I a2',
  ])
  expect(steps.at(-1)!.rows).toEqual(['a2', 'b2'])
})

it('T11: one line, with what it depends on', () => {
  const steps = upgradeSteps(twoLines, [], 'net@head')
  expect(stepTexts(steps)).toEqual(['a0: I a0', 'a1: U a0>a1', 'b0: I b0', 'b1: D b0, U a1>b1', 'b2: U b1>b2'])
  expect(steps.at(-1)!.rows).toEqual(['b2'])
})

it('T12: the line that was only implied goes on', () => {
  expect(stepTexts(upgradeSteps(twoLines, ['b1'], 'acct@head'))).toEqual(['a2: I a2'])
  expect(upgradeSteps(twoLines, ['b1'], 'acct@head')[0]!.rows).toEqual(['a2', 'b1'])
})

it('T13: head with several heads, +1 with two roots', () => {
  expect(codeOf(() => up(twoLines, [], 'head'))).toBe('REVISION.MULTIPLE_HEADS')
  expect(codeOf(() => up(twoLines, [], '+1'))).toBe('REVISION.AMBIGUOUS')
})

it('T14: a step on a branch that has not begun', () => {
  const steps = upgradeSteps(twoLines, ['a0'], 'net@+1')
  expect(stepTexts(steps)).toEqual(['b0: I b0'])
  expect(steps[0]!.rows).toEqual(['a0', 'b0'])
})

it('T15: a labelled base undoes what depends on the branch too', () => {
  expect(down(twoLines, ['a2', 'b2'], 'acct@base')).toEqual([
    'a2: D a2',
    'b2: U b2>b1',
    'b1: I b0, U b1>a1',
    'a1: U a1>a0',
    'a0: D a0',
  ])
  expect(left(twoLines, ['a2', 'b2'], 'acct@base')).toEqual(['b0'])
})

it('T16: a labelled base leaves the dependencies in place, with a row again', () => {
  expect(down(twoLines, ['b2'], 'net@base')).toEqual(['b2: U b2>b1', 'b1: I b0, U b1>a1', 'b0: D b0'])
  expect(left(twoLines, ['b2'], 'net@base')).toEqual(['a1'])
})

it('T17: one step down within a branch', () => {
  expect(down(twoLines, ['a2', 'b2'], 'net@-1')).toEqual(['b2: U b2>b1'])
  expect(left(twoLines, ['a2', 'b2'], 'net@-1')).toEqual(['a2', 'b1'])
  expect(down(twoLines, ['a2', 'b2'], 'acct@-1')).toEqual(['a2: D a2'])
  expect(left(twoLines, ['a2', 'b2'], 'acct@-1')).toEqual(['b2'])
})

it('T18: down to what is only implied', () => {
  expect(() => down(twoLines, ['b2'], 'a1')).toThrow(
    expect.objectContaining({ code: 'REVISION.RANGE', why: expect.stringContaining('another branch depends on it') }),
  )
})

it('T19: one line down, the other stays', () => {
  expect(down(twoLines, ['a2', 'b2'], 'b0')).toEqual(['b2: U b2>b1', 'b1: U b1>b0'])
  expect(left(twoLines, ['a2', 'b2'], 'b0')).toEqual(['a2', 'b0'])
})

it('T20: not on the branch, no such branch, several heads', () => {
  expect(() => up(twoLines, [], 'acct@b1')).toThrow('not on the branch acct')
  expect(() => up(twoLines, [], 'nosuch@head')).toThrow('no branch called "nosuch"')
  expect(codeOf(() => up(twoLines, [], 'heads+1'))).toBe('REVISION.MULTIPLE_HEADS')
})
