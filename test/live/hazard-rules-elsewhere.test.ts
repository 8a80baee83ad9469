/** Issue 10, done when 2: the rules that the run of all others on PostgreSQL leaves out, each on the server that it is about. */
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { sandbox, type Sandbox } from '../cli/sandbox.ts'
import { describeLive, freshDatabase } from '../support/live.ts'
import { describeMysql, mysqlDatabase, open } from '../support/mysql.ts'
import { rules } from '../hazards/rules.ts'

const names = 'bigint, enumRef, integer, sql, table, varchar'
const module = (id: string, down: string | null, up: string): string =>
  `import { ${names} } from 'ambix/schema'\nexport const revision = '${id}'\nexport const downRevision = ${JSON.stringify(down)}\nexport function upgrade(op) {\n  ${up}\n}\n`
const start = `op.createEnum('mood', ['sad', 'ok'])
  op.createTable('t', { id: integer().primaryKey(), n: integer(), small: varchar(5), mood: enumRef('mood') })
  op.createTable('nokey', { id: integer().notNull() })
  op.execute("INSERT INTO t VALUES (1, 1, 'a', 'ok'), (2, 2, 'b', 'sad')")
  op.execute('INSERT INTO nokey VALUES (1), (2)')`
const project = (url: string, body: string): Sandbox =>
  sandbox({
    url,
    files: { 'migrations/a1.ts': module('a1', null, start), 'migrations/a2.ts': module('a2', 'a1', body) },
  })

/** Runs the case of a rule: what is told of a rewrite, and whether the table is another one at the server afterwards. */
async function led(
  s: Sandbox,
  told: string,
  identity: () => Promise<unknown>,
): Promise<{ told: boolean; seen: boolean }> {
  expect(await s.$('upgrade a1 -q')).toEqual({ code: 0, stdout: '', stderr: '' })
  const before = await identity()
  expect(before).toBeDefined()
  const { stdout } = await s.$('lint a2')
  expect((await s.$('upgrade head -q')).stderr).toBe('')
  return { told: stdout.includes(told.replace(':', ' ')), seen: (await identity()) !== before }
}

const casesOf = (dialect: string): (readonly [string, string, string, boolean])[] =>
  rules
    .filter((rule) => rule.dialect === dialect)
    .flatMap((rule) =>
      (['bad', 'good'] as const).map(
        (kind) => [`${rule.id} ${kind}`, rule.told!, rule[kind]!.ts!, kind === 'bad'] as const,
      ),
    )

describeMysql('MySQL, MariaDB', () => {
  test.each(casesOf('mysql'))('%s: a copied table has another number', async (_, told, body, bad) => {
    const url = await mysqlDatabase()
    const db = await open(url)
    const table = told.split(':')[1]!
    const sql = `SELECT TABLE_ID FROM information_schema.INNODB_SYS_TABLES WHERE NAME = CONCAT(DATABASE(), '/${table}')`
    try {
      const found = await led(project(url, body), told, async () => (await db.values(sql))[0]?.[0])
      expect(found).toEqual({ told: bad, seen: bad })
    } finally {
      await db.close()
    }
  })
})

describe('SQLite', () => {
  test.each(casesOf('sqlite'))('%s: a rebuilt table has another row in the schema', async (_, told, body, bad) => {
    const s = project('sqlite:./app.db', body)
    const identity = async (): Promise<unknown> => {
      const db = new DatabaseSync(join(s.dir, 'app.db'))
      try {
        return db.prepare(`SELECT rowid AS id FROM sqlite_schema WHERE name = '${told.split(':')[1]!}'`).get()?.['id']
      } finally {
        db.close()
      }
    }
    expect(await led(s, told, identity)).toEqual({ told: bad, seen: bad })
  })
})

describeLive('PostgreSQL', (server) => {
  test('17e: a database is dropped with all that it holds', async () => {
    const { url } = await freshDatabase()
    const other = await server.createDatabase()
    const name = new URL(other.url).pathname.slice(1)
    const s = sandbox({
      url,
      files: {
        'migrations/a1.ts': module('a1', null, `op.execute('DROP DATABASE ${name}', { autocommit: true })`),
      },
    })
    const lint = await s.$('lint')
    expect(lint.code).toBe(2)
    expect(lint.stdout).toContain(`DATA_LOSS ${name}`)
    expect((await s.$('upgrade -q')).stderr).toBe('')
    const client = new pg.Client(url)
    await client.connect()
    try {
      expect((await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])).rows).toEqual([])
    } finally {
      await client.end()
    }
  })

  test('25e: the server cuts a name over 63 bytes, so that two become one', async () => {
    const { url } = await freshDatabase()
    const long = 'n'.repeat(63)
    const s = sandbox({
      url,
      files: {
        'migrations/a1.sql': `-- x\n-- revision: a1\n-- down_revision: none\n-- upgrade\nCREATE TABLE ${long}a (i int);\nCREATE TABLE ${long}b (i int);\n`,
      },
    })
    const lint = await s.$('lint')
    expect(lint.code).toBe(2)
    expect(lint.stdout).toContain(`NAME_TOO_LONG ${long}a`)
    expect(lint.stdout).toContain(`NAME_TOO_LONG ${long}b`)
    expect((await s.$('upgrade')).stderr).toContain(`relation "${long}" already exists`)
  })

  test('27b: an extension is upgraded by its script', async (context) => {
    const { url } = await freshDatabase()
    const client = new pg.Client(url)
    await client.connect()
    try {
      const { rows } = await client.query<{ name: string; source: string; target: string }>(
        `SELECT e.name, p.source, p.target FROM pg_available_extensions e, pg_extension_update_paths(e.name) p, pg_available_extension_versions v
         WHERE p.path IS NOT NULL AND v.name = e.name AND v.version = p.source AND v.requires IS NULL AND p.target = e.default_version
           AND e.name IN ('hstore', 'citext', 'pg_trgm', 'ltree', 'pg_stat_statements') ORDER BY 1, 2 DESC LIMIT 1`,
      )
      if (rows[0] === undefined) return context.skip('the server has no extension in two versions')
      const { name, source, target } = rows[0]
      const s = sandbox({
        url,
        files: {
          'migrations/a1.ts': module('a1', null, `op.execute("CREATE EXTENSION ${name} VERSION '${source}'")`),
          'migrations/a2.ts': module('a2', 'a1', `op.execute("ALTER EXTENSION ${name} UPDATE TO '${target}'")`),
        },
      })
      const lint = await s.$('lint a2')
      expect(lint.code).toBe(2)
      expect(lint.stdout).toContain(`OPAQUE ${name}`)
      expect((await s.$('upgrade -q')).stderr).toBe('')
      const found = await client.query('SELECT extversion FROM pg_extension WHERE extname = $1', [name])
      expect(found.rows).toEqual([{ extversion: target }])
    } finally {
      await client.end()
    }
  })
})
