/** Enums from TypeScript enums, objects and lists: labels, members, defaults, marks, and what is refused. */
import { describe, expect, it } from 'vitest'
import { enumType, integer, table, varchar } from '../../src/schema.ts'
import { isAmbixError } from '../../src/errors.ts'
import { ambix } from '../../src/schema/declared.ts'
import { columnFromBuilder, tableFromBuilder } from '../../src/schema/resolve/tables.ts'

/** What `enum Level { Low, High, Top = 7 }` compiles to, reverse mappings included. */
const Level = { 0: 'Low', Low: 0, 1: 'High', High: 1, 7: 'Top', Top: 7 }
const Status = { New: 'N', Active: 'A', Inactive: 'I', Suspended: 'S' } as const

const errorOf = (run: () => unknown): { code: string; message: string; why: string | undefined } => {
  try {
    run()
  } catch (e) {
    if (isAmbixError(e)) return { code: e.code, message: e.message, why: e.why }
    throw e
  }
  return { code: 'nothing thrown', message: '', why: undefined }
}

describe('labels', () => {
  it('are the values, in the order of the source', () => {
    expect(enumType('status', Status).labels).toEqual(['N', 'A', 'I', 'S'])
    const odd = ['x', '', 'Y', 'y', ' pad ', "it's", '{,}"\\']
    expect(enumType('status', odd).labels).toEqual(odd)
    expect(enumType('none', []).labels).toEqual([])
  })

  it('are the names where names persist', () => {
    expect(enumType('status', Status, { persist: 'names' }).labels).toEqual(['New', 'Active', 'Inactive', 'Suspended'])
    expect(enumType('level', Level as never, { persist: 'names' }).labels).toEqual(['Low', 'High', 'Top'])
  })

  it('are what a function makes of the members', () => {
    const upper = enumType('status', Status, { persist: (members) => members.map((m) => `${m.name}:${m.value}`) })
    expect(upper.labels).toEqual(['New:N', 'Active:A', 'Inactive:I', 'Suspended:S'])
    expect(upper.toDatabase('A')).toBe('Active:A')
    expect(upper.fromDatabase('Active:A')).toBe('A')
  })

  it('of numeric enums are decimal text, without reverse mappings, and come back as numbers', () => {
    const level = enumType('level', Level as never)
    expect(level.labels).toEqual(['0', '1', '7'])
    expect(level.fromDatabase('7')).toBe(7)
    expect(level.toDatabase(0 as never)).toBe('0')
  })

  it('leave aliases out, and take an alias for what it is an alias of', () => {
    const alias = enumType('status', { Draft: 'draft', Beginning: 'draft', Live: 'live' }, { persist: 'names' })
    expect(alias.labels).toEqual(['Draft', 'Live'])
    expect(alias.toDatabase('draft')).toBe('Draft')
  })

  it.each<[string, () => unknown]>([
    ['twice in a list', () => enumType('e', ['a', 'b', 'a'])],
    ['twice by a function', () => enumType('e', Status, { persist: () => ['a', 'b', 'c', 'a'] })],
    ['too few by a function', () => enumType('e', Status, { persist: () => ['a'] })],
    ['no strings by a function', () => enumType('e', Status, { persist: () => [1, 2, 3, 4] as never })],
    ['1 and "1"', () => enumType('e', { a: 1, b: '1' })],
    ['with a NUL', () => enumType('e', ['a\0b'])],
    ['of an object', () => enumType('e', { a: {} } as never)],
    ['of nothing', () => enumType('e', undefined as never)],
    ['of null', () => enumType('e', null as never)],
    ['that are not a number', () => enumType('e', [Number.NaN])],
    ['by a word that is none', () => enumType('e', Status, { persist: 'keys' as never })],
    ['longer than the length', () => enumType('e', ['four'], { native: false, length: 3 })],
  ])('are refused %s', (_, run) => {
    expect(errorOf(run).code).toBe('ENUM.INVALID')
  })
})

describe('members', () => {
  const byName = enumType('status', Status, { persist: 'names', validate: true })

  it('go to the database as labels and come back', () => {
    for (const member of byName.members) expect(byName.fromDatabase(byName.toDatabase(member))).toBe(member)
    expect(byName.toDatabase(null)).toBeNull()
    expect(byName.fromDatabase(null)).toBeNull()
  })

  it('may be given as labels; other strings are the database’s to refuse, unless they are validated', () => {
    expect(byName.toDatabase('Active')).toBe('Active')
    expect(errorOf(() => byName.toDatabase('X')).code).toBe('ENUM.INVALID')
    expect(enumType('status', Status).toDatabase('X%')).toBe('X%')
    expect(errorOf(() => enumType('level', [1, 2]).toDatabase(3 as never)).code).toBe('ENUM.INVALID')
  })

  it('are not made of labels that nobody knows', () => {
    const e = errorOf(() => byName.fromDatabase('Gone'))
    expect(e.code).toBe('ENUM.INVALID')
    expect(e.message).toContain('"Gone"')
  })
})

describe('defaults', () => {
  it('are members, spelled as what is persisted', () => {
    const byName = enumType('status', Status, { persist: 'names' })
    expect(columnFromBuilder('s', byName().default(Status.Active)).column.default).toEqual({
      kind: 'literal',
      value: 'Active',
    })
    expect(columnFromBuilder('s', enumType('status', Status)().default(Status.Active)).column.default).toEqual({
      kind: 'literal',
      value: 'A',
    })
    expect(columnFromBuilder('s', byName().array().default(['A', 'N'])).column.default).toEqual({
      kind: 'literal',
      value: ['Active', 'New'],
    })
    expect(columnFromBuilder('l', enumType('level', Level as never)().default(7 as never)).column.default).toEqual({
      kind: 'literal',
      value: '7',
    })
  })

  it('that are no label are refused, with the default and the labels', () => {
    const e = errorOf(() => enumType('status', Status)().default('X' as never))
    expect(e).toEqual({
      code: 'ENUM.DEFAULT',
      message: 'The default "X" is not a label of the enum status.',
      why: 'Its labels are "N", "A", "I", "S".',
    })
    expect(
      errorOf(() =>
        enumType('status', Status)()
          .array()
          .default(['A', 'X' as never]),
      ).code,
    ).toBe('ENUM.DEFAULT')
  })
})

describe('enums that are no type of their own', () => {
  it('are varchar of the longest label with a named check', () => {
    const status = enumType('status', { a: 'draft', b: "it's" }, { native: false })
    const { table: model, enums } = tableFromBuilder(
      table('posts', { status: status().notNull().default('draft'), all: status().array() }),
    )
    expect(enums).toEqual([])
    expect(model.columns[0]).toEqual({
      name: 'status',
      type: { kind: 'varchar', length: 5 },
      nullable: false,
      default: { kind: 'literal', value: 'draft' },
    })
    expect(model.constraints).toEqual([
      { kind: 'check', name: 'posts_status_check', sql: `"status" IN ('draft', 'it''s')` },
      { kind: 'check', name: 'posts_all_check', sql: `"all" <@ ARRAY['draft', 'it''s']::varchar[]` },
    ])
  })

  it('take a length, a name of the check, and marks for the column', () => {
    const status = enumType('status', ['draft'], {
      native: false,
      length: 20,
      constraintName: 'ck_status',
      renamed: { sketch: 'draft' },
      removed: { gone: 'draft' },
    })
    const { column, constraints } = columnFromBuilder('status', status(), { name: 'posts' })
    expect(column).toMatchObject({
      type: { length: 20 },
      renamedValues: { draft: 'sketch' },
      removedValues: { gone: 'draft' },
    })
    expect(constraints[0]).toMatchObject({ name: 'ck_status' })
  })
})

describe('the model of an enum', () => {
  it('carries schema, comment and marks', () => {
    const status = enumType('status', ['draft', 'live'], {
      schema: 'app',
      comment: 'how far',
      renamedFrom: 'state',
      renamed: { published: 'live' },
      removed: { archived: 'draft', gone: null },
      createType: 'ifMissing',
    })
    expect(columnFromBuilder('s', status()).enums).toEqual([
      {
        kind: 'enum',
        schema: 'app',
        name: 'status',
        values: ['draft', 'live'],
        comment: 'how far',
        renamedFrom: 'state',
        renamedValues: { live: 'published' },
        removedValues: { archived: 'draft', gone: null },
        createType: 'ifMissing',
      },
    ])
    expect(status[ambix].kind).toBe('enum')
  })

  it.each<[string, () => unknown]>([
    ['a rename to what is no label', () => enumType('e', ['a'], { renamed: { a: 'b' } })],
    ['two renames to one label', () => enumType('e', ['a'], { renamed: { x: 'a', y: 'a' } })],
    ['a removed label that is there', () => enumType('e', ['a'], { removed: { a: null } })],
    ['a removal to what is no label', () => enumType('e', ['a'], { removed: { x: 'b' } })],
  ])('refuses %s', (_, run) => {
    expect(errorOf(run).code).toBe('ENUM.INVALID')
  })

  it('is shared by the columns made of it, which can say more each for itself', () => {
    const status = enumType('status', Status)
    const t = table('t', { a: status().notNull(), b: status().array(), n: integer(), v: varchar(3) })
    expect(tableFromBuilder(t).enums).toHaveLength(1)
  })
})
