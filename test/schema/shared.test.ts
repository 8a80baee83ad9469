/** Builders that are made once and shared say what a builder of one's own would say, whatever else was made of them. */
import { describe, expect, it } from 'vitest'
import {
  bigint,
  boolean,
  char,
  enumType,
  integer,
  numeric,
  primaryKey,
  sql,
  table,
  text,
  time,
  timestamp,
  varchar,
} from '../../src/schema.ts'
import type { Column, Table } from '../../src/schema/model.ts'
import { collectSchema } from '../../src/schema/resolve/collect.ts'

const tables = (...declared: readonly object[]): readonly Table[] =>
  [...collectSchema(declared, { names: { most: 63, unit: 'bytes' } }).schema.objects.values()].filter(
    (o) => o.kind === 'table',
  )
const columns = (declared: object): readonly Column[] => tables({ declared })[0]!.columns

describe('shared builders', () => {
  it('are not changed by what is made of them', () => {
    const kept = text()
    kept.notNull().default(sql`'a'`)
    kept.primaryKey()
    boolean().default(true)
    integer().identity({ generation: 'always' })
    expect(
      columns(table('t', { a: kept, b: text(), c: boolean().default(false), d: boolean(), e: integer() })),
    ).toEqual([
      { name: 'a', type: { kind: 'text' }, nullable: true },
      { name: 'b', type: { kind: 'text' }, nullable: true },
      { name: 'c', type: { kind: 'boolean' }, nullable: true, default: { kind: 'literal', value: false } },
      { name: 'd', type: { kind: 'boolean' }, nullable: true },
      { name: 'e', type: { kind: 'integer' }, nullable: true },
    ])
  })

  it('differ where the calls differ', () => {
    const types = (declared: object): readonly unknown[] => columns(declared).map((c) => c.type)
    expect(
      types(
        table('t', {
          a: numeric(12, 2),
          b: numeric(12),
          c: numeric(2, 12),
          d: numeric(),
          e: varchar(12),
          f: char(12),
          g: varchar(),
          h: time({ precision: 3 }),
          i: timestamp({ precision: 3 }),
          j: timestamp({ precision: 3, withTimeZone: true }),
          k: timestamp(),
        }),
      ),
    ).toEqual([
      { kind: 'numeric', precision: 12, scale: 2 },
      { kind: 'numeric', precision: 12 },
      { kind: 'numeric', precision: 2, scale: 12 },
      { kind: 'numeric' },
      { kind: 'varchar', length: 12 },
      { kind: 'char', length: 12 },
      { kind: 'varchar' },
      { kind: 'time', precision: 3 },
      { kind: 'timestamp', precision: 3 },
      { kind: 'timestamp', precision: 3, withTimeZone: true },
      { kind: 'timestamp' },
    ])
    const identities = table('u', {
      a: bigint({ mode: 'number' }).identity({ generation: 'always' }),
      b: bigint().identity(),
      c: bigint().identity({ start: 5 }),
    })
    expect(columns(identities).map((c) => c.identity)).toEqual([
      { generation: 'always' },
      { generation: 'byDefault' },
      { generation: 'byDefault', start: 5 },
    ])
  })

  it('become null or not by the key of each table', () => {
    const [a, b] = tables({
      a: table('a', { id: integer(), other: integer() }, (t) => [primaryKey(t.id)]),
      b: table('b', { id: integer(), other: integer() }, (t) => [primaryKey(t.other)]),
    })
    expect(a!.columns.map((c) => c.nullable)).toEqual([false, true])
    expect(b!.columns.map((c) => c.nullable)).toEqual([true, false])
  })

  it('of enums belong to their enum', () => {
    const one = enumType('one', ['a'])
    const two = enumType('two', ['a'])
    expect(columns(table('t', { a: one(), b: two(), c: one().default('a'), d: one() })).map((c) => c.type)).toEqual([
      { kind: 'enum', name: 'one' },
      { kind: 'enum', name: 'two' },
      { kind: 'enum', name: 'one' },
      { kind: 'enum', name: 'one' },
    ])
  })
})
