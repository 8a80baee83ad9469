/** M16: checks that nobody has validated on parents and their children, and what a publication says of both; both ways. */
import { afterAll, expect, test } from 'vitest'
import { describeLive } from '../support/live.ts'
import { takenBy } from '../support/since.ts'
import { tableOf } from '../support/table-of.ts'
import { Lane } from './lane.ts'
import { majorOf, placesOf } from './place.ts'

const parent = 'CREATE TABLE p (a integer, b integer);'
const child = 'CREATE TABLE c () INHERITS (p);'
const unvalidated = 'ALTER TABLE p ADD CONSTRAINT k CHECK (a > 0) NOT VALID;'
const validated = 'ALTER TABLE p ADD CONSTRAINT k CHECK (a > 0);'
const tree = `${parent}${child}`
const partitions =
  'CREATE TABLE p (a integer, b integer) PARTITION BY LIST (a); CREATE TABLE c PARTITION OF p FOR VALUES IN (1);'

/** States of a parent and its children; each leads to each of its group. */
const groups: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  inheritance: {
    nothing: '',
    'no check': tree,
    'a parent alone': `${parent}${unvalidated}`,
    'unvalidated on both': `${tree}${unvalidated}`,
    'a child made after the check': `${parent}${unvalidated}${child}`,
    'valid on the child': `${tree}${unvalidated}ALTER TABLE c VALIDATE CONSTRAINT k;`,
    'valid on both': `${tree}${validated}`,
    'of the parent only': `${tree}ALTER TABLE p ADD CONSTRAINT k CHECK (a > 0) NO INHERIT NOT VALID;`,
    'children and grandchildren of either sort': `${tree}CREATE TABLE d () INHERITS (c); CREATE TABLE e () INHERITS (p);${unvalidated}ALTER TABLE e VALIDATE CONSTRAINT k; CREATE TABLE f () INHERITS (c);`,
  },
  partitions: {
    nothing: '',
    'no check': partitions,
    'unvalidated on both': `${partitions}${unvalidated}`,
    'valid on the partition': `${partitions}${unvalidated}ALTER TABLE c VALIDATE CONSTRAINT k;`,
    'valid on both': `${partitions}${validated}`,
  },
  publications: {
    none: tree,
    'rows of the parent and its children': `${tree}CREATE PUBLICATION pb FOR TABLE p WHERE (a > 1);`,
    'other rows': `${tree}CREATE PUBLICATION pb FOR TABLE p WHERE (a > 2);`,
    'the parent only': `${tree}CREATE PUBLICATION pb FOR TABLE ONLY p WHERE (a > 1);`,
    'columns of the parent': `${tree}CREATE PUBLICATION pb FOR TABLE p (a) WHERE (a > 1);`,
    'a child more': `${tree}CREATE TABLE d () INHERITS (c); CREATE PUBLICATION pb FOR TABLE p WHERE (a > 1);`,
    'a column less': `CREATE TABLE p (a integer);${child}CREATE PUBLICATION pb FOR TABLE p WHERE (a > 1);`,
    'a column of another type': `CREATE TABLE p (a bigint, b integer);${child}CREATE PUBLICATION pb FOR TABLE p WHERE (a > 1);`,
  },
}

describeLive('parents and children', (server) => {
  const lane = new Lane(placesOf(server), majorOf(server))
  afterAll(() => lane.close())
  const pairs = Object.entries(groups).flatMap(([group, states]) => {
    const list = Object.entries(states)
    return list.flatMap(([from, old], i) =>
      list.slice(i + 1).map(([to, now]) => ({ id: `${group}: ${from} and ${to}`, old, new: now, names: true })),
    )
  })
  const taken = takenBy(
    majorOf(server),
    tableOf(pairs, ({ id }) => id.split(':')[0]!),
    (pair) => `${pair.old}\n${pair.new}`,
  )
  test.each(taken)('$id', async (pair) => {
    expect(await lane.run(pair)).toEqual([])
    expect(await lane.run({ ...pair, old: pair.new, new: pair.old })).toEqual([])
  })
})
