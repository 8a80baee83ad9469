/** Issue 10, point 8, where files are what fails: a SQLite file, the folder of migrations, the disk of the client. */
import { spawnSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { revisionFile, sandbox, type Outcome, type Sandbox } from './sandbox.ts'

const program = fileURLToPath(new URL('program.mjs', import.meta.url))
const isRoot = process.getuid?.() === 0
const run = (s: Sandbox, command: string, args: readonly string[]): Outcome => {
  const done = spawnSync(command, args, {
    cwd: s.dir,
    encoding: 'utf8',
    // What Node compiled is kept in a file, which could be the one that is too long.
    env: { ...process.env, NO_COLOR: '1', NODE_COMPILE_CACHE: '' },
  })
  return { code: done.status ?? -1, stdout: done.stdout, stderr: done.stderr }
}
/** No file of the process may grow beyond so many KiB, as on a disk that is full. */
const withRoom = (s: Sandbox, kib: number, ...argv: readonly string[]): Outcome =>
  run(s, 'bash', ['-c', `ulimit -f ${kib}; exec "$@"`, 'bash', process.execPath, program, ...argv])
/** As somebody whom permissions stop: root without the power to pass over them. */
const withoutPowers = (s: Sandbox, ...argv: readonly string[]): Outcome => {
  const own = [process.execPath, program, ...argv]
  return isRoot
    ? run(s, 'setpriv', [
        '--bounding-set=-dac_override,-dac_read_search',
        '--inh-caps=-dac_override,-dac_read_search',
        ...own,
      ])
    : run(s, own[0]!, own.slice(1))
}

const project = (): Sandbox => {
  const count = "op.execute('UPDATE ctr SET n = n + 1')"
  const s = sandbox({
    url: 'sqlite:./app.db',
    files: {
      'migrations/a1.ts': revisionFile('a1', null, {
        up: `op.execute('CREATE TABLE ctr (n integer)'); op.execute('INSERT INTO ctr VALUES (1)'); op.execute('CREATE TABLE big (x text)')`,
      }),
      'migrations/a2.ts': revisionFile('a2', 'a1', {
        up: `${count}; op.execute("INSERT INTO big WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < 500) SELECT hex(randomblob(500)) FROM g")`,
      }),
      'migrations/a3.ts': revisionFile('a3', 'a2', { up: count }),
    },
  })
  return s
}
const state = (s: Sandbox): unknown => {
  const db = new DatabaseSync(join(s.dir, 'app.db'))
  try {
    return [
      db.prepare('SELECT version_num AS v FROM ambix_version').get()?.['v'],
      db.prepare('SELECT n FROM ctr').get()?.['n'],
    ]
  } finally {
    db.close()
  }
}
const told = (outcome: Outcome, code: string, says: RegExp): void => {
  expect(outcome.stderr).toContain(`[${code}]`)
  expect(outcome.stderr).toMatch(says)
  expect(outcome.stderr).toContain('→')
  expect(outcome.stderr).not.toMatch(/\n\s+at /)
  expect([1, 3]).toContain(outcome.code)
}

test('SQLite: the disk is full in the second revision', async () => {
  const s = project()
  told(withRoom(s, 200, 'upgrade'), 'DATABASE.STATEMENT', /kept: a1[\s\S]*Make room/)
  expect(state(s)).toEqual(['a1', 1])
  expect((await s.$('upgrade')).code).toBe(0)
  expect(state(s)).toEqual(['a3', 3])
})

test('SQLite: the file may only be read', async () => {
  const s = project()
  expect((await s.$('upgrade a1')).code).toBe(0)
  chmodSync(join(s.dir, 'app.db'), 0o444)
  told(withoutPowers(s, 'upgrade'), 'DATABASE.STATEMENT', /(?:Nothing was applied|rolled back)[\s\S]*may only be read/)
  chmodSync(join(s.dir, 'app.db'), 0o644)
  expect(state(s)).toEqual(['a1', 1])
  expect((await s.$('upgrade')).code).toBe(0)
  expect(state(s)).toEqual(['a3', 3])
})

test('SQLite: the folder of the file may not be written', async () => {
  const s = project()
  expect((await s.$('upgrade a1')).code).toBe(0)
  chmodSync(s.dir, 0o555)
  const found = withoutPowers(s, 'upgrade')
  chmodSync(s.dir, 0o755)
  told(found, 'DATABASE.STATEMENT', /(?:Nothing was applied|rolled back)[\s\S]*write/)
  expect(state(s)).toEqual(['a1', 1])
  expect((await s.$('upgrade')).code).toBe(0)
  expect(state(s)).toEqual(['a3', 3])
})

test('SQLite: another process has the file', async () => {
  const s = project()
  expect((await s.$('upgrade a1')).code).toBe(0)
  const other = new DatabaseSync(join(s.dir, 'app.db'))
  other.exec('BEGIN IMMEDIATE')
  const found = await s.$('upgrade --lock-wait 200ms')
  other.exec('ROLLBACK')
  other.close()
  told(found, 'DATABASE.LOCKED', /Run|run/i)
  expect(found.code).toBe(3)
  expect((await s.$('upgrade')).code).toBe(0)
  expect(state(s)).toEqual(['a3', 3])
})

test('SQLite: another tool has changed the version rows', async () => {
  const s = project()
  expect((await s.$('upgrade a1')).code).toBe(0)
  const change = (sql: string): void => {
    const db = new DatabaseSync(join(s.dir, 'app.db'))
    db.exec(sql)
    db.close()
  }
  change("UPDATE ambix_version SET version_num = 'z9'")
  told(await s.$('upgrade'), 'VERSION.UNKNOWN_REVISION', /z9/)
  expect(state(s)).toEqual(['z9', 1])
  change(
    "UPDATE ambix_version SET version_num = 'a1'; CREATE TRIGGER gone AFTER UPDATE ON ctr BEGIN DELETE FROM ambix_version; END",
  )
  // Within the revision's own transaction.
  told(await s.$('upgrade'), 'VERSION.ROW_COUNT', /history --applied/)
  expect(state(s)).toEqual(['a1', 1])
  change('DROP TRIGGER gone')
  expect((await s.$('upgrade')).code).toBe(0)
  expect(state(s)).toEqual(['a3', 3])
})

test('SQLite: the file is none', async () => {
  const s = project()
  writeFileSync(join(s.dir, 'app.db'), 'no database at all '.repeat(100))
  const found = await s.$('upgrade')
  expect(found.code).toBe(1)
  expect(found.stderr).toMatch(/\[DATABASE\.\w+\][\s\S]*not a database/)
  expect(found.stderr).not.toMatch(/\n\s+at /)
})

test('a revision cannot be written where there is no room, and nothing half is left', async () => {
  const s = sandbox({ url: 'sqlite:./app.db', files: { 'migrations/a1.ts': revisionFile('a1', null) } })
  told(withRoom(s, 0, 'revision', '-m', 'more'), 'FILES.WRITE', /cannot be written/)
  expect(s.files()).toEqual(['a1.ts'])
  expect((await s.$('revision -m more --rev-id b2')).code).toBe(0)
  expect(s.files()).toHaveLength(2)
})

test('a revision cannot be written into a folder that may only be read', async () => {
  const s = sandbox({ url: 'sqlite:./app.db', files: { 'migrations/a1.ts': revisionFile('a1', null) } })
  chmodSync(join(s.dir, 'migrations'), 0o555)
  told(withoutPowers(s, 'revision', '-m', 'more'), 'FILES.WRITE', /cannot be written[\s\S]*permissions/)
  chmodSync(join(s.dir, 'migrations'), 0o755)
  expect(s.files()).toEqual(['a1.ts'])
  expect((await s.$('revision -m more --rev-id b2')).code).toBe(0)
})

test('a folder that may not be read is told, and the next run finds it', async () => {
  const s = project()
  chmodSync(join(s.dir, 'migrations'), 0o000)
  const found = withoutPowers(s, 'upgrade')
  chmodSync(join(s.dir, 'migrations'), 0o755)
  told(found, 'FILES.READ', /permission is denied/)
  expect((await s.$('upgrade')).code).toBe(0)
})
