/** Where the targets of a fleet are read from, how far ahead, and what is wrong with them; and how the command line tells of them. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { progressText } from '../../src/cli/fleet/progress.ts'
import { createTarget } from '../../src/commands/fleet/create-target.ts'
import { readFleet } from '../../src/commands/fleet/read.ts'
import type { TargetReading } from '../../src/commands/fleet/read.ts'
import { parseStages } from '../../src/commands/fleet/stages.ts'
import type { Config, Target } from '../../src/config/config.ts'
import { hostOf } from '../../src/runtime/fleet/pool.ts'
import { bin, revisionFile, sandbox } from '../cli/sandbox.ts'
import { describeLive } from '../support/live.ts'
import { first, fleetOf } from './tenants.ts'

describeLive('the targets of a fleet', (server) => {
  test('a list, a function, an async generator, a query and a file give the same fleet', async () => {
    const f = await fleetOf(server, 7)
    const list = f.ids.map((id): Target => ({ id, schema: id }))
    await f.sql('CREATE TABLE tenants (id text, place text)')
    await f.sql(`INSERT INTO tenants SELECT nspname, nspname FROM pg_namespace WHERE nspname ~ '^t[0-9]+$'`)
    writeFileSync(join(f.dir, 'targets.jsonl'), `${list.map((t) => JSON.stringify(t)).join('\n')}\n\n`)
    const sources: readonly NonNullable<Config['targets']>[] = [
      list,
      () => list,
      async () => list,
      async function* () {
        yield* list
      },
      (async function* () {
        yield* list
      })(),
      { sql: 'SELECT id, place AS schema FROM tenants;' },
      { file: './targets.jsonl' },
    ]
    for (const targets of sources) {
      const up = await f.run('upgrade', 'head', {}, { targets })
      expect(up.events.flatMap((e) => (e.event === 'target' ? [e.target] : [])).toSorted()).toEqual(f.ids)
    }
  })

  test('a query is read page by page, without a transaction that stays open', async () => {
    const f = await fleetOf(server, 2)
    const sql =
      "SELECT i AS id, 't000' || i % 2 AS schema, NULL AS url, ARRAY['x'] AS tags FROM generate_series(1, 1201) i"
    const up = await f.run('upgrade', 'head', { stages: 'x' }, { targets: { sql } })
    expect(up).toMatchObject({ done: 1201, failed: 0 })
    expect(up.events.find((e) => e.event === 'run')).toMatchObject({ total: 1201 })
  })

  test('of an iterable of 2,000 no more are pulled than are soon at work', async () => {
    const f = await fleetOf(server, 4)
    let pulled = 0
    let settled = 0
    let ahead = 0
    const targets = async function* (): AsyncIterable<Target> {
      for (let i = 0; i < 2000; i++) {
        pulled++
        ahead = Math.max(ahead, pulled - settled)
        yield { id: `n${i}`, schema: `t000${i % 4}` }
      }
    }
    const up = await f.run(
      'upgrade',
      'head',
      { parallel: 8, onEvent: (e) => void (e.event === 'target' && settled++) },
      { targets },
    )
    expect(up).toMatchObject({ done: 2000, failed: 0 })
    expect(pulled).toBe(2000)
    // Twice as many as run at once, two pages of targets (one that is claimed, one that is read), and as many results
    // that are recorded or wait for it, since a target is told of once it is recorded.
    expect(ahead).toBeLessThanOrEqual(8 * 2 + 4 * 128)
  })

  test('targets of their own databases, of another dialect than the control database', async () => {
    const f = await fleetOf(server, 0)
    const other = await server.createDatabase()
    const targets: readonly Target[] = [
      ...['a', 'b', 'c'].map((id) => ({ id, url: `sqlite:${id}.db` })),
      { id: 'other', url: other.url },
    ]
    try {
      expect(await f.run('upgrade', 'head', {}, { targets })).toMatchObject({ done: 4, failed: 0 })
      expect(await readFleet({ ...f.config, targets }, 'current')).toMatchObject({
        targets: 4,
        behind: 0,
        failed: 0,
        revisions: [{ revision: 'bbbbbbbbbbbb', targets: 4 }],
      })
      expect(await f.run('downgrade', 'base', {}, { targets })).toMatchObject({ done: 4, failed: 0 })
      const wrong = await f.run('upgrade', 'head', {}, { targets: [{ id: 'a', url: 'sqlite:a.db', schema: 'x' }] })
      expect(wrong.events.find((e) => e.event === 'target')).toMatchObject({ error: { code: 'FLEET.TARGETS' } })
    } finally {
      await other.drop()
    }
  })

  test('what is wrong with a target is said, without its URL', async () => {
    const f = await fleetOf(server, 1)
    const wrong = async (targets: unknown): Promise<string> =>
      f.run('upgrade', 'head', {}, { targets: targets as Config['targets'] }).then(
        () => 'nothing',
        (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
      )
    const at = 'FLEET.TARGETS: The configuration'
    expect(await wrong([{ schema: 'x' }])).toBe(`${at}: a target has no id`)
    expect(await wrong([{ id: 'a', url: 7 }])).toBe(`${at}: a target (a) has a url that is no text`)
    expect(await wrong([{ id: 'a', tags: [1] }])).toBe(`${at}: a target (a) has tags that are no texts`)
    expect(await wrong([{ id: 'a' }, { id: 'a' }])).toBe(`${at}: two targets have the id a`)
    expect(await wrong([[]])).toBe(`${at}: a target is no object`)
    for (const id of [2 ** 60, NaN])
      expect(await wrong([{ id }])).toBe(`${at}: a target has the id ${id}, which no number is exact enough for`)
    // What the table of the state cannot have: the whole run ended with it, and its other targets could not go on.
    for (const id of ['nul\0', 'half \ud800'])
      expect(await wrong([{ id }])).toContain('that no database keeps as it is')
    expect(await wrong([{ id: 'x'.repeat(501) }])).toContain('has an id of 501 characters')
    expect(await wrong(() => 5)).toBe(`${at}: the function \`targets\` gives nothing that can be read one by one`)
    expect(await wrong({ sql: 'SELECT nothing' })).toBe('FLEET.TARGETS: The query of `targets` fails')
    expect(await wrong({ file: 'nowhere.jsonl' })).toContain('cannot be read')
    expect(await wrong({ sgl: 'SELECT 1' })).toContain('nothing that can be read one by one')
    writeFileSync(join(f.dir, 'bad.jsonl'), '{"id":"a"}\npostgres://u:secret@h/d\n')
    expect(await wrong({ file: 'bad.jsonl' })).toMatch(/bad\.jsonl:2: the line is not JSON$/)
    expect(
      await f
        .run('upgrade', 'head', { stages: '10%,100%' }, { targets: (function* () {})() })
        .catch((error: { message: string }) => error.message),
    ).toContain('can be read once')
  })

  test('a target that would be another one is refused: a schema that the server cuts or reads otherwise, a misspelled place', async () => {
    const f = await fleetOf(server, 0)
    const long = 'a'.repeat(63)
    await f.sql(`CREATE SCHEMA ${long}`)
    const given: readonly (readonly [object, RegExp])[] = [
      [{ schema: `${long}b` }, /name has 64 bytes, of which the server keeps 63$/],
      [{ schema: 'ü'.repeat(32) }, /name has 64 bytes/],
      [{ schema: '$user' }, /means that of the role/],
      [{ schema: 'nul\0' }, /is no text/],
      [{ scheme: 'x' }, /\(a\) has no schema, and a scheme, which says nothing$/],
      [{ Schema: 'x' }, /a Schema, which says nothing$/],
      [{ schema_name: 'x' }, /a schema_name, which says nothing$/],
      [
        { schema: 'x', database_url: 'postgres://u:secret@h/d' },
        /\(a\) has no url, and a database_url, which says nothing$/,
      ],
    ]
    for (const [place, says] of given)
      await expect(f.run('upgrade', 'head', {}, { targets: [{ id: 'a', ...place }] })).rejects.toThrow(says)
    await expect(createTarget(f.config, 'a', { cwd: f.dir, schema: `${long}b` })).rejects.toThrow(/has 64 bytes/)
    expect(await f.sql("SELECT count(*) FROM pg_tables WHERE tablename IN ('users', 'ambix_version')")).toEqual([['0']])
    // Others may be there beside, as in SELECT *.
    const target = { id: 'a', schema: long, scheme: 'paid', url: null, logo_url: 'x', plan: 1 } as unknown as Target
    expect(await f.run('upgrade', 'head', {}, { targets: [target] })).toMatchObject({ done: 1, failed: 0 })
  })

  test('of two targets with one id none is passed over, however far they are apart', async () => {
    const f = await fleetOf(server, 3)
    const far = Array.from({ length: 601 }, (_, i): Target => ({ id: `n${i % 600}`, schema: `t000${i % 3}` }))
    writeFileSync(join(f.dir, 'far.jsonl'), far.map((t) => JSON.stringify(t)).join('\n'))
    const sources: readonly NonNullable<Config['targets']>[] = [
      far,
      { file: 'far.jsonl' },
      // The last of a page, and the first of the next.
      {
        sql: "SELECT CASE i WHEN 501 THEN '0500' ELSE lpad(i::text, 4, '0') END AS id, 't0000' AS schema FROM generate_series(1, 600) i",
      },
    ]
    for (const targets of sources)
      await expect(f.run('upgrade', 'head', {}, { targets })).rejects.toThrow(/two targets have the id (?:n0|0500)$/)
  })

  test('an id is what the server writes: large numbers, times, and rows without one behind the first page', async () => {
    const f = await fleetOf(server, 1)
    const ids = async (id: string, last: number): Promise<string[]> => {
      const sql = `SELECT ${id} AS id, 't0000' AS schema FROM generate_series(1, ${last}) i`
      await f.run('upgrade', 'head', { restart: true }, { targets: { sql } })
      return (
        await f.sql(
          "SELECT target FROM ambix_fleet WHERE target <> '' AND run = (SELECT max(run) FROM ambix_fleet) ORDER BY 1",
        )
      ).flat()
    }
    expect(await ids('9007199254740992 + i', 3)).toEqual(['9007199254740993', '9007199254740994', '9007199254740995'])
    const times = await ids("timestamp '2026-01-01' + i * interval '1 minute'", 700)
    expect(times).toHaveLength(700)
    await expect(ids('CASE WHEN i < 700 THEN i END', 700)).rejects.toThrow('a target has no id')
  })

  test('a file is read as editors and programs write it: a byte order mark, CRLF, separators inside of texts', async () => {
    const f = await fleetOf(server, 3)
    const lines = [
      { id: 'a\u2028b', schema: 't0000' },
      { id: 'c', schema: 't0001', name: 'x\u2029y\u0085' },
      { id: 'd', schema: 't0002' },
    ]
    writeFileSync(join(f.dir, 'x.jsonl'), `\uFEFF${lines.map((l) => JSON.stringify(l)).join('\r\n')}\r\n\r\n`)
    const up = await f.run('upgrade', 'head', {}, { targets: { file: 'x.jsonl' } })
    expect(up.events.flatMap((e) => (e.event === 'target' ? [e.target] : [])).toSorted()).toEqual([
      'a\u2028b',
      'c',
      'd',
    ])
    expect(up.events.find((e) => e.event === 'run')).toMatchObject({ total: 3 })
  })

  test('a limit that lets nothing begin is refused: the run would never end', async () => {
    const f = await fleetOf(server, 1)
    const wrong = [
      { parallel: 0 },
      { parallel: NaN },
      { perHost: 0 },
      { perHost: 0.5 },
      { maxFailures: 0 },
      { maxFailures: -1 },
    ]
    for (const options of wrong) {
      await expect(f.run('upgrade', 'head', options)).rejects.toMatchObject({ code: 'USAGE.INVALID' })
      if ('maxFailures' in options) continue
      await expect(readFleet(f.config, 'current', { cwd: f.dir, ...options })).rejects.toMatchObject({
        code: 'USAGE.INVALID',
      })
    }
    // A program in plain JavaScript.
    const stages = ['canary'] as unknown as string
    await expect(f.run('upgrade', 'head', { stages })).rejects.toMatchObject({ code: 'USAGE.INVALID' })
    expect(await f.run('upgrade', 'head', { parallel: Infinity, perHost: 2 })).toMatchObject({ done: 1 })
  })

  test('a source that throws midway is told as such, without its URL, and the run is let go of', async () => {
    const f = await fleetOf(server, 40)
    await f.sql('CREATE TABLE t0003.users (x integer)')
    const source = (end: () => void): (() => AsyncIterable<Target>) =>
      async function* () {
        yield* f.ids.slice(0, 36).map((id): Target => ({ id, schema: id }))
        end()
        yield* f.ids.slice(36).map((id): Target => ({ id, schema: id }))
      }
    const gone = source(() => {
      throw new Error('postgres://u:hunter2@h/d is gone')
    })
    const before = await f.run('upgrade', 'head', { parallel: 4 }, { targets: gone }).catch((e: unknown) => e)
    expect(before).toMatchObject({ code: 'FLEET.TARGETS', message: 'The configuration: `targets` throws' })
    expect(before).toMatchObject({ why: 'postgres://u:***@h/d is gone' })
    const read = readFleet({ ...f.config, targets: gone }, 'current', { cwd: f.dir })
    await expect(read).rejects.toMatchObject({ code: 'FLEET.TARGETS' })
    expect(await f.sql("SELECT runner FROM ambix_fleet WHERE target = ''")).toEqual([['null']])
    // In the same process: what failed is tried again.
    await f.sql('DROP TABLE t0003.users')
    expect(await f.run('upgrade', 'head', {}, { targets: source(() => {}) })).toMatchObject({
      run: 1,
      done: 40,
      failed: 0,
    })
  })

  test.for(['run', 'stage'])('a listener that throws at a %s lets go of the run', async (event) => {
    const f = await fleetOf(server, 2)
    const onEvent = (e: { readonly event: string }): void => {
      if (e.event === event) throw new Error('deaf')
    }
    await expect(f.run('upgrade', 'head', { stages: '100%', onEvent })).rejects.toThrow('deaf')
    expect(await f.sql("SELECT runner FROM ambix_fleet WHERE target = ''")).toEqual([['null']])
  })

  test('a stage by a tag that no target has ends the run: nothing would have been tried before the next one', async () => {
    const f = await fleetOf(server, 3, { tags: () => ['canary'] })
    const stages = ['canray,100%', 'canary;100%', '100 %', '1e1%']
    for (const given of stages)
      await expect(f.run('upgrade', 'head', { stages: given })).rejects.toMatchObject({
        code: 'FLEET.TARGETS',
        message: expect.stringMatching(/^No target has the tag /) as string,
      })
    expect(await f.sql("SELECT count(*) FROM pg_tables WHERE tablename = 'users'")).toEqual([['0']])
    expect(await f.run('upgrade', 'head', { stages: 'canary,100%' }, { targets: [] })).toMatchObject({ done: 0 })
    // A run that has had every target ends, whichever stage is the last.
    expect(await f.run('upgrade', 'head', { stages: '100%,canary' })).toMatchObject({ done: 3 })
    expect(await f.sql("SELECT DISTINCT status FROM ambix_fleet WHERE target = '' AND ended_at IS NULL")).toEqual([])
  })

  test('the command line: JSON lines, exit codes, no password', { timeout: 120_000 }, async () => {
    const f = await fleetOf(server, 3)
    const secret = new URL(f.url)
    secret.password = 'hunter2'
    const wrong = new URL(f.url)
    wrong.password = 'hunter2'
    wrong.port = '1'
    const targets = [
      ...f.ids.map((id) => ({ id, schema: id, url: secret.href })),
      { id: 'unreachable', url: wrong.href },
    ]
    writeFileSync(join(f.dir, 'targets.jsonl'), targets.map((t) => JSON.stringify(t)).join('\n'))
    writeFileSync(
      join(f.dir, 'ambix.config.json'),
      JSON.stringify({ url: f.url, targets: { file: './targets.jsonl' } }),
    )
    const up = bin(f.dir, ['upgrade', 'head', '--targets', '--json', '--per-host', '2'])
    expect(up.code).toBe(1)
    const lines = up.stdout
      .trim()
      .split('\n')
      .map((l) => JSON.parse(l) as { version: number; event: string; status?: string })
    expect(lines.every((l) => l.version === 1)).toBe(true)
    expect(lines[0]).toMatchObject({ event: 'run', command: 'upgrade', goal: 'bbbbbbbbbbbb', resumed: false, total: 4 })
    expect(
      lines
        .filter((l) => l.event === 'target')
        .map((l) => l.status ?? '')
        .toSorted(),
    ).toEqual(['done', 'done', 'done', 'failed'])
    expect(lines.at(-1)).toMatchObject({ event: 'end', done: 3, failed: 1 })
    const plain = bin(f.dir, ['upgrade', 'head', '--targets'])
    expect(plain.code).toBe(1)
    expect(plain.stderr).toContain('failed: unreachable: The database at')
    expect(plain.stdout).toMatch(/^Run 1: 3 targets done, 1 failed, in /)
    const status = bin(f.dir, ['fleet', 'status'])
    expect(status.code).toBe(0)
    expect(status.stdout).toContain('3 targets at bbbbbbbbbbbb')
    expect(status.stdout).toContain('failed: unreachable (2 attempts): [DATABASE.CONNECT]')
    const stored = (await f.sql('SELECT error FROM ambix_fleet')).flat().join('\n')
    for (const text of [up.stdout, up.stderr, plain.stdout, plain.stderr, status.stdout, stored])
      expect(text).not.toContain('hunter2')
    const current = bin(f.dir, ['current', '--targets', '--check-heads'])
    expect(current.code).toBe(1)
    writeFileSync(
      join(f.dir, 'targets.jsonl'),
      targets
        .slice(0, 3)
        .map((t) => JSON.stringify(t))
        .join('\n'),
    )
    expect(bin(f.dir, ['current', '--targets', '--check-heads']).code).toBe(0)
    expect(bin(f.dir, ['upgrade', 'head', '--targets']).code).toBe(0)
    expect(bin(f.dir, ['upgrade', 'head', '--targets', '--sql']).stderr).toContain('--sql is about one database')
    expect(bin(f.dir, ['upgrade', 'head', '--targets', '--parallel', '0']).stderr).toContain(
      '--parallel takes a whole number above 0',
    )
  })

  test('the command line: an option of fleets without --targets runs nothing, and a failure is a line as well', async () => {
    const f = await fleetOf(server, 1)
    const box = sandbox({
      files: { 'migrations/a.ts': first },
      config: { url: f.url, targets: [{ id: 'a' }, { id: 'a' }] },
    })
    for (const option of ['--parallel 3', '--per-host 3', '--stages 10%', '--max-failures 1', '--restart']) {
      const { code, stderr } = await box.$(`upgrade head ${option}`)
      expect(code).toBe(1)
      expect(stderr).toMatch(/^error: --[a-z-]+ is for many targets, and --targets is not there \[USAGE\.INVALID\]/)
    }
    expect((await box.$('current --parallel 3')).stderr).toContain('--targets is not there')
    expect(await f.sql("SELECT count(*) FROM pg_tables WHERE tablename IN ('users', 'ambix_version')")).toEqual([['0']])
    const said = (stdout: string): unknown[] =>
      stdout
        .trimEnd()
        .split('\n')
        .map((l) => JSON.parse(l) as unknown)
    const twice = { version: 1, event: 'error', error: { code: 'FLEET.TARGETS' } }
    expect(said((await box.$('upgrade head --targets --json')).stdout)).toMatchObject([{ event: 'run' }, twice])
    expect(said((await box.$('current --targets --json')).stdout)).toMatchObject([twice])
    expect(said((await box.$('upgrade nowhere --targets --json')).stdout)).toMatchObject([
      { event: 'error', error: { code: 'REVISION.UNKNOWN' } },
    ])
    // Down to the head is no way down.
    expect((await box.$('downgrade --targets -1')).stderr).toContain('Name the revision to go down to: ambix history')
  })

  test('check tells a schema that is not there, as current does', async () => {
    const f = await fleetOf(server, 1)
    const targets = [
      { id: 'a', schema: 't0000' },
      { id: 'b', schema: 'nowhere' },
    ]
    for (const command of ['current', 'check'] as const) {
      const errors: unknown[] = []
      const onTarget = ({ error }: TargetReading): void => void (error !== undefined && errors.push(error))
      const read = await readFleet({ ...f.config, targets }, command, { cwd: f.dir, database: true, onTarget })
      expect(read).toMatchObject({ targets: 2, failed: 1, differing: 0 })
      expect(errors).toMatchObject([
        { code: 'FLEET.TARGETS', message: 'The schema nowhere of the target b does not exist' },
      ])
    }
  })

  test('a lease of many days is renewed now and then, not all the time', async () => {
    const f = await fleetOf(server, 1, {
      files: { 'migrations/a.ts': revisionFile('aaaaaaaaaaaa', null, { up: `op.execute('SELECT pg_sleep(0.3)')` }) },
    })
    let renewed = 0
    const onSql = (sql: string): void => void (/UPDATE \S+ambix_fleet"? s SET lease_until/.test(sql) && renewed++)
    const up = await f.run('upgrade', 'head', { onSql }, { fleet: { lease: '200000m' } })
    expect(up).toMatchObject({ done: 1 })
    expect(renewed).toBe(0)
  })
})

describe('a fleet without a database', () => {
  test('a share is the same in every run, and grows', () => {
    const [tenth, half] = parseStages('10%,50%')
    const ids = Array.from({ length: 1000 }, (_, i) => ({ id: `tenant-${i}` }))
    const few = ids.filter((t) => tenth!.has(t))
    expect(few.length).toBeGreaterThan(60)
    expect(few.length).toBeLessThan(140)
    expect(few.every((t) => half!.has(t))).toBe(true)
    for (const bad of ['', '0%', '101%', 'a,,b']) expect(() => parseStages(bad)).toThrow('--stages takes')
  })

  test('progress has a rate and the time that is left', () => {
    expect(progressText({ done: 312, failed: 2, total: 1000, ms: 7600 })).toBe(
      '312 of 1000 targets, 2 failed, 41/s, 17 s left',
    )
    expect(progressText({ done: 3, failed: 0, total: undefined, ms: 2000 })).toBe('3 targets, 1.5/s')
    expect(progressText({ done: 10, failed: 0, total: 10_010, ms: 10_000 })).toBe(
      '10 of 10010 targets, 1.0/s, 167 min left',
    )
  })

  test('a host is the server, whoever connects and to which database', () => {
    expect(hostOf('postgres://a:b@c@H:5432/x?y')).toBe('h:5432')
    expect(hostOf('postgres://u@h:5432/y')).toBe('h:5432')
    expect(hostOf('postgres:///x?host=/run')).toBe('postgres:///x?host=/run')
    expect(hostOf('sqlite:a.db')).toBe('sqlite:a.db')
  })
})
