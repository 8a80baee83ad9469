/** What the commands of fleets say, and how: in lines that a program reads, and nothing that steers a terminal. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readFleet } from '../../src/commands/fleet/read.ts'
import { bin } from '../cli/sandbox.ts'
import { describeLive } from '../support/live.ts'
import { fleetOf, type Fleet } from './tenants.ts'

const write = (f: Fleet, targets: readonly object[] | object): void => {
  const lines = Array.isArray(targets) ? targets.map((t) => JSON.stringify(t)).join('\n') : ''
  writeFileSync(join(f.dir, 'targets.jsonl'), lines)
  const source = Array.isArray(targets) ? { file: './targets.jsonl' } : targets
  writeFileSync(join(f.dir, 'ambix.config.json'), JSON.stringify({ url: f.url, targets: source }))
}

describeLive('what a fleet says', (server) => {
  test('with --json every line is an event, the error that ends the command as well', { timeout: 60_000 }, async () => {
    const f = await fleetOf(server, 1)
    write(f, { sql: 'SELECT 1 AS name' })
    for (const words of [['upgrade', 'head'], ['current'], ['check'], ['upgrade', 'nowhere'], ['downgrade', '-1']]) {
      const { code, stdout } = bin(f.dir, [...words, '--targets', '--json'])
      expect(code).toBe(1)
      const lines = stdout.trimEnd().split('\n')
      const events = lines.map((text) => JSON.parse(text) as object)
      expect(events.at(-1)).toMatchObject({ version: 1, event: 'error', error: { code: expect.any(String) } })
      expect(events.at(-1)).toMatchObject({ error: { next: [{ text: expect.any(String) }] } })
    }
    const told = bin(f.dir, ['current', '--targets'])
    expect(told.stderr).toContain('It is one SELECT, with a column `id`')
    // That goes back a revision, and not to the head.
    expect(bin(f.dir, ['downgrade', '--targets']).stderr).not.toContain('downgrade head')
  })

  test('a target that failed is told with what to do, and an id does not steer the terminal', async () => {
    const f = await fleetOf(server, 1)
    const id = 'nor\u001B[31mth\nfailed: other'
    write(f, [
      { id: 't0000', schema: 't0000' },
      { id, schema: 'nowhere' },
    ])
    const up = bin(f.dir, ['upgrade', 'head', '--targets'])
    expect(up.code).toBe(1)
    expect(up.stderr).toContain('failed: nor\\u001b[31mth\\nfailed: other: The schema nowhere')
    expect(up.stderr).toMatch(/\n {2}→ Make it from the head of the revisions: .*ambix create-target/)
    const status = bin(f.dir, ['fleet', 'status'])
    write(f, [{ id, schema: 't0000' }])
    const all = [
      up,
      status,
      bin(f.dir, ['current', '--targets', '-v']),
      bin(f.dir, ['upgrade', 'head', '--targets', '-v']),
    ]
    for (const { stdout, stderr } of all) {
      expect(`${stdout}${stderr}`).toContain('nor\\u001b[31mth')
      expect(`${stdout}${stderr}`).not.toContain('\u001B')
    }
  })

  test('check tells of a schema that is not there, and not of differences', async () => {
    const f = await fleetOf(server, 1)
    await f.run('upgrade', 'head')
    // What the connection itself would find is not the target's.
    await f.sql('CREATE TABLE users (id integer)')
    const readings: unknown[] = []
    const targets = [...(f.config.targets as readonly object[]), { id: 'gone', schema: 'gone' }] as never
    const result = await readFleet({ ...f.config, targets }, 'check', {
      database: true,
      onTarget: (r) => void readings.push(r),
    })
    expect(result).toMatchObject({ targets: 2, failed: 1, differing: 0 })
    expect(readings).toContainEqual(
      expect.objectContaining({ target: 'gone', error: expect.objectContaining({ code: 'FLEET.TARGETS' }) }),
    )
  })

  test('what is no iterable is told as such', async () => {
    const f = await fleetOf(server, 0)
    const targets = { [Symbol.iterator]: 5 } as never
    await expect(f.run('upgrade', 'head', {}, { targets })).rejects.toMatchObject({
      code: 'FLEET.TARGETS',
      message: expect.stringContaining('nothing that can be read one by one'),
    })
  })
})
