/** Several revisions on their way at once: what fails stops what follows, is told at its place, and leaves done what came before it. */
import pg from 'pg'
import { expect, test } from 'vitest'
import { downgrade, upgrade } from '../../src/commands/move.ts'
import type { Config } from '../../src/config/config.ts'
import type { AmbixError } from '../../src/errors.ts'
import type { StepEvent } from '../../src/runtime/types.ts'
import { folderOf } from '../support/folder.ts'
import { describeLive } from '../support/live.ts'
import { revisionLine } from '../support/revision-line.ts'
import { countingProxy } from '../support/wire.ts'

const n = 10
const id = (i: number): string => `r${i}`
const create = (i: number): string => `op.execute('CREATE TABLE t${i} (id integer PRIMARY KEY)')`
/** Revision 6 is another one. */
const files = (sixth: string, count = n): Record<string, string> =>
  revisionLine(count, id, (i) => [create(i), ...(i === 6 ? [sixth] : [])])

describeLive('several revisions at once', (server) => {
  const place = async (): Promise<{ url: string; values(sql: string): Promise<unknown[]>; drop(): Promise<void> }> => {
    const { url, drop } = await server.createDatabase()
    return {
      url,
      drop,
      values: async (sql) => {
        const client = new pg.Client({ connectionString: url })
        await client.connect()
        try {
          return (await client.query({ text: sql, rowMode: 'array' })).rows.map((r: unknown[]) => r[0])
        } finally {
          await client.end()
        }
      },
    }
  }
  const failure = async (work: Promise<unknown>): Promise<AmbixError> =>
    work.then(
      () => expect.fail('it should have failed'),
      (error: AmbixError) => error,
    )
  const tables = "SELECT relname FROM pg_class WHERE relname ~ '^t[0-9]+$' ORDER BY relname"
  const before = ['t0', 't1', 't2', 't3', 't4', 't5']

  // Found as it runs; as it is read, before its transaction begins; at the commit, after which none is open; by ambix, before it is sent.
  const wrong = {
    'a statement that fails': [`op.execute('SELECT 1/0')`, 'division by zero'],
    'a text that is no SQL': [`op.execute('CREATE TABEL x ()')`, 'syntax error at or near "TABEL"'],
    'a constraint that is checked at the commit': [
      `op.execute('CREATE TABLE c (id integer REFERENCES t5 DEFERRABLE INITIALLY DEFERRED)'); op.execute('INSERT INTO c VALUES (1)')`,
      'violates foreign key constraint',
    ],
    'a COMMIT of its own': [`op.execute('COMMIT')`, 'cannot COMMIT'],
    'code that throws': [`throw new Error('no luck')`, 'no luck'],
  } as const

  test.each(Object.entries(wrong))('%s', async (name, [sixth, said]) => {
    const { url, values, drop } = await place()
    try {
      const config: Config = { root: folderOf(files(sixth)), url }
      const events: StepEvent[] = []
      const error = await failure(upgrade(config, 'head', { onStep: (e) => events.push(e) }))
      expect(`${error.message} ${error.why}`).toContain(said)
      if (!/commit/i.test(name)) expect(error.why).toMatch(/r6\.ts:5:\d+/)
      expect(await values(tables)).toEqual(before)
      expect(await values('SELECT version_num FROM ambix_version')).toEqual(['r5'])
      expect(await values("SELECT revision FROM ambix_history WHERE status = 'done' ORDER BY id")).toEqual(
        [0, 1, 2, 3, 4, 5].map(id),
      )
      const done = events.filter((e) => e.phase === 'done')
      expect(done.map((e) => e.revision)).toEqual([0, 1, 2, 3, 4, 5].map(id))
      // Mended, it goes on from there.
      const mended = await upgrade({ root: folderOf(files('')), url, edited: 'ignore' })
      expect(mended[0]!.applied.map((a) => a.revision)).toEqual([6, 7, 8, 9].map(id))
    } finally {
      await drop()
    }
  })

  test.each(Object.entries(wrong).slice(0, 2))('in one transaction: %s', async (_, [sixth, said]) => {
    const { url, values, drop } = await place()
    try {
      const config: Config = { root: folderOf(files(sixth)), url, transactionPerMigration: false }
      const error = await failure(upgrade(config))
      expect(`${error.message} ${error.why}`).toContain(said)
      expect(error.why).toMatch(/r6\.ts:5:\d+/)
      expect(await values(tables)).toEqual([])
    } finally {
      await drop()
    }
  })

  test.each([true, false])('far into a run, while others are on their way (a transaction each: %s)', async (each) => {
    const { url, values, drop } = await place()
    try {
      const list = files(`op.execute('SELECT 1')`, 60)
      list['migrations/r43.ts'] = list['migrations/r43.ts']!.replace(create(43), `op.execute('SELECT 1/0')`)
      const error = await failure(upgrade({ root: folderOf(list), url, transactionPerMigration: each }))
      expect(error.why).toMatch(/r43\.ts:\d+:\d+/)
      expect(await values("SELECT count(*)::int FROM pg_class WHERE relname ~ '^t[0-9]+$'")).toEqual([each ? 43 : 0])
      if (!each) return
      expect(await values('SELECT version_num FROM ambix_version')).toEqual(['r42'])
      expect(await values("SELECT count(*)::int FROM ambix_history WHERE status = 'done'")).toEqual([43])
      expect(await values("SELECT revision FROM ambix_history WHERE status = 'failed'")).toEqual(['r43'])
    } finally {
      await drop()
    }
  })

  test('each is announced as it begins and as it ends, in order, while the others wait', async () => {
    const { url, values, drop } = await place()
    try {
      const config: Config = { root: folderOf(files(`op.execute('SELECT pg_sleep(0.4)')`)), url }
      const events: (readonly [string, string])[] = []
      let seen: unknown[] | undefined
      let looking: Promise<void> | undefined
      await upgrade(config, 'head', {
        onStep: (e) => {
          events.push([e.revision, e.phase])
          if (e.phase === 'start' && e.revision === 'r6')
            looking = values('SELECT version_num FROM ambix_version').then((rows) => void (seen = rows))
        },
      })
      await looking
      expect(events).toEqual(
        Array.from({ length: n }, (_, i) => [
          [id(i), 'start'],
          [id(i), 'done'],
        ]).flat(),
      )
      expect(seen).toEqual(['r5'])
    } finally {
      await drop()
    }
  })

  test.each(['start', 'done'] as const)(
    'a listener that throws at a %s moves no failure to another revision',
    async (phase) => {
      const { url, values, drop } = await place()
      try {
        const error = await failure(
          upgrade({ root: folderOf(files(`op.execute('SELECT 1/0')`)), url }, 'head', {
            onStep: (e) => {
              if (e.revision === 'r3' && e.phase === phase) throw new Error('listener')
            },
          }),
        )
        expect(error.message).toContain('r6')
        expect(await values("SELECT revision FROM ambix_history WHERE status = 'done' ORDER BY id")).toEqual(
          [0, 1, 2, 3, 4, 5].map(id),
        )
        expect(await values("SELECT revision FROM ambix_history WHERE status = 'failed'")).toEqual(['r6'])
      } finally {
        await drop()
      }
    },
  )

  test.each([
    ['sent with others', n],
    ['by itself', 1],
  ])('a listener that throws while a long one is at work stops the run after it: %s', async (_, count) => {
    const { url, values, drop } = await place()
    try {
      const all = files(`op.execute('SELECT pg_sleep(0.3)')`)
      const slow = count === 1 ? 'r0' : 'r6'
      const few =
        count === 1
          ? { 'migrations/r0.ts': all['migrations/r6.ts']!.replaceAll('r6', 'r0').replace("'r5'", 'null') }
          : all
      const listening = upgrade({ root: folderOf(few), url }, 'head', {
        onStep: (e) => {
          if (e.revision === slow && e.phase === 'start') throw new Error('listener')
        },
      })
      await expect(listening).rejects.toThrow('listener')
      expect(
        await values(`SELECT count(*)::int FROM ambix_history WHERE status = 'done' AND revision = '${slow}'`),
      ).toEqual([1])
      expect(await values("SELECT count(*)::int FROM ambix_history WHERE status = 'failed'")).toEqual([0])
    } finally {
      await drop()
    }
  })

  test.each([true, false])(
    'a listener that throws whenever it is told of a failure hides none: a transaction each %s',
    async (transactionPerMigration) => {
      const { url, values, drop } = await place()
      try {
        const root = folderOf(files(`op.execute('SELECT 1/0')`))
        const onStep = (e: StepEvent): void => {
          if (e.phase === 'failed') throw new Error('listener')
        }
        const error = await failure(upgrade({ root, url, transactionPerMigration }, 'head', { onStep }))
        expect([error.code, error.message]).toEqual(['DATABASE.STATEMENT', expect.stringContaining('r6')])
        expect(
          await values("SELECT array_agg(revision::text) FROM ambix_history WHERE status = 'failed'").catch(() => []),
        ).toEqual(transactionPerMigration ? [['r6']] : [])
      } finally {
        await drop()
      }
    },
  )

  test('a listener that throws after a shared commit is told of all that it has committed', async () => {
    const { url, values, drop } = await place()
    try {
      const told: string[] = []
      const root = folderOf(files(`op.execute('SELECT 1')`))
      const listening = upgrade({ root, url, transactionPerMigration: false }, 'head', {
        onStep: (e) => {
          if (e.phase !== 'done') return
          told.push(e.revision)
          throw new Error('listener')
        },
      })
      await expect(listening).rejects.toThrow('listener')
      expect(told).toEqual(Array.from({ length: n }, (_, i) => id(i)))
      expect(await values('SELECT version_num FROM ambix_version')).toEqual(['r9'])
    } finally {
      await drop()
    }
  })

  test('a revision of several parts that is done stays done where its listener throws', async () => {
    const { url, values, drop } = await place()
    try {
      const root = folderOf(
        revisionLine(1, id, (i) => [create(i), `op.execute('CREATE INDEX CONCURRENTLY x ON t0 (id)')`]),
      )
      const phases: string[] = []
      const listening = upgrade({ root, url, transactionPerMigration: false }, 'head', {
        onStep: (e) => {
          phases.push(e.phase)
          if (e.phase === 'done') throw new Error('listener')
        },
      })
      await expect(listening).rejects.toThrow('listener')
      expect(phases).toEqual(['start', 'done'])
      expect(await values('SELECT status FROM ambix_history')).toEqual(['done'])
    } finally {
      await drop()
    }
  })

  test.each([
    [
      'a transaction each',
      true,
      // The last two are sent a moment later.
      /^Revision r6 is applied as a whole if its commit had reached the server, and else rolled back by it\. So is each that was on its way behind it: r7(?:, r8, r9)?\.$/,
      ['r5'],
    ],
    [
      'one transaction',
      false,
      /^What was run since the last commit is one transaction: it is applied as a whole if its commit had reached the server, and else rolled back by it\.$/,
      [],
    ],
  ])('a connection that is lost leaves in doubt what was sent: %s', async (_, transactionPerMigration, said, rows) => {
    const { url, values, drop } = await place()
    try {
      const root = folderOf(files(`op.execute('SELECT pg_sleep(60)')`))
      const running = failure(upgrade({ root, url, transactionPerMigration }))
      const kill = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND query ~ 'pg_sleep'`
      while ((await values(kill)).length === 0);
      const error = await running
      expect(error.code).toBe('DATABASE.CONNECT')
      expect(error.why!.split('\n').slice(1)).toEqual([
        expect.stringMatching(said),
        rows.length === 0 ? 'Nothing was applied before.' : 'Done before, and kept: r0, r1, r2, r3, r4, r5.',
      ])
      const applied = await values(`SELECT version_num FROM ambix_version`).catch(() => [])
      expect(applied).toEqual(rows)
    } finally {
      await drop()
    }
  })

  test('an interruption cancels the one that runs, and keeps those before it', async () => {
    const { url, values, drop } = await place()
    try {
      const config: Config = { root: folderOf(files(`op.execute('SELECT pg_sleep(60)')`)), url }
      const stop = new AbortController()
      const error = await failure(
        upgrade(config, 'head', {
          signal: stop.signal,
          onStep: (e) => e.phase === 'start' && e.revision === 'r6' && stop.abort(),
        }),
      )
      expect(error.code).toBe('RUN.INTERRUPTED')
      expect(await values('SELECT version_num FROM ambix_version')).toEqual(['r5'])
      expect(await values(tables)).toEqual(before)
    } finally {
      await drop()
    }
  })

  test('a setting that changes how texts are read is gone before the next is read', async () => {
    const { url, values, drop } = await place()
    try {
      const odd = files(`op.execute('SET standard_conforming_strings = off')`)
      odd['migrations/r7.ts'] = odd['migrations/r7.ts']!.replace(
        create(7),
        String.raw`${create(7)}; op.execute("CREATE TABLE said AS SELECT 'a\\b' AS text")`,
      )
      await upgrade({ root: folderOf(odd), url })
      expect(await values('SELECT text FROM said')).toEqual([String.raw`a\b`])
    } finally {
      await drop()
    }
  })

  test('what another session does to the version table between two of them stops the run', async () => {
    const { url, values, drop } = await place()
    try {
      // As a deployer without our lock would: the next revision finds another state under the lock.
      const config: Config = { root: folderOf(files('')), url }
      const other = new pg.Client({ connectionString: url })
      await other.connect()
      await upgrade(config, 'r1')
      await other.query('BEGIN')
      await other.query('LOCK TABLE t1 IN ACCESS EXCLUSIVE MODE')
      const waits = { root: folderOf({ ...files(''), ...(await waiting()) }), url, edited: 'ignore' as const }
      const running = failure(upgrade(waits))
      for (;;) {
        const { rows } = await other.query('SELECT 1 FROM pg_locks WHERE NOT granted')
        if (rows.length > 0) break
      }
      await other.query("UPDATE ambix_version SET version_num = 'elsewhere'")
      await other.query('COMMIT')
      await other.end()
      expect((await running).code).toMatch(/^(?:VERSION\.ROW_COUNT|REVISION\.UNKNOWN)$/)
      expect(await values(tables)).not.toContain('t5')
    } finally {
      await drop()
    }
  })
  /** Revision 4 needs a lock that the other session has. */
  const waiting = async (): Promise<Record<string, string>> => ({
    'migrations/r4.ts': files('')['migrations/r4.ts']!.replace(
      create(4),
      `${create(4)}\n  op.execute('LOCK TABLE t1')`,
    ),
  })

  test('downgrades too', async () => {
    const { url, values, drop } = await place()
    const wire = await countingProxy(url)
    try {
      const config: Config = { root: folderOf(files('', 70)), url: wire.url }
      await upgrade(config)
      wire.turns()
      const [down] = await downgrade(config, 'base')
      expect(down!.applied).toHaveLength(70)
      expect(wire.turns()).toBeLessThanOrEqual(70 / 32 + 10)
      expect(await values(tables)).toEqual([])
    } finally {
      await wire.close()
      await drop()
    }
  })
})
