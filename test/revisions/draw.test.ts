/** The drawn graph: a golden with three branches, two merges and a dependency; marks; width; many revisions. */
import { describe, expect, it } from 'vitest'
import { drawGraph } from '../../src/revisions/graph/draw.ts'
import { buildGraph } from '../../src/revisions/graph/graph.ts'
import { historyRange } from '../../src/revisions/steps/history.ts'
import { createRevision } from '../../src/revisions/revision.ts'
import { diamond, graphOf, twoLines } from './graphs.ts'

const draw = (graph: typeof diamond, current: string[] = [], width = 80): string[] =>
  drawGraph(graph, historyRange(graph), { current: new Set(current) }, width).split('\n')

it('draws three branches, two merges and a dependency', () => {
  const graph = graphOf(`
base0:
bill1: base0;; billing
bill2: bill1
cont1: base0;; content
cont2: cont1; bill1
auth1: base0
merge1: bill2, cont2
auth2: auth1
merge2: merge1, auth2
last: merge2
`)
  expect(draw(graph, ['merge1'])).toEqual([
    '* last (head) make last',
    '* merge2 make merge2',
    '|\\',
    '* | merge1 (current) make merge1',
    '|\\ \\',
    '* | | bill2 make bill2',
    '| * | cont2 (needs bill1) make cont2',
    '| * | cont1 (content) make cont1',
    '* | | bill1 (billing) make bill1',
    '|/ /',
    '| * auth2 make auth2',
    '| * auth1 make auth1',
    '|/',
    '* base0 make base0',
  ])
})

describe('shapes', () => {
  it('a diamond', () => {
    expect(draw(diamond)).toEqual([
      '* n (head) make n',
      '* m make m',
      '|\\',
      '* | b make b',
      '| * c make c',
      '|/',
      '* a make a',
    ])
  })

  it('two lines side by side, the dependency named', () => {
    expect(draw(twoLines, ['a2'])).toEqual([
      '* a2 (head) (current) make a2',
      '| * b2 (head) make b2',
      '| * b1 (needs a1) make b1',
      '| * b0 (net) make b0',
      '* a1 make a1',
      '* a0 (acct) make a0',
    ])
  })

  it('a root beside a line that goes on', () => {
    expect(draw(graphOf('a:\nr:\nb: a\nm: r, b'))).toEqual([
      '* m (head) make m',
      '|\\',
      '* | r make r',
      ' /',
      '* b make b',
      '* a make a',
    ])
  })

  it('a merge of three, and a line that crosses others', () => {
    expect(draw(graphOf('a:\nb: a\nc: a\nd: a\nm: b, c, d'))).toEqual([
      '* m (head) make m',
      '|\\',
      '|\\ \\',
      '* | | b make b',
      '| * | c make c',
      '|/ /',
      '| * d make d',
      '|/',
      '* a make a',
    ])
    expect(draw(graphOf('a:\nb: a\nc: a\nd: a\ne: a\nh: e, b'))).toEqual([
      '* c (head) make c',
      '| * d (head) make d',
      '|/',
      '| * h (head) make h',
      '| |\\',
      '| * | e make e',
      '|/ /',
      '| * b make b',
      '|/',
      '* a make a',
    ])
  })

  it('a part of the history', () => {
    expect(drawGraph(diamond, historyRange(diamond, 'b:m'), {}, 80).split('\n')).toEqual(['* m make m', '* b make b'])
  })

  it('nothing', () => {
    expect(drawGraph(graphOf(''), [], {}, 80)).toBe('')
  })
})

it('marks a head that another depends on', () => {
  expect(draw(graphOf('a:\nb:; a'))).toEqual(['* b (head) (needs a) make b', '* a (head, depended on) make a'])
})

it('stays within the width, counts wide letters twice, and lets no control character through', () => {
  const graph = buildGraph([
    createRevision({ id: 'a', doc: `\u001b[31mred\u0007 ${'漢字'.repeat(40)}` }),
    createRevision({ id: 'b', downRevision: ['a'], doc: 'x'.repeat(200) }),
  ])
  const rows = draw(graph)
  expect(rows[0]).toBe(`* b (head) ${'x'.repeat(68)}…`)
  expect(rows[1]).toMatch(/^\* a \[31mred (?:漢字)+漢?…$/)
  expect([...rows[1]!].reduce((n, c) => n + (c > '\u1100' && c !== '…' ? 2 : 1), 0)).toBeLessThanOrEqual(80)
})

it('draws a thousand revisions with branches and merges', () => {
  const lines = ['r0:']
  for (let i = 1; i < 1000; i++) {
    const parents = i % 10 === 5 ? `r${i - 2}` : i % 10 === 9 ? `r${i - 1}, r${i - 5}` : `r${i - 1}`
    lines.push(`r${i}: ${parents}`)
  }
  const graph = graphOf(lines.join('\n'))
  const rows = draw(graph)
  expect(rows.filter((row) => row.includes('*'))).toHaveLength(1000)
  expect(Math.max(...rows.map((row) => row.length))).toBeLessThanOrEqual(80)
})
