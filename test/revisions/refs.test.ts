/** R1-R18 of specs/alembic.md section 1.3: the identifier grammar, form by form. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { historyRange } from '../../src/revisions/steps/history.ts'
import { downgradeSteps, upgradeSteps } from '../../src/revisions/steps/path.ts'
import { needsRows, parseRange, parseRef } from '../../src/revisions/targets/refs.ts'
import { resolveRef, type Purpose } from '../../src/revisions/targets/resolve.ts'
import { newRevisionId, validateNewId, validateNewLabel } from '../../src/revisions/revision.ts'
import { checkRows } from '../../src/revisions/steps/rows.ts'
import { codeOf, diamond, graphOf, twoLines } from './graphs.ts'

const line = graphOf(`
ab10:
ab27: ab10
cd33: ab27
ef44: cd33
`)
const at = (graph: typeof line, ref: string, purpose: Purpose = 'show', rows: string[] = []): readonly string[] =>
  resolveRef(graph, ref, { purpose, rows }).ids
const history = (graph: typeof line, range: string, rows: string[] = []): string =>
  historyRange(graph, range, rows)
    .map((r) => r.id)
    .join(' ')

describe('parsing', () => {
  it.each([
    ['head', { anchor: { kind: 'head' } }],
    ['heads', { anchor: { kind: 'heads' } }],
    ['base', { anchor: { kind: 'base' } }],
    ['current', { anchor: { kind: 'current' } }],
    ['ae10', { anchor: { kind: 'name', name: 'ae10' } }],
    ['billing@head', { label: 'billing', anchor: { kind: 'head' } }],
    ['@heads', { anchor: { kind: 'heads' } }],
    ['@base', { anchor: { kind: 'base' } }],
    ['+2', { anchor: { kind: 'none' }, steps: 2 }],
    ['-1', { anchor: { kind: 'none' }, steps: -1 }],
    ['ae10+2', { anchor: { kind: 'name', name: 'ae10' }, steps: 2 }],
    ['ae10-2', { anchor: { kind: 'name', name: 'ae10' }, steps: -2 }],
    ['heads-1', { anchor: { kind: 'heads' }, steps: -1 }],
    ['billing@+2', { label: 'billing', anchor: { kind: 'none' }, steps: 2 }],
    ['billing@-1', { label: 'billing', anchor: { kind: 'none' }, steps: -1 }],
    ['billing@head-2', { label: 'billing', anchor: { kind: 'head' }, steps: -2 }],
  ])('%s', (text, parsed) => {
    expect(parseRef(text)).toEqual({ text, ...parsed })
  })

  it('R13: ranges with either end open', () => {
    expect(parseRange('a:b')).toMatchObject({ from: { text: 'a' }, to: { text: 'b' } })
    expect(parseRange('-3:')).toEqual({ text: '-3:', from: parseRef('-3') })
    expect(parseRange(':head')).toEqual({ text: ':head', to: parseRef('head') })
    expect(parseRange(':')).toEqual({ text: ':' })
    expect(codeOf(() => parseRange('a:b:c'))).toBe('REVISION.UNKNOWN')
    expect(codeOf(() => parseRange('abc'))).toBe('REVISION.UNKNOWN')
    expect(codeOf(() => parseRef('a:b'))).toBe('REVISION.UNKNOWN')
  })

  it.each([
    'rev+1xyz',
    'rev+',
    'rev+-1',
    '+1+1',
    '-',
    '',
    '  ',
    'a@',
    '@',
    'a@b@c',
    'a b',
    "a'b",
    'a\u0000',
    '+1.5',
    '+٣',
  ])('R15: junk is an error: %j', (text) => {
    expect(codeOf(() => parseRef(text))).toBe('REVISION.UNKNOWN')
  })

  it('R15: a step count of zero, or without sense, is an error', () => {
    expect(codeOf(() => parseRef('+0'))).toBe('REVISION.RANGE')
    expect(codeOf(() => parseRef(`-${'9'.repeat(400)}`))).toBe('REVISION.RANGE')
  })

  it('never throws anything but a coded error, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) =>
        /^(?:nothing|REVISION\.(?:UNKNOWN|RANGE))$/.test(codeOf(() => parseRef(text))),
      ),
      { numRuns: 2000 },
    )
    fc.assert(
      fc.property(
        fc.stringMatching(/^[ab@+\-:01head ]{0,12}$/),
        (text) => !codeOf(() => upgradeSteps(diamond, ['b'], text)).startsWith('bug'),
      ),
      { numRuns: 2000 },
    )
  })
})

describe('meaning', () => {
  it('R1: full ids; reserved words and unsafe characters are refused when a revision is made', () => {
    expect(at(line, 'ab10')).toEqual(['ab10'])
    for (const id of [
      'head',
      'HEADS',
      'base',
      'current',
      'a b',
      'a@b',
      'a-b',
      'a+b',
      'a:b',
      'é',
      '',
      '../x',
      'x'.repeat(65),
    ]) {
      expect(
        codeOf(() => validateNewId(id)),
        id,
      ).toBe('REVISION.INVALID_ID')
    }
    validateNewId('x'.repeat(64))
    expect(codeOf(() => validateNewLabel('a@b'))).toBe('REVISION.LABEL')
    validateNewLabel('billing.v2')
    expect(codeOf(() => graphOf('head:'))).toBe('REVISION.INVALID_ID')
  })

  it('R2: a unique beginning, one character being enough; else the candidates are named', () => {
    expect(at(line, 'c')).toEqual(['cd33'])
    expect(() => at(line, 'ab')).toThrow(
      expect.objectContaining({ code: 'REVISION.AMBIGUOUS', data: { choices: ['ab10', 'ab27'] } }),
    )
    expect(codeOf(() => at(line, 'zz'))).toBe('REVISION.UNKNOWN')
    expect(at(graphOf('a:\nab: a'), 'a')).toEqual(['a'])
  })

  it('R3: head is the one head', () => {
    expect(at(line, 'head')).toEqual(['ef44'])
    expect(codeOf(() => at(twoLines, 'head'))).toBe('REVISION.MULTIPLE_HEADS')
    expect(at(graphOf(''), 'head')).toEqual([])
  })

  it('R4: heads are the real heads, without those that others depend on', () => {
    expect(at(twoLines, 'heads')).toEqual(['a2', 'b2'])
    expect(at(graphOf('a:\nb:; a'), 'heads')).toEqual(['b'])
  })

  it('R5: base is nothing applied', () => {
    expect(at(line, 'base')).toEqual([])
    expect(upgradeSteps(line, [], 'base')).toEqual([])
  })

  it('R6: a label alone is the revision that carries it', () => {
    expect(at(twoLines, 'net')).toEqual(['b0'])
  })

  it('R7: a branch by label or by any id; @head is head', () => {
    expect(at(twoLines, 'net@head')).toEqual(['b2'])
    expect(at(twoLines, 'b1@head')).toEqual(['b2'])
    expect(at(twoLines, 'net@base')).toEqual([])
    expect(at(line, '@head')).toEqual(['ef44'])
    expect(at(twoLines, '@heads')).toEqual(['a2', 'b2'])
    expect(at(twoLines, 'net@b1')).toEqual(['b1'])
    expect(at(graphOf('x1:;; l\nx2: x1\ny1:\nxy: y1'), 'y@x')).toEqual(['xy'])
    expect(codeOf(() => at(twoLines, 'acct@b1'))).toBe('REVISION.UNKNOWN')
    expect(codeOf(() => at(twoLines, 'nosuch@head'))).toBe('REVISION.UNKNOWN')
  })

  it('R8: +N from the one current head', () => {
    expect(at(line, '+2', 'upgrade', ['ab10'])).toEqual(['cd33'])
    expect(at(line, '+1', 'upgrade', [])).toEqual(['ab10'])
    expect(codeOf(() => at(line, '+4', 'upgrade', ['ab10']))).toBe('REVISION.RANGE')
  })

  it('R9: -N from the one current head', () => {
    expect(at(line, '-2', 'downgrade', ['ef44'])).toEqual(['ab27'])
    expect(at(line, '-1', 'downgrade', ['ab10'])).toEqual([])
    expect(codeOf(() => at(line, '-2', 'downgrade', ['ab10']))).toBe('REVISION.RANGE')
    expect(codeOf(() => at(line, '-1', 'downgrade', []))).toBe('REVISION.RANGE')
  })

  it('R10: relative to a named revision', () => {
    expect(at(line, 'ab27+1', 'upgrade')).toEqual(['cd33'])
    expect(at(line, 'ef44-2', 'downgrade', ['ef44'])).toEqual(['ab27'])
    expect(at(line, 'head-1', 'downgrade', ['ef44'])).toEqual(['cd33'])
    expect(at(line, 'base+1', 'upgrade')).toEqual(['ab10'])
    expect(history(line, ':ab10+1')).toBe('ab27 ab10')
  })

  it('R11: relative within a branch', () => {
    expect(at(twoLines, 'acct@+1', 'upgrade', ['b1'])).toEqual(['a2'])
    expect(at(twoLines, 'net@head-2', 'show')).toEqual(['b0'])
    expect(at(twoLines, 'acct@-1', 'downgrade', ['b2'])).toEqual(['a0'])
    expect(codeOf(() => at(twoLines, 'net@-1', 'downgrade', ['a2']))).toBe('REVISION.RANGE')
  })

  it('R12: the wrong sign', () => {
    expect(codeOf(() => upgradeSteps(line, ['ab27'], '-1'))).toBe('REVISION.DIRECTION')
    expect(codeOf(() => downgradeSteps(line, ['ab27'], '+1'))).toBe('REVISION.DIRECTION')
  })

  it('R13: history ranges, both ends included', () => {
    expect(history(line, 'ab27:cd33')).toBe('cd33 ab27')
    expect(history(line, 'cd33:')).toBe('ef44 cd33')
    expect(history(line, ':ab27')).toBe('ab27 ab10')
    expect(history(line, ':')).toBe('ef44 cd33 ab27 ab10')
    expect(history(line, '-1:')).toBe('ef44 cd33')
    expect(history(line, 'ab10:+2')).toBe('cd33 ab27 ab10')
    expect(history(twoLines, 'net@base:heads')).toBe('b2 b1 b0 a1 a0')
    expect(codeOf(() => history(line, 'cd33:ab10'))).toBe('REVISION.RANGE')
    expect(codeOf(() => history(twoLines, 'a2:b2'))).toBe('REVISION.RANGE')
  })

  it('R14: current in show, edit and history only', () => {
    expect(at(line, 'current', 'show', ['cd33'])).toEqual(['cd33'])
    expect(history(line, 'current:', ['cd33'])).toBe('ef44 cd33')
    expect(history(line, 'base:current', ['cd33'])).toBe('cd33 ab27 ab10')
    expect(history(line, 'current:+1', ['ab27'])).toBe('cd33 ab27')
    expect(codeOf(() => at(line, 'current', 'upgrade', ['cd33']))).toBe('REVISION.UNKNOWN')
    expect(needsRows(parseRange('current:'))).toBe(true)
    expect(needsRows(parseRange('-3:head'))).toBe(false)
  })

  it('R16: moves to where the database already is do nothing', () => {
    expect(upgradeSteps(line, ['cd33'], 'ab10')).toEqual([])
    expect(upgradeSteps(line, ['ef44'], 'head')).toEqual([])
    expect(downgradeSteps(line, ['cd33'], 'cd33')).toEqual([])
    expect(downgradeSteps(line, [], 'base')).toEqual([])
  })

  it('R17: a row that is not text is an error of its own', () => {
    expect(codeOf(() => checkRows(line, [3]))).toBe('VERSION.TABLE')
    expect(codeOf(() => checkRows(line, [null]))).toBe('VERSION.TABLE')
  })

  it('R18: a new id is 12 random hexadecimal digits', () => {
    expect(newRevisionId()).toMatch(/^[0-9a-f]{12}$/)
    expect(newRevisionId()).not.toBe(newRevisionId())
  })
})
