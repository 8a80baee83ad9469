/** What looks like a rename (issue 9, A): on real renames the right pair is offered first; the unrelated is not asked. */
import { describe, expect, test } from 'vitest'
import { alike, nameLikeness } from '../../src/diff/compare/name-similarity.ts'
import { diff } from '../../src/diff/diff.ts'
import { pairUp } from '../../src/diff/compare/pairing.ts'
import { likeness } from '../../src/diff/questions/similarity.ts'
import type { Decision, Hint } from '../../src/diff/model/types.ts'
import type { Column, ColumnType, Constraint, Schema, SchemaObject, Table } from '../../src/schema/model.ts'
import { schemaOf } from '../support/arbitrary-schema.ts'

const types: Readonly<Record<string, ColumnType>> = {
  int: { kind: 'integer' },
  bigint: { kind: 'bigint' },
  text: { kind: 'text' },
  varchar: { kind: 'varchar', length: 120 },
  bool: { kind: 'boolean' },
  timestamptz: { kind: 'timestamp', withTimeZone: true },
  date: { kind: 'date' },
  jsonb: { kind: 'jsonb' },
  json: { kind: 'json' },
  numeric: { kind: 'numeric', precision: 10, scale: 2 },
  uuid: { kind: 'uuid' },
  email: { kind: 'domain', name: 'email' },
}

/** `name type [not null] [= default]`. */
function column(text: string): Column {
  const [, name, type, bang, value] = /^(\S+) (\w+)(!?)(?: = (.*))?$/.exec(text)!
  return {
    name: name!,
    type: types[type!]!,
    nullable: bang === '',
    ...(value === undefined ? {} : { default: { kind: 'sql', sql: value } }),
  }
}

const table = (name: string, columns: string, ...constraints: Constraint[]): Table => ({
  kind: 'table',
  name,
  columns: columns.split(', ').map(column),
  constraints,
  indexes: [],
})
const of = (...objects: SchemaObject[]): Schema => schemaOf(objects)
const reference = (name: string, columnName: string, to: string): Constraint => ({
  kind: 'foreignKey',
  name,
  columns: [columnName],
  references: { name: to },
  referencedColumns: ['id'],
})

/** Nothing is known of rows: what is asked is asked whether there are any or not. */
const ask = (from: Schema, to: Schema, hints: readonly Hint[] = []): readonly Decision[] =>
  diff(from, to, { hints, answers: new Map() }).decisions

const firsts = (decisions: readonly Decision[]): readonly string[] =>
  decisions
    .map(({ options: [o] }) => (o !== undefined && 'from' in o ? `${o.from} -> ${o.to ?? 'none'}` : JSON.stringify(o)))
    .toSorted()

describe('of columns, the right pair is offered first', () => {
  test.each<readonly [string, string, string, readonly string[]]>([
    [
      'a name that shares nothing',
      'id int!, reason text, when_ timestamptz! = now()',
      'id int!, reason text, published timestamptz! = now()',
      ['when_ -> published'],
    ],
    [
      'two names, each in its place',
      'id int!, fname text!, lname text!, bio text',
      'id int!, first_name text!, last_name text!, bio text',
      ['fname -> first_name', 'lname -> last_name'],
    ],
    [
      'two names that change places',
      'id int!, given text, family text',
      'id int!, family_name text, given_name text',
      ['family -> family_name', 'given -> given_name'],
    ],
    [
      'renamed and retyped',
      'id int!, price int!, title varchar!',
      'id int!, price_cents bigint!, title varchar!',
      ['price -> price_cents'],
    ],
    [
      'renamed and retyped to another family',
      'id int!, created text',
      'id int!, created_at timestamptz',
      ['created -> created_at'],
    ],
    [
      'renamed and retyped, beside a new column',
      'id int!, name varchar!',
      'id int!, slug text!, full_name text!',
      ['name -> full_name'],
    ],
    [
      'camel case to snake case',
      'id int!, userId int, createdAt date',
      'id int!, created_at date, user_id int',
      ['createdAt -> created_at', 'userId -> user_id'],
    ],
    [
      'an abbreviation',
      'id int!, qty int!, amt int!',
      'id int!, amount int!, quantity int!',
      ['amt -> amount', 'qty -> quantity'],
    ],
    [
      'initials',
      'id int!, dob date, seen date',
      'id int!, last_seen date, date_of_birth date',
      ['dob -> date_of_birth', 'seen -> last_seen'],
    ],
    [
      'a name that is part of the new one',
      'id int!, email text!',
      'id int!, phone text!, contact_email text!',
      ['email -> contact_email'],
    ],
    ['json to jsonb', 'id int!, meta json', 'id int!, metadata jsonb, note text', ['meta -> metadata']],
    [
      'a default that stays',
      'id int!, a bool! = false, b bool! = true',
      'id int!, x bool! = true, y bool! = false',
      ['a -> y', 'b -> x'],
    ],
    [
      'a type that becomes a domain over it',
      'id int!, login text!',
      'id int!, mail email!, age int',
      ['login -> mail'],
    ],
  ])('%s', (_, from, to, wanted) => {
    const domain: SchemaObject = { kind: 'domain', name: 'email', type: { kind: 'text' }, checks: [] }
    expect(firsts(ask(of(domain, table('t', from)), of(domain, table('t', to))))).toEqual(wanted)
  })
  test('a foreign key says more than a place', () => {
    const users = table('users', 'id int!')
    const found = ask(
      of(users, table('posts', 'id int!, owner int, size int', reference('f', 'owner', 'users'))),
      of(users, table('posts', 'id int!, bytes int, author int', reference('g', 'author', 'users'))),
    )
    expect(firsts(found)).toEqual(['owner -> author', 'size -> bytes'])
  })
})

describe('what is unmistakably another column is not asked about', () => {
  test.each([
    ['another family of types, another name', 'id int!, email text', 'id int!, age int'],
    ['a flag for a number', 'id int!, active bool', 'id int!, total numeric'],
  ])('%s', (_, from, to) => {
    expect(ask(of(table('t', from)), of(table('t', to)))).toEqual([])
  })
  test('nor one that is left over beside a clear pair, before or after the answer', () => {
    const [from, to] = [
      of(table('t', 'id int!, legacy text, first_name text!')),
      of(table('t', 'id int!, given_first_name text!')),
    ]
    expect(firsts(ask(from, to))).toEqual(['first_name -> given_first_name'])
    expect(ask(from, to, [{ rename: 'column', table: 't', from: 'first_name', to: 'given_first_name' }])).toEqual([])
    expect(ask(from, to, [{ distinct: 'column', table: 't', from: 'first_name', to: 'given_first_name' }])).toEqual([])
  })
  test('and a single "no" settles one that has several candidates', () => {
    const [from, to] = [of(table('t', 'id int!, a text')), of(table('t', 'id int!, x text, y text'))]
    const [decision] = ask(from, to)
    expect(decision!.options).toEqual([
      { rename: 'column', table: 't', from: 'a', to: 'x' },
      { rename: 'column', table: 't', from: 'a', to: 'y' },
      { distinct: 'column', table: 't', from: 'a' },
    ])
    expect(ask(from, to, [decision!.options.at(-1)!])).toEqual([])
  })
})

describe('of tables, the right pair is offered first', () => {
  const posts = 'id int!, title text!, body text, author int'
  test.each<readonly [string, Schema, Schema, readonly string[]]>([
    ['with the same columns', of(table('posts', posts)), of(table('articles', posts)), ['posts -> articles']],
    [
      'together with its columns',
      of(table('posts', posts)),
      of(table('articles', 'id int!, heading text!, content text, writer int')),
      ['posts -> articles'],
    ],
    [
      'that gained a column and lost one',
      of(table('posts', posts)),
      of(table('articles', 'id int!, title text!, body text, published date')),
      ['posts -> articles'],
    ],
    [
      'two that look the same, by their names',
      of(table('user_tag', 'id int!, name text'), table('post_tag', 'id int!, name text')),
      of(table('post_tags', 'id int!, name text'), table('user_tags', 'id int!, name text')),
      ['post_tag -> post_tags', 'user_tag -> user_tags'],
    ],
    [
      'that others point at',
      of(table('people', 'id int!, nick text'), table('posts', 'id int!, who int', reference('f', 'who', 'people'))),
      of(
        table('users', 'id int!, login uuid, mail varchar, born date'),
        table('posts', 'id int!, who int', reference('f', 'who', 'users')),
      ),
      ['people -> users'],
    ],
  ])('%s', (_, from, to, wanted) => {
    expect(firsts(ask(from, to))).toEqual(wanted)
  })
  test('and what has nothing in common is not asked about', () => {
    expect(
      ask(of(table('settings', 'key text!, value jsonb')), of(table('invoices', 'id int!, total numeric, due date'))),
    ).toEqual([])
  })
})

describe('other objects', () => {
  const named = (object: object, name: string): SchemaObject => ({ ...object, name }) as SchemaObject
  test.each<readonly [string, object]>([
    ['enum', { kind: 'enum', values: ['a', 'b'] }],
    ['sequence', { kind: 'sequence', start: 100 }],
    ['view', { kind: 'view', definition: 'SELECT 1 AS one' }],
    ['domain', { kind: 'domain', type: { kind: 'text' }, checks: [] }],
    ['type', { kind: 'composite', attributes: [{ name: 'x', type: { kind: 'integer' } }] }],
  ])('that are the same but for the name are asked about: %s', (word, object) => {
    const [from, to] = [of(named(object, 'apple')), of(named(object, 'pear'))]
    expect(ask(from, to)).toMatchObject([
      {
        kind: 'rename',
        object: `${word} apple`,
        options: [
          { rename: word, from: 'apple', to: 'pear' },
          { distinct: word, from: 'apple', to: 'pear' },
        ],
      },
    ])
    for (const answer of ask(from, to)[0]!.options) expect(ask(from, to, [answer])).toEqual([])
  })
  test('a schema with what is in it is one question', () => {
    const inside = (schema: string): SchemaObject[] => [
      { kind: 'schema', name: schema },
      { ...table('a', 'id int!, x text'), schema },
      { ...table('b', 'id int!, y text'), schema },
    ]
    const [from, to] = [of(...inside('shop')), of(...inside('store'))]
    const found = ask(from, to)
    expect(found).toMatchObject([{ object: 'schema shop', options: [{ rename: 'schema' }, { distinct: 'schema' }] }])
    expect(diff(from, to, { hints: [found[0]!.options[0]!] }).upgrade).toEqual([
      { kind: 'renameSchema', name: 'shop', to: 'store' },
    ])
  })
})

describe('one answer for a whole set', () => {
  const [from, to] = [
    of(table('t', 'id int!, fname text!, lname text!'), table('posts', 'id int!, body text')),
    of(table('t', 'id int!, first_name text!, last_name text!'), table('articles', 'id int!, content text')),
  ]
  test('is offered with each question', () => {
    const found = ask(from, to)
    expect(found).toHaveLength(3)
    for (const { options } of found) expect(options.slice(-2)).toEqual([{ rename: 'all' }, { distinct: 'all' }])
  })
  test('renames each to the first that is offered for it, and what comes up then', () => {
    const d = diff(from, to, { hints: [{ rename: 'all' }], answers: new Map() })
    expect(d.decisions).toEqual([])
    expect(d.upgrade.map((op) => op.kind)).toEqual(['renameTable', 'alterColumn', 'alterColumn', 'alterColumn'])
  })
  test('or drops and creates all of them', () => {
    const d = diff(from, to, { hints: [{ distinct: 'all' }] })
    expect(d.decisions).toEqual([])
    expect(d.upgrade.map((op) => op.kind).toSorted()).toEqual([
      'addColumn',
      'addColumn',
      'createTable',
      'dropColumn',
      'dropColumn',
      'dropTable',
    ])
  })
})

test.each([
  ['created', 'created_at', true],
  ['userId', 'user_id', true],
  ['colour', 'color', true],
  ['category', 'categories', true],
  ['qty', 'quantity', true],
  ['dob', 'date_of_birth', true],
  ['email', 'notes', false],
  ['a', 'b', false],
  ['_', '__', false],
])('%s and %s are alike: %s', (a, b, wanted) => {
  expect(alike(a, b)).toBe(wanted)
  expect(nameLikeness(b, a)).toBe(nameLikeness(a, b))
})

test('generated columns hold nothing that a rename would save', () => {
  const a = column('email text')
  const g: Column = { ...column('email_lower text'), generated: { sql: 'lower(email)', stored: true } }
  const one = (c: Column): Table => ({ ...table('t', 'id int!'), columns: [c] })
  expect(likeness(a, g, one(a), one(g))).toBe(0)
  expect(likeness(g, a, one(g), one(a))).toBe(0)
})

test('pairing gives each thing one partner, the best first', () => {
  const score = (a: number, b: number): number => Math.max(0, 10 - Math.abs(a - b))
  expect(pairUp([1, 5], [6, 2], score)).toEqual([
    { from: 1, to: [2, 6] },
    { from: 5, to: [6, 2] },
  ])
})
