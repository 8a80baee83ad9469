/** Models that say everything the schema language can: every column type with defaults of each kind, and every kind of object. */
import {
  aggregate,
  bigint,
  bigserial,
  bit,
  boolean,
  box,
  bytea,
  char,
  check,
  cidr,
  circle,
  citext,
  composite,
  compositeRef,
  customType,
  date,
  datemultirange,
  daterange,
  definition,
  domain,
  doublePrecision,
  enumType,
  exclude,
  extension,
  fn,
  foreignKey,
  grant,
  index,
  inet,
  int4multirange,
  int4range,
  int8multirange,
  int8range,
  integer,
  interval,
  json,
  jsonb,
  line,
  lseg,
  macaddr,
  macaddr8,
  materializedView,
  money,
  name,
  numeric,
  nummultirange,
  numrange,
  oid,
  path,
  point,
  policy,
  polygon,
  primaryKey,
  procedure,
  range,
  real,
  rule,
  schema,
  serial,
  smallint,
  smallserial,
  sql,
  table,
  text,
  time,
  timestamp,
  trigger,
  tsmultirange,
  tsquery,
  tsrange,
  tstzmultirange,
  tstzrange,
  tsvector,
  unique,
  uniqueIndex,
  uuid,
  varbit,
  varchar,
  view,
  xml,
} from '../../src/schema.ts'

export const extensions = [extension('citext'), extension('btree_gist')]

// Erasable syntax only: what TypeScript makes of `enum PostStatus { DRAFT = 'draft', … }` and of a numeric one.
const PostStatus = { DRAFT: 'draft', APPROVE: 'approve', PUBLISHED: 'published' } as const
const Level = { 0: 'LOW', 1: 'HIGH', LOW: 0, HIGH: 1 } as unknown as { readonly LOW: 0; readonly HIGH: 1 }

export const byValues = enumType('post_status', PostStatus, { comment: "how far it's come" })
export const byNames = enumType('post_status_name', PostStatus, { persist: 'names' })
export const byFunction = enumType('level', Level, { persist: (members) => members.map((m) => `${m.name}:${m.value}`) })
export const checked = enumType('kind', ['a', "b'c"], { native: false })

export const types = table('types', {
  a1: smallint().default(-1),
  a2: integer().notNull().default(7),
  a3: bigint().default('9007199254740993'),
  a4: bigint().default(42n),
  a5: numeric(10, 2).default('1.50'),
  a6: numeric().default('1e3'),
  a7: real().default(0.5),
  a8: doublePrecision().default(-2.25),
  a9: money(),
  b1: boolean().default(true),
  b2: text().default("it's"),
  b3: varchar(12).default('x'),
  b4: char(3).default('abc'),
  b5: citext().default('Ci'),
  b6: name().default('n'),
  b7: bytea().default('\\x00ff'),
  b8: varchar(),
  c1: date().default('2026-11-20'),
  c2: time().default('10:30:00'),
  c3: time({ withTimeZone: true, precision: 3 }),
  c4: timestamp({ precision: 3 }).default(new Date('2026-11-20T10:30:00Z')),
  c5: timestamp({ withTimeZone: true })
    .notNull()
    .default(sql`now()`),
  c6: interval({ fields: 'day to second', precision: 3 }),
  c7: interval().default('1 day'),
  d1: uuid().default(sql`gen_random_uuid()`),
  d2: json().default({ a: [1, null] }),
  d3: jsonb().default({ b: 'x', a: 1 }),
  d4: xml(),
  d5: jsonb().default('[]'),
  e1: inet().default('127.0.0.1'),
  e2: cidr(),
  e3: macaddr(),
  e4: macaddr8(),
  f1: bit(4).default('1010'),
  f2: varbit(8),
  f3: bit(),
  g1: tsvector(),
  g2: tsquery(),
  h1: point(),
  h2: line(),
  h3: lseg(),
  h4: box(),
  h5: path(),
  h6: polygon(),
  h7: circle(),
  i1: int4range().default('[1,3)'),
  i2: int8range(),
  i3: numrange(),
  i4: tsrange(),
  i5: tstzrange(),
  i6: daterange(),
  i7: int4multirange(),
  i8: int8multirange(),
  i9: nummultirange(),
  j1: tsmultirange(),
  j2: tstzmultirange(),
  j3: datemultirange(),
  j4: oid(),
  k1: text().array().notNull().default([]),
  k2: integer().array().default([1, 2]),
  k3: text().array().default(['a,b', 'it"s', 'NULL', '']),
  k4: byValues().array().default(['draft', 'published']),
  k5: varchar(5).array(),
  k6: numeric(5, 1).array(),
  l1: byValues().notNull().default('draft'),
  l2: byNames().default('APPROVE' as never),
  l3: byFunction().default(1),
  l4: checked().default("b'c"),
  l5: checked().array(),
  m1: customType('pg_lsn'),
  m2: text().default(sql`upper('x') || ${"y'z"}`),
  m3: timestamp().default(sql`CURRENT_TIMESTAMP`),
  m4: integer().default(sql`1 + 1`),
  m5: varchar(9).default(sql`'x'`),
  m6: boolean().default(sql`(1 < 2)`),
  n1: smallserial(),
  n2: serial(),
  n3: bigserial(),
  // A property may be called otherwise than its column.
  camelCase: text().named('snake_case').comment("it's\nso").collate('C').storage('external').statistics(50),
})

export const app = schema('app', { comment: 'what is ours' })
export const mood = app.enumType('mood', ['ok', 'bad'])
export const email = domain('email', citext(), {
  notNull: true,
  default: 'a@b.c',
  check: { email_at: sql`value ~ '@'` },
})
export const address = composite('address', {
  street: text().collate('C').comment('with its number'),
  zip: varchar(10),
  mood: mood().array(),
})
export const floats = range('floats', doublePrecision(), { subtypeDiff: 'float8mi' })
export const counter = app.sequence('counter', { start: 10, increment: 5, max: 1000, cycle: true, comment: 'by five' })

export const users = table(
  'users',
  {
    id: bigint().primaryKey().identity({ generation: 'always', start: 100 }),
    email: email().unique(),
    address: address(),
    firstName: text().named('first_name').notNull(),
    lastName: text().named('last_name'),
    fullName: text()
      .named('full_name')
      .generatedAs(sql`first_name || coalesce(' ' || last_name, '')`),
    boss: bigint().references('users', 'id', { onDelete: 'set null' }),
    parts: floats(),
    mood: mood().default('ok'),
    nr: integer().default(sql`nextval('app.counter')`),
  },
  (t) => [
    check('users_name_check', sql`${t.firstName} <> '' and ${t.lastName} not in (${'x'}, ${'y'})`),
    check(sql`nr > 0 or mood in ('ok', 'bad')`),
    index().on(sql`lower(${t.firstName})`, t.lastName.desc().nullsLast()),
    uniqueIndex('users_one')
      .on(t.lastName)
      .where(sql`${t.boss} is null and ${t.mood} = 'ok'`),
    unique().on(t.firstName, t.lastName).nullsNotDistinct(),
    index('users_gin')
      .using('gin')
      .on(sql`to_tsvector('english', first_name)`),
  ],
  { comment: 'who writes', with: { fillfactor: 80 } },
)

export const posts = app.table(
  'posts',
  {
    tenant: integer().notNull(),
    id: integer().notNull(),
    authorId: bigint()
      .named('author_id')
      .notNull()
      .references(() => users.id, {
        onDelete: 'cascade',
        onUpdate: 'restrict',
        deferrable: true,
        initially: 'deferred',
      }),
    status: byValues().notNull().default('draft').index(),
    title: varchar(120)
      .notNull()
      .check(sql`length(title) > 0`),
    room: integer(),
    during: tstzrange(),
    total: numeric(12, 2).generatedAs(sql`room * 2`),
    parentTenant: integer(),
    parentId: integer(),
  },
  (t) => [
    primaryKey(t.tenant, t.id),
    foreignKey().on(t.parentTenant, t.parentId).references('posts', ['tenant', 'id'], { schema: 'app', match: 'full' }),
    exclude('posts_no_overlap')
      .using('gist')
      .elements([t.room, '='], [t.during, '&&'])
      .where(sql`room is not null`),
    index('posts_cover')
      .on(t.title.opclass('text_pattern_ops'))
      .include(t.room)
      .with({ fillfactor: 70 })
      .comment('for prefixes'),
  ],
  { rowSecurity: true, forceRowSecurity: true },
)

export const events = table(
  'events',
  { id: integer().notNull(), at: date().notNull(), kind: text() },
  (t) => [primaryKey(t.id, t.at), index('events_kind').on(t.kind)],
  {
    partitionBy: sql`range (at)`,
  },
)
export const events2026 = table(
  'events_2026',
  {},
  { partitionOf: { parent: events, bound: sql`for values from ('2026-01-01') to ('2027-01-01')` } },
)
export const eventsRest = table('events_rest', {}, [index('events_rest_at').on('at')], {
  partitionOf: { parent: events, bound: 'DEFAULT' },
})

export const things = table('things', { id: serial().primaryKey(), label: text().notNull() }, (t) => [
  check('things_label', sql`${t.label} <> ''`),
])
export const books = table(
  'books',
  { label: text().notNull().default('untitled').comment('of books').inherited(), pages: integer() },
  { inherits: [things] },
)
export const shelves = table('shelves', {
  best: compositeRef('books'),
  all: compositeRef('things').array(),
  last: compositeRef('events_2026'),
})

export const label = fn('label', {
  arguments: 's post_status',
  returns: 'text',
  attributes: 'immutable strict',
  body: sql`select upper(s::text)`,
})
export const touch = fn('touch', {
  returns: 'trigger',
  language: 'plpgsql',
  body: `begin new.title := trim(new.title); return new; end`,
})
export const later = app.fn('later', {
  arguments: 'd integer default 1',
  returns: 'date',
  language: 'sql',
  atomic: true,
  body: sql`return current_date + d`,
})
export const tidy = procedure('tidy', {
  arguments: 'keep integer',
  language: 'sql',
  body: sql`delete from things where id > keep`,
})
export const total = aggregate(
  'total',
  sql`create aggregate total(integer) (sfunc = int4pl, stype = integer, initcond = '0')`,
)

export const published = view(
  'published',
  sql`select p.id, ${users.firstName}, label(p.status) as label from app.posts p join users on users.id = p.author_id where p.status = ${'published'}`,
  {
    comment: 'what all may read',
    with: { security_barrier: true },
    columnComments: { label: 'loud' },
  },
)
export const onPublished = app.view('on_published', 'select count(*) as n from published')
export const perUser = materializedView(
  'per_user',
  sql`select author_id, count(*) as n from app.posts group by author_id`,
  { indexes: [uniqueIndex('per_user_author').on('author_id')], noData: true },
)

export const beside = [
  trigger('posts_touch', posts, {
    timing: 'before',
    events: ['insert', 'update of title'],
    forEach: 'row',
    when: sql`new.title <> trim(new.title)`,
    execute: 'touch()',
  }),
  policy('posts_own', posts, { for: 'select', to: 'public', using: sql`status = 'published' or room in (1, 2)` }),
  policy('posts_new', posts, { for: 'insert', check: sql`status = 'draft'`, restrictive: true }),
  rule('things_stay', things, sql`create rule things_stay as on delete to things where old.id = 1 do instead nothing`),
  definition('statistics', 'users_names', {
    create: sql`create statistics users_names on first_name, last_name from users`,
    drop: sql`drop statistics users_names`,
    commentOn: 'STATISTICS users_names',
    table: users,
  }),
  grant('select', published, { to: 'public' }),
  grant(['update', 'select'], posts, { to: 'public', columns: ['title'] }),
]
