/** Issue 10, done when 2: both cases of each rule are run, and what was told of them is what the server does: locks, rewrites, whole reads. */
import { beforeAll, expect, test } from 'vitest'
import pg from 'pg'
import { postgres } from '../../src/dialects/postgres/index.ts'
import { type Operations, record } from '../../src/operations/recorder.ts'
import { parseSqlRevision } from '../../src/revisions/files/sql-file.ts'
import * as m from '../../src/schema.ts'
import { refText } from '../../src/schema/keys.ts'
import { base, rules, type Forms } from '../hazards/rules.ts'
import { describeLive } from '../support/live.ts'
import { tableOf } from '../support/table-of.ts'
import { observed, predicted, type Effects } from './hazards/observed.ts'
import { makeRoles, majorOf, sharedPlacesOf } from './place.ts'

/** Cases that no database can be led through here, each with its reason. */
const unrun: Readonly<Record<string, string>> = {
  '10 good ts': 'batches, which test/live/backfill.test.ts runs',
  '26 good ts': 'batches, which test/live/backfill.test.ts runs',
  '17e bad ts': 'drops a database',
  '17e bad sql': 'drops a database',
  '27b bad ts': 'needs two versions of an extension',
  '27b bad sql': 'needs two versions of an extension',
  '25e bad ts': 'the server cuts the name',
  '25e bad sql': 'the server cuts the name',
}

const rows = `INSERT INTO owners SELECT i, 'o' || i FROM generate_series(1, 40) i;
INSERT INTO t (id, owner, n, mail, small, checked, at, amount, mood)
  SELECT i, i, i, 'm' || i, 's', 'c', now(), 1, 'ok' FROM generate_series(1, 40) i;
INSERT INTO nokey SELECT i, i FROM generate_series(1, 40) i;
INSERT INTO p SELECT i, i FROM generate_series(0, 9) i;
INSERT INTO p2 SELECT i, i FROM generate_series(10, 19) i;
INSERT INTO p3 SELECT i, i FROM generate_series(20, 29) i;
`

type Way = 'ts' | 'sql'

/** What the body of a module records, with the names of `ambix/schema`. */
function recorded(body: string): (op: Operations) => void {
  const words = Object.entries(m)
  // The rules hold their operations as the text of a revision, which the test of `lint` writes to files.
  // oxlint-disable-next-line typescript/no-implied-eval
  const run = new Function('op', ...words.map(([name]) => name), body) as (op: Operations, ...values: unknown[]) => void
  return (op) => run(op, ...words.map(([, word]) => word))
}

function bodyOf(forms: Forms, way: Way): (op: Operations) => void {
  if (way === 'ts' && forms.ts !== undefined) return recorded(forms.ts)
  const { upgrade } = parseSqlRevision(`-- upgrade\n${forms.sql ?? ''}`, 'case.sql', postgres.session.text)
  return (op) => {
    for (const { text } of upgrade.statements) op.execute(text, upgrade.transaction ? {} : { autocommit: true })
  }
}

const words = ({ locks, rewrites, reads }: Effects, planned: readonly string[]): string =>
  `locks ${locks.join(', ')}; rewrites ${rewrites.join(', ')}; reads ${reads.filter((t) => !planned.includes(t)).join(', ')}`

const cases = rules
  .filter((r) => r.dialect === undefined)
  .flatMap((rule) =>
    (['bad', 'good'] as const).flatMap((kind) =>
      (['ts', 'sql'] as const).flatMap((way): readonly (readonly [string, Forms, Way])[] => {
        const forms = rule[kind]
        const name = `${rule.id} ${kind} ${way}`
        return forms === undefined || name in unrun || (way === 'ts' && forms.ts === undefined)
          ? []
          : [[name, forms, way]]
      }),
    ),
  )

describeLive('each rule on a server', (server) => {
  const place = sharedPlacesOf(server)
  beforeAll(() => makeRoles(server))

  // What is read as a whole is told at once by the counters of PostgreSQL 15 and later alone.
  test.skipIf(majorOf(server) < 15).each(tableOf(cases, ([name]) => name.replace(/^\S+ /, '')))(
    '%s',
    async (name, forms, way) => {
      const { url, connection, drop } = await place()
      const [worker, watcher] = [new pg.Client({ connectionString: url }), new pg.Client({ connectionString: url })]
      const options = { offline: false, serverVersion: majorOf(server), timeZone: 'Europe/Berlin' }
      try {
        await worker.connect()
        await watcher.connect()
        await worker.query(`SET TimeZone = 'Europe/Berlin'`)
        const withoutExtension = base.replace(/.*createExtension.*/, '')
        for (const { sql } of postgres.compile(record(recorded(withoutExtension)), undefined, options))
          await worker.query(sql)
        await worker.query(rows)
        // It is refused where there are rows.
        if (name.startsWith('9 bad')) await worker.query('TRUNCATE t')
        const asked = (op: Operations): void => bodyOf(forms, way)(op)
        const before = await postgres.reflect(connection, {})
        const statements = postgres
          .compile(record(asked), before, options)
          .map((s) => ({ ...s, sql: s.sql.replaceAll(/\bTO app\b/g, 'TO ambix_r1') }))
        const known = new Set(
          [...before.objects.values()].flatMap((o) => (o.kind === 'table' || o.kind === 'view' ? [refText(o)] : [])),
        )
        const seen = await observed(worker, watcher, statements)
        // Read by its key or as a whole, as the server's planner likes.
        const planned = ['owners', ...(name === '26 good sql' ? ['t'] : [])]
        expect(words(predicted(statements, known), planned)).toBe(words(seen, planned))
      } finally {
        await worker.end()
        await watcher.end()
        await drop()
      }
    },
  )

  test('leaves none out without a reason', () => {
    expect(Object.keys(unrun).every((name) => rules.some((r) => name.startsWith(`${r.id} `)))).toBe(true)
    expect(cases.length).toBeGreaterThanOrEqual(160)
  })
})
