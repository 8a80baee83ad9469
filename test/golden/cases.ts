/** One operation a case: what stands before it, and the operation itself; goldens print them, live tests run them. */
import type { Kind, Operation } from '../../src/operations/kinds.ts'
import type { CompileOptions } from '../../src/dialects/dialect.ts'
import {
  arrayOf,
  at,
  check,
  col,
  enumOf,
  enumType,
  expr,
  fk,
  index,
  lit,
  notNull,
  pk,
  posts,
  status,
  table,
  type,
  unique,
  users,
  varchar,
} from './data.ts'

export interface Case {
  readonly title: string
  /** What is there already. */
  readonly setup?: readonly Operation[]
  /** Rows that are there already. */
  readonly rows?: string
  /** The operation, or a few that show something together. */
  readonly op: Operation | readonly Operation[]
  readonly options?: Partial<CompileOptions>
  /** Why the live tests leave it out; or the oldest server that can run it. */
  readonly notLive?: string
  readonly since?: number
  /** The way back cannot restore what was there, and why the live test does not compare. */
  readonly lossy?: string
  /** Why the database says something else than the fold after the operation. */
  readonly unlike?: string
}

const create = (t: typeof posts): Operation => ({ kind: 'createTable', table: t })
const both: readonly Operation[] = [create(users), create(posts)]
const withStatus = table(
  'posts',
  [...posts.columns, col('status', enumOf('status'), { nullable: false, default: lit('draft') })],
  { constraints: posts.constraints },
)
const enumTable: readonly Operation[] = [{ kind: 'createEnum', enum: status }, create(withStatus)]
const p = { table: at('posts') }
const range = table('events', [col('id', 'integer', notNull), col('at', 'timestamp', notNull)], {
  partitionBy: 'RANGE (at)',
})

export const cases: Partial<Readonly<Record<Kind, readonly Case[]>>> = {
  createTable: [
    {
      title: 'columns, keys, a foreign key, a check, an index, comments',
      setup: [create(users)],
      op: {
        kind: 'createTable',
        table: table(
          'posts',
          [
            col('id', 'integer', { ...notNull, identity: { generation: 'byDefault' } }),
            col('title', varchar(120), { ...notNull, comment: "The post's title" }),
            col('price', type('numeric', { precision: 10, scale: 2 }), { default: lit(0) }),
            col('created_at', type('timestamp', { withTimeZone: true }), { ...notNull, default: expr('now()') }),
            col('user_id', 'integer', notNull),
          ],
          {
            constraints: [
              pk('posts', 'id'),
              unique('posts_title_key', 'title'),
              fk('posts_user_id_fkey', 'user_id', 'users', { onDelete: 'cascade' }),
              check('posts_price_check', 'price >= (0)::numeric'),
            ],
            indexes: [index('posts_user_id_idx', ['user_id'])],
            comment: 'What people write',
          },
        ),
      },
    },
    {
      title: 'no columns, if it is not there',
      op: { kind: 'createTable', table: table('nothing', []), ifNotExists: true },
    },
    {
      title: 'names that need quotes, in a schema',
      setup: [{ kind: 'createSchema', schema: { kind: 'schema', name: 'My App' } }],
      op: {
        kind: 'createTable',
        table: table('order', [col('select', 'text'), col('Mixed', 'text'), col('a"b', 'text')], { schema: 'My App' }),
      },
    },
    {
      title: 'identity with options, generated, collation, arrays, serials',
      op: {
        kind: 'createTable',
        table: table(
          'things',
          [
            col('id', 'bigint', {
              ...notNull,
              identity: { generation: 'always', start: 100, increment: 10, sequenceName: 'thing_numbers' },
            }),
            col('n', 'serial', notNull),
            col('first', type('text'), { collation: { name: 'C' } }),
            col('upper', 'text', { generated: { sql: 'upper(first)', stored: true } }),
            col('tags', arrayOf(type('text')), { ...notNull, default: lit([]) }),
            col('odd', arrayOf(type('text')), { default: lit(['a b', 'c"d', "e'f", 'NULL', '']) }),
            col('back', 'text', { default: lit('a\\b') }),
          ],
          { constraints: [pk('things', 'id')] },
        ),
      },
    },
    {
      title: 'storage, compression, statistics, parameters, row security, replica identity, unlogged',
      op: {
        kind: 'createTable',
        table: table(
          'notes',
          [
            col('id', 'integer', notNull),
            col('body', 'text', { storage: 'external', compression: 'pglz', statistics: 500 }),
          ],
          {
            unlogged: true,
            with: { fillfactor: '70' },
            rowSecurity: true,
            forceRowSecurity: true,
            replicaIdentity: 'full',
            constraints: [pk('notes', 'id')],
          },
        ),
      },
    },
    {
      title: 'partitioned',
      op: {
        kind: 'createTable',
        table: table('events', range.columns, { partitionBy: 'RANGE (at)', indexes: [index('events_at_idx', ['at'])] }),
      },
    },
    {
      title: 'a partition: only what differs from its parent',
      setup: [create(range)],
      op: {
        kind: 'createTable',
        table: table(
          'events_2026',
          [
            col('id', 'integer', { ...notNull, inherited: true, default: lit(1) }),
            col('at', 'timestamp', { ...notNull, inherited: true }),
          ],
          {
            partitionOf: {
              parent: at('events'),
              bound: "FOR VALUES FROM ('2026-01-01 00:00:00') TO ('2027-01-01 00:00:00')",
            },
            constraints: [check('events_2026_id_check', 'id > 0')],
          },
        ),
      },
    },
    {
      title: 'inheriting',
      setup: [create(users)],
      op: {
        kind: 'createTable',
        table: table(
          'admins',
          [
            col('id', 'integer', { ...notNull, inherited: true }),
            col('email', varchar(120), { ...notNull, inherited: true }),
            col('level', 'integer'),
          ],
          {
            inherits: [at('users')],
          },
        ),
      },
    },
    {
      title: 'with an enum, alone and in an array',
      setup: [{ kind: 'createEnum', enum: status }],
      op: {
        kind: 'createTable',
        table: table('posts', [
          col('status', enumOf('status'), { ...notNull, default: lit('draft') }),
          col('seen', arrayOf(enumOf('status')), { ...notNull, default: lit(['draft', 'published']) }),
        ]),
      },
    },
    {
      title: 'every kind of constraint and index',
      setup: [create(users)],
      op: {
        kind: 'createTable',
        table: table(
          'all',
          [col('a', 'integer', notNull), col('b', 'integer'), col('c', 'text'), col('r', 'int4range')],
          {
            constraints: [
              { kind: 'primaryKey', name: 'all_pkey', columns: ['a'], include: ['b'] },
              {
                kind: 'unique',
                name: 'all_b_key',
                columns: ['b'],
                nullsNotDistinct: true,
                deferrable: true,
                initiallyDeferred: true,
              },
              fk('all_b_fkey', 'b', 'users', {
                onDelete: 'setNull',
                onDeleteColumns: ['b'],
                onUpdate: 'cascade',
                match: 'full',
                deferrable: true,
              }),
              { kind: 'check', name: 'all_a_check', sql: 'a > 0', noInherit: true },
              { kind: 'check', name: 'all_c_check', sql: "c <> ''::text", notValid: true },
              {
                kind: 'exclude',
                name: 'all_r_excl',
                elements: [{ column: 'r', operator: '&&' }],
                where: 'a > 1',
                comment: 'no overlap',
              },
            ],
            indexes: [
              {
                name: 'all_expr',
                elements: [{ expression: 'lower(c)', order: 'desc', nulls: 'last' }, { column: 'b' }],
                unique: true,
                where: '(b > 0)',
              },
              {
                name: 'all_c',
                elements: [{ column: 'c', collation: { name: 'C' }, opclass: 'text_pattern_ops' }],
                include: ['a'],
                with: { fillfactor: '80' },
                comment: 'for LIKE',
              },
              { name: 'all_b', elements: [{ column: 'b' }], method: 'hash', clustered: false },
            ],
          },
        ),
      },
    },
  ],
  dropTable: [
    {
      title: 'with its definition, so that it comes back',
      setup: both,
      op: { kind: 'dropTable', ...p, definition: posts },
    },
    { title: 'if it is there', setup: both, op: { kind: 'dropTable', ...p, ifExists: true } },
  ],
  renameTable: [
    { title: 'a table', setup: both, op: { kind: 'renameTable', ...p, to: 'articles' } },
    {
      title: 'in a schema',
      setup: [{ kind: 'createSchema', schema: { kind: 'schema', name: 'app' } }, create({ ...posts, schema: 'app' })],
      op: { kind: 'renameTable', table: at('posts', 'app'), to: 'order' },
    },
  ],
  moveTable: [
    {
      title: 'to a schema',
      setup: [{ kind: 'createSchema', schema: { kind: 'schema', name: 'app' } }, create(posts)],
      op: { kind: 'moveTable', ...p, toSchema: 'app' },
    },
  ],
  alterTable: [
    {
      title: 'parameters, row security, replica identity',
      setup: both,
      op: {
        kind: 'alterTable',
        ...p,
        changes: {
          with: { fillfactor: '70', autovacuum_enabled: 'false' },
          rowSecurity: true,
          forceRowSecurity: true,
          replicaIdentity: 'full',
        },
        before: {
          with: { fillfactor: null, autovacuum_enabled: null },
          rowSecurity: false,
          forceRowSecurity: false,
          replicaIdentity: null,
        },
      },
    },
    {
      title: 'unlogged',
      setup: both,
      op: { kind: 'alterTable', ...p, changes: { unlogged: true }, before: { unlogged: false } },
    },
    {
      title: 'rebuilt as a whole, a column behind another one (SQLite)',
      setup: both,
      notLive: 'PostgreSQL refuses it',
      op: {
        kind: 'alterTable',
        ...p,
        changes: { recreate: true, reorder: [['id', 'views']] },
        before: { recreate: true, reorder: [['title', 'views']] },
      },
    },
    {
      title: 'a parent taken on',
      setup: [
        create(users),
        create(
          table('admins', [
            col('id', 'integer', notNull),
            col('email', varchar(120), notNull),
            col('level', 'integer'),
          ]),
        ),
      ],
      op: { kind: 'alterTable', table: at('admins'), changes: { inherits: [at('users')] }, before: { inherits: null } },
    },
    {
      title: 'the index that CLUSTER uses, and the one that replication tells rows by',
      setup: [create(users), create({ ...posts, indexes: [index('posts_title_idx', ['title'])] })],
      op: {
        kind: 'alterTable',
        ...p,
        changes: { clusterOn: 'posts_title_idx', replicaIdentity: { index: 'posts_pkey' } },
        before: { clusterOn: null, replicaIdentity: null },
      },
    },
  ],
  tableComment: [
    { title: 'set', setup: both, op: { kind: 'tableComment', ...p, comment: "it's here", before: null } },
    {
      title: 'taken away',
      setup: [create({ ...posts, comment: 'old' })],
      op: { kind: 'tableComment', ...p, comment: null, before: 'old' },
    },
  ],
  attachPartition: [
    {
      title: 'a table of its own becomes a partition',
      setup: [create(range), create(table('events_2026', range.columns))],
      op: {
        kind: 'attachPartition',
        table: at('events'),
        partition: at('events_2026'),
        bound: "FOR VALUES FROM ('2026-01-01 00:00:00') TO ('2027-01-01 00:00:00')",
      },
      unlike: 'its columns count as inherited now',
    },
  ],
  detachPartition: [
    {
      title: 'with its bound, so that it comes back',
      setup: [
        create(range),
        create(
          table(
            'events_rest',
            range.columns.map((c) => ({ ...c, inherited: true })),
            { partitionOf: { parent: at('events'), bound: 'DEFAULT' } },
          ),
        ),
      ],
      op: { kind: 'detachPartition', table: at('events'), partition: at('events_rest'), bound: 'DEFAULT' },
      unlike: 'its columns are its own now',
    },
    {
      title: 'concurrently',
      setup: [
        create(range),
        create(
          table(
            'events_2026',
            range.columns.map((c) => ({ ...c, inherited: true })),
            {
              partitionOf: {
                parent: at('events'),
                bound: "FOR VALUES FROM ('2026-01-01 00:00:00') TO ('2027-01-01 00:00:00')",
              },
            },
          ),
        ),
      ],
      op: { kind: 'detachPartition', table: at('events'), partition: at('events_2026'), concurrently: true },
      unlike: 'PostgreSQL leaves the bound behind as a check',
    },
  ],
  addColumn: [
    {
      title: 'nullable',
      setup: both,
      op: { kind: 'addColumn', ...p, column: col('body', 'text', { comment: 'markdown' }) },
    },
    {
      title: 'beside another one',
      setup: both,
      notLive: 'PostgreSQL refuses it',
      op: [
        { kind: 'addColumn', ...p, column: col('first', 'text'), place: { before: 'id' } },
        { kind: 'addColumn', ...p, column: col('second', 'text'), place: { after: 'first' } },
      ],
    },
    {
      title: 'not null with a default',
      setup: both,
      rows: "INSERT INTO posts (id, title) VALUES (1, 'a')",
      op: { kind: 'addColumn', ...p, column: col('live', 'boolean', { ...notNull, default: lit(false) }) },
    },
    {
      title: 'not null without default, filled with what the user gave',
      setup: [...both, { kind: 'createEnum', enum: status }],
      rows: "INSERT INTO posts (id, title) VALUES (1, 'a'), (2, 'b')",
      op: { kind: 'addColumn', ...p, column: col('status', enumOf('status'), notNull), backfill: { value: 'draft' } },
    },
    {
      title: 'not null, filled from the row',
      setup: both,
      rows: "INSERT INTO posts (id, title) VALUES (1, 'a'), (2, 'b')",
      op: { kind: 'addColumn', ...p, column: col('slug', 'text', notNull), backfill: { expression: 'lower(title)' } },
    },
    {
      title: 'an enum with a default',
      setup: [...both, { kind: 'createEnum', enum: status }],
      op: { kind: 'addColumn', ...p, column: col('status', enumOf('status'), { ...notNull, default: lit('draft') }) },
    },
    {
      title: 'generated',
      setup: both,
      op: {
        kind: 'addColumn',
        ...p,
        column: col('shout', 'text', { generated: { sql: 'upper((title)::text)', stored: true } }),
      },
    },
    {
      title: 'identity',
      setup: both,
      op: {
        kind: 'addColumn',
        ...p,
        column: col('number', 'bigint', { ...notNull, identity: { generation: 'always' } }),
      },
    },
    {
      title: 'if it is not there',
      setup: both,
      op: { kind: 'addColumn', ...p, column: col('body', 'text'), ifNotExists: true },
    },
    {
      title: 'a default that every row computes for itself',
      setup: both,
      op: { kind: 'addColumn', ...p, column: col('key', 'uuid', { ...notNull, default: expr('gen_random_uuid()') }) },
    },
  ],
  dropColumn: [
    {
      title: 'with its definition, so that it comes back',
      setup: both,
      op: { kind: 'dropColumn', ...p, column: 'views', definition: posts.columns[2]! },
      lossy: 'column order',
    },
    { title: 'if it is there', setup: both, op: { kind: 'dropColumn', ...p, column: 'views', ifExists: true } },
    { title: 'its heirs keep it', setup: both, op: { kind: 'dropColumn', ...p, column: 'views', only: true } },
  ],
  alterColumn: [
    {
      title: 'rename',
      setup: both,
      op: { kind: 'alterColumn', ...p, column: 'title', changes: { newColumnName: 'head line' } },
    },
    {
      title: 'not null',
      setup: both,
      op: { kind: 'alterColumn', ...p, column: 'views', changes: { nullable: false }, before: { nullable: true } },
    },
    {
      title: 'not null, rows filled first',
      setup: both,
      rows: "INSERT INTO posts (id, title, views) VALUES (1, 'a', NULL)",
      op: {
        kind: 'alterColumn',
        ...p,
        column: 'views',
        changes: { nullable: false },
        before: { nullable: true },
        backfill: { value: 0 },
      },
    },
    {
      title: 'default set',
      setup: both,
      op: { kind: 'alterColumn', ...p, column: 'title', changes: { default: lit("it's") }, before: { default: null } },
    },
    {
      title: 'default taken away',
      setup: both,
      op: { kind: 'alterColumn', ...p, column: 'views', changes: { default: null }, before: { default: lit(0) } },
    },
    {
      title: 'comment',
      setup: both,
      op: {
        kind: 'alterColumn',
        ...p,
        column: 'title',
        changes: { comment: 'what it says' },
        before: { comment: null },
      },
    },
    {
      title: 'a wider type needs no USING',
      setup: both,
      op: {
        kind: 'alterColumn',
        ...p,
        column: 'views',
        changes: { type: type('bigint') },
        before: { type: type('integer') },
      },
    },
    {
      title: 'a longer varchar',
      setup: both,
      op: {
        kind: 'alterColumn',
        ...p,
        column: 'title',
        changes: { type: varchar(200) },
        before: { type: varchar(120) },
      },
    },
    {
      title: 'varchar to integer, default and all',
      setup: [create(table('posts', [col('n', varchar(10), { default: lit('0') })]))],
      rows: "INSERT INTO posts VALUES ('7')",
      op: {
        kind: 'alterColumn',
        ...p,
        column: 'n',
        changes: { type: type('integer'), default: lit(0) },
        before: { type: varchar(10), default: lit('0') },
      },
    },
    {
      title: 'text to enum: default off, cast, default on',
      setup: [
        { kind: 'createEnum', enum: status },
        create(table('posts', [col('status', 'text', { ...notNull, default: lit('draft') })])),
      ],
      rows: "INSERT INTO posts VALUES ('published')",
      op: {
        kind: 'alterColumn',
        ...p,
        column: 'status',
        changes: { type: enumOf('status') },
        before: { type: type('text') },
      },
    },
    {
      title: 'enum to text: default off first, so that it keeps nothing of the enum',
      setup: enumTable,
      op: {
        kind: 'alterColumn',
        ...p,
        column: 'status',
        changes: { type: type('text') },
        before: { type: enumOf('status') },
      },
    },
    {
      title: 'enum to another enum, and an array of it',
      setup: [
        { kind: 'createEnum', enum: status },
        { kind: 'createEnum', enum: enumType('state', ['draft', 'published', 'live']) },
        create(
          table('posts', [
            col('status', enumOf('status'), { default: lit('draft') }),
            col('seen', arrayOf(enumOf('status'))),
          ]),
        ),
      ],
      op: [
        {
          kind: 'alterColumn',
          ...p,
          column: 'status',
          changes: { type: enumOf('state') },
          before: { type: enumOf('status') },
        },
        {
          kind: 'alterColumn',
          ...p,
          column: 'seen',
          changes: { type: arrayOf(enumOf('state')) },
          before: { type: arrayOf(enumOf('status')) },
        },
      ],
    },
    {
      title: 'a scalar becomes an array as the user says',
      setup: enumTable,
      rows: "INSERT INTO posts (id, title, status) VALUES (1, 'a', 'published')",
      op: {
        kind: 'alterColumn',
        ...p,
        column: 'status',
        changes: { type: arrayOf(enumOf('status')), default: lit(['draft']) },
        before: { type: enumOf('status'), default: lit('draft') },
        using: 'ARRAY[status]',
        usingDown: 'status[1]',
      },
    },
    {
      title: 'integer to enum by a map',
      setup: [
        { kind: 'createEnum', enum: status },
        create(table('posts', [col('status', 'integer', { ...notNull, default: lit(0) })])),
      ],
      rows: 'INSERT INTO posts VALUES (1)',
      op: {
        kind: 'alterColumn',
        ...p,
        column: 'status',
        changes: { type: enumOf('status'), default: lit('draft') },
        before: { type: type('integer'), default: lit(0) },
        map: { 0: 'draft', 1: 'published', 2: 'archived' },
        mapDown: { draft: '0', published: '1', archived: '2' },
      },
    },
    {
      title: 'identity added',
      setup: both,
      op: {
        kind: 'alterColumn',
        ...p,
        column: 'id',
        changes: { identity: { generation: 'byDefault' } },
        before: { identity: null },
      },
    },
    {
      title: 'identity: only what differs',
      setup: [create(table('posts', [col('id', 'integer', { ...notNull, identity: { generation: 'always' } })]))],
      op: {
        kind: 'alterColumn',
        ...p,
        column: 'id',
        changes: { identity: { generation: 'byDefault', increment: 5, cycle: true } },
        before: { identity: { generation: 'always' } },
      },
    },
    {
      title: 'identity dropped',
      setup: [create(table('posts', [col('id', 'integer', { ...notNull, identity: { generation: 'always' } })]))],
      op: {
        kind: 'alterColumn',
        ...p,
        column: 'id',
        changes: { identity: null },
        before: { identity: { generation: 'always' } },
      },
    },
    {
      title: 'serial to bigserial',
      setup: [create(table('posts', [col('id', 'serial', notNull)]))],
      op: {
        kind: 'alterColumn',
        ...p,
        column: 'id',
        changes: { type: type('bigserial') },
        before: { type: type('serial') },
      },
    },
    {
      title: 'integer to serial',
      setup: both,
      rows: "INSERT INTO posts (id, title) VALUES (7, 'a')",
      op: {
        kind: 'alterColumn',
        ...p,
        column: 'id',
        changes: { type: type('serial') },
        before: { type: type('integer') },
      },
    },
    {
      title: 'serial to identity',
      setup: [create(table('posts', [col('id', 'serial', notNull)]))],
      rows: 'INSERT INTO posts VALUES (DEFAULT)',
      op: {
        kind: 'alterColumn',
        ...p,
        column: 'id',
        changes: { type: type('integer'), identity: { generation: 'always' } },
        before: { type: type('serial'), identity: null },
      },
    },
    {
      title: 'a generated column keeps its values',
      setup: [
        create(table('posts', [col('a', 'text'), col('b', 'text', { generated: { sql: 'upper(a)', stored: true } })])),
      ],
      op: { kind: 'alterColumn', ...p, column: 'b', changes: { generated: null } },
    },
    {
      title: 'a new expression, from 17 on',
      setup: [
        create(table('posts', [col('a', 'text'), col('b', 'text', { generated: { sql: 'upper(a)', stored: true } })])),
      ],
      op: {
        kind: 'alterColumn',
        ...p,
        column: 'b',
        changes: { generated: { sql: 'lower(a)', stored: true } },
        before: { generated: { sql: 'upper(a)', stored: true } },
      },
      options: { serverVersion: 17 },
      since: 17,
    },
    {
      title: 'a new expression before 17',
      setup: [
        create(table('posts', [col('a', 'text'), col('b', 'text', { generated: { sql: 'upper(a)', stored: true } })])),
      ],
      op: {
        kind: 'alterColumn',
        ...p,
        column: 'b',
        changes: { generated: { sql: 'lower(a)', stored: true } },
        before: { generated: { sql: 'upper(a)', stored: true } },
      },
      options: { serverVersion: 15 },
      notLive: 'refused',
    },
    {
      title: 'collation, storage, compression, statistics',
      setup: both,
      op: {
        kind: 'alterColumn',
        ...p,
        column: 'title',
        changes: { collation: { name: 'C' }, storage: 'main', compression: 'pglz', statistics: 100 },
        before: { collation: null, storage: null, compression: null, statistics: null },
      },
    },
    {
      title: 'all at once, in order',
      setup: both,
      op: {
        kind: 'alterColumn',
        ...p,
        column: 'views',
        changes: {
          newColumnName: 'seen',
          type: type('text'),
          nullable: false,
          default: lit('none'),
          comment: 'how often',
        },
        before: { type: type('integer'), nullable: true, default: lit(0), comment: null },
      },
    },
  ],
  createPrimaryKey: [
    {
      title: 'on columns',
      setup: [create(table('posts', [col('id', 'integer', notNull)]))],
      op: { kind: 'createPrimaryKey', ...p, constraint: pk('posts', 'id') },
    },
    {
      title: 'from an index that is there',
      setup: [
        create(
          table('posts', [col('id', 'integer', notNull)], { indexes: [index('posts_id', ['id'], { unique: true })] }),
        ),
      ],
      op: { kind: 'createPrimaryKey', ...p, constraint: pk('posts', 'id'), usingIndex: 'posts_id' },
      lossy: 'the index goes with the constraint',
    },
  ],
  createUniqueConstraint: [
    {
      title: 'on columns',
      setup: both,
      op: { kind: 'createUniqueConstraint', ...p, constraint: unique('posts_title_key', 'title', 'user_id') },
    },
    {
      title: 'nulls not distinct, with columns included, deferrable',
      setup: both,
      op: {
        kind: 'createUniqueConstraint',
        ...p,
        constraint: {
          kind: 'unique',
          name: 'u',
          columns: ['title'],
          include: ['views'],
          nullsNotDistinct: true,
          deferrable: true,
        },
      },
    },
  ],
  createForeignKey: [
    {
      title: 'plain',
      setup: both,
      op: { kind: 'createForeignKey', ...p, constraint: fk('posts_user_id_fkey', 'user_id', 'users') },
    },
    {
      title: 'actions, deferrable, not yet valid',
      setup: both,
      op: {
        kind: 'createForeignKey',
        ...p,
        constraint: fk('posts_user_id_fkey', 'user_id', 'users', {
          onDelete: 'setNull',
          onUpdate: 'cascade',
          deferrable: true,
          initiallyDeferred: true,
          notValid: true,
        }),
      },
    },
    {
      title: 'to itself',
      setup: both,
      op: { kind: 'createForeignKey', ...p, constraint: fk('posts_self', 'views', 'posts') },
    },
  ],
  createCheckConstraint: [
    {
      title: 'plain',
      setup: both,
      op: { kind: 'createCheckConstraint', ...p, constraint: check('posts_views_check', 'views >= 0') },
    },
    {
      title: 'not yet valid, not for heirs, with a comment',
      setup: both,
      op: {
        kind: 'createCheckConstraint',
        ...p,
        constraint: { ...check('c', 'views >= 0'), notValid: true, noInherit: true, comment: 'never less' },
      },
    },
  ],
  createExcludeConstraint: [
    {
      title: 'no overlap',
      setup: [create(table('stays', [col('room', 'integer'), col('at', 'daterange')]))],
      op: {
        kind: 'createExcludeConstraint',
        table: at('stays'),
        constraint: {
          kind: 'exclude',
          name: 'stays_at_excl',
          elements: [{ column: 'at', operator: '&&' }],
          where: 'room IS NOT NULL',
        },
      },
    },
  ],
  dropConstraint: [
    {
      title: 'with its definition, so that it comes back',
      setup: both,
      op: { kind: 'dropConstraint', ...p, name: 'posts_pkey', type: 'primaryKey', definition: pk('posts', 'id') },
    },
    { title: 'if it is there', setup: both, op: { kind: 'dropConstraint', ...p, name: 'nothing', ifExists: true } },
  ],
  renameConstraint: [
    { title: 'a key', setup: both, op: { kind: 'renameConstraint', ...p, name: 'posts_pkey', to: 'pk_posts' } },
  ],
  alterConstraint: [
    {
      title: 'deferred from now on',
      setup: [
        create(users),
        create({ ...posts, constraints: [...posts.constraints, fk('posts_user_id_fkey', 'user_id', 'users')] }),
      ],
      op: {
        kind: 'alterConstraint',
        ...p,
        name: 'posts_user_id_fkey',
        deferrable: true,
        initiallyDeferred: true,
        before: { deferrable: false, initiallyDeferred: false },
      },
    },
  ],
  validateConstraint: [
    {
      title: 'a check that was not valid yet',
      setup: [
        create({ ...posts, constraints: [...posts.constraints, { ...check('c', 'views >= 0'), notValid: true }] }),
      ],
      op: { kind: 'validateConstraint', ...p, name: 'c' },
      lossy: 'what was validated stays so',
    },
  ],
  createIndex: [
    { title: 'plain', setup: both, op: { kind: 'createIndex', ...p, index: index('posts_title_idx', ['title']) } },
    {
      title: 'unique, on an expression, partial, with a column included',
      setup: both,
      op: {
        kind: 'createIndex',
        ...p,
        index: {
          name: 'posts_lower',
          unique: true,
          elements: [{ expression: 'lower((title)::text)' }, { column: 'views', order: 'desc', nulls: 'last' }],
          include: ['user_id'],
          where: '(views > 0)',
        },
      },
    },
    {
      title: 'another method, parameters, operator class',
      setup: both,
      op: {
        kind: 'createIndex',
        ...p,
        index: {
          name: 'posts_brin',
          method: 'brin',
          elements: [{ column: 'views', opclass: 'int4_minmax_multi_ops' }],
          with: { pages_per_range: '32' },
        },
      },
    },
    {
      title: 'concurrently',
      setup: both,
      op: {
        kind: 'createIndex',
        ...p,
        index: index('posts_title_idx', ['title'], { comment: 'made while people work' }),
        concurrently: true,
      },
    },
    {
      title: 'concurrently on a partitioned table',
      setup: [create(range)],
      op: { kind: 'createIndex', table: at('events'), index: index('events_at_idx', ['at']), concurrently: true },
      notLive: 'refused',
    },
    {
      title: 'on the parent only',
      setup: [create(range)],
      op: { kind: 'createIndex', table: at('events'), index: index('events_at_idx', ['at'], { only: true }) },
      unlike: 'with no partitions yet, the index is whole',
    },
    {
      title: 'if it is not there',
      setup: both,
      op: { kind: 'createIndex', ...p, index: index('posts_title_idx', ['title']), ifNotExists: true },
    },
  ],
  dropIndex: [
    {
      title: 'with its definition, so that it comes back',
      setup: [create({ ...posts, indexes: [index('posts_title_idx', ['title'])] })],
      op: {
        kind: 'dropIndex',
        index: at('posts_title_idx'),
        table: at('posts'),
        definition: index('posts_title_idx', ['title']),
      },
    },
    {
      title: 'concurrently',
      setup: [create({ ...posts, indexes: [index('posts_title_idx', ['title'])] })],
      op: {
        kind: 'dropIndex',
        index: at('posts_title_idx'),
        table: at('posts'),
        definition: index('posts_title_idx', ['title']),
        concurrently: true,
      },
    },
  ],
  renameIndex: [
    {
      title: 'an index',
      setup: [create({ ...posts, indexes: [index('posts_title_idx', ['title'])] })],
      op: { kind: 'renameIndex', index: at('posts_title_idx'), to: 'ix_title' },
    },
  ],
  attachIndex: [
    {
      title: "a partition's index joins its parent's",
      setup: [
        create(
          table('events', range.columns, {
            partitionBy: 'RANGE (at)',
            indexes: [index('events_at_idx', ['at'], { only: true })],
          }),
        ),
        create(
          table(
            'events_rest',
            range.columns.map((c) => ({ ...c, inherited: true })),
            { partitionOf: { parent: at('events'), bound: 'DEFAULT' } },
          ),
        ),
        { kind: 'createIndex', table: at('events_rest'), index: index('events_rest_at_idx', ['at']) },
      ],
      op: { kind: 'attachIndex', index: at('events_at_idx'), partitionIndex: at('events_rest_at_idx') },
      lossy: 'an attached index cannot be detached',
      notLive: 'an invalid parent index that becomes valid is not said by the fold',
    },
  ],
}
