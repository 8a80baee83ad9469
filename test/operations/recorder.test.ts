/** What a revision may write, what is recorded, and what is refused with which words. */
import { describe, expect, it } from 'vitest'
import { isAmbixError } from '../../src/errors.ts'
import type { Operation } from '../../src/operations/kinds.ts'
import { type Operations, record, recordAsync } from '../../src/operations/recorder.ts'
import { enumRef, enumType, inlineEnum, integer, sql, text, varchar } from '../../src/schema.ts'

function refusal(
  fn: (op: Operations) => void,
  file?: string,
): { readonly code: string; readonly message: string; readonly why?: string } {
  try {
    record(fn, file === undefined ? {} : { file })
  } catch (e) {
    if (isAmbixError(e)) return { code: e.code, message: e.message, ...(e.why === undefined ? {} : { why: e.why }) }
    throw e
  }
  throw new Error('nothing was refused')
}

const kindsOf = (ops: readonly Operation[]): readonly string[] => ops.map((o) => o.kind)

describe('recording', () => {
  it('X1: gives frozen data, in order', () => {
    const ops = record((op) => {
      op.createEnum('post_status', ['draft', 'live'])
      op.addColumn('posts', 'status', enumRef('post_status').notNull().default('draft'))
    })
    expect(ops).toEqual([
      { kind: 'createEnum', enum: { kind: 'enum', name: 'post_status', values: ['draft', 'live'] } },
      {
        kind: 'addColumn',
        table: { name: 'posts' },
        column: {
          name: 'status',
          type: { kind: 'enum', name: 'post_status' },
          nullable: false,
          default: { kind: 'literal', value: 'draft' },
        },
      },
    ])
    expect(Object.isFrozen(ops)).toBe(true)
    expect(Object.isFrozen(ops[1])).toBe(true)
  })

  it('an added column brings its keys, references, checks and indexes as operations of their own', () => {
    const ops = record((op) =>
      op.addColumn(
        'posts',
        'user_id',
        integer()
          .references('users', 'id', { onDelete: 'cascade' })
          .unique()
          .check(sql`user_id > 0`)
          .index(),
      ),
    )
    expect(kindsOf(ops)).toEqual([
      'addColumn',
      'createUniqueConstraint',
      'createForeignKey',
      'createCheckConstraint',
      'createIndex',
    ])
    expect(
      ops.map((o) =>
        'constraint' in o ? o.constraint.name : 'index' in o && 'elements' in o.index ? o.index.name : '',
      ),
    ).toEqual(['', 'posts_user_id_key', 'posts_user_id_fkey', 'posts_user_id_check', 'posts_user_id_idx'])
  })

  it('an enum that is declared where it is used is made before, when it is missing', () => {
    const ops = record((op) => {
      op.addColumn('posts', 'status', inlineEnum('post_status', ['draft', 'live']).notNull())
      op.createTable('notes', {
        state: enumType('note_state', ['a'], { schema: 'app' })().array(),
        other: enumType('note_state', ['a'], { schema: 'app' })(),
      })
      op.addColumn('notes', 'by_name', enumRef('other'))
    })
    expect(kindsOf(ops)).toEqual(['createEnum', 'addColumn', 'createEnum', 'createTable', 'addColumn'])
    expect(ops[0]).toMatchObject({ enum: { name: 'post_status', values: ['draft', 'live'] }, ifMissing: true })
    expect(ops[2]).toMatchObject({ enum: { name: 'note_state', schema: 'app' }, ifMissing: true })
  })

  it('marks SQL inside autocommitBlock, and no other', () => {
    const ops = record((op) => {
      op.execute('select 1')
      op.autocommitBlock(() => op.execute('vacuum'))
      op.withoutTransaction(() => op.execute(sql`vacuum ${sql.identifier('Posts')}`))
      op.execute('select 2')
    })
    expect(ops.map((o) => ('autocommit' in o ? o.autocommit : undefined))).toEqual([undefined, true, true, undefined])
    expect(ops[2]).toMatchObject({ sql: 'vacuum "Posts"' })
  })

  it('an asynchronous function is waited for, what follows the wait included', async () => {
    const ops = await recordAsync(async (op) => {
      op.renameTable('a', 'b')
      await Promise.resolve()
      op.renameTable('b', 'c')
    })
    expect(ops).toHaveLength(2)
  })

  it('an asynchronous function where nobody waits is refused', () => {
    expect(refusal((async (op: Operations) => op.renameTable('a', 'b')) as never).code).toBe('OPERATION.INVALID')
  })

  it('a call after the end is refused', async () => {
    let late: Operations | undefined
    await recordAsync((op) => {
      late = op
    })
    expect(() => late!.dropTable('posts')).toThrow(/after the revision had ended/)
  })

  it('operations of the project stand for others, or for themselves', () => {
    const audit = (table: string): Operation[] => [
      { kind: 'alterTable', table: { name: table }, changes: { rowSecurity: true } },
    ]
    const ops = record(
      (op) => {
        // The project's own operation is not in the type of those that are built in.
        ;(op as unknown as { audit(table: string): void }).audit('posts')
        op.custom('unknown', 1)
      },
      { operations: { audit } },
    )
    expect(kindsOf(ops)).toEqual(['alterTable', 'custom'])
  })
})

describe('misuse is refused with the operation, its number and the file', () => {
  const cases: readonly (readonly [string, (op: Operations) => void, RegExp])[] = [
    ['a table without a name', (op) => op.createTable('', {}), /op\.createTable: the name of the table is missing/],
    [
      'an unknown option',
      (op) => op.addColumn('t', 'c', text(), { shcema: 'a' } as never),
      /unknown option 'shcema'; did you mean 'schema'\?/,
    ],
    [
      'an unknown operation',
      (op) => (op as unknown as { addColum(): void }).addColum(),
      /no such operation; did you mean op\.addColumn\?/,
    ],
    ['labels twice', (op) => op.createEnum('e', ['a', 'a']), /has a label twice/],
    ['an index over nothing', (op) => op.createIndex('ix', 't', []), /the columns: the list is empty/],
    ['a key over nothing', (op) => op.createUniqueConstraint('u', 't', []), /the columns: the list is empty/],
    ['a column twice in a key', (op) => op.createPrimaryKey('p', 't', ['a', 'a']), /'a' stands there twice/],
    ['columns that do not pair', (op) => op.createForeignKey('f', 't', 'u', ['a', 'b'], ['a']), /2 columns refer to 1/],
    ['what is no column', (op) => op.addColumn('t', 'c', 'text' as never), /column 'c' is not a column/],
    ['a type that was not called', (op) => op.createTable('t', { a: text as never }), /is not a column/],
    ['nothing to change', (op) => op.alterColumn('t', 'c', {}), /nothing about t\.c is to change/],
    [
      'an unknown action',
      (op) => op.createForeignKey('f', 't', 'u', ['a'], ['a'], { onDelete: 'explode' as never }),
      /unknown action 'explode'/,
    ],
    [
      'a default that is no label',
      (op) => op.addColumn('t', 'c', inlineEnum('e', ['a']).default('b' as never)),
      /not a label/,
    ],
    ['an empty statement', (op) => op.execute('  '), /the statement is empty/],
    ['rows that are no objects', (op) => op.bulkInsert('t', [1 as never]), /row 1 is not an object/],
    ['a row without its key', (op) => op.bulkInsert('t', [{ id: 1 }, {}], { key: ['id'] }), /row 2 has no 'id'/],
    [
      'both neighbours of a label',
      (op) => op.addEnumValue('e', 'x', { before: 'a', after: 'b' }),
      /both 'before' and 'after'/,
    ],
    ['a NUL in a name', (op) => op.dropTable('a\0b'), /NUL/],
  ]
  for (const [name, fn, words] of cases) {
    it(name, () => {
      const found = refusal((op) => {
        op.renameTable('first', 'one')
        fn(op)
      }, 'versions/1.ts')
      expect(found.message).toMatch(words)
      expect(found.message).toMatch(/\(operation 2 of versions\/1\.ts\)$/)
      expect(found.code).toMatch(/^(OPERATION|ENUM)\./)
    })
  }

  it('a failed call leaves nothing behind', () => {
    const ops = record((op) => {
      try {
        op.addColumn('t', 'c', inlineEnum('e', ['a']), { nope: 1 } as never)
      } catch {
        op.addColumn('t', 'c', varchar(3))
      }
    })
    expect(kindsOf(ops)).toEqual(['addColumn'])
  })
})
