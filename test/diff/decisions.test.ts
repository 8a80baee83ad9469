/** What is asked and never guessed, and how hints and marks answer (issue "Enums", item 4). */
import { describe, expect, test } from 'vitest'
import { diff } from '../../src/diff/diff.ts'
import { parseHints } from '../../src/diff/model/hints.ts'
import type { Difference, Hint, RowAnswers } from '../../src/diff/model/types.ts'
import type { Column, EnumType, Schema, SchemaObject, Table } from '../../src/schema/model.ts'
import { schemaOf } from '../support/arbitrary-schema.ts'

const status = (...values: string[]): EnumType => ({ kind: 'enum', name: 'status', values })
const ofStatus: Column = { name: 'status', type: { kind: 'enum', name: 'status' }, nullable: true }
const table = (name: string, ...columns: Column[]): Table => ({
  kind: 'table',
  name,
  columns: [{ name: 'id', type: { kind: 'integer' }, nullable: false }, ...columns],
  constraints: [],
  indexes: [],
})
const text = (name: string, more: Partial<Column> = {}): Column => ({
  name,
  type: { kind: 'text' },
  nullable: true,
  ...more,
})

/** Answers by the kind of question. */
function asked(
  from: Schema,
  to: Schema,
  rows: Record<string, number | (string | null)[]>,
  hints: readonly Hint[] = [],
): Difference {
  let answers: RowAnswers = new Map()
  for (;;) {
    const found = diff(from, to, { hints, answers })
    if (found.questions.length === 0) return found
    answers = new Map([...answers, ...found.questions.map((q) => [JSON.stringify(q), rows[q.ask] ?? 0] as const)])
  }
}
const of = (...objects: SchemaObject[]): Schema => schemaOf(objects)
const kinds = (d: Difference): string[] => d.upgrade.map((op) => op.kind)
const code = (run: () => unknown): unknown => {
  try {
    run()
  } catch (error) {
    return (error as { code?: string }).code
  }
  return undefined
}

describe('a label that goes while another comes', () => {
  const from = of(status('draft', 'published'), table('posts', ofStatus))
  const to = of(status('draft', 'live'), table('posts', ofStatus))

  test('is asked about, with the two hints that settle it', () => {
    const { decisions } = asked(from, to, { rows: 3 })
    expect(decisions).toMatchObject([
      {
        kind: 'rename',
        object: 'enum status',
        options: [
          { rename: 'value', enum: 'status', from: 'published', to: 'live' },
          { distinct: 'value', enum: 'status', from: 'published', to: 'live' },
        ],
      },
    ])
  })
  test('is a rename when a hint says so', () => {
    const d = asked(from, to, { rows: 3 }, [{ rename: 'value', enum: 'status', from: 'published', to: 'live' }])
    expect(d.upgrade).toEqual([{ kind: 'renameEnumValue', enum: { name: 'status' }, from: 'published', to: 'live' }])
    expect(d.downgrade).toEqual([{ kind: 'renameEnumValue', enum: { name: 'status' }, from: 'live', to: 'published' }])
    expect(d.decisions).toEqual([])
  })
  test('is a rename when the model is marked so, whichever way round the mark stands', () => {
    const marks: readonly Record<string, string>[] = [{ published: 'live' }, { live: 'published' }]
    for (const renamedValues of marks) {
      const marked = of({ ...status('draft', 'live'), renamedValues }, table('posts', ofStatus))
      expect(kinds(asked(from, marked, { rows: 3 }))).toEqual(['renameEnumValue'])
    }
  })
  test('is a swap when a hint says it is no rename, and rows of it are asked about', () => {
    const d = asked(from, to, { rows: 3, label: 2 }, [
      { distinct: 'value', enum: 'status', from: 'published', to: 'live' },
    ])
    expect(d.decisions).toMatchObject([
      {
        kind: 'remap',
        options: [
          { remap: 'value', enum: 'status', from: 'published', to: 'draft' },
          { remap: 'value', enum: 'status', from: 'published', to: 'live' },
          { remap: 'value', enum: 'status', from: 'published', to: null },
        ],
      },
    ])
    expect(d.decisions[0]!.question).toContain('2 rows hold the label "published"')
  })
  test('is one question where rows hold it: the rename, and what they become if it is none', () => {
    const { decisions } = asked(from, to, { rows: 3, label: 2 })
    expect(decisions).toMatchObject([
      {
        kind: 'rename',
        object: 'enum status',
        options: [
          { rename: 'value', enum: 'status', from: 'published', to: 'live' },
          { remap: 'value', enum: 'status', from: 'published', to: 'draft' },
          { remap: 'value', enum: 'status', from: 'published', to: 'live' },
          { remap: 'value', enum: 'status', from: 'published', to: null },
        ],
      },
    ])
    expect(decisions[0]!.question).toMatch(/renamed to "live".*2 rows hold the label "published"/)
  })
  test('is not offered NULL where a column of it may not be null, but for arrays', () => {
    const hint: Hint = { distinct: 'value', enum: 'status', from: 'published', to: 'live' }
    const offered = (column: Column): boolean =>
      asked(
        of(status('draft', 'published'), table('posts', column)),
        of(status('draft', 'live'), table('posts', column)),
        { rows: 3, label: 2 },
        [hint],
      ).decisions[0]!.options.some((o) => 'remap' in o && o.to === null)
    expect(offered(ofStatus)).toBe(true)
    expect(offered({ ...ofStatus, nullable: false })).toBe(false)
    expect(offered({ ...ofStatus, nullable: false, type: { kind: 'array', element: ofStatus.type } })).toBe(true)
  })
  test('is asked about in an empty table too: the file may run where there are rows', () => {
    expect(asked(from, to, { rows: 0, label: 0 }).decisions).toMatchObject([{ kind: 'rename', object: 'enum status' }])
    const d = asked(from, to, { rows: 0, label: 0 }, [
      { distinct: 'value', enum: 'status', from: 'published', to: 'live' },
    ])
    expect(d.decisions).toEqual([])
    expect(kinds(d)).toEqual(['alterEnum'])
  })
  test('but not where nothing holds labels of the enum', () => {
    expect(diff(of(status('draft', 'published')), of(status('draft', 'live')), { hints: [] }).decisions).toEqual([])
  })
  test('carries the remap both ways', () => {
    const d = asked(from, to, { rows: 3, label: 2 }, [
      { remap: 'value', enum: 'status', from: 'published', to: 'draft' },
      { remap: 'value', enum: 'status', from: 'live', to: 'published', direction: 'down' },
    ])
    expect(d.upgrade).toMatchObject([
      { kind: 'alterEnum', remap: { published: 'draft' }, remapDown: { live: 'published' } },
    ])
    expect(d.downgrade).toMatchObject([
      { kind: 'alterEnum', values: ['draft', 'published'], remap: { live: 'published' } },
    ])
  })
})

describe('a label that goes', () => {
  const routine = (body: string): SchemaObject => ({
    kind: 'routine',
    name: 'f',
    routineKind: 'function',
    identityArguments: '',
    definition: `CREATE OR REPLACE FUNCTION f() RETURNS bigint LANGUAGE sql AS $$${body}$$`,
  })
  const notes = (body: string): readonly string[] =>
    asked(
      of(status('draft', 'published'), table('posts', ofStatus), routine(body)),
      of(status('draft', 'live'), table('posts', ofStatus), routine(body)),
      {},
      [{ rename: 'value', enum: 'status', from: 'published', to: 'live' }],
    ).notes
  test('is noted where the text of a function still says it', () => {
    expect(notes("SELECT count(*) FROM posts WHERE status = 'published'")).toEqual([
      "function f() says 'published' in its body, which PostgreSQL does not read: status has no such label any more",
    ])
    expect(notes("SELECT count(*) FROM posts WHERE status = 'draft'")).toEqual([])
    expect(notes("SELECT 'published' FROM other")).toEqual([])
  })
})

describe('labels renamed in a circle', () => {
  test('go through a label of their own', () => {
    const d = diff(of(status('a', 'b'), table('t', ofStatus)), of(status('b', 'a'), table('t', ofStatus)), {
      hints: [
        { rename: 'value', enum: 'status', from: 'a', to: 'b' },
        { rename: 'value', enum: 'status', from: 'b', to: 'a' },
      ],
    })
    expect(d.upgrade.map((op) => (op.kind === 'renameEnumValue' ? [op.from, op.to] : op.kind))).toEqual([
      ['a', 'a~'],
      ['b', 'a'],
      ['a~', 'b'],
    ])
  })
})

describe('a column or table that goes while its like comes', () => {
  const from = of(table('posts', text('title')))
  test('a column is asked about whether there are rows or not', () => {
    const to = of(table('posts', text('heading')))
    for (const rows of [0, 1])
      expect(asked(from, to, { rows }).decisions).toMatchObject([{ kind: 'rename', object: 'column posts.title' }])
    const no: Hint = { distinct: 'column', table: 'posts', from: 'title', to: 'heading' }
    expect(kinds(asked(from, to, { rows: 0 }, [no]))).toEqual(['addColumn', 'dropColumn'])
  })
  test('a column of another type is another column', () => {
    expect(
      asked(from, of(table('posts', { name: 'n', type: { kind: 'integer' }, nullable: true })), { rows: 1 }).decisions,
    ).toEqual([])
  })
  test('a column that changes its type with its name is asked about where the types are near and there is another sign', () => {
    const short: Column = { name: 'name', type: { kind: 'varchar', length: 50 }, nullable: false }
    const old = of(table('users', short, text('bio')))
    expect(asked(old, of(table('users', text('full_name'), text('bio'))), { rows: 1 }).decisions).toMatchObject([
      {
        kind: 'rename',
        object: 'column users.name',
        options: [
          { rename: 'column', table: 'users', from: 'name', to: 'full_name' },
          { distinct: 'column', table: 'users', from: 'name', to: 'full_name' },
        ],
      },
    ])
    const hint: Hint = { rename: 'column', table: 'users', from: 'name', to: 'full_name' }
    const d = asked(old, of(table('users', text('full_name'), text('bio'))), { rows: 1 }, [hint])
    expect(kinds(d)).toEqual(['alterColumn', 'alterColumn'])
  })
  test('while it is open, nothing is asked that it may settle', () => {
    const short: Column = { name: 'name', type: { kind: 'varchar', length: 50 }, nullable: false }
    const old = of(table('users', short, text('bio')))
    const now = of(table('users', text('bio'), text('title', { nullable: false })))
    const [decision, ...more] = asked(old, now, { rows: 1 }).decisions
    expect([decision, more]).toMatchObject([{ kind: 'rename', object: 'column users.name' }, []])
    expect(asked(old, now, { rows: 1 }, [decision!.options[0]!]).decisions).toEqual([])
    expect(asked(old, now, { rows: 1 }, [decision!.options[1]!]).decisions).toMatchObject([
      { kind: 'backfill', object: 'column users.title' },
    ])
  })
  test('a table is renamed with everything that names it', () => {
    const reference: Table = {
      ...table('comments', { name: 'post', type: { kind: 'integer' }, nullable: true }),
      constraints: [
        {
          kind: 'foreignKey',
          name: 'comments_post_fkey',
          columns: ['post'],
          references: { name: 'posts' },
          referencedColumns: ['id'],
        },
      ],
    }
    const after: Table = {
      ...reference,
      constraints: [{ ...reference.constraints[0]!, references: { name: 'articles' } } as Table['constraints'][number]],
    }
    const d = asked(of(...from.objects.values(), reference), of(table('articles', text('title')), after), { rows: 1 }, [
      { rename: 'table', from: 'posts', to: 'articles' },
    ])
    expect(kinds(d)).toEqual(['renameTable'])
  })
  test('a mark of the model settles it, and says nothing once it is done', () => {
    const marked = of(table('posts', text('heading', { renamedFrom: 'title' })))
    expect(kinds(asked(from, marked, { rows: 1 }))).toEqual(['alterColumn'])
    expect(asked(of(table('posts', text('heading'))), marked, { rows: 1 }).upgrade).toEqual([])
  })
})

describe('rows that would not fit', () => {
  const posts = of(table('posts'))
  test('a new NOT NULL column asks for a value, one option a label', () => {
    const to = of(status('draft', 'live'), table('posts', { ...ofStatus, nullable: false }))
    const { decisions } = asked(posts, to, { rows: 2 })
    expect(decisions).toMatchObject([
      {
        kind: 'backfill',
        options: [
          { backfill: 'posts.status', value: 'draft' },
          { backfill: 'posts.status', value: 'live' },
        ],
      },
    ])
    const d = asked(posts, to, { rows: 2 }, [{ backfill: 'posts.status', value: 'live' }])
    expect(d.upgrade).toMatchObject([{ kind: 'createEnum' }, { kind: 'addColumn', backfill: { value: 'live' } }])
  })
  test('NULLs in a column that is to be NOT NULL are asked about', () => {
    const d = asked(of(table('posts', text('title'))), of(table('posts', text('title', { nullable: false }))), {
      nulls: 4,
    })
    expect(d.decisions).toMatchObject([{ kind: 'backfill', object: 'column posts.title' }])
  })
  test('text that is no label is asked about, and mapped', () => {
    const [from, to] = [of(table('posts', text('status'))), of(status('draft', 'live'), table('posts', ofStatus))]
    expect(asked(from, to, { values: ['draft', 'odd', null] }).decisions).toMatchObject([
      { kind: 'remap', object: 'column posts.status' },
    ])
    const d = asked(from, to, { values: ['draft', 'odd'] }, [
      { remap: 'value', column: 'posts.status', from: 'odd', to: 'live' },
    ])
    expect(d.upgrade.at(-1)).toMatchObject({ kind: 'alterColumn', map: { odd: 'live' } })
  })
  test('a number becomes a label only by a map, which turns round for the way back', () => {
    const [from, to] = [
      of(table('posts', { ...ofStatus, type: { kind: 'integer' } })),
      of(status('draft', 'live'), table('posts', ofStatus)),
    ]
    expect(asked(from, to, { rows: 1 }).decisions).toMatchObject([
      { kind: 'map', options: [{ map: 'posts.status', values: { '0': 'draft', '1': 'live' } }] },
    ])
    const d = asked(from, to, { rows: 1 }, [{ map: 'posts.status', values: { '7': 'draft', '8': 'live' } }])
    expect(d.downgrade[0]).toMatchObject({ kind: 'alterColumn', map: { draft: '7', live: '8' } })
  })
})

describe('hints', () => {
  test('that fit nothing are an error that shows them', () => {
    const run = (): unknown =>
      diff(of(table('posts')), of(table('posts', text('x'))), { hints: [{ rename: 'table', from: 'a', to: 'b' }] })
    expect(code(run)).toBe('HINTS.UNUSED')
    expect(run).toThrow(/fits nothing/)
  })
  test('that fit nothing are an error even where nothing differs', () => {
    expect(
      code(() => diff(of(table('posts')), of(table('posts')), { hints: [{ backfill: 'posts.x', value: 1 }] })),
    ).toBe('HINTS.UNUSED')
  })
  test.each([
    [{}],
    [[{ rename: 'value', from: 'a', to: 'b' }]],
    [[{ rename: 'value', enum: 'e', column: 't.c', from: 'a', to: 'b' }]],
    [[{ rename: 'column', from: 'a', to: 'b' }]],
    [[{ remap: 'value', enum: 'e', from: 'a' }]],
    [[{ remap: 'value', enum: 'e', from: 'a', to: 'b', direction: 'left' }]],
    [[{ backfill: 't.c' }]],
    [[{ backfill: 't.c', value: 1, expression: '1' }]],
    [[{ map: 't.c', values: { a: 1 } }]],
    [[{ using: 't.c' }]],
    [[{ rename: 'planet', from: 'a', to: 'b' }]],
    [[{ rename: 'all', from: 'a' }]],
    [[{ rename: 'table', from: 'a' }]],
    [[{ rename: 'table', from: 'a', to: 'b', surprise: true }]],
  ])('that have another shape are refused: %j', (json) => {
    expect(code(() => parseHints(json))).toBe('HINTS.INVALID')
  })
  test('of every known shape are taken as they are', () => {
    const hints = [
      { rename: 'table', from: 'posts', to: 'articles' },
      { rename: 'column', table: 'posts', from: 'status', to: 'state' },
      { rename: 'enum', from: 'status', to: 'app.status' },
      { rename: 'value', enum: 'status', from: 'published', to: 'live' },
      { remap: 'value', enum: 'status', from: 'archived', to: null },
      { remap: 'value', column: 'posts.status', from: 'x', to: 'draft', direction: 'down' },
      { distinct: 'value', enum: 'status', from: 'archived', to: 'hidden' },
      { distinct: 'column', table: 'posts', from: 'a', to: 'b' },
      { distinct: 'column', table: 'posts', from: 'a' },
      { distinct: 'schema', from: 'a', to: 'b' },
      { distinct: 'all' },
      { rename: 'all' },
      { backfill: 'posts.status', value: 'draft' },
      { backfill: 'posts.status', expression: 'now()' },
      { using: 'posts.status', up: 'ARRAY[status]', down: 'status[1]' },
      { map: 'posts.status', values: { '0': 'draft', '1': null } },
    ]
    expect(parseHints(hints)).toEqual(hints)
  })
})

describe('what PostgreSQL cannot hold', () => {
  test.each([
    ['a label of 64 bytes', status('é'.repeat(32)), 'ENUM.INVALID'],
    ['a label twice', status('a', 'a'), 'ENUM.INVALID'],
    ['a type name of 64 bytes', { ...status('a'), name: 'e'.repeat(64) }, 'SCHEMA.NAME_TOO_LONG'],
  ])('is refused: %s', (_, type, wanted) => {
    expect(code(() => diff(of(), of(type), { hints: [] }))).toBe(wanted)
  })
  test('is refused: a type and a table of one name', () => {
    expect(code(() => diff(of(), of(status('a'), table('status')), { hints: [] }))).toBe('SCHEMA.DUPLICATE')
  })
  test('is refused: a default that is no label', () => {
    const wished = of(status('a'), table('t', { ...ofStatus, default: { kind: 'literal', value: 'b' } }))
    expect(code(() => diff(of(), wished, { hints: [] }))).toBe('ENUM.DEFAULT')
  })
})

describe('the version of an extension', () => {
  const extension = (version?: string): SchemaObject => ({
    kind: 'extension',
    name: 'ltree',
    ...(version === undefined ? {} : { version }),
  })
  const ways = (from: Schema, to: Schema): readonly string[][] => {
    const found = asked(from, to, {})
    return [found.upgrade, found.downgrade].map((list) => list.map((op) => op.kind))
  }

  test('that the models leave open is the one that is there, on the way up and on the way back', () => {
    const [from, to] = [of(extension('1.2'), table('a')), of(extension(), table('a', text('note')))]
    expect(ways(from, to)).toEqual([['addColumn'], ['dropColumn']])
    expect(ways(to, from)).toEqual([['dropColumn'], ['addColumn']])
  })
  test('that the models name is changed to', () => {
    expect(ways(of(extension('1.2')), of(extension('1.3')))[0]).toEqual(['alterExtension'])
  })
})
