/** Issue 10, item 5: what loses values is told when it is generated, by `lint`, in the dry run, and refused by the gate, both ways. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cli, project, value } from '../support/acceptance.ts'
import { describeLive, freshDatabase } from '../support/live.ts'
import { tableOf } from '../support/table-of.ts'
import { byHand, type Change, generated, harmless, schema } from './lossy.ts'

const head = `import type { Operations } from 'ambix'
import { enumRef } from 'ambix/schema'

export const revision = 'a2'
export const downRevision = 'a1'
`
const byHandFile = (up: string, down: string): string => `${head}
export function upgrade(op: Operations): void {
  ${up}
}

export function downgrade(op: Operations): void {
  ${down}
}
`

/** The two ways changed for each other: what the upgrade does is then done on the way back. */
const turned = (text: string): string =>
  text
    .replace('export function upgrade', 'export function other')
    .replace('export function downgrade', 'export function upgrade')
    .replace('export function other', 'export function downgrade')

interface Finding {
  readonly revision: string
  readonly code: string
  readonly object: string
  readonly message: string
  readonly level: string
}

describeLive('changes that lose values', () => {
  let cli: Cli
  let url: string
  const folder = (): string => join(cli.dir, 'migrations')
  const ran = async (...words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await cli.run(...words)
    if (code !== 0) throw new Error(`${words.join(' ')}: ${stderr}`)
    return stdout
  }
  const second = (): string => readdirSync(folder()).find((f) => !f.includes('_a1'))!
  const clear = (): void => {
    for (const f of readdirSync(folder())) if (!f.includes('_a1')) rmSync(join(folder(), f))
  }
  const written = async (change: Change): Promise<string> => {
    clear()
    const [from, to] = [change.from!, change.to!]
    expect(schema).toContain(from)
    writeFileSync(join(cli.dir, 'schema.sql'), schema.replace(from, to))
    await ran('revision', '--autogenerate', '-m', 'change', '--rev-id', 'a2', '--no-verify')
    return readFileSync(join(folder(), second()), 'utf8')
  }
  const write = (text: string): void => writeFileSync(join(folder(), 'change_a2.ts'), text)
  const findings = async (): Promise<readonly Finding[]> => {
    const { stdout } = await cli.run('lint', 'a2', '--json')
    return (JSON.parse(stdout) as { findings: Finding[] }).findings
  }
  const rows = (): Promise<string> => value(url, 'SELECT string_agg(version_num, $$,$$) FROM ambix_version')

  beforeAll(async () => {
    ;({ url } = await freshDatabase())
    cli = project(url, schema, '{"hazards":"refuse-both-ways","schemas":["public","app"]}')
    await ran('revision', '--autogenerate', '-m', 'all', '--rev-id', 'a1')
    await ran('upgrade', 'head')
  })
  afterAll(() => cli.close())

  /** Told by lint, shown by the dry run, refused by upgrade; turned round, the same of downgrade. */
  async function gated(text: string, told: string): Promise<void> {
    const [code, object] = told.split(/:(.*)/s) as [string, string]
    const found = await findings()
    expect(found.filter((f) => f.level === 'error').map((f) => `${f.code}:${f.object}`)).toContain(told)
    expect(await ran('upgrade', 'a2', '--dry-run')).toContain(`-- ${code} ${object}: `)
    const up = await cli.run('upgrade', 'a2')
    expect([up.code, up.stderr]).toEqual([2, expect.stringContaining(`revision a2: ${code} ${object}: `)])
    expect(up.stderr).toContain('RUN.HAZARD')
    expect(await rows()).toBe('a1')
    clear()
    write(turned(text))
    await ran('stamp', 'a2')
    try {
      expect(await ran('downgrade', 'a1', '--dry-run')).toContain(`-- ${code} ${object}: `)
      const down = await cli.run('downgrade', 'a1')
      expect([down.code, down.stderr]).toEqual([2, expect.stringContaining(`revision a2: ${code} ${object}: `)])
    } finally {
      await ran('stamp', 'a1')
    }
  }

  test.each(tableOf(generated).map((c) => [c.title, c] as const))('%s', async (_, change) => {
    const text = await written(change)
    const [code, object] = change.told.split(/:(.*)/s) as [string, string]
    const loss = (await findings()).find((f) => f.code === code && f.object === object)
    expect(loss?.level).toBe('error')
    const up = text.slice(text.indexOf('function upgrade'), text.indexOf('function downgrade'))
    expect(up).toContain(`  // ${loss!.message}`)
    await gated(text, change.told)
  })

  test.each(tableOf(byHand).map((c) => [c.title, c] as const))('%s', async (_, change) => {
    clear()
    const text = byHandFile(change.op!, '')
    write(text)
    await gated(text, change.told)
  })

  test.each(tableOf(harmless).map((c) => [c.title, c] as const))('harmless: %s', async (_, change) => {
    const text = await written(change)
    const up = text.slice(text.indexOf('function upgrade'), text.indexOf('function downgrade'))
    const alarms = (await findings()).filter((f) => f.code === 'DATA_LOSS' || f.code === 'OPAQUE')
    expect(alarms.map((f) => `${f.code}:${f.object}`)).toEqual([])
    expect(up).not.toMatch(/\/\/ (?:drops|narrows|deletes|moves)/)
  })

  test('are as many as the issue counts', () => {
    expect(generated.length).toBeGreaterThanOrEqual(27)
    expect(generated.length + byHand.length).toBeGreaterThanOrEqual(32)
    expect(harmless.length).toBeGreaterThanOrEqual(20)
  })
})
