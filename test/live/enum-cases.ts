/** Enum changes of our own making, named after the rows of specs/enums.md that no fixture covers. */
import type { Hint } from '../../src/diff/model/types.ts'
import type { Case } from './cases.ts'

const S = "CREATE TYPE status AS ENUM ('draft', 'published', 'archived');"
const S2 = "CREATE TYPE status AS ENUM ('draft', 'published');"
const posts = "CREATE TABLE posts (id integer PRIMARY KEY, title text, status status NOT NULL DEFAULT 'draft');"
const two = "INSERT INTO posts(id,title,status) VALUES (1,'a','draft'),(2,'b','published');"
const three = "INSERT INTO posts(id,title,status) VALUES (1,'a','draft'),(2,'b','published'),(3,'c','archived');"
const all = "SELECT string_agg(coalesce(status::text,'-'),',' ORDER BY id) FROM posts"
const gives = (equals: string): Case['verifyUp'] => [{ sql: all, equals }]

/** A label is removed while `extra` stands, on both sides the same. */
const removal = (extra: string, more: Partial<Case> = {}): Case => ({
  old: S + posts + extra,
  rows: two,
  new: S2 + posts + extra,
  verifyUp: gives('draft,published'),
  ...more,
})
const rename = (from: string, to: string): Hint => ({ rename: 'value', enum: 'status', from, to })

export const enumCases: Readonly<Record<string, Case>> = {
  B01: {
    old: 'CREATE TABLE posts (id integer PRIMARY KEY, title text);',
    rows: "INSERT INTO posts VALUES (1,'a');",
    new: S + 'CREATE TABLE posts (id integer PRIMARY KEY, title text, status status);',
  },
  B04: {
    old: 'CREATE TABLE posts (id integer PRIMARY KEY, title text);',
    rows: "INSERT INTO posts VALUES (1,'a'),(2,'b');",
    new: S + 'CREATE TABLE posts (id integer PRIMARY KEY, title text, status status NOT NULL);',
    hints: [{ backfill: 'posts.status', value: 'published' }],
    verifyUp: gives('published,published'),
  },
  B07: {
    old: 'CREATE TABLE a (id int); CREATE TABLE b (id int);',
    new: S + 'CREATE TABLE a (id int, s status); CREATE TABLE b (id int, s status[]);',
  },
  B09: {
    old: "CREATE TYPE status AS ENUM ('draft','published'); CREATE TABLE posts (id integer PRIMARY KEY);",
    new: S + "CREATE TABLE posts (id integer PRIMARY KEY, status status NOT NULL DEFAULT 'archived');",
  },
  B10: {
    old: S2 + posts,
    rows: two,
    new:
      S +
      "CREATE TABLE posts (id integer PRIMARY KEY, title text, status status NOT NULL DEFAULT 'draft', prev status NOT NULL DEFAULT 'archived');",
    verifyUp: gives('draft,published'),
  },
  C02: { old: "CREATE TYPE status AS ENUM ('draft','archived');" + posts, new: S + posts },
  C03: {
    old: "CREATE TYPE status AS ENUM ('published','archived'); CREATE TABLE posts (id integer PRIMARY KEY, status status);",
    new: S + 'CREATE TABLE posts (id integer PRIMARY KEY, status status);',
  },
  C04: {
    old: S + posts,
    rows: three,
    new: "CREATE TYPE status AS ENUM ('a','draft','b','c','published','archived','d');" + posts,
    verifyUp: gives('draft,published,archived'),
  },
  C05: {
    old: S2 + posts,
    rows: two,
    new: S + posts.replace("DEFAULT 'draft'", "DEFAULT 'archived'"),
    verifyUp: gives('draft,published'),
  },
  C11: { old: S2 + posts, rows: two, new: S + posts + "CREATE INDEX p ON posts (title) WHERE status = 'archived';" },
  C17: {
    old: S2 + posts,
    rows: two,
    new: S + posts,
    hints: [{ remap: 'value', enum: 'status', from: 'archived', to: 'draft', direction: 'down' }],
  },
  D04: {
    old:
      S +
      posts +
      "CREATE INDEX p ON posts (title) WHERE status = 'published'; ALTER TABLE posts ADD CONSTRAINT ck CHECK (status <> 'published' OR title IS NOT NULL); CREATE VIEW v AS SELECT id FROM posts WHERE status = 'published'; ALTER TABLE posts ENABLE ROW LEVEL SECURITY; CREATE POLICY pol ON posts USING (status = 'published');",
    rows: two,
    new:
      "CREATE TYPE status AS ENUM ('draft','live','archived');" +
      posts +
      "CREATE INDEX p ON posts (title) WHERE status = 'live'; ALTER TABLE posts ADD CONSTRAINT ck CHECK (status <> 'live' OR title IS NOT NULL); CREATE VIEW v AS SELECT id FROM posts WHERE status = 'live'; ALTER TABLE posts ENABLE ROW LEVEL SECURITY; CREATE POLICY pol ON posts USING (status = 'live');",
    hints: [rename('published', 'live')],
    verifyUp: gives('draft,live'),
  },
  D05: {
    old: S + posts,
    rows: two,
    new: "CREATE TYPE status AS ENUM ('draft','live','archived','new');" + posts,
    hints: [rename('published', 'live')],
    verifyUp: gives('draft,live'),
  },
  D08: {
    old: S + "CREATE TABLE posts (id integer PRIMARY KEY, status status[] NOT NULL DEFAULT '{draft,published}');",
    rows: "INSERT INTO posts VALUES (1,'{published}');",
    new: "CREATE TYPE status AS ENUM ('draft','live','archived'); CREATE TABLE posts (id integer PRIMARY KEY, status status[] NOT NULL DEFAULT '{draft,live}');",
    hints: [rename('published', 'live')],
    verifyUp: gives('{live}'),
  },
  'D09 a circle of three': {
    old: S + posts,
    rows: three,
    new:
      S.replace("'draft', 'published', 'archived'", "'published', 'archived', 'draft'") +
      posts.replace("'draft'", "'published'"),
    hints: [rename('draft', 'published'), rename('published', 'archived'), rename('archived', 'draft')],
    verifyUp: gives('published,archived,draft'),
  },
  E04: {
    old: S + posts.replace("'draft'", "'archived'"),
    rows: two,
    new: S2 + posts,
    verifyUp: gives('draft,published'),
  },
  'E04 both defaults new': {
    old: S + posts.replace("'draft'", "'archived'"),
    rows: two,
    new: "CREATE TYPE status AS ENUM ('draft', 'published', 'x');" + posts.replace("'draft'", "'x'"),
    hints: [{ distinct: 'value', enum: 'status', from: 'archived', to: 'x' }],
  },
  E06: {
    old: S + "CREATE TABLE posts (id integer PRIMARY KEY, status status[] NOT NULL DEFAULT '{draft}');",
    rows: "INSERT INTO posts VALUES (1,'{draft,published}');",
    new: S2 + "CREATE TABLE posts (id integer PRIMARY KEY, status status[] NOT NULL DEFAULT '{draft}');",
  },
  E10: removal("CREATE INDEX p ON posts (title) WHERE status = 'published';"),
  E11: removal("ALTER TABLE posts ADD CONSTRAINT ck CHECK (status <> 'published' OR title IS NOT NULL);"),
  E12: removal(
    "ALTER TABLE posts ADD COLUMN live boolean GENERATED ALWAYS AS (status = 'published') STORED; CREATE INDEX live_idx ON posts (live); COMMENT ON COLUMN posts.live IS 'x';",
  ),
  E14: removal(
    'CREATE VIEW v AS SELECT id, status FROM posts; CREATE VIEW w AS SELECT status FROM v; GRANT SELECT ON v TO PUBLIC;',
  ),
  E15: removal('CREATE MATERIALIZED VIEW m AS SELECT id, status FROM posts; CREATE UNIQUE INDEX mi ON m (id);'),
  E16: removal(
    "CREATE FUNCTION lbl(s status) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT upper(s::text)$$; COMMENT ON FUNCTION lbl(status) IS 'y';",
  ),
  E17: removal(
    "CREATE FUNCTION tr() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$; CREATE TRIGGER t BEFORE UPDATE ON posts FOR EACH ROW WHEN (NEW.status = 'published') EXECUTE FUNCTION tr();",
  ),
  E20: removal('CREATE TYPE comp AS (x integer, s status);'),
  'E20 in use': removal('CREATE TYPE comp AS (x integer, s status); CREATE TABLE uc (c comp);'),
  'E22 with a default and a check': removal(
    "CREATE DOMAIN st_dom AS status DEFAULT 'draft' CHECK (VALUE <> 'published'); CREATE TABLE uses_dom (id integer PRIMARY KEY, d st_dom NOT NULL DEFAULT 'draft'); CREATE INDEX di ON uses_dom (d);",
  ),
  E24: {
    old:
      S +
      "CREATE TABLE posts (id integer, title text, status status NOT NULL DEFAULT 'draft') PARTITION BY LIST (status); CREATE TABLE posts_d PARTITION OF posts FOR VALUES IN ('draft'); CREATE TABLE posts_r PARTITION OF posts FOR VALUES IN ('published'); CREATE INDEX pi ON posts (title);",
    rows: two,
    new:
      S2 +
      "CREATE TABLE posts (id integer, title text, status status NOT NULL DEFAULT 'draft') PARTITION BY LIST (status); CREATE TABLE posts_d PARTITION OF posts FOR VALUES IN ('draft'); CREATE TABLE posts_r PARTITION OF posts FOR VALUES IN ('published'); CREATE INDEX pi ON posts (title);",
    verifyUp: gives('draft,published'),
  },
  E29: removal("CREATE INDEX e ON posts ((status = 'published'));"),
  E30: removal("CREATE STATISTICS st ON (status = 'published'), title FROM posts;"),
  'E30 plain': removal('CREATE STATISTICS st ON status, title FROM posts;'),
  E32: removal(
    'CREATE FUNCTION toi(status) RETURNS integer LANGUAGE sql IMMUTABLE AS $$SELECT 1$$; CREATE CAST (status AS integer) WITH FUNCTION toi(status);',
  ),
  E33: removal('CREATE TABLE pages (id integer, s status, ss status[]);'),
  E34: removal("CREATE RULE protect AS ON DELETE TO posts WHERE OLD.status = 'published' DO INSTEAD NOTHING;"),
  E37: { old: S + 'CREATE TABLE posts (id int);', new: S2 + 'CREATE TABLE posts (id int);' },
  E38: removal("ALTER TABLE posts ADD COLUMN note text DEFAULT 'draft'::status::text;"),
  E39: removal('GRANT SELECT (status) ON posts TO PUBLIC;'),
  F02: {
    old: S + posts + 'CREATE INDEX i ON posts (status);',
    rows: three,
    new: "CREATE TYPE status AS ENUM ('archived','draft','published');" + posts + 'CREATE INDEX i ON posts (status);',
    verifyUp: gives('draft,published,archived'),
  },
  F03: {
    old: S + posts + "ALTER TABLE posts ADD CONSTRAINT ck CHECK (status <= 'published');",
    rows: two,
    new:
      "CREATE TYPE status AS ENUM ('archived','draft','published');" +
      posts +
      "ALTER TABLE posts ADD CONSTRAINT ck CHECK (status <= 'published');",
  },
  G01: {
    old: S + posts,
    rows: two,
    new: "CREATE TYPE post_status AS ENUM ('draft', 'published', 'archived'); CREATE TABLE posts (id integer PRIMARY KEY, title text, status post_status NOT NULL DEFAULT 'draft');",
    hints: [{ rename: 'enum', from: 'status', to: 'post_status' }],
    verifyUp: gives('draft,published'),
  },
  G02: {
    old: S + posts,
    rows: two,
    new: "CREATE TYPE post_status AS ENUM ('draft', 'published', 'archived', 'x'); CREATE TABLE posts (id integer PRIMARY KEY, title text, status post_status NOT NULL DEFAULT 'draft');",
    hints: [{ rename: 'enum', from: 'status', to: 'post_status' }],
    verifyUp: gives('draft,published'),
  },
  'G03 into a new schema': {
    old: S + posts,
    rows: two,
    new: "CREATE SCHEMA app; CREATE TYPE app.status AS ENUM ('draft', 'published', 'archived'); CREATE TABLE posts (id integer PRIMARY KEY, title text, status app.status NOT NULL DEFAULT 'draft');",
    hints: [{ rename: 'enum', from: 'status', to: 'app.status' }],
    verifyUp: gives('draft,published'),
  },
  G05: { old: S + posts, rows: two, new: 'CREATE TABLE posts (id integer PRIMARY KEY, title text);' },
  G08: { old: S + posts + 'CREATE TABLE pages (s status);', rows: two, new: S + 'CREATE TABLE pages (s status);' },
  G10: {
    old: S + posts,
    rows: two,
    new: S + posts.replace('status status', 'state status'),
    hints: [{ rename: 'column', table: 'posts', from: 'status', to: 'state' }],
  },
  G11: {
    old: S + posts,
    rows: two,
    new: S + posts.replace('TABLE posts', 'TABLE articles'),
    hints: [{ rename: 'table', from: 'posts', to: 'articles' }],
  },
  'G11 serial and foreign key': {
    old: 'CREATE TABLE users (id serial PRIMARY KEY, n text); CREATE TABLE p (u integer REFERENCES users(id)); CREATE VIEW v AS SELECT id FROM users;',
    rows: "INSERT INTO users(n) VALUES ('a'),('b');",
    new: 'CREATE TABLE people (id serial PRIMARY KEY, n text); CREATE TABLE p (u integer REFERENCES people(id)); CREATE VIEW v AS SELECT id FROM people;',
    hints: [{ rename: 'table', from: 'users', to: 'people' }],
    verifyUp: [{ sql: "SELECT nextval('people_id_seq')::text", equals: '3' }],
  },
  G12: {
    old: S + posts + "CREATE TABLE pages (s status NOT NULL DEFAULT 'draft');",
    rows: two,
    new:
      S +
      posts +
      "CREATE TYPE ps AS ENUM ('draft', 'published', 'archived'); CREATE TABLE pages (s ps NOT NULL DEFAULT 'draft');",
  },
  G14: { old: S + posts, rows: two, new: S + 'CREATE TABLE pages (x status, y int);' },
  H02: {
    old: 'CREATE TABLE posts (id integer PRIMARY KEY, title text, status text);',
    rows: "INSERT INTO posts VALUES (1,'a','draft'),(2,'b','weird');",
    new: S + 'CREATE TABLE posts (id integer PRIMARY KEY, title text, status status);',
    hints: [{ remap: 'value', column: 'posts.status', from: 'weird', to: 'archived' }],
    verifyUp: gives('draft,archived'),
  },
  H03: {
    old: "CREATE TABLE posts (id integer PRIMARY KEY, title text, status text NOT NULL DEFAULT 'draft');",
    rows: two,
    new: S + posts,
    verifyUp: gives('draft,published'),
  },
  H04: {
    old: S + 'CREATE TABLE posts (id integer PRIMARY KEY, title text, status status);',
    rows: two,
    new: 'CREATE TABLE posts (id integer PRIMARY KEY, title text, status text);',
    verifyUp: gives('draft,published'),
  },
  H05: {
    old: S + posts,
    rows: two,
    new: "CREATE TABLE posts (id integer PRIMARY KEY, title text, status text NOT NULL DEFAULT 'draft');",
    verifyUp: gives('draft,published'),
  },
  H06: {
    old: S + 'CREATE TABLE posts (id integer PRIMARY KEY, title text, status status);',
    rows: two,
    new: "CREATE TYPE other AS ENUM ('published','draft','z'); CREATE TABLE posts (id integer PRIMARY KEY, title text, status other);",
    verifyUp: gives('draft,published'),
  },
  H07: {
    old: S + posts,
    rows: two,
    new: "CREATE TYPE other AS ENUM ('published','draft','z'); CREATE TABLE posts (id integer PRIMARY KEY, title text, status other NOT NULL DEFAULT 'published');",
    verifyUp: gives('draft,published'),
  },
  H13: { old: S + posts.replace(" DEFAULT 'draft'", ''), rows: two, new: S + posts },
  H15: { old: S + posts, rows: two, new: S + posts.replace(" DEFAULT 'draft'", '') },
  H16: { old: S + posts.replace('NOT NULL ', ''), rows: two, new: S + posts },
  H18: {
    old: S + 'CREATE TABLE pages (s status); CREATE TABLE posts (id integer PRIMARY KEY, title text, status text);',
    rows: two,
    new: S + 'CREATE TABLE pages (s status); CREATE TABLE posts (id integer PRIMARY KEY, title text, status status);',
  },
  I02: {
    old: "CREATE TABLE posts (id integer PRIMARY KEY, title text, status varchar(20) NOT NULL DEFAULT 'draft', CONSTRAINT ck CHECK (status IN ('draft', 'published')));",
    rows: two,
    new: "CREATE TABLE posts (id integer PRIMARY KEY, title text, status varchar(20) NOT NULL DEFAULT 'draft', CONSTRAINT ck CHECK (status IN ('draft', 'published', 'archived')));",
  },
  I03: {
    old: "CREATE TABLE posts (id integer PRIMARY KEY, title text, status varchar(20) NOT NULL DEFAULT 'draft', CONSTRAINT ck CHECK (status IN ('draft', 'published', 'archived')));",
    rows: three,
    new: "CREATE TABLE posts (id integer PRIMARY KEY, title text, status varchar(20) NOT NULL DEFAULT 'draft', CONSTRAINT ck CHECK (status IN ('draft', 'published')));",
    hints: [{ remap: 'value', column: 'posts.status', from: 'archived', to: 'draft' }],
    verifyUp: gives('draft,published,draft'),
  },
  I04: {
    old: "CREATE TABLE posts (id integer PRIMARY KEY, title text, status varchar(20) NOT NULL DEFAULT 'draft', CONSTRAINT ck CHECK (status IN ('draft', 'published', 'archived')));",
    rows: three,
    new: "CREATE TABLE posts (id integer PRIMARY KEY, title text, status varchar(20) NOT NULL DEFAULT 'draft', CONSTRAINT ck CHECK (status IN ('draft', 'live', 'archived')));",
    hints: [{ rename: 'value', column: 'posts.status', from: 'published', to: 'live' }],
    verifyUp: gives('draft,live,archived'),
    verifyDown: gives('draft,published,archived'),
  },
  I05: {
    old: "CREATE TABLE posts (id integer PRIMARY KEY, title text, status varchar(10) NOT NULL DEFAULT 'draft', CONSTRAINT ck CHECK (status IN ('draft', 'published')));",
    rows: two,
    new: "CREATE TABLE posts (id integer PRIMARY KEY, title text, status varchar(27) NOT NULL DEFAULT 'draft', CONSTRAINT ck CHECK (status IN ('draft', 'published', 'waiting for the second reader')));".replace(
      '27',
      '40',
    ),
  },
  K02: { old: "CREATE TYPE status AS ENUM ('x','y');", new: S + posts },
}
