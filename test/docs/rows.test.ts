/** Issue 3, done when 1: each row of the inventory of Alembic has a test that bears its id, and a line in docs/alembic.md. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { pagePath } from './transcript.ts'

/** The inventory's ids, by letter: from and to. */
const ranges: readonly (readonly [string, number, number])[] = [
  ['C', 1, 11],
  ['C', 20, 36],
  ['R', 1, 18],
  ['V', 1, 32],
  ['T', 1, 20],
  ['A', 1, 29],
  ['B', 1, 9],
  ['Q', 1, 14],
  ['E', 1, 28],
  ['F', 1, 16],
  ['K', 1, 20],
  ['X', 1, 6],
  ['P', 1, 11],
  ['N', 1, 8],
]
const rows = ranges.flatMap(([letter, from, to]) =>
  Array.from({ length: to - from + 1 }, (_, i) => `${letter}${from + i}`),
)

/** What Alembic has and ambix has not, with the reason in docs/alembic.md: there is nothing to run. */
const onlyTold = ['E22', 'X6', 'P1', 'P2', 'P4', 'P5', 'P6']

const word = (id: string): RegExp => new RegExp(`\\b${id}\\b`)

/** Titles of tests, and the cookbook's pages, each of which test/docs/cookbook.test.ts runs. */
function titles(): string[] {
  const tests = pagePath('../test')
  const files = readdirSync(tests, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.test.ts'))
  const named = files.flatMap((file) =>
    [
      ...readFileSync(join(tests, file), 'utf8').matchAll(
        /^\s*(?:it|test|describe|describeLive)(?:\.\w+)*\s*\(\s*(['"`])((?:(?!\1)[^\\\n]|\\.)*)\1|^\s*\]\)\(\s*(['"`])((?:(?!\3)[^\\\n]|\\.)*)\3|^\s*(?:it|test)\.each\(.*?\)\((['"`])((?:(?!\5)[^\\\n]|\\.)*)\5/gm,
      ),
    ].map((m) => m[2] ?? m[4] ?? m[6] ?? ''),
  )
  // Cases of `test.each`, whose titles begin with the row.
  const cases = files.flatMap((file) =>
    [...readFileSync(join(tests, file), 'utf8').matchAll(/^\s*(?:id: |\[)?'((?:[A-Z]\d{1,2},? )+[^'\n]*)/gm)].map(
      (m) => m[1]!,
    ),
  )
  const recipes = readdirSync(pagePath('cookbook')).map((f) => `K${Number(/^k(\d+)-/.exec(f)?.[1])}`)
  return [...named, ...cases, ...recipes]
}

it('every row is told in docs/alembic.md, by its id', () => {
  const page = readFileSync(pagePath('alembic.md'), 'utf8')
  expect(rows.filter((id) => !word(id).test(page))).toEqual([])
})

it('every row has a test that bears its id, but for those that ambix has no counterpart for', () => {
  const all = titles().join('\n')
  expect(rows.filter((id) => !word(id).test(all))).toEqual(onlyTold)
})
