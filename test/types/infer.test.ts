/** What rows, inserts, updates and databases are in TypeScript: held by the compiler (`tsc`), run for its values. */
import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  bigint,
  boolean,
  composite,
  type DatabaseOf,
  domain,
  enumType,
  type Insert,
  integer,
  inlineEnum,
  jsonb,
  numeric,
  type Row,
  schema,
  serial,
  sql,
  table,
  text,
  timestamp,
  unique,
  type Update,
  varchar,
  view,
} from '../../src/schema.ts'
import * as example from './design-example.ts'

declare enum Colour {
  Red = 'red',
  Green = 'green',
}
declare enum Level {
  Low,
  High,
}

describe('rows', () => {
  it('have the values of their columns, null where nothing forbids it', () => {
    const t = table('t', {
      id: integer().primaryKey().identity(),
      n: serial(),
      big: bigint(),
      small: bigint({ mode: 'number' }).notNull(),
      price: numeric(10, 2).notNull(),
      at: timestamp()
        .notNull()
        .default(sql`now()`),
      tags: text().array().notNull(),
      settings: jsonb().$type<{ dark: boolean }>(),
      done: boolean().notNull().default(false),
      twice: integer()
        .notNull()
        .generatedAs(sql`id * 2`),
      key: integer().identity({ generation: 'always' }),
    })
    expectTypeOf<Row<typeof t>>().toEqualTypeOf<{
      id: number
      n: number
      big: bigint | null
      small: number
      price: string
      at: Date
      tags: string[]
      settings: { dark: boolean } | null
      done: boolean
      twice: number
      key: number
    }>()
    expectTypeOf<Insert<typeof t>>().toEqualTypeOf<{
      small: number
      price: string
      tags: string[]
      id?: number | undefined
      n?: number | undefined
      big?: bigint | null | undefined
      at?: Date | undefined
      settings?: { dark: boolean } | null | undefined
      done?: boolean | undefined
    }>()
    expectTypeOf<Update<typeof t>>().toEqualTypeOf<{
      small?: number | undefined
      price?: string | undefined
      tags?: string[] | undefined
      id?: number | undefined
      n?: number | undefined
      big?: bigint | null | undefined
      at?: Date | undefined
      settings?: { dark: boolean } | null | undefined
      done?: boolean | undefined
    }>()
    expect(Object.keys(t)).toContain('twice')
  })

  it('of the example are what its reader expects', () => {
    expectTypeOf<Row<typeof example.users>>().toEqualTypeOf<{ id: number; email: string; createdAt: Date }>()
    expectTypeOf<Row<typeof example.posts>>().toEqualTypeOf<{
      id: number
      title: string
      status: 'draft' | 'approve' | 'published'
      userId: number
    }>()
    expectTypeOf<Insert<typeof example.posts>>().toEqualTypeOf<{
      title: string
      userId: number
      id?: number | undefined
      status?: 'draft' | 'approve' | 'published' | undefined
    }>()
    expect(example.posts.userId).toBeDefined()
  })
})

describe('enum columns', () => {
  it("are of the enum's own member type", () => {
    // Only types are looked at: these functions are never called.
    const columns = (colours: typeof Colour, levels: typeof Level) => {
      const colour = enumType('colour', colours)
      const level = enumType('level', levels, { persist: 'names' })
      const t = table('t', { a: colour().notNull(), b: level(), c: colour().array().notNull().default([Colour.Red]) })
      expectTypeOf<Row<typeof t>['a']>().toEqualTypeOf<Colour>()
      expectTypeOf<Row<typeof t>['b']>().toEqualTypeOf<Level | null>()
      expectTypeOf<Row<typeof t>['c'][number]>().toEqualTypeOf<Colour>()
      expectTypeOf(colour.fromDatabase('red')).toEqualTypeOf<Colour | null>()
      // @ts-expect-error a member of another enum
      colour().default(Level.Low)
      return t
    }
    const list = enumType('size', ['s', 'm', 'l'])
    const object = enumType('answer', { yes: 1, no: 0 })
    const t = table('t', {
      size: list().notNull(),
      answer: object().notNull(),
      inline: inlineEnum('mood', ['sad', 'ok']).notNull(),
    })
    expectTypeOf<Row<typeof t>>().toEqualTypeOf<{ size: 's' | 'm' | 'l'; answer: 0 | 1; inline: 'sad' | 'ok' }>()
    expect(columns).toBeInstanceOf(Function)
  })
})

describe('databases for Kysely', () => {
  it('are keyed by names in the database, tables and columns', () => {
    type Database = DatabaseOf<typeof example>
    expectTypeOf<keyof Database>().toEqualTypeOf<'users' | 'posts'>()
    expectTypeOf<keyof Database['posts']>().toEqualTypeOf<'id' | 'title' | 'status' | 'user_id'>()
    const app = schema('app')
    const module = {
      things: app.table('things', { id: integer().primaryKey() }),
      names: view('names', { name: text() }, sql`select 'x' as name`),
      other: 1,
    }
    expectTypeOf<keyof DatabaseOf<typeof module>>().toEqualTypeOf<'app.things' | 'names'>()
    expect(Object.keys(module)).toHaveLength(3)
  })
})

describe('what the compiler refuses', () => {
  it('defaults of another type, references to no column, columns that are not there', () => {
    const users = table('users', { id: integer().primaryKey() })
    const refused = (): void => {
      // @ts-expect-error a string for a number that is not in quotes for the database
      integer().default({})
      // @ts-expect-error a boolean for text
      varchar(3).default(true)
      // @ts-expect-error a table is no column
      integer().references(() => users)
      // @ts-expect-error there is no such column
      table('x', { a: integer() }, (t) => [unique(t.b)])
      // @ts-expect-error no column at all
      table('x', { a: 1 })
      // @ts-expect-error no referential action
      integer().references(() => users.id, { onDelete: 'explode' })
    }
    expect(refused).toBeInstanceOf(Function)
  })

  it('keeps the value types of domains and composites', () => {
    const email = domain('email', text())
    const address = composite('address', { street: text(), zip: integer() })
    const t = table('t', { e: email().notNull(), a: address() })
    expectTypeOf<Row<typeof t>>().toEqualTypeOf<{
      e: string
      a: { street: string | null; zip: number | null } | null
    }>()
    expect(t.e).toBeDefined()
  })
})
