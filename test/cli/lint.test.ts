/** Issue 10, item 5: `ambix lint` over .ts and .sql revisions, its formats, what is allowed, and the gate of `upgrade`. */
import { describe, expect, it } from 'vitest'
import { describeLive, freshDatabase } from '../support/live.ts'
import { sandbox } from './sandbox.ts'
import type { Sandbox } from './sandbox.ts'

const nobody = 'postgres://nobody@127.0.0.1:1/x'
const files = {
  'migrations/a1.ts': `import type { Operations } from 'ambix'
import { integer, text } from 'ambix/schema'

export const revision = 'a1'
export const downRevision = null

export function upgrade(op: Operations): void {
  op.createTable('posts', { id: integer().primaryKey(), body: text() })
  op.createIndex('posts_id_ix', 'posts', ['id'])
}
`,
  'migrations/a2.ts': `import type { Operations } from 'ambix'

export const revision = 'a2'
export const downRevision = 'a1'

export function upgrade(op: Operations): void {
  op.createIndex('posts_body_ix', 'posts', ['body'], { concurrently: true })
  op.dropColumn(
    'posts',
    'body',
  )
}
`,
  'migrations/a3.sql': `-- drop the rest
-- revision: a3
-- down_revision: a2

-- upgrade
CREATE TABLE notes (id integer);
CREATE INDEX notes_ix ON notes (id);
-- the one that hurts
create index on "posts" (id);
DROP TABLE posts;
`,
}

const project = (config: object = {}, more: Readonly<Record<string, string>> = {}): Sandbox =>
  sandbox({ url: nobody, files: { ...files, ...more }, config: { url: nobody, ...config } })

describe('ambix lint', () => {
  it('text: every hazard with file and line, and no database is asked; what the same revision created is free', async () => {
    const s = project()
    const { code, stdout, stderr } = await s.$('lint')
    expect(stdout.split('\n')).toEqual([
      'migrations/a2.ts:7: FULL_SCAN posts: reads all rows of posts (SHARE UPDATE EXCLUSIVE) [note]',
      'migrations/a2.ts:8: DATA_LOSS posts.body: drops column posts.body with its values (ACCESS EXCLUSIVE)',
      'migrations/a3.sql:9: FULL_SCAN posts: reads all rows of posts (SHARE)',
      'migrations/a3.sql:9: BLOCKS_WRITES posts: nobody writes posts until the transaction ends (SHARE)',
      'migrations/a3.sql:10: DATA_LOSS posts: drops table posts (ACCESS EXCLUSIVE)',
      '',
    ])
    expect(stderr).toBe(
      '4 hazards in 3 revisions that nobody allowed.\nTo allow one, write into migrations/a2.ts: export const allow = ["DATA_LOSS:posts.body"]\n',
    )
    expect(code).toBe(2)
  })

  it('a range is what an upgrade from one to the other runs; a word is one revision', async () => {
    const s = project()
    const looked = async (range: string): Promise<unknown> =>
      (JSON.parse((await s.$(`lint ${range} --json`)).stdout) as { revisions: unknown }).revisions
    expect(await looked('a1:a2')).toEqual(['a2'])
    expect(await looked(':a2')).toEqual(['a1', 'a2'])
    expect(await looked('a2:')).toEqual(['a3'])
    expect(await looked('head')).toEqual(['a3'])
    expect(await s.$('lint a1')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'No hazard in 1 revision that is not allowed.\n',
    })
    expect((await s.$('lint zz')).stderr).toContain('REVISION.UNKNOWN')
  })

  it('allowed by the revision, the configuration and a flag, by name; another object is not', async () => {
    const s = project(
      { allow: ['DATA_LOSS:posts'] },
      {
        'migrations/a2.ts': files['migrations/a2.ts'].replace(
          'export function',
          "export const allow = ['DATA_LOSS:posts.body']\n\nexport function",
        ),
        'migrations/a3.sql': files['migrations/a3.sql'].replace('a2\n', 'a2\n-- allow: FULL_SCAN:posts\n'),
      },
    )
    const by = async (flags: string): Promise<unknown> => {
      const { code, stdout } = await s.$(`lint --json ${flags}`)
      const { findings } = JSON.parse(stdout) as {
        findings: readonly { code: string; object: string; allowedBy?: string; level: string }[]
      }
      return [code, ...findings.map((f) => `${f.code}:${f.object} ${f.allowedBy ?? f.level}`)]
    }
    expect(await by('--allow BLOCKS_WRITES:users')).toEqual([
      2,
      'FULL_SCAN:posts note',
      'DATA_LOSS:posts.body revision',
      'FULL_SCAN:posts revision',
      'BLOCKS_WRITES:posts error',
      'DATA_LOSS:posts config',
    ])
    expect(await by('--allow BLOCKS_WRITES')).toContain('BLOCKS_WRITES:posts option')
    expect((await s.$('lint --allow BLOCKS_WRITES:posts')).code).toBe(0)
    expect((await s.$('show a3')).stdout).not.toContain('allow:')
    expect((await s.$('lint --allow posts')).stderr).toContain('USAGE.INVALID')
    expect((await s.$('lint --format xml')).stderr).toContain('USAGE.INVALID')
  })

  it('SARIF and annotations of GitHub', async () => {
    const s = project({ allow: ['DATA_LOSS:posts'] })
    expect((await s.$('lint a3 --format github')).stdout).toBe(
      [
        '::error file=migrations/a3.sql,line=9,title=FULL_SCAN posts::reads all rows of posts (SHARE)',
        '::error file=migrations/a3.sql,line=9,title=BLOCKS_WRITES posts::nobody writes posts until the transaction ends (SHARE)',
        '::notice file=migrations/a3.sql,line=10,title=DATA_LOSS posts::drops table posts (ACCESS EXCLUSIVE)',
        '',
      ].join('\n'),
    )
    const log = JSON.parse((await s.$('lint a3 --format sarif')).stdout) as {
      version: string
      runs: readonly { tool: { driver: { rules: unknown } }; results: readonly Record<string, unknown>[] }[]
    }
    expect(log.version).toBe('2.1.0')
    expect(log.runs[0]!.tool.driver.rules).toEqual([{ id: 'BLOCKS_WRITES' }, { id: 'DATA_LOSS' }, { id: 'FULL_SCAN' }])
    expect(log.runs[0]!.results.map((r) => [r['ruleId'], r['ruleIndex'], r['level'], r['suppressions']])).toEqual([
      ['FULL_SCAN', 2, 'error', undefined],
      ['BLOCKS_WRITES', 0, 'error', undefined],
      ['DATA_LOSS', 1, 'note', [{ kind: 'external' }]],
    ])
    expect(log.runs[0]!.results[0]!['locations']).toEqual([
      { physicalLocation: { artifactLocation: { uri: 'migrations/a3.sql' }, region: { startLine: 9 } } },
    ])
  })

  it('op.run and what only a database could tell do not end the list', async () => {
    const s = project(
      {},
      {
        'migrations/a4.js': `export const revision = 'a4'\nexport const downRevision = 'a3'\nexport function upgrade(op) {\n  op.run(async () => {})\n  op.execute('truncate notes')\n}\n`,
      },
    )
    expect((await s.$('lint a4')).stdout).toBe(
      'migrations/a4.js:5: DATA_LOSS notes: deletes all rows of notes (ACCESS EXCLUSIVE)\n',
    )
  })
})

describe("hazards: 'refuse'", () => {
  const sqlite = (config: object, url = 'sqlite:a.db'): Sandbox =>
    sandbox({
      url,
      // Where a rebuild is how a column is dropped, that is allowed: it is not what this is about.
      config: { url, hazards: 'refuse', allow: ['TABLE_REWRITE'], ...config },
      files: {
        'migrations/a1.js': `import { integer, text } from 'ambix/schema'\nexport const revision = 'a1'\nexport const downRevision = null\nexport function upgrade(op) {\n  op.createTable('t', { id: integer(), b: text() })\n}\n`,
        'migrations/a2.js': `export const revision = 'a2'\nexport const downRevision = 'a1'\nexport function upgrade(op) {\n  op.dropColumn('t', 'b')\n}\n`,
      },
    })
  it('refuses before anything runs, and says how to allow it; allowed, it runs', async () => {
    const s = sqlite({})
    expect(await s.$('upgrade head')).toEqual({
      code: 2,
      stdout: '',
      stderr: [
        'Database: sqlite:a.db',
        'error: The upgrade has a hazard that nobody allowed; nothing was run [RUN.HAZARD]',
        '  migrations/a2.js:4: revision a2: DATA_LOSS t.b: drops column t.b with its values',
        "  → Accept them in migrations/a2.js: export const allow = ['DATA_LOSS:t.b']",
        '  → Or for this run: ambix upgrade --allow DATA_LOSS:t.b',
        '',
      ].join('\n'),
    })
    expect((await s.$('current')).stdout).toBe('')
    expect((await s.$('upgrade a1')).code).toBe(0)
    expect((await s.$('upgrade head --dry-run')).code).toBe(0)
    expect((await s.$('upgrade head --allow DATA_LOSS:t.x')).code).toBe(2)
    expect((await s.$('upgrade head --allow DATA_LOSS:t.b')).code).toBe(0)
    expect((await s.$('current')).stdout).toContain('a2')
  })
  it('the configuration allows; by default nothing is refused', async () => {
    expect((await sqlite({ allow: ['DATA_LOSS', 'TABLE_REWRITE'] }).$('upgrade head')).code).toBe(0)
    expect((await sqlite({ hazards: 'allow' }).$('upgrade head')).code).toBe(0)
    expect((await sqlite({ hazards: 'maybe' }).$('upgrade head')).stderr).toContain(
      "'allow', 'refuse' or 'refuse-both-ways'",
    )
  })
  it('what cannot be told is refused too, and says so', async () => {
    const s = sqlite({})
    s.write(
      'migrations/a1.js',
      `export const revision = 'a1'\nexport const downRevision = null\nexport function upgrade(op) {\n  op.execute('create table t (id integer, b text)')\n}\n`,
    )
    expect((await s.$('upgrade head')).stderr).toContain(
      'migrations/a2.js:1: revision a2: NOT_COMPILED a2: the hazards cannot be told',
    )
    expect((await s.$('current')).stdout).toBe('')
    expect((await s.$('upgrade a1')).code).toBe(0)
    // The table is in the live schema now.
    expect((await s.$('upgrade head')).stderr).toContain('a2.js:4: revision a2: DATA_LOSS t.b')
  })
  it("'refuse-both-ways': what a downgrade loses must be allowed by name too", async () => {
    const s = sqlite({ hazards: 'refuse-both-ways' })
    expect((await s.$('upgrade a1')).code).toBe(0)
    expect(await s.$('downgrade')).toEqual({
      code: 2,
      stdout: '',
      stderr: [
        'Database: sqlite:a.db',
        'error: The downgrade has a hazard that nobody allowed; nothing was run [RUN.HAZARD]',
        '  migrations/a1.js:4: revision a1: DATA_LOSS t: drops table t with its rows',
        "  → Accept them in migrations/a1.js: export const allow = ['DATA_LOSS:t']",
        '  → Or for this run: ambix downgrade --allow DATA_LOSS:t',
        '',
      ].join('\n'),
    })
    expect((await s.$('current')).stdout).toContain('a1')
    expect((await s.$('downgrade --dry-run')).code).toBe(0)
    expect((await s.$('downgrade --allow DATA_LOSS:other')).code).toBe(2)
    expect((await s.$('downgrade --allow DATA_LOSS:t')).code).toBe(0)
  })
  it("'refuse' asks nothing of a downgrade", async () => {
    const s = sqlite({})
    expect((await s.$('upgrade a1')).code).toBe(0)
    expect((await s.$('downgrade')).code).toBe(0)
  })
  describeLive('on a server', () => {
    it('looks at the live schema: a column that only the database knows', async () => {
      const db = await freshDatabase()
      const s = sqlite({}, db.url)
      expect((await s.$('upgrade head')).stderr).toContain('DATA_LOSS t.b')
      expect((await s.$('upgrade head --allow DATA_LOSS:t.b')).code).toBe(0)
    })
  })
})
