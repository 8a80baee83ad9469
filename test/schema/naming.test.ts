/** Names of constraints and indexes: PostgreSQL's rule by default, a project's convention where there is one. */
import { describe, expect, it } from 'vitest'
import { check, foreignKey, index, integer, primaryKey, sql, table, text, unique } from '../../src/schema.ts'
import { isAmbixError } from '../../src/errors.ts'
import { expressionName, makeObjectName } from '../../src/schema/resolve/naming.ts'
import { type ResolvedTable, tableFromBuilder } from '../../src/schema/resolve/tables.ts'
import type { NamingConvention } from '../../src/schema/resolve/naming.ts'

const namesOf = ({ table: t }: ResolvedTable): readonly string[] => [...t.constraints, ...t.indexes].map((x) => x.name)

describe("PostgreSQL's own names", () => {
  it('are table, columns and what it is', () => {
    const t = table(
      'posts',
      {
        id: integer().primaryKey(),
        a: integer().unique().index(),
        b: integer().references('users', 'id'),
        price: integer(),
      },
      (c) => [
        unique().on(c.a, c.b),
        check(sql`price > 0`),
        check(sql`a > b`),
        index().on(sql`lower(a)`, sql`a + b`, sql`b + a`),
        foreignKey().on(c.a, c.b).references('x', ['a', 'b']),
      ],
    )
    expect(namesOf(tableFromBuilder(t))).toEqual([
      'posts_pkey',
      'posts_a_key',
      'posts_a_b_key',
      'posts_b_fkey',
      'posts_a_b_fkey',
      'posts_price_check',
      'posts_check',
      'posts_a_idx',
      'posts_lower_expr_expr1_idx',
    ])
  })

  it('are numbered where they are taken', () => {
    const t = table('t', { a: integer() }, (c) => [
      index().on(c.a),
      index().on(c.a.desc()),
      index('t_a_idx2').on(c.a),
      index().on(c.a),
      check(sql`a > 0`),
      check(sql`a > 1`),
      check(sql`a > 2`),
    ])
    expect(namesOf(tableFromBuilder(t))).toEqual([
      't_a_check',
      't_a_check1',
      't_a_check2',
      't_a_idx',
      't_a_idx1',
      't_a_idx2',
      't_a_idx3',
    ])
  })

  it('are cut to the limit, the longer part first, between characters', () => {
    const long = 'a'.repeat(63)
    expect(makeObjectName(long, 'b', 'fkey')).toBe(`${'a'.repeat(56)}_b_fkey`)
    expect(makeObjectName(long, 'b'.repeat(63), 'key')).toBe(`${'a'.repeat(29)}_${'b'.repeat(29)}_key`)
    expect(makeObjectName('é'.repeat(40), undefined, 'pkey')).toBe(`${'é'.repeat(29)}_pkey`)
  })

  it('call an expression by its function, or expr', () => {
    expect(expressionName('lower("title")')).toBe('lower')
    expect(expressionName('app.norm(a, (b))')).toBe('norm')
    expect(expressionName('lower(a) || upper(b)')).toBe('expr')
    expect(expressionName('(a + b)')).toBe('expr')
    expect(expressionName('"b"::character varying(3)')).toBe('b')
    expect(expressionName('lower(b)::text')).toBe('lower')
    expect(expressionName("a || 'x'::text")).toBe('expr')
  })
})

describe('keys that are there already', () => {
  it('are dropped, as PostgreSQL drops them, unless they were given a name', () => {
    const t = table('t', { id: integer().primaryKey().unique(), a: integer().unique() }, (c) => [
      unique(c.a),
      unique('named').on(c.a),
      unique(c.a, c.id),
    ])
    expect(namesOf(tableFromBuilder(t))).toEqual(['t_pkey', 't_a_key', 'named', 't_a_id_key'])
  })
})

describe('a naming convention', () => {
  const convention: NamingConvention = {
    ix: 'ix_%(column_0_label)s',
    uq: 'uq_%(table_name)s_%(column_0_N_name)s',
    ck: 'ck_%(table_name)s_%(constraint_name)s',
    fk: 'fk_{table_name}_{column_0_name}_{referred_table_name}_{referred_column_0_name}',
    pk: 'pk_%(table_name)s',
  }
  const t = table(
    't',
    { id: integer(), userId: integer().named('user_id').references('users', 'id'), b: text() },
    (c) => [
      primaryKey(c.id),
      unique(c.userId, c.b),
      unique('mine').on(c.b),
      check('positive', sql`id > 0`),
      check(sql`b <> ''`),
      index().on(c.userId, c.b),
    ],
  )

  it("F15: fills SQLAlchemy's tokens, and keeps names that were given", () => {
    expect(namesOf(tableFromBuilder(t, { namingConvention: convention }))).toEqual([
      'pk_t',
      'uq_t_user_id_b',
      'mine',
      'fk_t_user_id_users_id',
      'ck_t_positive',
      'ck_t_b',
      'ix_t_user_id',
    ])
  })

  it('knows the other forms, keys and functions', () => {
    const names = namesOf(
      tableFromBuilder(t, {
        namingConvention: {
          ix: '%(column_0N_key)s',
          uq: (p) => `u:${p.columns.join('+')}`,
          fk: '%(column_0_key)s_%(referred_column_0_N_name)s',
        },
      }),
    )
    expect(names).toContain('userIdb')
    expect(names).toContain('u:user_id+b')
    expect(names).toContain('userId_id')
  })

  it('F15: has names that are too long cut, with a hash of the whole', () => {
    const long = table('x'.repeat(70), { id: integer().primaryKey() })
    const [name] = namesOf(tableFromBuilder(long, { namingConvention: convention }))
    expect(name).toMatch(/^pk_x{52}_[0-9a-f]{4}$/u)
    expect(name).toHaveLength(60)
  })

  it.each([
    ['an unknown token', { ix: '%(colum)s' }],
    ['an unknown key', { index: 'x' } as NamingConvention],
  ])('refuses %s', (_, namingConvention) => {
    let code: string | undefined
    try {
      tableFromBuilder(t, { namingConvention })
    } catch (e) {
      code = isAmbixError(e) ? e.code : undefined
    }
    expect(code).toBe('SCHEMA.INVALID')
  })
})
