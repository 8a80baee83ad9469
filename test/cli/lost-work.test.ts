/** Issue 9 F3: nothing is recorded as applied that was not done: late calls of `op`, forgotten promises and queries, COMMIT inside op.run. */
import { describe, expect, it } from 'vitest'
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { sandbox } from './sandbox.ts'
import type { Outcome, Sandbox } from './sandbox.ts'

const revision = (body: string, async = ''): string =>
  `export const revision = 'a1'\nexport const downRevision = null\nexport ${async} function upgrade(op) {\n  ${body}\n}\n`
const project = (body: string, async = ''): Sandbox =>
  sandbox({ url: 'sqlite:app.db', files: { 'migrations/a1.js': revision(body, async) } })
const make = (name: string): string => `'create table ${name} (id integer)'`

function tables(s: Sandbox): unknown[] {
  const db = new DatabaseSync(join(s.dir, 'app.db'))
  try {
    return db
      .prepare(
        `select name from sqlite_master where type = 'table' and name not like 'ambix%' and name not like 'sqlite%'`,
      )
      .all()
      .map((r) => r['name'])
  } finally {
    db.close()
  }
}

async function refused(s: Sandbox, outcome: Outcome, words: RegExp): Promise<void> {
  expect(outcome.stderr).toMatch(words)
  expect(outcome.stderr).toContain('[OPERATION.INVALID]')
  expect(outcome.stderr).not.toMatch(/internal error|^ {4}at /m)
  expect(outcome.code).toBe(1)
  expect((await s.$('current')).stdout).toBe('')
  expect(tables(s)).toEqual([])
}

const pause = 'await new Promise((done) => setTimeout(done, 1))'
const later: readonly (readonly [string, string, string, RegExp])[] = [
  [
    'a timer',
    '',
    `setTimeout(() => op.execute(${make('t')}), 60_000)`,
    /something that it started has not \(Timeout\)/,
  ],
  ['a timer that comes soon', '', `setTimeout(() => op.execute(${make('t')}), 0)`, /has not|had ended/],
  ['a promise', '', `void Promise.resolve().then(() => op.execute(${make('t')}))`, /after the revision had ended/],
  [
    'a promise of many turns',
    '',
    `void (async () => { for (let i = 0; i < 50; i++) await null; op.execute(${make('t')}) })()`,
    /after the revision had ended/,
  ],
  ['a callback', '', `process.nextTick(() => op.execute(${make('t')}))`, /after the revision had ended/],
  [
    'a timer of an asynchronous function',
    'async',
    `op.run(async () => {}); ${pause}; setTimeout(() => op.execute(${make('t')}), 60_000)`,
    /something that it started has not \(Timeout\)/,
  ],
  ['a promise without op.run', 'async', `op.execute(${make('t')})`, /returns a promise, and has no op\.run/],
  ['work beside op', 'async', `${pause}`, /returns a promise, and has no op\.run/],
  ['op inside op.run', '', `op.run(() => { op.execute(${make('t')}) })`, /after the revision had ended/],
  [
    'a query that is not awaited',
    '',
    `op.run(({ db }) => { db.query(${make('t')}) })`,
    /a query of it was not awaited/,
  ],
  [
    'a query in a timer',
    '',
    `op.run(async ({ db }) => { ${pause}; setTimeout(() => db.query(${make('t')}), 60_000) })`,
    /something that it started has not/,
  ],
  ...['COMMIT', 'commit; begin', '/* now */ -- really\n end', 'ROLLBACK', 'begin', 'START TRANSACTION'].map(
    (sql): readonly [string, string, string, RegExp] => [
      `${JSON.stringify(sql)} inside op.run`,
      '',
      `op.run(async ({ db }) => { await db.query(${make('t')}); await db.query(${JSON.stringify(sql)}) })`,
      /A revision cannot (?:COMMIT|END|ROLLBACK|BEGIN|START TRANSACTION)/,
    ],
  ),
  ['COMMIT in a statement of its own', '', `op.execute('commit', { autocommit: true })`, /A revision cannot COMMIT/],
]

describe('what would be lost is refused, and nothing is recorded (F3)', () => {
  it.each(later)('%s', async (_name, async, body, words) => {
    const s = project(body, async)
    await refused(s, await s.$('upgrade head'), words)
  })

  it('what is awaited is not', async () => {
    const s = project(
      `op.run(async ({ db }) => {\n ${pause}\n await Promise.all(['t', 'u'].map((n) => db.query('create table ' + n + ' (id integer)')))\n await db.query('savepoint s')\n await db.query('rollback to s')\n })\n ${pause}`,
      'async',
    )
    expect(await s.$('upgrade head -q')).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(tables(s)).toEqual(['t', 'u'])
  })

  it('a promise that fails while the run goes on: the run is rolled back, in words', async () => {
    const s = project(
      `const { later } = await import('../helper.js')\n op.run(async ({ db }) => { await db.query(${make('t')}); await new Promise((done) => setTimeout(done, 1000)) })\n ${pause}\n later(() => op.execute(${make('u')}))`,
      'async',
    )
    s.write('helper.js', 'export const later = (work) => void setTimeout(work, 200)\n')
    await refused(s, s.$$('upgrade head'), /after the revision had ended[^]*Revision a1 was rolled back/)
  })
})
