/** Zod schemas derived from tables take what the columns take. */
import { describe, expect, expectTypeOf, it } from 'vitest'
import type { z } from 'zod'
import {
  bigint,
  boolean,
  bytea,
  date,
  domain,
  enumRef,
  enumType,
  integer,
  jsonb,
  numeric,
  serial,
  smallint,
  sql,
  table,
  timestamp,
  uuid,
  varchar,
} from '../../src/schema.ts'
import { insertSchema, selectSchema, updateSchema } from '../../src/zod.ts'

const Status = { New: 'N', Active: 'A' } as const
const status = enumType('status', Status, { persist: 'names' })
const level = enumType('level', [1, 2])
const zip = domain('zip', varchar(5))
const users = table('users', {
  id: integer().primaryKey().identity(),
  always: integer().identity({ generation: 'always' }),
  n: serial(),
  email: varchar(5).notNull(),
  status: status().notNull(),
  was: status().array(),
  level: level().notNull().default(1),
  free: enumRef('mood'),
  small: smallint(),
  big: bigint(),
  few: bigint({ mode: 'number' }),
  price: numeric(),
  at: timestamp()
    .notNull()
    .default(sql`now()`),
  key: uuid()
    .notNull()
    .defaultFn(() => '00000000-0000-0000-0000-000000000000'),
  data: jsonb(),
  raw: bytea(),
  done: boolean(),
  zip: zip(),
  twice: integer().generatedAs('id * 2'),
})

const accepts = (schema: z.ZodType, value: unknown): boolean => schema.safeParse(value).success

describe('inserting', () => {
  const schema = insertSchema(users)
  const least = { email: 'a@b.c', status: 'N' }

  it('needs what has no default and may not be null, and nothing more', () => {
    expect(schema.parse(least)).toEqual(least)
    expect(accepts(schema, { email: 'a@b.c' })).toBe(false)
    expectTypeOf<z.infer<typeof schema>['status']>().toEqualTypeOf<'N' | 'A'>()
    expectTypeOf<z.infer<typeof schema>['level']>().toEqualTypeOf<1 | 2 | undefined>()
  })

  it('leaves out what the database computes', () => {
    expect(Object.keys(schema.shape)).not.toContain('always')
    expect(Object.keys(schema.shape)).not.toContain('twice')
    expect(schema.parse({ ...least, twice: 4 })).toEqual(least)
  })

  it.each<[string, unknown, boolean]>([
    ['status', 'New', false],
    ['status', 'A', true],
    ['status', null, false],
    ['was', ['A', null], false],
    ['was', ['X'], false],
    ['was', ['A', 'N'], true],
    ['level', 2, true],
    ['level', 3, false],
    ['free', 'anything', true],
    ['email', '😀😀😀😀😀', true],
    ['email', 'abcdef', false],
    ['small', 32768, false],
    ['small', -32768, true],
    ['id', 1.5, false],
    ['big', 2n ** 63n, false],
    ['big', 5n, true],
    ['few', 5, true],
    ['price', '1.50', true],
    ['price', 'dear', false],
    ['at', new Date(), true],
    ['at', null, false],
    ['key', 'no uuid', false],
    ['data', { a: [1, null] }, true],
    ['data', () => 1, false],
    ['raw', new Uint8Array(1), true],
    ['done', 'yes', false],
    ['done', null, true],
    ['zip', '12345', true],
    ['zip', '123456', false],
  ])('%s: %o is taken: %s', (column, value, taken) => {
    expect(accepts(schema, { ...least, [column]: value })).toBe(taken)
  })
})

describe('selecting and updating', () => {
  it('a row has every column', () => {
    const schema = selectSchema(users)
    expect(Object.keys(schema.shape)).toEqual(Object.keys(users))
    expect(accepts(schema, { email: 'x' })).toBe(false)
    expectTypeOf<z.infer<typeof schema>['was']>().toEqualTypeOf<('N' | 'A')[] | null>()
  })

  it('an update needs nothing, and checks what it is given', () => {
    const schema = updateSchema(users)
    expect(schema.parse({})).toEqual({})
    expect(accepts(schema, { status: 'X' })).toBe(false)
  })
})

describe('input that was JSON', () => {
  const day = domain('day', date())
  const events = table('events', {
    at: timestamp({ withTimeZone: true }).notNull(),
    local: timestamp(),
    day: day(),
    all: timestamp().array(),
    big: bigint(),
    name: varchar(5),
  })
  const at = new Date('2026-05-07T08:09:10.123Z')
  const row = { at, local: at, day: new Date(2026, 4, 7), all: [at], big: 2n ** 62n, name: null }
  const sent: unknown = JSON.parse(JSON.stringify({ ...row, big: String(row.big) }))

  it.each([
    ['insertSchema', insertSchema(events, { json: true })],
    ['selectSchema', selectSchema(events, { json: true })],
    ['updateSchema', updateSchema(events, { json: true })],
  ])('%s takes the texts of dates and bigints, and gives Dates and bigints', (_, schema) => {
    expect(schema.parse(sent)).toEqual(row)
    expect(schema.parse(row)).toEqual(row)
  })

  it('takes none of them where it is not asked', () => {
    expect(accepts(insertSchema(events), { at: at.toISOString() })).toBe(false)
    expect(accepts(insertSchema(events), { at, big: '5' })).toBe(false)
  })

  it.each<[string, unknown, unknown]>([
    ['at', '2026-05-07T08:09:10+02:00', new Date('2026-05-07T06:09:10Z')],
    ['at', '2026-05-07', undefined],
    ['at', '2026-05-07T08:09:10', undefined],
    ['at', '2026-02-30T08:09:10Z', undefined],
    ['at', 0, undefined],
    ['at', null, undefined],
    ['day', '2026-05-07', new Date(2026, 4, 7)],
    ['day', '2026-02-30', undefined],
    ['day', null, null],
    ['all', ['2026-05-07T08:09:10Z'], [new Date('2026-05-07T08:09:10Z')]],
    ['big', 5, 5n],
    ['big', 1.5, undefined],
    ['big', '', undefined],
    ['big', String(2n ** 63n), undefined],
  ])('%s: %o becomes %o', (column, value, wanted) => {
    const read = updateSchema(events, { json: true }).safeParse({ [column]: value })
    expect(read.success ? (read.data as Record<string, unknown>)[column] : undefined).toEqual(wanted)
  })

  it('has the type of the row', () => {
    const schema = insertSchema(events, { json: true })
    expectTypeOf<z.infer<typeof schema>['at']>().toEqualTypeOf<Date>()
    expect(schema.shape.at).toBeDefined()
  })
})
