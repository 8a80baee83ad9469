/** Enums in revisions that are written by hand: made with their columns, held against what is there, gone with their last user. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import type { Connection } from '../../src/drivers/driver.ts'
import { pglite } from '../../src/drivers/pglite.ts'
import { splitStatements } from '../../src/util/split-sql.ts'
import { type Cli, project, value } from '../support/acceptance.ts'
import { describeLive } from '../support/live.ts'

interface Written {
  readonly id: string
  readonly down?: string
  readonly upgrade: string
  /** Absent: the reverse. */
  readonly downgrade?: string
}

const head =
  "import type { Operations } from 'ambix'\nimport { enumRef, enumType, integer, text } from 'ambix/schema'\n"
const status = "const status = enumType('status', ['draft', 'published', 'archived'])\n"

function write(cli: Cli, ...revisions: readonly Written[]): void {
  mkdirSync(join(cli.dir, 'migrations'), { recursive: true })
  for (const r of revisions) {
    const lines = [
      `/**\n * ${r.id}\n *\n * Revision ID: ${r.id}\n * Revises: ${r.down ?? 'none'}\n * Create Date: 2026-01-01T00:00:00Z\n */\n${head}${status}`,
      `export const revision = '${r.id}'\nexport const downRevision = ${r.down === undefined ? 'null' : `'${r.down}'`}\n`,
      `export function upgrade(op: Operations): void {\n${r.upgrade}\n}\n`,
      ...(r.downgrade === undefined ? [] : [`export function downgrade(op: Operations): void {\n${r.downgrade}\n}\n`]),
    ]
    writeFileSync(join(cli.dir, 'migrations', `20260101_0000_${r.id}.ts`), lines.join('\n'))
  }
}

const posts: Written = {
  id: 'a1',
  upgrade: "  op.createTable('posts', { id: integer().primaryKey(), status: status().notNull().default('draft') })",
}
const column: Written = { id: 'b1', down: 'a1', upgrade: "  op.addColumn('posts', 'seen', status().array())" }
const labels =
  "SELECT coalesce(string_agg(enumlabel, ',' ORDER BY enumsortorder), 'none') FROM pg_enum WHERE enumtypid = to_regtype('status')"

interface Story {
  readonly before?: string
  readonly revisions: readonly Written[]
  /** Targets of upgrade (`+…`) and downgrade (`-…`), each with what the labels are after, or the refusal. */
  readonly moves: readonly {
    readonly go: string
    readonly from?: string
    readonly first?: string
    readonly labels?: string
    readonly refused?: readonly RegExp[]
  }[]
  readonly after?: readonly string[]
}

const all = 'draft,published,archived'
const stories: Readonly<Record<string, Story>> = {
  'a table and a column make their enum once, and the last user takes it along': {
    revisions: [posts, column],
    moves: [
      { go: '+b1', labels: all },
      { go: '-a1', from: 'b1', labels: all },
      { go: '-base', from: 'a1', labels: 'none' },
      { go: '+b1', labels: all },
      { go: '-base', from: 'b1', labels: 'none' },
    ],
  },
  'a type with the same labels is adopted, and stays while another uses it': {
    before: "CREATE TYPE status AS ENUM ('draft', 'published', 'archived'); CREATE TABLE other (s status)",
    revisions: [posts],
    moves: [
      { go: '+a1', labels: all },
      { go: '-base', from: 'a1', labels: all },
      { go: '+a1', labels: all },
    ],
  },
  'a type that lacks labels is extended, and a label that comes can be the default at once when nothing uses the type':
    {
      before: "CREATE TYPE status AS ENUM ('published')",
      revisions: [posts],
      moves: [{ go: '+a1', labels: all }],
    },
  'a type in use that lacks labels is extended': {
    before: "CREATE TYPE status AS ENUM ('draft', 'archived'); CREATE TABLE other (s status)",
    revisions: [posts],
    moves: [{ go: '+a1', labels: all }],
  },
  'a type in use that lacks the very label that is used at once is refused': {
    before: "CREATE TYPE status AS ENUM ('published', 'archived'); CREATE TABLE other (s status)",
    revisions: [posts],
    moves: [
      {
        go: '+a1',
        refused: [/published, archived/, /wanted are draft, published, archived/],
        labels: 'published,archived',
      },
    ],
  },
  'a type with other labels is refused with both lists': {
    before: "CREATE TYPE status AS ENUM ('draft', 'live')",
    revisions: [posts],
    moves: [{ go: '+a1', refused: [/draft, live/, /wanted are draft, published, archived/], labels: 'draft,live' }],
  },
  'the same labels in another order are other labels': {
    before: "CREATE TYPE status AS ENUM ('published', 'draft', 'archived')",
    revisions: [posts],
    moves: [
      {
        go: '+a1',
        refused: [/published, draft, archived; wanted are draft, published, archived/],
        labels: 'published,draft,archived',
      },
    ],
  },
  'a drop by hand takes the enum of the last user along': {
    revisions: [
      posts,
      { ...column, downgrade: "  op.dropColumn('posts', 'seen')" },
      {
        id: 'c1',
        down: 'b1',
        upgrade: "  op.dropTable('posts')",
        downgrade: posts.upgrade + "\n  op.addColumn('posts', 'seen', status().array())",
      },
    ],
    moves: [
      { go: '+b1', labels: all },
      { go: '+c1', from: 'b1', labels: 'none' },
      { go: '-b1', from: 'c1', labels: all },
      { go: '-a1', from: 'b1', labels: all },
    ],
  },
  'a drop by hand that says what was': {
    revisions: [
      posts,
      {
        id: 'b1',
        down: 'a1',
        upgrade: "  op.dropColumn('posts', 'status', { was: status().notNull().default('draft') })",
      },
    ],
    moves: [
      { go: '+b1', labels: 'none' },
      { go: '-a1', from: 'b1', labels: all },
    ],
  },
  'a type that a revision made by itself stays until one drops it': {
    revisions: [
      {
        id: 'a1',
        upgrade:
          "  op.createEnum('status', ['draft', 'published', 'archived'])\n  op.createTable('posts', { id: integer(), status: enumRef('status') })",
      },
      {
        id: 'b1',
        down: 'a1',
        upgrade: "  op.dropTable('posts')",
        downgrade: "  op.createTable('posts', { id: integer(), status: enumRef('status') })",
      },
    ],
    moves: [
      { go: '+b1', labels: all },
      { go: '-base', from: 'b1', labels: 'none' },
    ],
  },
  'a swap by hand sees to what depends on the column': {
    revisions: [
      {
        id: 'a1',
        upgrade: [
          posts.upgrade,
          "  op.addColumn('posts', 'seen', enumRef('status').array(), {})",
          "  op.createIndex('part', 'posts', ['id'], { where: \"status = 'published'\" })",
          "  op.createCheckConstraint('ck', 'posts', \"status <> 'published' OR id > 0\")",
          "  op.createView('v', 'SELECT id, status FROM posts')",
          "  op.createView('w', 'SELECT status FROM v')",
          "  op.createPolicy('pol', 'posts', { using: \"status = 'published'\" })",
          "  op.createFunction('lbl', 'status', \"CREATE FUNCTION lbl(s status) RETURNS text LANGUAGE sql AS 'SELECT s::text'\")",
        ].join('\n'),
      },
      {
        id: 'b1',
        down: 'a1',
        upgrade: "  op.dropEnumValue('status', 'archived', { remap: 'draft' })",
        downgrade: "  op.addEnumValue('status', 'archived')",
      },
      {
        id: 'c1',
        down: 'b1',
        upgrade: "  op.alterEnum('status', { from: ['draft', 'published'], to: ['published', 'draft', 'idea'] })",
      },
    ],
    moves: [
      { go: '+a1', labels: all },
      {
        go: '+b1',
        from: 'a1',
        first: "INSERT INTO posts VALUES (1, 'archived', '{archived,published}')",
        labels: 'draft,published',
      },
      { go: '+c1', from: 'b1', labels: 'published,draft,idea' },
      { go: '-b1', from: 'c1', labels: 'draft,published' },
      { go: '-a1', from: 'b1', labels: 'draft,published,archived' },
    ],
    after: ["SELECT lbl(w.status) || ' ' || seen::text FROM posts, w", 'draft {draft,published}'],
  },
  'a type is not dropped while anything uses it: columns, functions, domains are named': {
    revisions: [posts, { id: 'b1', down: 'a1', upgrade: "  op.dropEnum('status')", downgrade: '' }],
    moves: [
      { go: '+a1', labels: all },
      {
        go: '+b1',
        from: 'a1',
        first:
          "CREATE FUNCTION lbl(s status) RETURNS text LANGUAGE sql AS 'SELECT s::text'; CREATE DOMAIN dom AS status; CREATE CAST (status AS bigint) WITH INOUT",
        refused: [/posts\.status/, /function lbl\(status\)/, /type dom/, /cast from status to bigint/],
        labels: all,
      },
    ],
  },
}

/** As psql does: statement by statement on one connection. */
async function feed(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (const { text } of splitStatements(sql)) await client.query(text)
  } finally {
    await client.end()
  }
}

interface Place {
  readonly url: string
  value(sql: string): Promise<string>
  script(sql: string): Promise<void>
}

async function tell(story: Story, place: Place, offline: boolean): Promise<void> {
  const cli = project(place.url, '')
  try {
    write(cli, ...story.revisions)
    if (story.before !== undefined) await place.script(story.before)
    for (const { go, from, first, labels: wanted, refused } of story.moves) {
      if (first !== undefined) await place.script(first)
      const [command, target] = [go.startsWith('+') ? 'upgrade' : 'downgrade', go.slice(1)]
      let said = ''
      if (offline) {
        const script = await cli.run(
          command,
          `${from ?? (command === 'upgrade' ? '' : target)}:${target}`.replace(/^:/, ''),
          '--sql',
        )
        expect(script.stderr.includes('error'), script.stderr).toBe(false)
        try {
          await place.script(script.stdout)
        } catch (error) {
          said = (error as Error).message
        }
      } else {
        const done = await cli.run(command, target)
        if (done.code !== 0) said = done.stderr
      }
      if (refused === undefined) expect(said, `${command} ${target}`).toBe('')
      for (const pattern of refused ?? []) expect(said).toMatch(pattern)
      expect(await place.value(labels), `${command} ${target}`).toBe(wanted)
    }
    if (story.after !== undefined) expect(await place.value(story.after[0]!)).toBe(story.after[1])
  } finally {
    cli.close()
  }
}

describeLive('enums of hand-written revisions', (server) => {
  describe.each([
    ['online', false],
    ['offline', true],
  ] as const)('%s', (_, offline) => {
    test.each(Object.entries(stories))('%s', async (__, story) => {
      const database = await server.createDatabase()
      try {
        await tell(
          story,
          {
            url: database.url,
            value: (sql) => value(database.url, sql),
            script: (sql) => feed(database.url, sql),
          },
          offline,
        )
      } finally {
        await database.drop()
      }
    })
  })
})

describe('enums of hand-written revisions, embedded', () => {
  test('are made once, and go with the last user', { timeout: 120_000 }, async () => {
    const dir = mkdtempSync(join(tmpdir(), 'ambix-embedded-'))
    const url = `pglite:${join(dir, 'pg')}`
    const using = async <T>(work: (connection: Connection) => Promise<T>): Promise<T> => {
      const connection = await pglite.open(url, { projectDir: dir })
      try {
        return await work(connection)
      } finally {
        await connection.close()
      }
    }
    const place: Place = {
      url,
      value: (sql) => using(async (c) => String((await c.values(sql))[0]?.[0])),
      script: (sql) =>
        using(async (c) => {
          await c.script(sql)
        }),
    }
    try {
      const story = stories['a drop by hand takes the enum of the last user along']!
      await tell({ ...story, moves: story.moves.slice(0, 3) }, place, false)
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  })
})
