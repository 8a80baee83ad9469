/** A rendered revision says what was meant: read by a person, by the header scanner, and by the recorder. */
import { createContext, runInContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Operation } from '../../src/operations/kinds.ts'
import { fold, reverseAll, reverseOf } from '../../src/operations/operation.ts'
import { type Operations, record } from '../../src/operations/recorder.ts'
import { parseHeader } from '../../src/revisions/files/header.ts'
import { propertyName, stringLiteral, templateText } from '../../src/revisions/write/literal.ts'
import { lean, renderOperation, renderRevision, type RevisionContents } from '../../src/revisions/write/render.ts'
import { parseSqlRevision } from '../../src/revisions/files/sql-file.ts'
import * as schemaLanguage from '../../src/schema.ts'
import {
  check,
  citext,
  customType,
  enumRef,
  index,
  integer,
  sql,
  text,
  timestamp,
  tsvector,
  varchar,
} from '../../src/schema.ts'
import { evaluateModule } from '../../src/util/evaluate.ts'
import { allKinds, extras, operationOn } from '../support/arbitrary-operations.ts'
import { arbSchema, schemaOf } from '../support/arbitrary-schema.ts'
import { arbitraryOf, hostileTexts } from '../support/chooser.ts'

const context = createContext({})

const head = {
  revision: '3f2a9c81d04e',
  downRevision: '91bb0c5e77aa',
  message: 'add status',
  createDate: '2026-11-20T10:30:00Z',
} as const

function load(file: string): Record<string, unknown> {
  const module = evaluateModule('/migrations/1.ts', file, { 'ambix/schema': schemaLanguage })
  if (module === undefined) throw new Error(`cannot be evaluated:\n${file}`)
  return module
}

function recorded(module: Record<string, unknown>, name: 'upgrade' | 'downgrade'): readonly Operation[] {
  return record(module[name] as (op: Operations) => void, { operations: { audit: () => undefined } })
}

/** The order of constraints and indexes within a table says nothing. */
function plain(ops: readonly Operation[]): unknown {
  const byName = (list: { readonly name: string }[]): unknown => list.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return JSON.parse(JSON.stringify(ops), (key, value: unknown) =>
    (key === 'constraints' || key === 'indexes') && Array.isArray(value) ? byName(value as { name: string }[]) : value,
  ) as unknown
}

/** A schema and a few operations after each other. */
const lists = arbSchema().chain((base) =>
  arbitraryOf((choose) => {
    let schema = schemaOf([...base.objects.values(), ...(choose.oneIn(2) ? extras : [])])
    const ops: Operation[] = [...schema.objects.values()].flatMap((o): Operation[] =>
      o.kind === 'table' && choose.oneIn(2) ? [{ kind: 'createTable', table: o }] : [],
    )
    for (let i = choose.int(1, 4); i > 0; i--) {
      const op = operationOn(allKinds[choose.int(0, allKinds.length - 1)]!, schema, choose)
      if (op === undefined) continue
      ops.push(op)
      try {
        schema = fold(schema, [op], { blind: true }).schema
      } catch {
        break
      }
    }
    return ops
  }),
)

describe('law 3', () => {
  it('a rendered file, loaded, records the same operations', () => {
    fc.assert(
      fc.property(lists, (ops) => {
        const back = ops.every((op) => reverseOf(op) !== undefined) ? reverseAll(ops) : { irreversible: 'no way back' }
        const module = load(renderRevision({ ...head, upgrade: ops, downgrade: back }))
        expect(plain(recorded(module, 'upgrade'))).toEqual(plain(ops.map((op) => lean(op))))
        if ('irreversible' in back) expect(module['downgrade']).toBeUndefined()
        else expect(plain(recorded(module, 'downgrade'))).toEqual(plain(back.map((op) => lean(op))))
      }),
      { numRuns: 400 },
    )
  })

  it('any string is itself again, in quotes and in a template', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.string(),
          fc.constantFrom(...hostileTexts),
          fc.string({
            unit: fc.constantFrom("'", '"', '`', '$', '{', '}', '\\', '\n', '\r', '\u2028', '\ud800', '*/', '//'),
          }),
        ),
        (s) => {
          expect(runInContext(stringLiteral(s), context)).toBe(s)
          expect(runInContext(`\`${templateText(s)}\``, context)).toBe(s)
          expect(Object.keys(runInContext(`({ ${propertyName(s)}: 1 })`, context) as object)).toEqual([s])
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('nothing in a name or a text is run or hidden', () => {
    for (const hostile of hostileTexts) {
      const file = renderRevision({
        ...head,
        message: hostile,
        notes: [hostile],
        remarks: { upgrade: [hostile] },
        upgrade: record((op) => {
          op.createView(hostile, sql.raw(hostile))
          op.createTable(hostile, { [hostile]: text().default(hostile).comment(hostile) }, [
            check(hostile, sql.raw(hostile)),
          ])
        }),
        downgrade: { irreversible: hostile },
      })
      expect(file).not.toMatch(/[\u2028\u2029\u202e\u200b\ufeff]/)
      expect(recorded(load(file), 'upgrade')).toMatchObject([
        { view: { name: hostile, definition: hostile } },
        { table: { name: hostile } },
      ])
    }
  })
})

describe('the file', () => {
  const upgrade = record((op) => {
    op.createEnum('post_status', ['draft', 'approve', 'published'])
    op.addColumn('posts', 'status', enumRef('post_status').notNull().default('draft'))
  })

  it('N1 P11: reads as a person would have written it', () => {
    expect(renderRevision({ ...head, upgrade, downgrade: reverseAll(upgrade) })).toBe(`/**
 * add status
 *
 * Revision ID: 3f2a9c81d04e
 * Revises: 91bb0c5e77aa
 * Create Date: 2026-11-20T10:30:00Z
 */
import type { Operations } from 'ambix'
import { enumRef } from 'ambix/schema'

export const revision = '3f2a9c81d04e'
export const downRevision = '91bb0c5e77aa'
export const branchLabels: string[] = []
export const dependsOn: string[] = []

export function upgrade(op: Operations): void {
  op.createEnum('post_status', ['draft', 'approve', 'published'])
  op.addColumn(
    'posts',
    'status',
    enumRef('post_status').notNull().default('draft'),
  )
}

export function downgrade(op: Operations): void {
  op.dropColumn('posts', 'status')
  op.dropEnum('post_status')
}
`)
  })

  it('N4 N5: puts what fits one column at the column, and the rest beside them', () => {
    const [op] = record((o) =>
      o.createTable(
        'posts',
        {
          id: integer().primaryKey().identity(),
          title: varchar(120).notNull().unique(),
          user_id: integer().notNull().references('users', 'id', { onDelete: 'cascade' }),
          created_at: timestamp({ withTimeZone: true })
            .notNull()
            .default(sql`now()`),
        },
        (t) => [index('ix_posts_user').on(t['user_id']!, sql`lower(title)`), check('title_check', sql`title <> ''`)],
        { comment: 'what people write' },
      ),
    )
    expect(renderOperation(op!)).toBe(`op.createTable(
    'posts',
    {
      id: integer().primaryKey().identity(),
      title: varchar(120).notNull().unique(),
      user_id: integer()
        .notNull()
        .references('users', 'id', { onDelete: 'cascade' }),
      created_at: timestamp({ withTimeZone: true })
        .notNull()
        .default(sql\`now()\`),
    },
    [
      check('title_check', sql\`title <> ''\`),
      index('ix_posts_user').on('user_id', sql\`lower(title)\`),
    ],
    { comment: 'what people write' },
  )`)
  })

  it('N1: says roots, merges, labels and dependencies', () => {
    const file = renderRevision({
      ...head,
      downRevision: ['a1', 'b2'],
      branchLabels: ['billing'],
      dependsOn: ['c3'],
      upgrade: [],
      downgrade: [],
    })
    expect(file).toContain(
      "export const downRevision = ['a1', 'b2']\nexport const branchLabels: string[] = ['billing']\nexport const dependsOn: string[] = ['c3']\n",
    )
    expect(file).toContain('export function upgrade(op: Operations): void {\n  void op // nothing to do\n}')
    expect(renderRevision({ ...head, downRevision: null, upgrade: [], downgrade: [] })).toContain(
      'export const downRevision = null\n',
    )
  })

  it('without a way back has no downgrade, and says why', () => {
    const file = renderRevision({ ...head, upgrade, downgrade: { irreversible: 'rows are deleted.' } })
    expect(file).not.toContain('function downgrade')
    expect(file).toContain('// There is no downgrade: rows are deleted.')
  })

  it('N3: a type of the database, alone or nested, brings its import; a type from SQL is written as it is', () => {
    const ops = record((op) =>
      op.createTable('t', {
        words: tsvector(),
        tags: citext().array(),
        marks: enumRef('mark').array(),
        place: customType('geometry(Point, 4326)'),
      }),
    )
    const file = renderRevision({ ...head, upgrade: ops, downgrade: reverseAll(ops) })
    const imported = /import \{ ([^}]*) \} from 'ambix\/schema'/.exec(file)![1]!.split(', ')
    for (const name of imported)
      expect(file.split('\n').filter((l) => l.includes(`${name}(`)).length).toBeGreaterThan(0)
    expect(imported).toEqual(imported.toSorted())
    expect(plain(recorded(load(file), 'upgrade'))).toEqual(plain(ops.map((op) => lean(op))))
  })

  it('N6: options stand in a file only where they were given; a primary key that is added later can be written', () => {
    const ops = record((op) => {
      op.dropTable('a')
      op.dropTable('b', { ifExists: true })
      op.createPrimaryKey('c_pkey', 'c', ['id'])
    })
    expect(ops.map((op) => renderOperation(op))).toEqual([
      "op.dropTable('a')",
      "op.dropTable('b', { ifExists: true })",
      "op.createPrimaryKey('c_pkey', 'c', ['id'])",
    ])
  })

  it('N7: execute is written for texts, fragments and rows of values', () => {
    const ops = record((op) => {
      op.execute('select 1')
      op.execute(sql`select ${sql.literal("it's")}`, { down: 'select 2' })
      op.execute('insert into t values (:a)', [{ a: 1 }, { a: null }])
    })
    const file = renderRevision({ ...head, upgrade: ops, downgrade: [] })
    expect(plain(recorded(load(file), 'upgrade'))).toEqual(plain(ops))
  })

  it('a function cannot be written down', () => {
    const ops = record((op) => op.run(() => undefined, { description: 'count' }))
    expect(() => renderRevision({ ...head, upgrade: ops, downgrade: [] })).toThrow(
      expect.objectContaining({ code: 'OPERATION.INVALID' }),
    )
  })
})

describe('the header is read back', () => {
  const contents: RevisionContents = {
    ...head,
    downRevision: ['a1', 'b2'],
    branchLabels: ['billing'],
    dependsOn: ['c3'],
    upgrade: [],
    downgrade: [],
    sql: { upgrade: ['select 1', "select ';'"], downgrade: ['select 2'] },
  }

  for (const format of ['ts', 'sql'] as const) {
    it(`from a .${format} file, whatever the message says`, () => {
      for (const message of [
        ...hostileTexts,
        'revision: evil',
        'upgrade',
        '-- downgrade',
        'down_revision: x\nupgrade',
        'ambix:no-transaction',
        '*/ import fs',
        '',
      ]) {
        const file = renderRevision({ ...contents, message, format })
        const parsed = parseHeader(file, `1.${format}`)
        expect(parsed).toMatchObject({
          id: head.revision,
          downRevision: ['a1', 'b2'],
          branchLabels: ['billing'],
          dependsOn: ['c3'],
        })
        if (format === 'sql') {
          const body = parseSqlRevision(file, '1.sql')
          expect(body.upgrade.statements).toHaveLength(2)
          expect(body.upgrade.transaction).toBe(true)
          expect(body.downgrade?.statements).toHaveLength(1)
        }
      }
    })
  }
})
