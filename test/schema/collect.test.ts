/** Modules become one schema: what is found, what is added, what depends on what, what is refused. */
import { describe, expect, it } from 'vitest'
import {
  check,
  composite,
  definition,
  domain,
  enumRef,
  enumType,
  extension,
  fn,
  grant,
  index,
  integer,
  materializedView,
  policy,
  procedure,
  range,
  rule,
  schema,
  sequence,
  sql,
  table,
  text,
  trigger,
  view,
} from '../../src/schema.ts'
import { type AmbixError, isAmbixError } from '../../src/errors.ts'
import { type CollectOptions, type Collected, collectSchema } from '../../src/schema/resolve/collect.ts'
import * as example from '../types/design-example.ts'

const collect = (collections: readonly object[], options: Partial<CollectOptions> = {}): Collected =>
  collectSchema(collections, { names: { most: 63, unit: 'bytes' }, ...options })
const keysOf = (collected: Collected): readonly string[] => [...collected.schema.objects.keys()]
const errorOf = (collections: readonly object[], options: Partial<CollectOptions> = {}): AmbixError => {
  try {
    collect(collections, options)
  } catch (e) {
    if (isAmbixError(e)) return e
    throw e
  }
  throw new Error('nothing was thrown')
}

const users = table('users', { id: integer().primaryKey() })

describe('what is collected', () => {
  it('is what modules, lists and objects hold, each once, types first', () => {
    const collected = collect([
      example,
      [example.users, [example.posts]],
      { default: { tables: { again: example.users } }, enum: example.PostStatus, n: 1 },
    ])
    expect(keysOf(collected)).toEqual(['enum:post_status', 'table:users', 'table:posts'])
    expect([...collected.kinds]).toEqual(['enum', 'table'])
  })

  it('includes types that nobody exported and columns use', () => {
    const mood = enumType('mood', ['sad'])
    const email = domain('email', text(), { check: { looks_right: sql`value ~ ${'@'}` }, notNull: true })
    const address = composite('address', { mood: mood(), zip: integer().named('post_code') })
    const spans = range('spans', integer())
    const t = table('t', { m: mood().array(), e: email().array(), a: address(), s: spans() })
    const collected = collect([{ t }])
    expect(keysOf(collected)).toEqual(['enum:mood', 'domain:email', 'composite:address', 'range:spans', 'table:t'])
    expect([...collected.kinds]).toEqual(['table'])
    expect(collected.schema.objects.get('domain:email')).toEqual({
      kind: 'domain',
      name: 'email',
      type: { kind: 'text' },
      notNull: true,
      checks: [{ name: 'looks_right', sql: "value ~ '@'" }],
    })
    expect(Object.fromEntries(collected.schema.dependencies)).toEqual({
      'column:t.a': ['composite:address'],
      'column:t.e': ['domain:email'],
      'column:t.m': ['enum:mood'],
      'column:t.s': ['range:spans'],
      'composite:address': ['enum:mood'],
    })
  })

  it('leaves enums that are no types to the columns', () => {
    const status = enumType('status', ['a'], { native: false })
    expect(keysOf(collect([{ status, t: table('t', { s: status() }) }]))).toEqual(['table:t'])
  })

  it('is in schemas, which are made, and in the default one, which is not named', () => {
    const app = schema('app', { comment: 'ours' })
    const status = app.enumType('status', ['a'])
    const t = app.table('t', { s: status(), u: integer().references(() => users.id) })
    expect(keysOf(collect([{ t, users }]))).toEqual(['enum:app.status', 'table:app.t', 'table:users', 'schema:app'])
    expect(collect([{ app, t, users }]).schema.objects.get('schema:app')).toEqual({
      kind: 'schema',
      name: 'app',
      comment: 'ours',
    })
    const local = collect([{ app, t, users }], { defaultSchema: 'app' })
    expect(keysOf(local)).toEqual(['enum:status', 'table:t', 'table:users'])
    expect(local.schema.dependencies.get('column:t.s')).toEqual(['enum:status'])
  })

  it('depends by foreign keys, also in circles', () => {
    const a = table('a', { id: integer().primaryKey(), b: integer().references('b', 'id') })
    const b = table('b', { id: integer().primaryKey(), a: integer().references(() => a.id) })
    expect(Object.fromEntries(collect([{ a, b }]).schema.dependencies)).toEqual({
      'constraint:a.a_b_fkey': ['table:b'],
      'constraint:b.b_a_fkey': ['table:a'],
    })
  })

  it('does not give two indexes of one schema one made-up name', () => {
    const one = table('a_b', { c: integer().index() })
    const two = table('a', { b_c: integer().index() })
    const { objects } = collect([{ one, two }]).schema
    expect(objects.get('table:a_b')).toMatchObject({ indexes: [{ name: 'a_b_c_idx' }] })
    expect(objects.get('table:a')).toMatchObject({ indexes: [{ name: 'a_b_c_idx1' }] })
  })
})

describe('other objects', () => {
  const active = view('active', { id: integer() }, sql`select ${users.id} from ${users};`, {
    with: { security_barrier: true },
  })
  const stats = materializedView('stats', 'select 1 as n', { indexes: [index('stats_n').on('n')], noData: true })
  const touch = fn('touch', { returns: 'trigger', language: 'plpgsql', body: 'begin return new; end' })
  const add = fn('add', {
    arguments: 'a integer, b double precision default 1, out c text',
    returns: 'text',
    body: sql`select ${'$$'}`,
  })
  const whole = fn(
    'whole',
    'CREATE FUNCTION whole(x numeric(3, 1), character varying) RETURNS int LANGUAGE sql RETURN 1;',
  )
  const run = procedure('run', { arguments: 'variadic list text[]', body: 'begin atomic end', atomic: true })
  const declared = {
    users,
    active,
    stats,
    touch,
    add,
    whole,
    run,
    t: trigger('touch_users', users, {
      timing: 'before',
      events: ['insert', 'update of id'],
      when: 'new.id > 0',
      execute: 'touch()',
    }),
    p: policy('own', users, { for: 'select', to: ['b', 'a'], using: sql`${users.id} = ${1}` }),
    r: rule('protect', 'users', sql`create rule protect as on delete to ${users} do instead nothing`),
    s: sequence('numbers', { start: 1, increment: 1, type: 'bigint', ownedBy: { table: users, column: 'id' }, max: 9 }),
    x: extension('citext', { schema: 'ext' }),
    g: grant(['select', 'INSERT'], users, { to: ['app', 'admin'] }),
    h: grant('update', users, { to: 'app', columns: ['id'], grantable: true }),
  }
  const { schema: found, kinds, grants } = collect([declared])

  it('are found by their keys', () => {
    expect([...found.objects.keys()]).toEqual([
      'table:users',
      'view:active',
      'view:stats',
      'routine:touch()',
      'routine:add(integer, double precision)',
      'routine:whole(numeric(3, 1), character varying)',
      'routine:run(VARIADIC text[])',
      'trigger:users.touch_users',
      'policy:users.own',
      'definition:rule users.protect',
      'sequence:numbers',
      'extension:citext',
      'schema:ext',
    ])
    expect(kinds.has('policy')).toBe(true)
    expect(grants).toBe(true)
  })

  it('are spelled as given, with names quoted', () => {
    expect(found.objects.get('view:active')).toEqual({
      kind: 'view',
      name: 'active',
      definition: 'select "users"."id" from "users"',
      with: { security_barrier: 'true' },
    })
    expect(found.objects.get('view:stats')).toMatchObject({
      materialized: true,
      noData: true,
      indexes: [{ name: 'stats_n' }],
    })
    expect(found.objects.get('routine:touch()')).toMatchObject({
      definition: 'CREATE OR REPLACE FUNCTION "touch"() RETURNS trigger LANGUAGE plpgsql AS $$begin return new; end$$',
    })
    expect(found.objects.get('routine:add(integer, double precision)')).toMatchObject({
      definition: `CREATE OR REPLACE FUNCTION "add"(a integer, b double precision default 1, out c text) RETURNS text LANGUAGE sql AS $body$select '$$'$body$`,
    })
    expect(found.objects.get('trigger:users.touch_users')).toMatchObject({
      definition:
        'CREATE TRIGGER "touch_users" BEFORE insert OR update of id ON "users" FOR EACH ROW WHEN (new.id > 0) EXECUTE FUNCTION touch()',
    })
    expect(found.objects.get('policy:users.own')).toEqual({
      kind: 'policy',
      table: { name: 'users' },
      name: 'own',
      command: 'select',
      roles: ['a', 'b'],
      using: '"id" = 1',
    })
    expect(found.objects.get('definition:rule users.protect')).toMatchObject({ drop: 'DROP RULE "protect" ON "users"' })
    expect(found.objects.get('sequence:numbers')).toEqual({
      kind: 'sequence',
      name: 'numbers',
      max: 9,
      ownedBy: { table: { name: 'users' }, column: 'id' },
    })
    expect(found.objects.get('table:users')).toMatchObject({
      grants: [
        { grantee: 'admin', privileges: ['INSERT', 'SELECT'] },
        { grantee: 'app', privileges: ['INSERT', 'SELECT'] },
      ],
      columns: [{ grants: [{ grantee: 'app', privileges: ['UPDATE'], grantable: true }] }],
    })
  })

  it('depend on what they name', () => {
    expect(Object.fromEntries(found.dependencies)).toEqual({
      'definition:rule users.protect': ['table:users'],
      'policy:users.own': ['table:users'],
      'sequence:numbers': ['column:users.id'],
      'trigger:users.touch_users': ['routine:touch()', 'table:users'],
      'view:active': ['table:users'],
    })
  })
})

it('a cast needs the table whose row type it is from', () => {
  const t = table('Addr', { street: text() })
  const cast = definition('cast', '("Addr" AS text)', {
    create: 'CREATE CAST ("Addr" AS text) WITH INOUT',
    drop: 'DROP CAST ("Addr" AS text)',
  })
  expect(collect([{ t, cast }]).schema.dependencies.get('definition:cast ("Addr" AS text)')).toEqual(['table:Addr'])
})

describe('what is refused', () => {
  it('but not modules that say by an empty list that they have no tables', () => {
    const { schema } = collectSchema([{ tables: [], e: enumType('e', ['a']) }], { names: { most: 63, unit: 'bytes' } })
    expect([...schema.objects.keys()]).toEqual(['enum:e'])
  })

  it('two tables of one name, naming both', () => {
    const e = errorOf([{ users, people: table('users', { id: integer() }) }])
    expect(e.code).toBe('SCHEMA.DUPLICATE')
    expect(e.message).toBe('Two tables are named users.')
    expect(e.why).toBe('They are exported as users and people.')
  })

  const t = (columns: Parameters<typeof table>[1]): object => ({ users, t: table('t', columns) })
  it.each<[string, string, readonly object[]]>([
    ['SCHEMA.EMPTY', 'nothing', [{}]],
    ['SCHEMA.EMPTY', 'enums alone', [{ e: enumType('e', ['a']) }]],
    ['SCHEMA.UNKNOWN_REFERENCE', 'a foreign key to a table that is not exported', [example.posts]],
    ['SCHEMA.UNKNOWN_REFERENCE', 'a foreign key to nothing by name', [t({ a: integer().references('nobody', 'id') })]],
    ['SCHEMA.UNKNOWN_REFERENCE', 'a foreign key to no column', [t({ a: integer().references('users', 'name') })]],
    ['SCHEMA.UNKNOWN_REFERENCE', 'an enum that is not declared', [t({ a: enumRef('status').array() })]],
    [
      'SCHEMA.UNKNOWN_REFERENCE',
      'a trigger on nothing',
      [{ users }, [trigger('x', 'nobody', { events: 'insert', execute: 'f()' })]],
    ],
    ['SCHEMA.UNKNOWN_REFERENCE', 'a grant on nothing', [{ users }, [grant('select', 'nobody', { to: 'a' })]]],
    [
      'SCHEMA.UNKNOWN_REFERENCE',
      'a grant on no column',
      [{ users }, [grant('select', users, { to: 'a', columns: ['x'] })]],
    ],
    ['SCHEMA.UNKNOWN_REFERENCE', 'a parent that is not there', [[table('t', {}, { inherits: ['nobody'] })]]],
    ['SCHEMA.DUPLICATE', 'a table and a type of one name', [{ users, e: enumType('users', ['a']) }]],
    [
      'SCHEMA.DUPLICATE',
      'a table and an index of one name',
      [{ users, b: table('b', { a: integer().index('users') }) }],
    ],
    [
      'SCHEMA.DUPLICATE',
      'two enums of one name that differ',
      [{ users, a: enumType('e', ['a']), b: enumType('e', ['b']) }],
    ],
    ['SCHEMA.NAME_TOO_LONG', 'a table of 64 bytes', [[table('é'.repeat(32), { a: integer() })]]],
    ['SCHEMA.NAME_TOO_LONG', 'a column of 64 bytes', [t({ ['x'.repeat(64)]: integer() })]],
    ['SCHEMA.NAME_TOO_LONG', 'a constraint of 64 bytes', [t({ a: integer().check('a > 0', 'x'.repeat(64)) })]],
    ['SCHEMA.NAME_TOO_LONG', 'an enum of 64 bytes', [{ users, e: enumType('e'.repeat(64), ['a']) }]],
  ])('%s: %s', (code, _, collections) => {
    const e = errorOf(collections)
    expect(e.code).toBe(code)
    expect(e.message).not.toMatch(/undefined|\[object/u)
  })

  it('equal enums of one name are one: the module was loaded twice', () => {
    expect(keysOf(collect([{ users, a: enumType('e', ['a']), b: enumType('e', ['a']) }]))).toEqual([
      'table:users',
      'enum:e',
    ])
  })

  it.each<[string, () => unknown]>([
    ['a view without a query', () => view('v', { a: integer() }, undefined as never)],
    ['a function without a body', () => fn('f', { returns: 'void' })],
    ['a function that returns nothing', () => fn('f', { body: 'select 1' })],
    ['a trigger that calls nothing', () => trigger('t', users, { events: 'insert' })],
    ['a sequence that stands still', () => sequence('s', { increment: 0 })],
    ['a domain over nothing', () => domain('d', undefined as never)],
    ['a grant to nobody', () => grant('select', users, { to: [] })],
    ['a check that is no SQL', () => check(undefined as never)],
    ['a view without a name', () => view('', 'select 1')],
  ])('at once: %s', (_, run) => {
    let code = ''
    try {
      run()
    } catch (e) {
      code = isAmbixError(e) ? e.code : String(e)
    }
    expect(code).toBe('SCHEMA.INVALID')
  })
})

describe('circular modules', () => {
  it('work, since references are looked up late', () => {
    const late: { b?: ReturnType<typeof makeB> } = {}
    const makeB = () => table('b', { id: integer().primaryKey() })
    const a = table('a', { b: integer().references(() => late.b!.id) })
    expect(errorOf([{ a }]).code).toBe('SCHEMA.UNKNOWN_REFERENCE')
    late.b = makeB()
    expect(keysOf(collect([{ a, b: late.b }]))).toEqual(['table:a', 'table:b'])
  })
})
