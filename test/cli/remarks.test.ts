/** What a revision's comments say of its locks and rewrites: once for all of a direction. */
import { expect, test } from 'vitest'
import { remarksOf } from '../../src/commands/autogenerate/remarks.ts'
import { postgres } from '../../src/dialects/postgres/index.ts'
import type { Operation } from '../../src/operations/kinds.ts'

const posts = { name: 'posts' }
const remarks = (...ops: Operation[]): (readonly string[])[] =>
  remarksOf(ops, postgres.compile(ops, undefined, { offline: false }))
const setDefault = (column: string): Operation => ({
  kind: 'alterColumn',
  table: posts,
  column,
  changes: { default: { kind: 'literal', value: 'x' } },
})

test('many short locks of one table are one line', () => {
  expect(remarks(setDefault('a'), setDefault('b'))).toEqual([
    ['locks: ACCESS EXCLUSIVE on posts (short); rewrites: none'],
    [],
  ])
})

test('a lock is long while its transaction goes on to write or read a whole table', () => {
  const retype: Operation = {
    kind: 'alterColumn',
    table: { name: 'pages' },
    column: 'c',
    changes: { type: { kind: 'text' } },
    before: { type: { kind: 'integer' } },
  }
  expect(remarks(setDefault('a'), retype)[0]).toEqual([
    'locks: ACCESS EXCLUSIVE on pages (long), posts (long); rewrites: pages',
  ])
  expect(remarks(retype, setDefault('a'))[0]).toEqual([
    'locks: ACCESS EXCLUSIVE on pages (long), posts (short); rewrites: pages',
  ])
  const index = { kind: 'createIndex', table: posts, index: { name: 'i', elements: [{ column: 'a' }] } } as const
  expect(remarks(index)[0]).toEqual(['locks: SHARE on posts (long); rewrites: none; reads whole: posts'])
  expect(remarks({ ...index, concurrently: true }, setDefault('a'))[0]).toEqual([
    'locks: ACCESS EXCLUSIVE on posts (short); rewrites: none; reads whole: posts',
  ])
})

test('what is lost is said where it is lost, and nothing of what costs nothing', () => {
  expect(remarks(setDefault('a'), { kind: 'dropColumn', table: posts, column: 'b' })).toEqual([
    ['locks: ACCESS EXCLUSIVE on posts (short); rewrites: none'],
    ['drops column posts.b with its values'],
  ])
  expect(remarks({ kind: 'renameEnumValue', enum: { name: 'e' }, from: 'a', to: 'b' })).toEqual([[]])
  expect(remarks({ kind: 'dropTable', table: posts })).toEqual([['drops table posts with its rows']])
})
