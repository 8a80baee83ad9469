/** What normalisation respells without a database, and what it leaves alone. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonbText } from '../../src/dialects/postgres/spell/json-text.ts'
import { normalize } from '../../src/dialects/postgres/reflect/normalize.ts'
import { keyOf } from '../../src/schema/keys.ts'
import type { Column, ColumnType, Default, Schema, SchemaObject, Table } from '../../src/schema/model.ts'
import { arbSchemaPair } from '../support/arbitrary-schema.ts'

function schemaOf(...objects: readonly SchemaObject[]): Schema {
  return { objects: new Map(objects.map((o) => [keyOf(o), o])), dependencies: new Map(), uncovered: [] }
}
function columnAfter(column: Column, ...others: readonly SchemaObject[]): Column {
  const table: Table = { kind: 'table', name: 't', columns: [column], constraints: [], indexes: [] }
  return (normalize(schemaOf(table, ...others)).objects.get('table:t') as Table).columns[0]!
}
const typed = (type: ColumnType, value?: Default): Column => ({
  name: 'c',
  type,
  nullable: true,
  ...(value === undefined ? {} : { default: value }),
})
const text = (sql: string): Default => ({ kind: 'sql', sql })
const constant = (value: Extract<Default, { kind: 'literal' }>['value']): Default => ({ kind: 'literal', value })

describe('types', () => {
  test.each<[ColumnType, ColumnType]>([
    [{ kind: 'custom', sql: 'int4' }, { kind: 'integer' }],
    [
      { kind: 'custom', sql: 'character varying(9)[]' },
      { kind: 'array', element: { kind: 'varchar', length: 9 } },
    ],
    [
      { kind: 'custom', sql: 'status' },
      { kind: 'enum', name: 'status' },
    ],
    [
      { kind: 'custom', sql: 'vector(3)' },
      { kind: 'custom', sql: 'vector(3)' },
    ],
    [
      { kind: 'numeric', precision: 5, scale: 0 },
      { kind: 'numeric', precision: 5 },
    ],
    [{ kind: 'timestamp', withTimeZone: false }, { kind: 'timestamp' }],
    [{ kind: 'char' }, { kind: 'char', length: 1 }],
    [
      { kind: 'array', element: { kind: 'array', element: { kind: 'text' } } },
      { kind: 'array', element: { kind: 'text' } },
    ],
  ])('%j is %j', (given, expected) => {
    expect(columnAfter(typed(given), { kind: 'enum', name: 'status', values: ['a'] }).type).toEqual(expected)
  })
})

describe('defaults', () => {
  test.each<[ColumnType, Default, Default | undefined]>([
    [{ kind: 'enum', name: 'status' }, text("'a'::status"), constant('a')],
    [{ kind: 'integer' }, text(' 5 '), constant(5)],
    [{ kind: 'numeric' }, constant('0'), constant(0)],
    [{ kind: 'numeric' }, constant('0.50'), constant('0.50')],
    [{ kind: 'bigint' }, constant('9223372036854775807'), constant('9223372036854775807')],
    [{ kind: 'text' }, constant(5), constant('5')],
    [{ kind: 'boolean' }, text('FALSE'), constant(false)],
    [{ kind: 'timestamp' }, text('NOW()'), text('now()')],
    [{ kind: 'timestamp' }, text('current_timestamp'), text('CURRENT_TIMESTAMP')],
    [
      { kind: 'timestamp', withTimeZone: true },
      constant('2026-01-01T10:00:00.500Z'),
      constant('2026-01-01 10:00:00.5+00'),
    ],
    [
      { kind: 'timestamp', withTimeZone: true },
      constant('2026-01-01T10:00:00+09:00'),
      constant('2026-01-01T10:00:00+09:00'),
    ],
    [{ kind: 'array', element: { kind: 'integer' } }, constant('{1,2}'), constant([1, 2])],
    [{ kind: 'jsonb' }, constant('{"bb":1.50,"a":[1,{"x":null}]}'), constant('{"a": [1, {"x": null}], "bb": 1.50}')],
    [{ kind: 'json' }, constant('{"b":1}'), constant('{"b":1}')],
    [{ kind: 'text' }, text('NULL'), undefined],
    [{ kind: 'text' }, text("lower('X')"), text("lower('X')")],
  ])('on %j %j is %j', (type, given, expected) => {
    expect(columnAfter(typed(type, given)).default).toEqual(expected)
  })

  test('jsonb is printed as the server prints it', () => {
    expect(jsonbText('{"é":1,"zz":2,"b":1e3,"a":-0.05E-1}')).toBe('{"a": -0.005, "b": 1000, "zz": 2, "é": 1}')
    expect(jsonbText('no json')).toBe('no json')
  })
})

test('keys imply not null, and options that are the defaults say nothing', () => {
  const table: Table = {
    kind: 'table',
    name: 't',
    columns: [
      { name: 'a', type: { kind: 'integer' }, nullable: true },
      {
        name: 'b',
        type: { kind: 'bigint' },
        nullable: true,
        identity: {
          generation: 'always',
          start: 1,
          increment: 1,
          min: 1,
          max: '9223372036854775807',
          cache: 1,
          cycle: false,
        },
      },
      { name: 'c', type: { kind: 'serial' }, nullable: true },
    ],
    constraints: [
      {
        kind: 'foreignKey',
        name: 'f',
        columns: ['a'],
        references: { name: 'o' },
        referencedColumns: ['id'],
        onDelete: 'noAction',
        deferrable: false,
      },
      { kind: 'check', name: 'k'.repeat(70), sql: ' ((a > 1) AND (b > 1)) ' },
      { kind: 'primaryKey', name: 'p', columns: ['a'], include: [] },
    ],
    indexes: [
      {
        name: 'z',
        elements: [{ expression: '(lower(x))', nulls: 'last' }],
        method: 'btree',
        unique: false,
        where: "((x = ')'))",
        include: [],
      },
      { name: 'a', elements: [{ column: 'a', order: 'desc', nulls: 'first' }] },
    ],
  }
  expect(normalize(schemaOf(table)).objects.get('table:t')).toEqual({
    kind: 'table',
    name: 't',
    columns: [
      { name: 'a', type: { kind: 'integer' }, nullable: false },
      { name: 'b', type: { kind: 'bigint' }, nullable: false, identity: { generation: 'always' } },
      { name: 'c', type: { kind: 'serial' }, nullable: false },
    ],
    constraints: [
      { kind: 'primaryKey', name: 'p', columns: ['a'] },
      { kind: 'check', name: 'k'.repeat(63), sql: '(a > 1) AND (b > 1)' },
      { kind: 'foreignKey', name: 'f', columns: ['a'], references: { name: 'o' }, referencedColumns: ['id'] },
    ],
    indexes: [
      { name: 'a', elements: [{ column: 'a', order: 'desc' }] },
      { name: 'z', elements: [{ expression: 'lower(x)' }], where: "x = ')'" },
    ],
  })
})

test('a routine is known by the types that the catalog prints, and so are those who need it', () => {
  const routine: SchemaObject = {
    kind: 'routine',
    name: 'f',
    routineKind: 'function',
    identityArguments: 'int, VARCHAR(10), timestamptz, VARIADIC status[]',
    definition: 'CREATE FUNCTION f() …;',
  }
  const key = 'routine:f(integer, character varying, timestamp with time zone, status[])'
  const schema = { ...schemaOf(routine), dependencies: new Map([['view:v', [keyOf(routine)]]]) }
  const normal = normalize(schema)
  expect([...normal.objects.keys()]).toEqual([key])
  expect(normal.dependencies.get('view:v')).toEqual([key])
  expect(normal.objects.get(key)).toMatchObject({ definition: 'CREATE FUNCTION f() …' })
})

test('normalising twice changes nothing more', () => {
  const once = normalize(
    schemaOf(
      { kind: 'enum', name: 'status', values: ['b', 'a'] },
      { kind: 'sequence', name: 's', start: 1, cache: 1 },
      {
        kind: 'domain',
        name: 'd',
        type: { kind: 'custom', sql: 'int' },
        default: text('1'),
        checks: [{ name: 'c', sql: '(VALUE > 0)' }],
      },
      { kind: 'policy', name: 'p', table: { name: 't' }, command: 'all', roles: ['b', 'a'], using: '(true)' },
      { kind: 'view', name: 'v', definition: ' SELECT 1 ; ', with: { b: '1', a: '2' } },
    ),
  )
  expect(normalize(once)).toEqual(once)
  expect([...once.objects.values()]).toMatchObject([
    { type: { kind: 'integer' }, default: constant(1), checks: [{ sql: 'VALUE > 0' }] },
    { values: ['b', 'a'] },
    { roles: ['a', 'b'], using: 'true' },
    { kind: 'sequence', name: 's' },
    { definition: 'SELECT 1', with: { a: '2', b: '1' } },
  ])
})

describe('beside another schema that is normal already', () => {
  const beside = (schema: Schema, given: Schema): Schema => normalize(schema, { given, normal: normalize(given) })
  const plain = (type: ColumnType, more: Partial<Table> = {}): Table => ({
    kind: 'table',
    name: 't',
    columns: [typed(type)],
    constraints: [],
    indexes: [],
    ...more,
  })

  test('the normal form is the same', () => {
    fc.assert(
      fc.property(arbSchemaPair(), ({ from, to }) => {
        expect(beside(to, from).objects).toEqual(normalize(to).objects)
      }),
    )
  })

  test('a table that both describe alike is one object in both', () => {
    const given = schemaOf(plain({ kind: 'numeric', precision: 5, scale: 0 }))
    const normal = normalize(given)
    const both = normalize(structuredClone(given), { given, normal })
    expect(both.objects.get('table:t')).toBe(normal.objects.get('table:t'))
  })

  test('a type by a name that only one of them declares is looked up in its own', () => {
    const table = plain({ kind: 'array', element: { kind: 'custom', sql: 'status' } })
    const declared = schemaOf(structuredClone(table), { kind: 'enum', name: 'status', values: [] })
    expect((beside(declared, schemaOf(table)).objects.get('table:t') as Table).columns[0]!.type).toEqual({
      kind: 'array',
      element: { kind: 'enum', name: 'status' },
    })
  })

  test('marks of the model are kept', () => {
    const marked = schemaOf(plain({ kind: 'text' }, { renamedFrom: 'old' }))
    expect(beside(marked, schemaOf(plain({ kind: 'text' }))).objects.get('table:t')).toMatchObject({
      renamedFrom: 'old',
    })
  })
})
