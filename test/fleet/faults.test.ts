/** What is wrong with the project and not with a target: told once, before any target is touched, and recorded for none. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { revisionFile } from '../cli/sandbox.ts'
import { describeLive } from '../support/live.ts'
import { first, fleetOf, second, type Fleet } from './tenants.ts'

const untouched = async (f: Fleet, rows: number): Promise<void> => {
  expect(await f.sql("SELECT count(*) FROM pg_tables WHERE tablename = 'users'")).toEqual([[String(rows)]])
  expect(
    await f.sql(
      "SELECT DISTINCT status FROM ambix_fleet WHERE target <> '' AND run = (SELECT max(run) FROM ambix_fleet)",
    ),
  ).toEqual([['pending']])
  expect(
    await f.sql("SELECT count(*) FROM ambix_fleet WHERE status IN ('failed', 'running') OR error IS NOT NULL"),
  ).toEqual([['0']])
}

/** The run throws, and tells of no target. */
async function toldOnce(f: Fleet, goal: string, code: string, config = {}): Promise<unknown> {
  const targets: unknown[] = []
  const onEvent = (e: { readonly event: string }): void => void (e.event === 'target' && targets.push(e))
  const error: unknown = await f.run('upgrade', goal, { onEvent }, config).catch((e: unknown) => e)
  expect(error).toMatchObject({ code })
  expect(targets).toEqual([])
  return error
}

describeLive('what is wrong with the project of a fleet', (server) => {
  test.for([
    ['throws', `throw new Error('broken')`, 'REVISION.LOAD'],
    ['gives an operation what makes no sense', `op.addColumn('users', 7 as never)`, 'OPERATION.INVALID'],
  ] as const)('a revision that %s, also where it is not the first to run', async ([, up, code]) => {
    const f = await fleetOf(server, 40, {
      files: { 'migrations/a.ts': first, 'migrations/b.ts': revisionFile('bbbbbbbbbbbb', 'aaaaaaaaaaaa', { up }) },
    })
    await toldOnce(f, 'head', code)
    await untouched(f, 0)
    writeFileSync(join(f.dir, 'migrations/b.ts'), second)
    expect(await f.run('upgrade', 'head')).toMatchObject({ run: 1, resumed: true, done: 40, failed: 0 })
    expect(await f.sql("SELECT DISTINCT attempts FROM ambix_fleet WHERE target <> ''")).toEqual([['1']])
  })

  test('a revision that does not load stops the run also where other targets do not need it', async () => {
    const f = await fleetOf(server, 40, { files: { 'migrations/a.ts': first } })
    await f.run('upgrade', 'head', {}, { targets: f.ids.slice(0, 38).map((id) => ({ id, schema: id })) })
    writeFileSync(join(f.dir, 'migrations/a.ts'), first.replace('op.execute', `throw new Error('moved'); op.execute`))
    await expect(f.run('upgrade', 'head', { restart: true }, { edited: 'ignore' })).rejects.toMatchObject({
      code: 'REVISION.LOAD',
    })
    expect(await f.sql("SELECT count(*) FROM ambix_fleet WHERE status IN ('failed', 'running')")).toEqual([['0']])
  })

  test('a revision that throws for one target alone is that target’s fault', async () => {
    const up = `if (args.target === 't0000') throw new Error('not here')\n  op.execute('INSERT INTO runs VALUES (2)')`
    const f = await fleetOf(server, 6, {
      files: {
        'migrations/a.ts': first,
        'migrations/b.ts': revisionFile('bbbbbbbbbbbb', 'aaaaaaaaaaaa', { up }).replace(
          '(op: Operations)',
          '(op: Operations, args: { target?: string })',
        ),
      },
    })
    expect(await f.run('upgrade', 'head')).toMatchObject({ done: 5, failed: 1 })
    expect(await f.sql("SELECT target FROM ambix_fleet WHERE status = 'failed'")).toEqual([['t0000']])
  })

  test('edited files, where every target ran them as they were', async () => {
    const f = await fleetOf(server, 40)
    await f.run('upgrade', 'aaaaaaaaaaaa')
    writeFileSync(join(f.dir, 'migrations/a.ts'), first.replace('runs (n integer)', 'runs (n bigint)'))
    await toldOnce(f, 'head', 'REVISION.EDITED', { edited: 'error' })
    await untouched(f, 40)
    writeFileSync(join(f.dir, 'migrations/a.ts'), first)
    expect(await f.run('upgrade', 'head', {}, { edited: 'error' })).toMatchObject({ run: 2, done: 40, failed: 0 })
  })

  test('edited files that one target ran are that target’s fault', async () => {
    const f = await fleetOf(server, 40)
    await f.run('upgrade', 'aaaaaaaaaaaa', {}, { targets: [{ id: 't0000', schema: 't0000' }] })
    writeFileSync(join(f.dir, 'migrations/a.ts'), first.replace('runs (n integer)', 'runs (n bigint)'))
    expect(await f.run('upgrade', 'head', {}, { edited: 'error' })).toMatchObject({ done: 39, failed: 1 })
    expect(await f.sql("SELECT target FROM ambix_fleet WHERE status = 'failed'")).toEqual([['t0000']])
    // What failed in a run whose others are done stays failed.
    expect(await f.run('upgrade', 'head', {}, { edited: 'error' })).toMatchObject({ done: 39, failed: 1 })
  })

  test('hazards that nobody allowed', async () => {
    const drop = revisionFile('bbbbbbbbbbbb', 'aaaaaaaaaaaa', { up: `op.dropTable('users')` })
    const f = await fleetOf(server, 40, { files: { 'migrations/a.ts': first, 'migrations/b.ts': drop } })
    await f.run('upgrade', 'aaaaaaaaaaaa')
    await toldOnce(f, 'head', 'RUN.HAZARD', { hazards: 'refuse' })
    await untouched(f, 40)
  })

  test('a revision that the files do not have, where every target is at it', async () => {
    const f = await fleetOf(server, 40)
    await f.run('upgrade', 'aaaaaaaaaaaa')
    for (const id of f.ids) await f.sql(`UPDATE ${id}.ambix_version SET version_num = 'cccccccccccc'`)
    await toldOnce(f, 'head', 'VERSION.UNKNOWN_REVISION')
    await untouched(f, 40)
  })

  test('several heads, a revision that is not there, a configuration without a URL: before a run is begun', async () => {
    const f = await fleetOf(server, 3, {
      files: {
        'migrations/a.ts': first,
        'migrations/b.ts': second,
        'migrations/c.ts': revisionFile('cccccccccccc', 'aaaaaaaaaaaa'),
      },
    })
    await toldOnce(f, 'head', 'REVISION.MULTIPLE_HEADS')
    await toldOnce(f, 'dddddddddddd', 'REVISION.UNKNOWN')
    expect(await f.sql("SELECT count(*) FROM pg_tables WHERE tablename = 'ambix_fleet'")).toEqual([['0']])
    const nowhere = (): never => {
      throw new Error('no URL here')
    }
    const targets = [{ id: 't0000' }, { id: 't0001' }]
    await toldOnce(f, 'heads', 'CONFIG.INVALID', { url: nowhere, fleet: { url: f.url }, targets })
    expect(await f.sql("SELECT count(*) FROM ambix_fleet WHERE status = 'failed'")).toEqual([['0']])
  })
})
