/** Cases of operations on enums, sequences, types, views, routines, policies, other objects and rows. */
import type { Kind, Operation } from '../../src/operations/kinds.ts'
import type { Policy, Routine, Trigger, View } from '../../src/schema/model.ts'
import type { Case } from './cases.ts'
import { arrayOf, at, col, enumOf, enumType, index, lit, notNull, posts, status, table, type, users } from './data.ts'

const create = (t: typeof posts): Operation => ({ kind: 'createTable', table: t })
const both: readonly Operation[] = [create(users), create(posts)]
const withStatus = table(
  'posts',
  [...posts.columns, col('status', enumOf('status'), { ...notNull, default: lit('draft') })],
  { constraints: posts.constraints },
)
const tagged = table('tagged', [
  col('id', 'integer', notNull),
  col('seen', arrayOf(enumOf('status')), { default: lit(['draft']) }),
  col('status', enumOf('status')),
])
const enumTables: readonly Operation[] = [{ kind: 'createEnum', enum: status }, create(withStatus), create(tagged)]
const rows = "INSERT INTO posts (id, title, status) VALUES (1, 'a', 'draft'), (2, 'b', 'published')"
const app: Operation = { kind: 'createSchema', schema: { kind: 'schema', name: 'app' } }
const p = { table: at('posts') }

const view: View = {
  kind: 'view',
  name: 'live',
  definition: ' SELECT posts.id,\n    posts.title\n   FROM posts\n  WHERE posts.views > 0',
}
const counts: View = {
  kind: 'view',
  name: 'counts',
  materialized: true,
  definition: ' SELECT users.id,\n    count(*) AS n\n   FROM users\n  GROUP BY users.id',
}
const twice: Routine = {
  kind: 'routine',
  routineKind: 'function',
  name: 'twice',
  identityArguments: 'integer',
  definition:
    'CREATE OR REPLACE FUNCTION twice(n integer)\n RETURNS integer\n LANGUAGE sql\n IMMUTABLE\nAS $function$SELECT n * 2$function$',
}
const touch: Routine = {
  kind: 'routine',
  routineKind: 'function',
  name: 'touch',
  identityArguments: '',
  definition:
    'CREATE OR REPLACE FUNCTION touch()\n RETURNS trigger\n LANGUAGE plpgsql\nAS $function$BEGIN RETURN new; END$function$',
}
const trigger: Trigger = {
  kind: 'trigger',
  table: at('posts'),
  name: 'touch_posts',
  definition: 'CREATE TRIGGER touch_posts BEFORE UPDATE ON posts FOR EACH ROW EXECUTE FUNCTION touch()',
}
const policy: Policy = {
  kind: 'policy',
  table: at('posts'),
  name: 'own',
  command: 'select',
  roles: ['public'],
  using: 'views > 0',
}
const priced = {
  kind: 'domain' as const,
  name: 'price',
  type: type('numeric', { precision: 10, scale: 2 }),
  notNull: true,
  default: lit(0),
  checks: [{ name: 'price_check', sql: 'VALUE >= (0)::numeric' }],
  comment: 'never less than nothing',
}
const address = {
  kind: 'composite' as const,
  name: 'address',
  attributes: [
    { name: 'street', type: type('text') },
    { name: 'zip', type: type('varchar', { length: 10 }) },
  ],
}
const citext: Operation = { kind: 'createExtension', extension: { kind: 'extension', name: 'citext', version: '1.5' } }
const protect = {
  kind: 'definition' as const,
  objectKind: 'rule',
  identity: 'posts.protect',
  create: ['CREATE RULE protect AS ON DELETE TO posts DO INSTEAD NOTHING'],
  drop: 'DROP RULE protect ON posts',
  table: at('posts'),
}
const counter = { kind: 'sequence' as const, name: 'counter', start: 100, increment: 5, cache: 10, cycle: true }

export const moreCases: Partial<Readonly<Record<Kind, readonly Case[]>>> = {
  createEnum: [
    {
      title: 'labels with everything in them',
      op: {
        kind: 'createEnum',
        enum: enumType('status', ['draft', "it's", 'back\\slash', 'a,b', '{c}', 'ünï', '100%', ':x', '$1', '', 'NULL']),
      },
    },
    {
      title: 'in a schema, with a comment',
      setup: [app],
      op: {
        kind: 'createEnum',
        enum: enumType('Post Status', ['draft'], { schema: 'app', comment: 'where a post stands' }),
      },
    },
    {
      title: 'if it is missing; labels that it lacks are added, others refused',
      op: { kind: 'createEnum', enum: status, ifMissing: true },
    },
  ],
  dropEnum: [
    {
      title: 'with its labels, so that it comes back',
      setup: [{ kind: 'createEnum', enum: status }],
      op: { kind: 'dropEnum', enum: at('status'), definition: status },
    },
    {
      title: 'after the last column that used it',
      setup: enumTables.slice(0, 2),
      op: [
        { kind: 'dropColumn', ...p, column: 'status', definition: withStatus.columns.at(-1)! },
        { kind: 'dropEnum', enum: at('status'), definition: status },
      ],
    },
  ],
  renameEnum: [
    {
      title: 'a type that columns use',
      setup: enumTables,
      op: { kind: 'renameEnum', enum: at('status'), to: 'post status' },
    },
  ],
  moveEnum: [
    {
      title: 'to a schema',
      setup: [app, ...enumTables],
      op: { kind: 'moveEnum', enum: at('status'), toSchema: 'app' },
    },
  ],
  addEnumValue: [
    { title: 'at the end', setup: enumTables, op: { kind: 'addEnumValue', enum: at('status'), value: "it's" } },
    {
      title: 'placed by its neighbours, one after the other',
      setup: enumTables,
      op: [
        { kind: 'addEnumValue', enum: at('status'), value: 'idea', before: 'draft' },
        { kind: 'addEnumValue', enum: at('status'), value: 'review', after: 'draft' },
      ],
    },
    {
      title: 'added, and used later in the same revision: a commit between',
      setup: enumTables,
      op: [
        { kind: 'addEnumValue', enum: at('status'), value: 'review', after: 'draft', remapDown: 'draft' },
        { kind: 'addEnumValue', enum: at('status'), value: 'live', after: 'review', remapDown: 'published' },
        {
          kind: 'alterColumn',
          ...p,
          column: 'status',
          changes: { default: lit('review') },
          before: { default: lit('draft') },
        },
      ],
    },
    {
      title: 'added, and nothing uses it: no commit',
      setup: enumTables,
      op: [
        { kind: 'addEnumValue', enum: at('status'), value: 'review', after: 'draft' },
        { kind: 'addColumn', ...p, column: col('body', 'text') },
      ],
    },
    {
      title: 'added before raw SQL, which may use it',
      setup: enumTables,
      op: [
        { kind: 'addEnumValue', enum: at('status'), value: 'review', after: 'draft' },
        { kind: 'execute', sql: "UPDATE posts SET status = 'review'", down: "UPDATE posts SET status = 'draft'" },
      ],
    },
    {
      title: 'before PostgreSQL 12',
      setup: enumTables,
      op: { kind: 'addEnumValue', enum: at('status'), value: 'review' },
      options: { serverVersion: 11 },
      notLive: 'an old server',
    },
  ],
  dropEnumValue: [
    {
      title: 'rows that use it are refused',
      setup: enumTables,
      rows,
      op: { kind: 'dropEnumValue', enum: at('status'), value: 'archived', after: 'published' },
    },
    {
      title: 'rows that use it become another',
      setup: enumTables,
      rows,
      op: {
        kind: 'dropEnumValue',
        enum: at('status'),
        value: 'published',
        before: 'archived',
        remap: 'draft',
        uses: [
          { table: at('posts'), column: 'status', default: lit('draft') },
          { table: at('tagged'), column: 'seen', array: true, default: lit(['draft']) },
          { table: at('tagged'), column: 'status' },
        ],
      },
    },
  ],
  renameEnumValue: [
    {
      title: 'one',
      setup: enumTables,
      rows,
      op: { kind: 'renameEnumValue', enum: at('status'), from: 'published', to: "it's live" },
    },
  ],
  alterEnum: [
    {
      title: 'a label goes that no row uses',
      setup: enumTables,
      rows,
      op: { kind: 'alterEnum', enum: at('status'), values: ['draft', 'published'], from: status.values },
    },
    {
      title: 'labels go with a remap, arrays lose the element, two columns of a table in one ALTER TABLE',
      setup: enumTables,
      rows,
      op: {
        kind: 'alterEnum',
        enum: at('status'),
        values: ['draft', 'live'],
        from: status.values,
        remap: { published: 'live', archived: null },
        remapDown: { live: 'published' },
      },
    },
    {
      title: 'two labels change places in the rows',
      setup: enumTables,
      rows,
      op: {
        kind: 'alterEnum',
        enum: at('status'),
        values: status.values,
        from: status.values,
        remap: { draft: 'published', published: 'draft' },
        remapDown: { draft: 'published', published: 'draft' },
      },
    },
    {
      title: 'the default goes, and another comes',
      setup: enumTables.slice(0, 2),
      rows: "INSERT INTO posts (id, title, status) VALUES (2, 'b', 'published')",
      op: {
        kind: 'alterEnum',
        enum: at('status'),
        values: ['published', 'archived'],
        from: status.values,
        uses: [{ table: at('posts'), column: 'status', default: lit('draft'), after: lit('published') }],
      },
    },
    {
      title: 'another order; comment, owner and grants are kept',
      setup: [{ kind: 'createEnum', enum: { ...status, comment: 'old' } }, create(withStatus)],
      op: {
        kind: 'alterEnum',
        enum: at('status'),
        values: ['published', 'draft', 'archived'],
        from: status.values,
        keep: { comment: 'kept', grants: [] },
      },
      notLive: 'the fold knows no grants',
    },
    {
      title: 'with a domain over it that a column uses',
      setup: [
        { kind: 'createEnum', enum: status },
        {
          kind: 'createDomain',
          domain: {
            kind: 'domain',
            name: 'st_dom',
            type: enumOf('status'),
            checks: [{ name: 'st_dom_check', sql: "VALUE <> 'draft'::status" }],
          },
        },
        create(table('uses_dom', [col('d', { kind: 'domain', name: 'st_dom' }, { default: lit('published') })])),
      ],
      op: { kind: 'alterEnum', enum: at('status'), values: ['draft', 'published'], from: status.values },
    },
    {
      title: 'of a partitioned table: the parent alone',
      setup: [
        { kind: 'createEnum', enum: status },
        create(
          table('events', [col('id', 'integer', notNull), col('status', enumOf('status'), { default: lit('draft') })], {
            partitionBy: 'LIST (id)',
          }),
        ),
        create(
          table(
            'events_1',
            [
              col('id', 'integer', { ...notNull, inherited: true }),
              col('status', enumOf('status'), { inherited: true, default: lit('published') }),
            ],
            { partitionOf: { parent: at('events'), bound: 'FOR VALUES IN (1)' } },
          ),
        ),
      ],
      op: { kind: 'alterEnum', enum: at('status'), values: ['draft', 'published'], from: status.values },
    },
  ],
  createSequence: [
    { title: 'with options', op: { kind: 'createSequence', sequence: counter } },
    {
      title: 'owned by a column',
      setup: both,
      op: {
        kind: 'createSequence',
        sequence: {
          kind: 'sequence',
          name: 'post_views',
          type: 'integer',
          ownedBy: { table: at('posts'), column: 'views' },
        },
      },
    },
  ],
  dropSequence: [
    {
      title: 'with its definition, so that it comes back',
      setup: [{ kind: 'createSequence', sequence: counter }],
      op: { kind: 'dropSequence', sequence: at('counter'), definition: counter },
    },
  ],
  renameSequence: [
    {
      title: 'a sequence',
      setup: [{ kind: 'createSequence', sequence: counter }],
      op: { kind: 'renameSequence', sequence: at('counter'), to: 'numbers' },
    },
  ],
  alterSequence: [
    {
      title: 'what differs, and nothing else',
      setup: [create(users), { kind: 'createSequence', sequence: counter }],
      op: {
        kind: 'alterSequence',
        sequence: {
          kind: 'sequence',
          name: 'counter',
          start: 100,
          increment: 1,
          max: 5000,
          ownedBy: { table: at('users'), column: 'id' },
        },
        before: counter,
      },
    },
  ],
  createDomain: [{ title: 'not null, with default, check and comment', op: { kind: 'createDomain', domain: priced } }],
  dropDomain: [
    {
      title: 'with its definition, so that it comes back',
      setup: [{ kind: 'createDomain', domain: priced }],
      op: { kind: 'dropDomain', domain: at('price'), definition: priced },
    },
  ],
  alterDomain: [
    {
      title: 'default, null, checks',
      setup: [{ kind: 'createDomain', domain: priced }],
      op: {
        kind: 'alterDomain',
        domain: {
          ...priced,
          notNull: undefined,
          default: undefined,
          checks: [{ name: 'price_check', sql: 'VALUE > (1)::numeric' }],
          comment: undefined,
        },
        before: priced,
      },
    },
    {
      title: 'another type',
      setup: [{ kind: 'createDomain', domain: priced }],
      op: { kind: 'alterDomain', domain: { ...priced, type: type('integer') }, before: priced },
      notLive: 'refused',
    },
  ],
  createType: [
    { title: 'composite', op: { kind: 'createType', type: address } },
    {
      title: 'range',
      op: {
        kind: 'createType',
        type: { kind: 'range', name: 'span', subtype: type('doublePrecision'), subtypeDiff: 'float8mi' },
      },
    },
    {
      title: 'range over an enum',
      setup: [{ kind: 'createEnum', enum: status }],
      op: { kind: 'createType', type: { kind: 'range', name: 'st_range', subtype: enumOf('status') } },
    },
  ],
  dropType: [
    {
      title: 'with its definition, so that it comes back',
      setup: [{ kind: 'createType', type: address }],
      op: { kind: 'dropType', type: at('address'), definition: address },
    },
  ],
  alterType: [
    {
      title: 'attributes added, dropped, changed',
      setup: [{ kind: 'createType', type: address }],
      op: {
        kind: 'alterType',
        type: {
          ...address,
          attributes: [
            { name: 'zip', type: type('text') },
            { name: 'town', type: type('text') },
          ],
        },
        before: address,
      },
      lossy: 'the order of attributes',
    },
  ],
  renameObject: [
    {
      title: 'a domain',
      setup: [{ kind: 'createDomain', domain: priced }],
      op: { kind: 'renameObject', object: { kind: 'domain', name: 'price' }, to: 'amount' },
    },
    {
      title: 'a function',
      setup: [{ kind: 'createFunction', routine: twice }],
      op: { kind: 'renameObject', object: { kind: 'function', name: 'twice', arguments: 'integer' }, to: 'double' },
      notLive: 'the definition text keeps the old name in the fold',
    },
    {
      title: 'a trigger',
      setup: [...both, { kind: 'createFunction', routine: touch }, { kind: 'createTrigger', trigger }],
      op: { kind: 'renameObject', object: { kind: 'trigger', name: 'posts', part: 'touch_posts' }, to: 'touch' },
      notLive: 'the definition text keeps the old name in the fold',
    },
  ],
  moveObject: [
    {
      title: 'a domain',
      setup: [app, { kind: 'createDomain', domain: priced }],
      op: { kind: 'moveObject', object: { kind: 'domain', name: 'price' }, toSchema: 'app' },
    },
  ],
  createView: [
    { title: 'plain', setup: both, op: { kind: 'createView', view } },
    {
      title: 'options, comments',
      setup: both,
      op: {
        kind: 'createView',
        view: {
          ...view,
          with: { security_barrier: 'true', check_option: 'local' },
          comment: 'what is read',
          columnComments: { id: 'its number' },
        },
      },
    },
  ],
  dropView: [
    {
      title: 'with its definition, so that it comes back',
      setup: [...both, { kind: 'createView', view }],
      op: { kind: 'dropView', view: at('live'), definition: view },
    },
  ],
  replaceView: [
    {
      title: 'the same columns and one more',
      setup: [...both, { kind: 'createView', view }],
      op: {
        kind: 'replaceView',
        view: { ...view, definition: ' SELECT posts.id,\n    posts.title\n   FROM posts\n  WHERE posts.views > 10' },
        before: view,
      },
    },
  ],
  alterView: [
    {
      title: 'options and comment',
      setup: [...both, { kind: 'createView', view }],
      op: {
        kind: 'alterView',
        view: { ...view, with: { security_barrier: 'true' }, comment: 'now with a barrier' },
        before: view,
      },
    },
  ],
  createMaterializedView: [
    {
      title: 'with an index, not filled yet',
      setup: both,
      op: {
        kind: 'createMaterializedView',
        view: { ...counts, noData: true, indexes: [index('counts_id', ['id'], { unique: true })], comment: 'how many' },
      },
    },
  ],
  dropMaterializedView: [
    {
      title: 'with its definition, so that it comes back',
      setup: [...both, { kind: 'createMaterializedView', view: counts }],
      op: { kind: 'dropMaterializedView', view: at('counts'), definition: counts },
    },
  ],
  refreshMaterializedView: [
    {
      title: 'concurrently',
      setup: [
        ...both,
        {
          kind: 'createMaterializedView',
          view: { ...counts, indexes: [index('counts_id', ['id'], { unique: true })] },
        },
      ],
      op: { kind: 'refreshMaterializedView', view: at('counts'), concurrently: true },
    },
  ],
  createFunction: [
    { title: 'a function', op: { kind: 'createFunction', routine: { ...twice, comment: 'two times' } } },
    {
      title: 'an aggregate',
      op: {
        kind: 'createFunction',
        routine: {
          kind: 'routine',
          routineKind: 'aggregate',
          name: 'total',
          identityArguments: 'integer',
          definition: 'CREATE AGGREGATE total(integer) (SFUNC = int4pl, STYPE = integer)',
        },
      },
      notLive: 'the database spells aggregates its own way',
    },
  ],
  dropFunction: [
    {
      title: 'with its definition, so that it comes back',
      setup: [{ kind: 'createFunction', routine: twice }],
      op: {
        kind: 'dropFunction',
        routine: { name: 'twice', identityArguments: 'integer', routineKind: 'function' },
        definition: twice,
      },
    },
  ],
  replaceFunction: [
    {
      title: 'another body',
      setup: [{ kind: 'createFunction', routine: twice }],
      op: {
        kind: 'replaceFunction',
        routine: { ...twice, definition: twice.definition.replace('n * 2', 'n + n') },
        before: twice,
      },
    },
  ],
  createTrigger: [
    {
      title: 'disabled, with a comment',
      setup: [...both, { kind: 'createFunction', routine: touch }],
      op: { kind: 'createTrigger', trigger: { ...trigger, enabled: 'disabled', comment: 'sleeps' } },
    },
  ],
  dropTrigger: [
    {
      title: 'with its definition, so that it comes back',
      setup: [...both, { kind: 'createFunction', routine: touch }, { kind: 'createTrigger', trigger }],
      op: { kind: 'dropTrigger', ...p, name: 'touch_posts', definition: trigger },
    },
  ],
  alterTrigger: [
    {
      title: 'always on',
      setup: [...both, { kind: 'createFunction', routine: touch }, { kind: 'createTrigger', trigger }],
      op: { kind: 'alterTrigger', ...p, name: 'touch_posts', enabled: 'always', before: 'origin' },
    },
  ],
  createPolicy: [
    { title: 'short', setup: both, op: { kind: 'createPolicy', policy } },
    {
      title: 'restrictive, with both conditions',
      setup: both,
      op: {
        kind: 'createPolicy',
        policy: { ...policy, restrictive: true, command: 'update', check: 'views < 1000000', comment: 'within reason' },
      },
    },
  ],
  dropPolicy: [
    {
      title: 'with its definition, so that it comes back',
      setup: [...both, { kind: 'createPolicy', policy }],
      op: { kind: 'dropPolicy', ...p, name: 'own', definition: policy },
    },
  ],
  alterPolicy: [
    {
      title: 'another condition',
      setup: [...both, { kind: 'createPolicy', policy }],
      op: { kind: 'alterPolicy', policy: { ...policy, using: 'views > 1' }, before: policy },
    },
    {
      title: 'a condition taken away is a drop and a create',
      setup: [...both, { kind: 'createPolicy', policy: { ...policy, command: 'all', check: 'views > 0' } }],
      op: {
        kind: 'alterPolicy',
        policy: { ...policy, command: 'all' },
        before: { ...policy, command: 'all', check: 'views > 0' },
      },
    },
  ],
  createExtension: [
    {
      title: 'if it is not there, in a schema',
      setup: [app],
      op: {
        kind: 'createExtension',
        extension: { kind: 'extension', name: 'uuid-ossp', schema: 'app' },
        ifNotExists: true,
      },
      notLive: 'contrib modules are not on every server',
    },
  ],
  dropExtension: [
    {
      title: 'with its definition, so that it comes back',
      setup: [citext],
      op: { kind: 'dropExtension', name: 'citext', definition: { kind: 'extension', name: 'citext', version: '1.5' } },
      notLive: 'contrib modules are not on every server',
    },
  ],
  alterExtension: [
    {
      title: 'another version',
      setup: [citext],
      op: {
        kind: 'alterExtension',
        extension: { kind: 'extension', name: 'citext', version: '1.6' },
        before: { kind: 'extension', name: 'citext', version: '1.5' },
      },
      notLive: 'contrib modules are not on every server',
    },
  ],
  createSchema: [
    {
      title: 'with a comment',
      op: { kind: 'createSchema', schema: { kind: 'schema', name: 'app', comment: 'ours' }, ifNotExists: true },
    },
  ],
  dropSchema: [
    {
      title: 'with its definition, so that it comes back',
      setup: [app],
      op: { kind: 'dropSchema', name: 'app', definition: { kind: 'schema', name: 'app' } },
    },
  ],
  renameSchema: [{ title: 'a schema', setup: [app], op: { kind: 'renameSchema', name: 'app', to: 'application' } }],
  createDefinition: [
    {
      title: 'extended statistics',
      setup: both,
      op: {
        kind: 'createDefinition',
        definition: {
          kind: 'definition',
          objectKind: 'statistics',
          identity: 'posts_stats',
          create: ['CREATE STATISTICS posts_stats ON title, views FROM posts'],
          drop: 'DROP STATISTICS posts_stats',
          commentOn: 'STATISTICS posts_stats',
          comment: 'they go together',
          table: at('posts'),
        },
      },
      notLive: 'the database spells definitions its own way',
    },
  ],
  dropDefinition: [
    {
      title: 'a rule',
      setup: [...both, { kind: 'createDefinition', definition: protect }],
      op: { kind: 'dropDefinition', definition: protect },
      notLive: 'the database spells definitions its own way',
    },
  ],
  comment: [
    {
      title: 'on a column',
      setup: both,
      op: {
        kind: 'comment',
        on: { kind: 'column', name: 'posts', part: 'title' },
        comment: 'what it says',
        before: null,
      },
    },
    {
      title: 'on a constraint',
      setup: both,
      op: {
        kind: 'comment',
        on: { kind: 'constraint', name: 'posts', part: 'posts_pkey' },
        comment: 'the key',
        before: null,
      },
    },
    {
      title: 'on a function',
      setup: [{ kind: 'createFunction', routine: twice }],
      op: {
        kind: 'comment',
        on: { kind: 'function', name: 'twice', arguments: 'integer' },
        comment: 'two times',
        before: null,
      },
    },
    {
      title: 'on a type',
      setup: [{ kind: 'createEnum', enum: status }],
      op: { kind: 'comment', on: { kind: 'type', name: 'status' }, comment: 'where it stands', before: null },
    },
  ],
  grant: [
    {
      title: 'on a table',
      setup: both,
      op: {
        kind: 'grant',
        on: { kind: 'table', name: 'posts' },
        grant: { grantee: 'public', privileges: ['INSERT', 'SELECT'] },
      },
    },
    {
      title: 'on a column, to be passed on',
      setup: both,
      op: {
        kind: 'grant',
        on: { kind: 'column', name: 'posts', part: 'title' },
        grant: { grantee: 'Some One', privileges: ['SELECT', 'UPDATE'], grantable: true },
      },
      notLive: 'the role is not there',
    },
    {
      title: 'on a function and a type',
      setup: [
        { kind: 'createFunction', routine: twice },
        { kind: 'createEnum', enum: status },
      ],
      op: [
        {
          kind: 'grant',
          on: { kind: 'function', name: 'twice', arguments: 'integer' },
          grant: { grantee: 'public', privileges: ['EXECUTE'] },
        },
        { kind: 'grant', on: { kind: 'type', name: 'status' }, grant: { grantee: 'public', privileges: ['USAGE'] } },
      ],
      unlike: 'everybody has these rights anyway',
      lossy: 'everybody had them before',
    },
  ],
  revoke: [
    {
      title: 'from everybody',
      setup: [{ kind: 'createEnum', enum: status }],
      op: { kind: 'revoke', on: { kind: 'type', name: 'status' }, grant: { grantee: 'public', privileges: ['USAGE'] } },
      unlike: 'the fold does not know what everybody has by nature',
    },
  ],
  setOwner: [
    {
      title: 'of a table',
      setup: both,
      op: { kind: 'setOwner', on: { kind: 'table', name: 'posts' }, owner: 'current_user', before: 'current_user' },
      unlike: 'owners are read on demand',
    },
  ],
  execute: [
    {
      title: 'as it stands',
      setup: both,
      op: {
        kind: 'execute',
        sql: "UPDATE posts SET title = 'a:b' WHERE views::text = '1'",
        down: "UPDATE posts SET title = 'c'",
      },
    },
    {
      title: 'several statements',
      setup: both,
      op: {
        kind: 'execute',
        sql: 'UPDATE posts SET views = 1; -- and\nDO $$ BEGIN PERFORM 1; END $$;',
        down: 'SELECT 1',
      },
    },
    {
      title: 'a table that is rewritten',
      setup: both,
      op: {
        kind: 'execute',
        sql: 'ALTER TABLE posts ALTER views TYPE bigint, ADD seen uuid DEFAULT gen_random_uuid()',
        down: 'ALTER TABLE posts ALTER views TYPE integer, DROP seen',
      },
    },
    {
      title: 'rows of named parameters',
      setup: both,
      op: {
        kind: 'execute',
        sql: "INSERT INTO posts (id, title, views) VALUES (:id, :title || ':x', :id::int)",
        rows: [
          { id: 1, title: "it's" },
          { id: 2, title: 'back\\slash' },
        ],
        down: 'DELETE FROM posts',
      },
    },
    {
      title: 'the same offline',
      setup: both,
      op: {
        kind: 'execute',
        sql: "INSERT INTO posts (id, title, views) VALUES (:id, :title || ':x', :id::int)",
        rows: [
          { id: 1, title: "it's" },
          { id: 2, title: 'back\\slash' },
        ],
        down: 'DELETE FROM posts',
      },
      options: { offline: true },
    },
    {
      title: 'what cannot run in a transaction',
      setup: both,
      op: {
        kind: 'execute',
        sql: 'CREATE INDEX CONCURRENTLY posts_views ON posts (views)',
        down: 'DROP INDEX posts_views',
      },
    },
    {
      title: 'outside of the transaction by wish',
      setup: both,
      op: { kind: 'execute', sql: 'SELECT 1', autocommit: true, down: 'SELECT 2' },
    },
  ],
  bulkInsert: [
    {
      title: 'rows of every kind of value',
      setup: [
        create(
          table('things', [
            col('id', 'integer', notNull),
            col('name', 'text', { default: lit('nobody') }),
            col('data', 'jsonb'),
            col('tags', arrayOf(type('text'))),
            col('at', 'timestamp'),
            col('raw', 'bytea'),
            col('ok', 'boolean'),
            col('big', 'bigint'),
          ]),
        ),
      ],
      op: {
        kind: 'bulkInsert',
        table: at('things'),
        columns: ['id', 'name', 'data', 'tags', 'at', 'raw', 'ok', 'big'],
        rows: [
          {
            id: 1,
            name: "it's",
            data: { a: [1, 'x'] },
            tags: ['a b', 'c'],
            at: new Date('2026-01-02T03:04:05.678Z'),
            raw: new Uint8Array([0, 255]),
            ok: true,
            big: 9007199254740993n,
          },
          { id: 2, data: [1, 2], tags: [], at: null, raw: null, ok: null, big: null },
        ],
      },
    },
    {
      title: 'no rows',
      setup: both,
      op: { kind: 'bulkInsert', table: at('posts'), columns: ['id', 'title'], rows: [] },
    },
  ],
  bulkDelete: [
    {
      title: 'by one column',
      setup: both,
      op: {
        kind: 'bulkDelete',
        table: at('posts'),
        key: ['id'],
        columns: ['id', 'title'],
        rows: [
          { id: 1, title: 'a' },
          { id: 2, title: 'b' },
        ],
      },
    },
    {
      title: 'by two, one of them null',
      setup: both,
      op: {
        kind: 'bulkDelete',
        table: at('posts'),
        key: ['title', 'views'],
        columns: ['id', 'title', 'views'],
        rows: [
          { id: 1, title: 'a', views: 1 },
          { id: 2, title: 'b', views: null },
        ],
      },
    },
  ],
  backfill: [
    {
      title: 'by the primary key',
      setup: both,
      op: { kind: 'backfill', table: at('posts'), set: { views: 'id * 2' }, where: 'views IS NULL', down: {} },
    },
    {
      title: 'by a key of two, in a script',
      setup: both,
      op: {
        kind: 'backfill',
        table: at('posts'),
        set: { views: '1', title: "'x'" },
        key: ['id', 'user_id'],
        batchSize: 100,
        throttle: 50,
        down: { views: 'NULL' },
      },
      options: { offline: true },
    },
  ],
  run: [
    { title: 'code', op: { kind: 'run', run: () => undefined, description: 'counts things', down: () => undefined } },
    {
      title: 'code, offline',
      op: { kind: 'run', run: () => undefined, description: 'counts things' },
      options: { offline: true },
      notLive: 'refused',
    },
  ],
  custom: [{ title: 'of a stranger', op: { kind: 'custom', name: 'createTask', args: ['x'] }, notLive: 'refused' }],
}
