/** PostgreSQL's types and defaults: what is written can be read, and constants are told from expressions. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { columnKinds } from '../../src/schema/types.ts'
import type { ColumnType, LiteralValue } from '../../src/schema/model.ts'
import { parseArray, parseDefault, writeDefault } from '../../src/dialects/postgres/spell/defaults.ts'
import { arrayText, literal, quoteIdent, quoteLiteral } from '../../src/dialects/postgres/spell/quote.ts'
import { parseType, writeType } from '../../src/dialects/postgres/spell/types.ts'

const name = fc.oneof(
  fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/),
  fc.string({ minLength: 1, maxLength: 8 }).filter((s) => !s.includes('\0')),
)
const fields = fc.constantFrom(
  'year',
  'year to month',
  'day',
  'day to hour',
  'day to second',
  'hour to minute',
  'second',
)
const optional = <T>(key: string, value: fc.Arbitrary<T>): fc.Arbitrary<object> =>
  fc.option(value).map((v) => (v === null ? {} : { [key]: v }))

const builtIn: fc.Arbitrary<ColumnType> = fc.constantFrom(...Object.entries(columnKinds)).chain(([kind, facts]) => {
  const args: readonly string[] = facts.args
  const parts: fc.Arbitrary<object>[] = []
  if (kind === 'char' || kind === 'bit') parts.push(fc.integer({ min: 1, max: 99 }).map((length) => ({ length })))
  else if (args.includes('length')) parts.push(optional('length', fc.integer({ min: 1, max: 999 })))
  if (kind === 'numeric') {
    parts.push(
      fc.option(fc.tuple(fc.integer({ min: 1, max: 99 }), fc.option(fc.integer({ min: 1, max: 9 })))).map((pair) => {
        if (pair === null) return {}
        return pair[1] === null ? { precision: pair[0] } : { precision: pair[0], scale: pair[1] }
      }),
    )
  } else if (args.includes('precision')) parts.push(optional('precision', fc.integer({ min: 0, max: 6 })))
  if (args.includes('withTimeZone')) parts.push(fc.boolean().map((z) => (z ? { withTimeZone: true } : {})))
  if (args.includes('fields')) parts.push(optional('fields', fields))
  return fc.tuple(...parts).map((found) => Object.assign({ kind }, ...found) as ColumnType)
})
const users: fc.Arbitrary<ColumnType> = fc
  .tuple(fc.constantFrom('enum', 'domain', 'composite', 'range'), name, fc.option(name))
  .map(([kind, name, schema]) => (schema === null ? { kind, name } : { kind, name, schema }))
  .filter((t) => t.schema !== undefined || !Object.hasOwn(columnKinds, t.name!))
const scalar = fc.oneof(builtIn, users)
const type: fc.Arbitrary<ColumnType> = fc.oneof(
  scalar,
  scalar.map((element) => ({ kind: 'array', element })),
)

describe('types', () => {
  test('what is written is read as the same type', () => {
    fc.assert(
      fc.property(type, (t) => {
        const user = t.kind === 'array' ? t.element! : t
        expect(
          parseType(writeType(t), (ref) => (ref.name === user.name && ref.schema === user.schema ? user : undefined)),
        ).toEqual(t)
      }),
    )
  })

  test.each<[string, ColumnType]>([
    ['int4', { kind: 'integer' }],
    ['INT', { kind: 'integer' }],
    ['pg_catalog.int8', { kind: 'bigint' }],
    ['float', { kind: 'doublePrecision' }],
    ['float(24)', { kind: 'real' }],
    ['float8', { kind: 'doublePrecision' }],
    ['Double  Precision', { kind: 'doublePrecision' }],
    ['decimal(10, 2)', { kind: 'numeric', precision: 10, scale: 2 }],
    ['numeric(10,0)', { kind: 'numeric', precision: 10 }],
    ['numeric(3,-2)', { kind: 'numeric', precision: 3, scale: -2 }],
    ['character varying(120)', { kind: 'varchar', length: 120 }],
    ['varchar', { kind: 'varchar' }],
    ['char', { kind: 'char', length: 1 }],
    ['character(7)', { kind: 'char', length: 7 }],
    ['bpchar(7)', { kind: 'char', length: 7 }],
    ['bpchar', { kind: 'custom', sql: 'bpchar' }],
    ['"char"', { kind: 'custom', sql: '"char"' }],
    ['bit varying(9)', { kind: 'varbit', length: 9 }],
    ['timestamptz', { kind: 'timestamp', withTimeZone: true }],
    ['timestamptz(3)', { kind: 'timestamp', precision: 3, withTimeZone: true }],
    ['timestamp(3) without time zone', { kind: 'timestamp', precision: 3 }],
    ['time with time zone', { kind: 'time', withTimeZone: true }],
    ['interval day to second(3)', { kind: 'interval', fields: 'day to second', precision: 3 }],
    ['interval(3)', { kind: 'interval', precision: 3 }],
    ['text[][]', { kind: 'array', element: { kind: 'text' } }],
    ['integer[3]', { kind: 'array', element: { kind: 'integer' } }],
    ['int array[4]', { kind: 'array', element: { kind: 'integer' } }],
    ['regclass', { kind: 'custom', sql: 'regclass' }],
    ['vector( 3 )', { kind: 'custom', sql: 'vector(3)' }],
    ['geometry(Point,4326)[]', { kind: 'array', element: { kind: 'custom', sql: 'geometry(point,4326)' } }],
    ['App."Post Status"', { kind: 'custom', sql: 'app."Post Status"' }],
    ['constructor', { kind: 'custom', sql: 'constructor' }],
  ])('%s', (text, expected) => {
    expect(parseType(text)).toEqual(expected)
  })

  test('a name that looks like a built-in type is the user’s own in quotes', () => {
    const order: ColumnType = { kind: 'enum', name: 'integer' }
    expect(writeType(order)).toBe('"integer"')
    expect(parseType('"integer"', (ref) => (ref.name === 'integer' ? order : undefined))).toEqual(order)
  })
})

describe('defaults', () => {
  const status: ColumnType = { kind: 'enum', name: 'status' }
  const list = (element: ColumnType): ColumnType => ({ kind: 'array', element })
  test.each<[string, ColumnType, LiteralValue]>([
    ["'draft'::status", status, 'draft'],
    ["'x'::app.status", { kind: 'enum', schema: 'app', name: 'status' }, 'x'],
    [`'x'::"Post Status"`, { kind: 'enum', name: 'Post Status' }, 'x'],
    ["E'a\\\\b'::status", status, 'a\\b'],
    ["'it''s'::text", { kind: 'text' }, "it's"],
    ["'x'::character varying", { kind: 'varchar', length: 10 }, 'x'],
    ["'x'::bpchar", { kind: 'char', length: 3 }, 'x'],
    [`'101'::"bit"`, { kind: 'bit', length: 3 }, '101'],
    ['0', { kind: 'integer' }, 0],
    ["'-1'::integer", { kind: 'integer' }, -1],
    ["'-1'::integer", { kind: 'bigint' }, -1],
    ["'-1'::bigint", { kind: 'bigint' }, '-1'],
    ["'5'::bigint", { kind: 'bigint' }, '5'],
    ["'5000000000'::bigint", { kind: 'bigint' }, 5000000000],
    ["'9223372036854775807'::bigint", { kind: 'bigint' }, '9223372036854775807'],
    ['0.5', { kind: 'numeric', precision: 10, scale: 2 }, 0.5],
    ['0.50', { kind: 'numeric', precision: 10, scale: 2 }, '0.50'],
    ["'-0.5'::numeric", { kind: 'doublePrecision' }, -0.5],
    ["'NaN'::numeric", { kind: 'numeric' }, 'NaN'],
    ['true', { kind: 'boolean' }, true],
    ["'{}'::integer[]", list({ kind: 'integer' }), []],
    ["'{1,-2,NULL}'::integer[]", list({ kind: 'integer' }), [1, -2, null]],
    ["'{t,f}'::boolean[]", list({ kind: 'boolean' }), [true, false]],
    [
      "'{{a,b},{c,d}}'::text[]",
      list({ kind: 'text' }),
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [`'{draft,"a b","NULL","x,y","{}","q\\"q"}'::status[]`, list(status), ['draft', 'a b', 'NULL', 'x,y', '{}', 'q"q']],
    [`E'{"b\\\\\\\\s"}'::status[]`, list(status), ['b\\s']],
    [
      "'2020-01-01 00:00:00+00'::timestamp with time zone",
      { kind: 'timestamp', withTimeZone: true, precision: 3 },
      '2020-01-01 00:00:00+00',
    ],
    ["'1 day'::interval", { kind: 'interval' }, '1 day'],
    [`'{"a": 1}'::jsonb`, { kind: 'jsonb' }, '{"a": 1}'],
    ["E'\\\\x00ff'::bytea", { kind: 'bytea' }, '\\x00ff'],
    ["'[1,2]'::vector", { kind: 'custom', sql: 'vector(2)' }, '[1,2]'],
  ])('%s is a constant of its column', (sql, type, value) => {
    expect(parseDefault(sql, type)).toEqual({ kind: 'literal', value })
    // Written and read again it is the same.
    expect(parseDefault(writeDefault({ kind: 'literal', value }, type), type)).toEqual({ kind: 'literal', value })
  })

  test.each<[string, ColumnType]>([
    ['now()', { kind: 'timestamp' }],
    ["nextval('a_id_seq'::regclass)", { kind: 'integer' }],
    ["'x'::text", status],
    ["'x'::status", { kind: 'text' }],
    ["'x'::status", { kind: 'enum', schema: 'app', name: 'status' }],
    ['NULL::character varying', { kind: 'varchar' }],
    ["ARRAY['a'::status]", list(status)],
    ["'[0:1]={a,b}'::text[]", list({ kind: 'text' })],
    ["('x'::text || 'y'::text)", { kind: 'text' }],
    ["'0.00'::numeric", { kind: 'numeric' }],
    ['(0)::numeric', { kind: 'numeric' }],
    ['1', { kind: 'money' }],
    ["('draft'::text)::status", status],
  ])('%s stays an expression', (sql, type) => {
    expect(parseDefault(sql, type)).toEqual({ kind: 'sql', sql })
    expect(writeDefault({ kind: 'sql', sql }, type)).toBe(sql)
  })

  test('any array of texts survives being written and read', () => {
    const value = fc.option(fc.string().filter((s) => !s.includes('\0')))
    fc.assert(
      fc.property(fc.array(value), (values) => {
        expect(parseArray(arrayText(values), { kind: 'text' })).toEqual(values)
        const type = list({ kind: 'text' })
        expect(parseDefault(writeDefault({ kind: 'literal', value: values }, type), type)).toEqual({
          kind: 'literal',
          value: values,
        })
      }),
    )
  })
})

describe('names and constants', () => {
  test('only what needs quotes gets them', () => {
    expect(['posts', 'Posts', 'user', 'status', 'a b', 'a"b', 'timestamp', '1a', 'é'].map(quoteIdent)).toEqual([
      'posts',
      '"Posts"',
      '"user"',
      'status',
      '"a b"',
      '"a""b"',
      '"timestamp"',
      '"1a"',
      '"é"',
    ])
  })

  test('a string is safe under either setting of standard_conforming_strings', () => {
    expect(quoteLiteral("it's")).toBe("'it''s'")
    expect(quoteLiteral("\\' OR")).toBe("E'\\\\'' OR'")
  })

  test('values are written for their types', () => {
    const day = new Date('2026-11-21T03:00:00.5Z')
    expect(literal(null)).toBe('NULL')
    expect(literal(true)).toBe('true')
    expect(literal(-0)).toBe('0')
    expect(literal(Number.NaN)).toBe("'NaN'")
    expect(literal(2n ** 63n)).toBe('9223372036854775808')
    expect(literal(day, { kind: 'date' })).toBe("'2026-11-21'")
    expect(literal(day, { kind: 'timestamp' })).toBe("'2026-11-21T03:00:00.500'")
    expect(literal(day)).toBe("'2026-11-21T03:00:00.500Z'")
    expect(literal(new Uint8Array([0, 255]))).toBe("E'\\\\x00ff'")
    expect(literal({ a: "it's" }, { kind: 'jsonb' })).toBe(`'{"a":"it''s"}'`)
    expect(literal([1, 2], { kind: 'jsonb' })).toBe("'[1,2]'")
    expect(literal([1, null, 'a b'])).toBe(`'{1,NULL,"a b"}'`)
    expect(literal([{ a: 1 }], { kind: 'array', element: { kind: 'jsonb' } })).toBe(`E'{"{\\\\"a\\\\":1}"}'`)
  })
})
