/** Named parameters are found where they are parameters, and nowhere else. */
import { expect, test } from 'vitest'
import { fillParameters, readParameters } from '../../src/dialects/shared/parameters.ts'

const filled = (sql: string): string => fillParameters(readParameters(sql), (name) => `<${name}>`)

test.each([
  ['SELECT :a', 'SELECT <a>'],
  ['SELECT :a, :b_2 , :a', 'SELECT <a>, <b_2> , <a>'],
  ['SELECT :id::int', 'SELECT <id>::int'],
  ["SELECT 'x:a', \":b\", $$:c$$, E'\\':d'", "SELECT 'x:a', \":b\", $$:c$$, E'\\':d'"],
  ['SELECT 1 -- :a\n, :b /* :c */', 'SELECT 1 -- :a\n, <b> /* :c */'],
  ['SELECT x::text', 'SELECT x::text'],
  ['SELECT \\:a', 'SELECT :a'],
  ['SELECT a[1:2], a[:n]', 'SELECT a[1:2], a[<n>]'],
  ['CALL f(a := :a)', 'CALL f(a := <a>)'],
  ['SELECT (:a)', 'SELECT (<a>)'],
])('%s', (sql, expected) => {
  expect(filled(sql)).toBe(expected)
})
