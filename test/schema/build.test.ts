/** Declared tables become the model: columns, keys, checks, indexes, options, and everything that is refused. */
import { describe, expect, it } from 'vitest'
import * as types from '../../src/schema.ts'
import {
  bigint,
  check,
  enumRef,
  exclude,
  foreignKey,
  index,
  integer,
  interval,
  jsonb,
  numeric,
  primaryKey,
  serial,
  sql,
  table,
  text,
  timestamp,
  unique,
  varchar,
} from '../../src/schema.ts'
import { isAmbixError } from '../../src/errors.ts'
import type { AnyColumn } from '../../src/schema/declare/column.ts'
import type { ColumnType } from '../../src/schema/model.ts'
import {
  columnFromBuilder,
  constraintFromBuilder,
  indexFromBuilder,
  tableFromBuilder,
} from '../../src/schema/resolve/tables.ts'
import { columnKinds } from '../../src/schema/types.ts'
import { posts, users } from '../types/design-example.ts'

const typeOf = (column: AnyColumn): ColumnType => columnFromBuilder('c', column).column.type
const codeOf = (run: () => unknown): string => {
  try {
    run()
  } catch (e) {
    if (isAmbixError(e)) return e.code
    throw e
  }
  return 'nothing thrown'
}

describe('the example of the design', () => {
  it('becomes a model with every constraint named as PostgreSQL names it', () => {
    expect(tableFromBuilder(users).table).toEqual({
      kind: 'table',
      name: 'users',
      columns: [
        { name: 'id', type: { kind: 'integer' }, nullable: false, identity: { generation: 'byDefault' } },
        { name: 'email', type: { kind: 'varchar', length: 120 }, nullable: false },
        {
          name: 'created_at',
          type: { kind: 'timestamp', withTimeZone: true },
          nullable: false,
          default: { kind: 'sql', sql: 'now()' },
        },
      ],
      constraints: [
        { kind: 'primaryKey', name: 'users_pkey', columns: ['id'] },
        { kind: 'unique', name: 'users_email_key', columns: ['email'] },
      ],
      indexes: [],
    })
    const { table: model, enums } = tableFromBuilder(posts)
    expect(enums).toEqual([{ kind: 'enum', name: 'post_status', values: ['draft', 'approve', 'published'] }])
    expect(model.columns[2]).toEqual({
      name: 'status',
      type: { kind: 'enum', name: 'post_status' },
      nullable: false,
      default: { kind: 'literal', value: 'draft' },
    })
    expect(model.constraints[1]).toEqual({
      kind: 'foreignKey',
      name: 'posts_user_id_fkey',
      columns: ['user_id'],
      references: { name: 'users' },
      referencedColumns: ['id'],
      onDelete: 'cascade',
    })
    expect(model.indexes).toEqual([{ name: 'ix_posts_user', elements: [{ column: 'user_id' }] }])
  })
})

describe('column types', () => {
  it('are a function each, of the same name', () => {
    for (const kind of Object.keys(columnKinds)) {
      const make = (types as unknown as Record<string, (() => AnyColumn) | undefined>)[kind]
      expect(make, kind).toBeTypeOf('function')
      expect(typeOf(make!()).kind).toBe(kind)
    }
    expect(types.decimal).toBe(numeric)
  })

  it('show an argument that only looks like a number', () => {
    expect(() => varchar('120' as never)).toThrow(expect.objectContaining({ why: '"120" was given.' }))
    expect(() => numeric(10, '2' as never)).toThrow('must be a whole number, not "2".')
  })

  it('carry their arguments, and nothing that says nothing', () => {
    expect(typeOf(varchar())).toEqual({ kind: 'varchar' })
    expect(typeOf(types.char())).toEqual({ kind: 'char', length: 1 })
    expect(typeOf(types.bit(3))).toEqual({ kind: 'bit', length: 3 })
    expect(typeOf(numeric(10, -2))).toEqual({ kind: 'numeric', precision: 10, scale: -2 })
    expect(typeOf(timestamp())).toEqual({ kind: 'timestamp' })
    expect(typeOf(timestamp({ withTimeZone: true, precision: 0 }))).toEqual({
      kind: 'timestamp',
      withTimeZone: true,
      precision: 0,
    })
    expect(typeOf(interval({ fields: 'Day to Second', precision: 3 }))).toEqual({
      kind: 'interval',
      fields: 'day to second',
      precision: 3,
    })
    expect(typeOf(text().array().array())).toEqual({
      kind: 'array',
      element: { kind: 'array', element: { kind: 'text' } },
    })
    expect(typeOf(types.customType('vector(3)'))).toEqual({ kind: 'custom', sql: 'vector(3)' })
    expect(typeOf(enumRef('status', { schema: 'app' }))).toEqual({ kind: 'enum', schema: 'app', name: 'status' })
    expect(typeOf(types.domainRef('email'))).toEqual({ kind: 'domain', name: 'email' })
    expect(typeOf(types.compositeRef('address'))).toEqual({ kind: 'composite', name: 'address' })
    expect(typeOf(types.rangeRef('floats'))).toEqual({ kind: 'range', name: 'floats' })
  })

  it.each([
    ['a length of nothing', () => varchar(0)],
    ['half a character', () => types.char(1.5)],
    ['a precision of 0', () => numeric(0)],
    ['a scale that is no whole number', () => numeric(3, 0.5)],
    ['a negative precision', () => timestamp({ precision: -1 })],
    ['a type without a name', () => types.customType('')],
    ['an enum without a name', () => enumRef('')],
  ])('refuse %s', (_, run) => {
    expect(codeOf(run)).toBe('SCHEMA.INVALID')
  })
})

describe('columns', () => {
  it('are immutable: a kept builder does not change', () => {
    const base = varchar(10)
    const more = base.notNull().default('x')
    expect(columnFromBuilder('c', base).column).toEqual({
      name: 'c',
      type: { kind: 'varchar', length: 10 },
      nullable: true,
    })
    expect(columnFromBuilder('c', more).column.nullable).toBe(false)
    expect(columnFromBuilder('c', more.nullable().default(null)).column).toEqual(columnFromBuilder('c', base).column)
  })

  it('say everything that a column can be', () => {
    const column = integer()
      .named('n')
      .notNull()
      .comment('how many')
      .collate('C')
      .renamedFrom('m')
      .storage('plain')
      .statistics(50)
    expect(columnFromBuilder('count', column).column).toEqual({
      name: 'n',
      type: { kind: 'integer' },
      nullable: false,
      comment: 'how many',
      collation: { name: 'C' },
      renamedFrom: 'm',
      storage: 'plain',
      statistics: 50,
    })
    expect(
      columnFromBuilder(
        't',
        text()
          .compression('lz4')
          .generatedAs(sql`lower(${'X'})`),
      ).column,
    ).toEqual({
      name: 't',
      type: { kind: 'text' },
      nullable: true,
      compression: 'lz4',
      generated: { sql: "lower('X')", stored: true },
    })
    expect(columnFromBuilder('v', integer().generatedAs('a + b', { stored: false })).column.generated).toEqual({
      sql: 'a + b',
      stored: false,
    })
  })

  it('of an identity leave out what is PostgreSQL’s own default', () => {
    const identity = integer().identity({
      generation: 'always',
      start: 1,
      increment: 1,
      cache: 1,
      cycle: false,
      max: 99,
      sequenceName: 's',
    })
    expect(columnFromBuilder('id', identity).column).toMatchObject({
      nullable: false,
      identity: { generation: 'always', max: 99, sequenceName: 's' },
    })
    expect(columnFromBuilder('id', integer().identity({ start: 1, increment: -1 })).column.identity).toEqual({
      generation: 'byDefault',
      start: 1,
      increment: -1,
    })
  })

  it('bring their own constraints and indexes', () => {
    const column = integer()
      .named('user_id')
      .unique({ nullsNotDistinct: true, initially: 'deferred' })
      .references('users', 'id', {
        schema: 'app',
        onDelete: 'set null',
        onUpdate: 'noAction',
        match: 'full',
        deferrable: true,
      })
      .check(sql`user_id > ${0}`)
      .check('user_id < 9', 'small')
      .index()
      .index({ name: 'h', using: 'hash' })
    expect(columnFromBuilder('userId', column, { name: 'posts' })).toMatchObject({
      column: { name: 'user_id', nullable: true },
      constraints: [
        {
          kind: 'unique',
          name: 'posts_user_id_key',
          columns: ['user_id'],
          nullsNotDistinct: true,
          deferrable: true,
          initiallyDeferred: true,
        },
        {
          kind: 'foreignKey',
          name: 'posts_user_id_fkey',
          references: { schema: 'app', name: 'users' },
          referencedColumns: ['id'],
          onDelete: 'setNull',
          match: 'full',
          deferrable: true,
        },
        { kind: 'check', name: 'posts_user_id_check', sql: 'user_id > 0' },
        { kind: 'check', name: 'small', sql: 'user_id < 9' },
      ],
      indexes: [
        { name: 'posts_user_id_idx', elements: [{ column: 'user_id' }] },
        { name: 'h', elements: [{ column: 'user_id' }], method: 'hash' },
      ],
    })
    expect(columnFromBuilder('userId', column, { name: 'posts' }).constraints[1]).not.toHaveProperty('onUpdate')
  })

  it.each([
    ['a nullable primary key', integer().primaryKey().nullable()],
    ['a nullable identity', integer().identity().nullable()],
    ['a nullable serial', serial().nullable()],
    ['an identity with a default', integer().identity().default(1)],
    ['a serial with a default', serial().default(1)],
    ['a serial array', serial().array()],
    ['a generated column with a default', integer().default(1).generatedAs('a + 1')],
    ['an empty check', integer().check('  ')],
    ['an action that is none', integer().references('users', 'id', { onDelete: 'explode' as never })],
    ['deferred and not deferrable', integer().references('users', 'id', { deferrable: false, initially: 'deferred' })],
  ])('refuse %s', (_, column) => {
    expect(codeOf(() => columnFromBuilder('c', column, { name: 't' }))).toBe('SCHEMA.INVALID')
  })

  it.each([
    ['an identity of text', () => text().identity()],
    ['a name of nothing', () => text().named('')],
    ['a reference without a column', () => integer().references('users', undefined as never)],
    ['defaultFn without a function', () => text().defaultFn('x' as never)],
    ['an array after its default', () => integer().default(1).array()],
  ])('refuse at once %s', (_, run) => {
    expect(codeOf(run)).toBe('SCHEMA.INVALID')
  })
})

describe('defaults', () => {
  it.each<[string, AnyColumn, unknown]>([
    ['a number', integer().default(0), 0],
    ['a big number', bigint().default(2n ** 60n), '1152921504606846976'],
    ['a big number as a JavaScript number', bigint({ mode: 'number' }).default(2 ** 60), '1152921504606846976'],
    ['a small bigint', bigint().default(7n), 7],
    ['not a number', types.doublePrecision().default(Number.NaN), 'NaN'],
    ['text', text().default("it's"), "it's"],
    ['exact numbers', numeric(3, 2).default('1.50'), '1.50'],
    ['true', types.boolean().default(true), true],
    ['a day', types.date().default(new Date('2026-11-20T10:30:00Z')), '2026-11-20'],
    ['a moment', timestamp().default(new Date('2026-11-20T10:30:00.120Z')), '2026-11-20 10:30:00.12'],
    [
      'a moment of the world',
      timestamp({ withTimeZone: true }).default(new Date('2026-11-20T10:30:00Z')),
      '2026-11-20 10:30:00+00',
    ],
    ['bytes', types.bytea().default(new Uint8Array([0, 255])), '\\x00ff'],
    ['an object of JSON', jsonb().default({ a: [1] }), '{"a":[1]}'],
    ['JSON text', jsonb().default('{"a": 1}'), '{"a": 1}'],
    ['a list', text().array().default(['a', 'b']), ['a', 'b']],
    ['an empty list', text().array().default([]), []],
  ])('of %s are literals', (_, column, value) => {
    expect(columnFromBuilder('c', column).column.default).toEqual({ kind: 'literal', value })
  })

  it('of SQL stay SQL, with values as literals', () => {
    expect(columnFromBuilder('c', text().default(sql`lower(${"O'Neill"})`)).column.default).toEqual({
      kind: 'sql',
      sql: "lower('O''Neill')",
    })
  })

  it.each([
    ['an object for text', () => text().default({} as never)],
    [
      'text for an array, in a list that is none',
      () =>
        text()
          .array()
          .default(5 as never),
    ],
    ['JSON text that is none', () => jsonb().default('hello')],
    ['no date', () => timestamp().default(new Date('never'))],
  ])('refuse %s', (_, run) => {
    expect(codeOf(run)).toBe('SCHEMA.INVALID')
  })
})

describe('what stands beside the columns', () => {
  const t = table(
    'bookings',
    { id: integer(), room: integer().notNull(), from: timestamp().named('starts_at'), email: text(), b: text() },
    (t) => [
      primaryKey(t.id, t.room).include(t.b),
      unique('u').on(t.email, 'from').nullsNotDistinct().comment('one each'),
      unique([t.b]).deferrable({ initially: 'deferred' }),
      foreignKey('fk')
        .on(t.room, t.id)
        .references('rooms', ['id', 'no'], { onDelete: 'cascade', onDeleteColumns: ['room'] })
        .notValid(),
      check(sql`${t.from} > now()`).noInherit(),
      check('both', sql`${t.id} < ${t.room}`),
      index().on(t.from.desc().nullsLast(), t.b.opclass('text_pattern_ops').collate('C')),
      index('g')
        .on(sql`lower(${t.email})`, { column: 'b', order: 'desc', nulls: 'first' })
        .using('GIN')
        .where(sql`${t.id} > ${1}`)
        .include(t.b)
        .unique()
        .with({ fillfactor: 70 })
        .renamedFrom('old'),
      exclude()
        .using('gist')
        .elements([t.room, '='], [sql`tsrange(${t.from}, null)`, '&&'])
        .where('room > 0'),
    ],
    {
      comment: 'who sleeps where',
      unlogged: true,
      with: { fillfactor: 80 },
      rowSecurity: true,
      replicaIdentity: 'full',
    },
  )
  const model = tableFromBuilder(t).table

  it('becomes constraints', () => {
    expect(model.constraints).toEqual([
      { kind: 'primaryKey', name: 'bookings_pkey', columns: ['id', 'room'], include: ['b'] },
      { kind: 'unique', name: 'u', columns: ['email', 'starts_at'], nullsNotDistinct: true, comment: 'one each' },
      { kind: 'unique', name: 'bookings_b_key', columns: ['b'], deferrable: true, initiallyDeferred: true },
      {
        kind: 'exclude',
        name: 'bookings_room_tsrange_excl',
        elements: [
          { column: 'room', operator: '=' },
          { expression: 'tsrange("starts_at", null)', operator: '&&' },
        ],
        where: 'room > 0',
      },
      {
        kind: 'foreignKey',
        name: 'fk',
        columns: ['room', 'id'],
        references: { name: 'rooms' },
        referencedColumns: ['id', 'no'],
        onDelete: 'cascade',
        onDeleteColumns: ['room'],
        notValid: true,
      },
      { kind: 'check', name: 'bookings_starts_at_check', sql: '"starts_at" > now()', noInherit: true },
      { kind: 'check', name: 'both', sql: '"id" < "room"' },
    ])
  })

  it('becomes indexes', () => {
    expect(model.indexes).toEqual([
      {
        name: 'bookings_starts_at_b_idx',
        elements: [
          { column: 'starts_at', order: 'desc', nulls: 'last' },
          { column: 'b', opclass: 'text_pattern_ops', collation: { name: 'C' } },
        ],
      },
      {
        name: 'g',
        elements: [{ expression: 'lower("email")' }, { column: 'b', order: 'desc' }],
        unique: true,
        method: 'gin',
        include: ['b'],
        where: '"id" > 1',
        with: { fillfactor: '70' },
        renamedFrom: 'old',
      },
    ])
  })

  it('makes the columns of the primary key not null, and carries the table’s own options', () => {
    expect(model.columns.find((c) => c.name === 'id')?.nullable).toBe(false)
    expect(model).toMatchObject({
      comment: 'who sleeps where',
      unlogged: true,
      with: { fillfactor: '80' },
      rowSecurity: true,
      replicaIdentity: 'full',
    })
  })

  it('may be a list, with columns by name: as revisions write it', () => {
    const plain = table('p', { id: integer(), user_id: integer() }, [
      primaryKey('p_pkey').on('id'),
      index('ix').on('user_id'),
    ])
    expect(tableFromBuilder(plain).table).toMatchObject({
      constraints: [{ name: 'p_pkey', columns: ['id'] }],
      indexes: [{ name: 'ix', elements: [{ column: 'user_id' }] }],
    })
    expect(constraintFromBuilder(check('c', sql`a > 1`), { name: 'p' })).toEqual({
      kind: 'check',
      name: 'c',
      sql: 'a > 1',
    })
    expect(indexFromBuilder(index().on('a', 'b'), { name: 'p' }).name).toBe('p_a_b_idx')
  })

  it('knows partitions, parents and their columns', () => {
    const parent = table('m', { id: integer(), at: timestamp() }, { partitionBy: sql`range (${sql.identifier('at')})` })
    const part = table('m1', {}, [index('m1_ix').on('at')], {
      partitionOf: { parent, bound: 'FOR VALUES FROM (1) TO (2)' },
    })
    const child = table('c', { extra: text() }, { inherits: [parent, 'other'] })
    expect(tableFromBuilder(parent).table.partitionBy).toBe('range ("at")')
    expect(tableFromBuilder(part).table).toMatchObject({
      partitionOf: { parent: { name: 'm' }, bound: 'FOR VALUES FROM (1) TO (2)' },
      indexes: [{ elements: [{ column: 'at' }] }],
    })
    expect(tableFromBuilder(child).table.inherits).toEqual([{ name: 'm' }, { name: 'other' }])
  })

  const broken = (...extras: readonly unknown[]): (() => unknown) => {
    const made = table('t', { a: integer().primaryKey() }, () => extras as never)
    return () => tableFromBuilder(made)
  }
  it.each<[string, string, () => unknown]>([
    ['SCHEMA.INVALID', 'a second primary key', broken(primaryKey('p').on('a'))],
    ['SCHEMA.INVALID', 'what is no constraint', broken('x')],
    ['SCHEMA.INVALID', 'a key over nothing', broken(unique('u'))],
    ['SCHEMA.INVALID', 'an index over nothing', broken(index('i'))],
    ['SCHEMA.INVALID', 'an exclusion of nothing', broken(exclude('e'))],
    ['SCHEMA.INVALID', 'a foreign key to nowhere', broken(foreignKey().on('a'))],
    ['SCHEMA.INVALID', 'a foreign key with too few columns', broken(foreignKey().on('a').references('u', ['x', 'y']))],
    ['SCHEMA.UNKNOWN_REFERENCE', 'a column that is not there', broken(index('i').on('b'))],
    ['SCHEMA.UNKNOWN_REFERENCE', 'no column at all', broken(index('i').on(undefined as never))],
    ['SCHEMA.UNKNOWN_REFERENCE', "another table's column", broken(unique('u').on(users.id))],
    [
      'SCHEMA.UNKNOWN_REFERENCE',
      'a reference to what is no column',
      broken(
        foreignKey()
          .on('a')
          .references(() => users as never),
      ),
    ],
    [
      'SCHEMA.UNKNOWN_REFERENCE',
      'a reference that throws',
      broken(
        foreignKey()
          .on('a')
          .references(() => {
            throw new TypeError('x is undefined')
          }),
      ),
    ],
    ['SCHEMA.DUPLICATE', 'two constraints of one name', broken(check('c', 'a > 1'), check('c', 'a > 2'))],
    ['SCHEMA.DUPLICATE', 'two columns of one name', () => table('t', { a: integer(), b: integer().named('a') })],
    ['SCHEMA.INVALID', 'a type that was not called', () => table('t', { a: integer as never })],
    ['SCHEMA.INVALID', 'no columns', () => table('t', undefined as never)],
    ['SCHEMA.INVALID', 'no name', () => table('', {})],
    ['SCHEMA.INVALID', 'a check without a condition', () => check('c', undefined as never)],
    ['SCHEMA.INVALID', 'a key with a name and no list', () => primaryKey('p', 'a' as never)],
  ])('refuses with %s %s', (code, _, run) => {
    expect(codeOf(run)).toBe(code)
  })
})
