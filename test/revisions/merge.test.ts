/** Whether branches commute, by what they touch. */
import { describe, expect, it } from 'vitest'
import { branchOnly, doCommute, mergeBase, type Touched } from '../../src/revisions/graph/merge.ts'
import { diamond, graphOf, twoLines } from './graphs.ts'

const touched = (revision: string, writes: string[], reads: string[] = []): Touched => ({
  revision,
  footprint: { reads, writes },
})

/** A change of a column reads its table, as the operations' footprints say. */
const readOf = (writes: string[]): string[] => (writes[0]!.startsWith('column:') ? ['table:posts'] : [])

describe('commuting', () => {
  it.each([
    ['different tables', ['table:posts'], ['table:users']],
    ['different columns of one table', ['column:posts.a'], ['column:posts.b']],
    ['different values of one enum', ['enum-value:status.a'], ['enum-value:status.b']],
    ['tables of one name in two schemas', ['table:a.posts'], ['table:b.posts']],
    ['a name that begins with another', ['table:post'], ['column:posts.a']],
    ['a table made and a column of another', ['table:users'], ['column:posts.a']],
  ])('%s', (_, left, right) => {
    expect(doCommute([touched('l', left, readOf(left))], [touched('r', right, readOf(right))])).toEqual({
      verdict: 'commute',
      clashes: [],
      opaque: [],
    })
  })
})

describe('clashing, either way round', () => {
  it.each([
    ['one column twice', ['column:posts.a'], ['column:posts.a'], 'column:posts.a'],
    ['a dropped table and a column of it', ['table:posts'], ['column:posts.a'], 'column:posts.a'],
    [
      'a dropped table and its quoted column',
      ['table:app."my.posts"'],
      ['column:app."my.posts"."a.b"'],
      'column:app."my.posts"."a.b"',
    ],
    ['a dropped table and its index', ['table:posts'], ['constraint:posts.ck'], 'constraint:posts.ck'],
    ['a dropped enum and a new value', ['enum:status'], ['enum-value:status.a'], 'enum-value:status.a'],
  ])('%s', (_, left, right, object) => {
    expect(doCommute([touched('l', left)], [touched('r', right)])).toEqual({
      verdict: 'clash',
      clashes: [{ object, left: ['l'], right: ['r'] }],
      opaque: [],
    })
    expect(doCommute([touched('r', right)], [touched('l', left)]).clashes).toEqual([
      { object, left: ['r'], right: ['l'] },
    ])
  })

  it('a write and a read of one object, and a written table whose column is read', () => {
    expect(
      doCommute([touched('l', ['enum:status'])], [touched('r', ['column:posts.a'], ['enum:status'])]).clashes,
    ).toEqual([{ object: 'enum:status', left: ['l'], right: ['r'] }])
    expect(doCommute([touched('l', [], ['column:posts.a'])], [touched('r', ['table:posts'])]).verdict).toBe('clash')
  })

  it('names every revision concerned, objects in order', () => {
    const result = doCommute(
      [touched('l1', ['column:p.a']), touched('l2', ['column:p.a', 'column:a.z'])],
      [touched('r', ['column:p.a', 'column:a.z'])],
    )
    expect(result.clashes).toEqual([
      { object: 'column:a.z', left: ['l2'], right: ['r'] },
      { object: 'column:p.a', left: ['l1', 'l2'], right: ['r'] },
    ])
  })
})

it('says so where raw SQL hides what is touched', () => {
  const opaque: Touched = { revision: 'x', footprint: { reads: [], writes: [], opaque: true } }
  expect(doCommute([opaque], [touched('r', ['table:t'])])).toEqual({ verdict: 'unknown', clashes: [], opaque: ['x'] })
  expect(doCommute([{ revision: 'y', footprint: 'opaque' }], [touched('r', [])]).opaque).toEqual(['y'])
  expect(doCommute([opaque], []).verdict).toBe('commute')
  expect(doCommute([opaque, touched('l', ['table:t'])], [touched('r', ['table:t'])]).verdict).toBe('clash')
})

it('finds where branches parted and what each brings', () => {
  expect(mergeBase(diamond, ['b', 'c'])).toEqual(['a'])
  expect(mergeBase(twoLines, ['a2', 'b2'])).toEqual(['a1'])
  expect(mergeBase(graphOf('a:\nb:'), ['a', 'b'])).toEqual([])
  expect(branchOnly(diamond, ['b', 'c'])).toEqual([
    { head: 'b', revisions: ['b'] },
    { head: 'c', revisions: ['c'] },
  ])
  expect(branchOnly(twoLines, ['a2', 'b2'])).toEqual([
    { head: 'a2', revisions: ['a2'] },
    { head: 'b2', revisions: ['b0', 'b1', 'b2'] },
  ])
})
