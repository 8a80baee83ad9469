/** Issue 10, point 8, on MariaDB: a disk that is full, and Ctrl-C or a run while no connection is left; the next plain run finishes the work. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { upgrade } from '../../src/commands/move.ts'
import type { Config } from '../../src/config/config.ts'
import type { Connection } from '../../src/drivers/driver.ts'
import type { AmbixError } from '../../src/errors.ts'
import { folderOf } from '../support/folder.ts'
import { describePrivateMysql, open } from '../support/mysql.ts'

const others: Connection[] = []
async function leave(): Promise<void> {
  for (const one of others.splice(0)) await one.close()
}
afterEach(leave)

/** Sessions of this user until the server takes no more; the number of the error that said so. */
async function takeAll(url: string): Promise<unknown> {
  for (;;) {
    try {
      others.push(await open(url))
    } catch (error) {
      // A cast: what drivers throw.
      return (error as AmbixError).data?.['serverCode']
    }
  }
}

const count = "op.execute('UPDATE ctr SET n = n + 1')"
const file = (id: string, down: string | null, up: string): string =>
  `export const revision = '${id}'\nexport const downRevision = ${JSON.stringify(down)}\nexport function upgrade(op) {\n  ${up}\n}\nexport function downgrade(op) {}\n`
const filesOf = (sql: string): Readonly<Record<string, string>> => ({
  'migrations/a1.ts': file('a1', null, count),
  'migrations/a2.ts': file('a2', 'a1', `${count}; op.execute(${JSON.stringify(sql)})`),
  'migrations/a3.ts': file('a3', 'a2', count),
})
async function prepared(root: string, more: readonly string[] = []): Promise<Connection> {
  const admin = await open(root)
  others.push(admin)
  for (const sql of ['CREATE TABLE ctr (n integer)', 'INSERT INTO ctr VALUES (0)', ...more]) await admin.script(sql)
  return admin
}
async function failed(run: Promise<unknown>): Promise<{ readonly code: string; readonly said: string }> {
  const error = await run.then(
    () => expect.fail('it did not fail'),
    // A cast: what commands throw.
    (e: unknown) => e as AmbixError,
  )
  return { code: error.code, said: [error.message, error.why ?? '', ...error.next.map((n) => n.text)].join('\n') }
}
async function finishes(config: Config, admin: Connection): Promise<void> {
  expect(await upgrade(config)).toMatchObject([{ to: ['a3'] }])
  expect(await admin.values('SELECT n FROM ctr')).toEqual([['3']])
  expect(await admin.values('SELECT COUNT(*) FROM ambix_journal')).toEqual([['0']])
}

/** A small file system in memory, which only root may mount; `reason` where it cannot be had. */
function smallDisk(): { readonly folder: string } | { readonly reason: string } {
  const folder = mkdtempSync(join(tmpdir(), 'ambix-disk-'))
  const done = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=0777', 'tmpfs', folder], { encoding: 'utf8' })
  if (done.status === 0) return { folder }
  rmdirSync(folder)
  return { reason: `no small disk can be mounted: ${(done.stderr ?? String(done.error)).trim()}` }
}

const disk = smallDisk()
if ('reason' in disk) describe.skip(`a full disk on MariaDB (skipped: ${disk.reason})`, () => {})
else
  describePrivateMysql('a full disk on MariaDB', [], (fresh) => {
    const { folder } = disk
    afterEach(() => {
      expect(spawnSync('umount', ['-l', folder]).status).toBe(0)
      rmdirSync(folder)
    })

    test('tells what is applied, and goes on when there is room', async () => {
      chmodSync(folder, 0o777)
      const root = await fresh()
      const admin = await prepared(root, [`CREATE TABLE big (x longtext) ENGINE = InnoDB DATA DIRECTORY = '${folder}'`])
      const config: Config = {
        root: folderOf(filesOf("INSERT INTO big SELECT REPEAT('x', 8000) FROM seq_1_to_1500")),
        url: root,
      }
      const { code, said } = await failed(upgrade(config))
      expect([code, said]).toEqual(['DATABASE.STATEMENT', expect.stringMatching(/big' is full|No space|errno: 28/i)])
      expect(said).toMatch(/Revision a2 was rolled back\. Done before, and kept: a1\./)
      expect(said).toMatch(/Make room there, and run the command again/)
      expect(await admin.values('SELECT version_num FROM ambix_version')).toEqual([['a1']])
      expect(await admin.values('SELECT n FROM ctr')).toEqual([['1']])
      expect(await admin.values('SELECT COUNT(*) FROM big')).toEqual([['0']])
      expect(spawnSync('mount', ['-o', 'remount,size=64m', folder]).status).toBe(0)
      await finishes(config, admin)
      expect(await admin.values('SELECT COUNT(*) FROM big')).toEqual([['1500']])
    })
  })

describePrivateMysql('no connection left on MariaDB', ['--max-connections=20', '--max-user-connections=6'], (fresh) => {
  const guest = async (limit: number): Promise<{ root: string; url: string; admin: Connection }> => {
    const root = await fresh()
    const admin = await prepared(root, [
      `CREATE OR REPLACE USER guest@'%' IDENTIFIED BY '' WITH MAX_USER_CONNECTIONS ${limit}`,
      "GRANT ALL ON * TO guest@'%'",
    ])
    const url = new URL(root)
    url.username = 'guest'
    return { root, url: url.href, admin }
  }

  // By the limit of the server, and by that of the account.
  test.each([
    [0, '1203', /takes no more connections of this user[\s\S]*max_user_connections/],
    [3, '1226', /The account takes no more connections[\s\S]*MAX_USER_CONNECTIONS/],
  ])('before the run, by a limit of %i (%s)', async (limit, number, says) => {
    const { url, admin } = await guest(limit)
    const config: Config = { root: folderOf(filesOf('SELECT 1')), url }
    const held = others.splice(0)
    expect(await takeAll(url)).toBe(number)
    const { code, said } = await failed(upgrade(config))
    expect([code, said]).toEqual(['DATABASE.CONNECT', expect.stringMatching(says)])
    expect(said).toMatch(/Run the same command again/)
    await leave()
    others.push(...held)
    await finishes(config, admin)
  })

  test('Ctrl-C while no other is free: it ends, and the next run goes on', async () => {
    const { url, admin } = await guest(3)
    const slow = 'SELECT SLEEP(IF((SELECT COUNT(*) FROM good) > 0, 0, 60))'
    await admin.script('CREATE TABLE good (n integer)')
    const config: Config = { root: folderOf(filesOf(slow)), url }
    const stop = new AbortController()
    const run = failed(upgrade(config, 'head', { signal: stop.signal }))
    const sleeping = "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND STATE = 'User sleep'"
    while ((await admin.values(sleeping)).length === 0) await sleep(25)
    expect(await takeAll(url)).toBe('1226')
    stop.abort()
    const { code, said } = await run
    expect(code).toBe('RUN.INTERRUPTED')
    expect(said).toMatch(/Revision a2 was rolled back\. Done before, and kept: a1\./)
    expect(said).toMatch(/Run the same command again/)
    // What it left at the server is as if an administrator found it.
    for (const [id] of await admin.values(sleeping)) await admin.script(`KILL CONNECTION ${id}`)
    for (const one of others.filter((o) => o !== admin)) await one.close()
    expect(await admin.values('SELECT version_num FROM ambix_version')).toEqual([['a1']])
    await admin.script('INSERT INTO good VALUES (1)')
    await finishes(config, admin)
  })
})
