/** Issue 9, H3: a command that only reads loses its connection at any statement, and says so by a code, with nothing written. */
import pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { cuttingProxy, type Death } from '../support/cutting-proxy.ts'
import { describeLive, freshDatabase } from '../support/live.ts'
import { sandbox } from '../cli/sandbox.ts'

const before = `CREATE TABLE note (id integer PRIMARY KEY, body text);
INSERT INTO note VALUES (1, 'one')`
const revision = `-- notes
-- revision: a1
-- down_revision: none
-- upgrade
CREATE TABLE note (id integer PRIMARY KEY, body text);
-- downgrade
DROP TABLE note;
`
const files = {
  'migrations/a1.sql': revision,
  'schema.sql':
    'CREATE TABLE note (id integer PRIMARY KEY, body text, made date);\nCREATE VIEW notes AS SELECT id FROM note;',
}
const models = `import { check, date, integer, sql, table, text } from 'ambix/schema'
export const note = table('note', { id: integer().primaryKey(), body: text().default(sql\`lower('A')\`), made: date() }, (n) => [
  check('made_after', sql\`\${n.made} > '2020-01-01'\`),
])
`
const commands = [
  'current',
  'check',
  'check --database',
  'diff --sql',
  'pull',
  'types --kysely out.ts',
  'history -i',
  'stamp a1',
  'upgrade --dry-run',
  'revision --autogenerate -m more',
  'revision --autogenerate -m more --config models.config.json',
  'types --kysely out.ts --from schema',
]

describeLive('a connection that is lost', () => {
  const admin = new Map<string, pg.Client>()
  afterAll(async () => {
    for (const client of admin.values()) await client.end().catch(() => {})
  })
  const sessionOf = async (url: string): Promise<pg.Client> => {
    const client = admin.get(url) ?? new pg.Client({ connectionString: url })
    if (!admin.has(url)) await client.connect()
    admin.set(url, client)
    return client
  }

  test.each(commands)('%s', { timeout: 240_000 }, async (command) => {
    const { url } = await freshDatabase()
    const db = await sessionOf(url)
    await db.query(before)
    await db.query(`CREATE TABLE ambix_version (version_num varchar(255) PRIMARY KEY)`)
    if (command !== 'upgrade --dry-run') await db.query(`INSERT INTO ambix_version VALUES ('a1')`)
    const attempt = async (at: number, death: Death) => {
      const proxy = await cuttingProxy(url, at, death, async (pid) => {
        await db.query('SELECT pg_terminate_backend($1)', [pid])
      })
      const own = {
        'models.config.json': JSON.stringify({ url: proxy.url, schema: './models.ts' }),
        'models.ts': models,
      }
      const s = sandbox({ url: proxy.url, files: { ...files, ...own }, config: { schema: './schema.sql' } })
      const had = s.files()
      const outcome = await s.$(command)
      await proxy.close()
      return { ...outcome, seen: proxy.seen, written: s.files().filter((f) => !had.includes(f)) }
    }
    const usual = await attempt(0, 'cut')
    expect(usual.seen).toBeGreaterThan(0)
    const wrong: string[] = []
    let refusals = 0
    for (let at = 1; at <= usual.seen; at++) {
      // Both ways at every statement passed too; by turns they take half the time.
      const death = at % 2 === 0 ? 'cut' : 'terminate'
      const found = await attempt(at, death)
      const said = found.stdout + found.stderr
      // A session that was at its end, or that another one took the place of, costs nothing.
      const unharmed =
        found.code === usual.code && found.written.length === usual.written.length && !said.includes('tried out')
      const told =
        found.code === 1 && /\[DATABASE\.\w+\]/.test(said) && !/\n\s+at /.test(said) && found.written.length === 0
      if (told) refusals++
      if (!unharmed && !told) wrong.push(`${death} at ${at}: exit ${found.code}, ${found.written.join()}\n${said}`)
    }
    expect(wrong).toEqual([])
    // The connection was lost in the middle of work, not beside it.
    expect(refusals).toBeGreaterThan(0)
  })
})
