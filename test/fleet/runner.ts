/** The command line on a fleet in a process of its own, killed at a given moment, and what must hold after it. */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect } from 'vitest'
import type { FleetEvent } from '../../src/commands/fleet/many.ts'
import { revisionFile } from '../cli/sandbox.ts'
import { first, type Fleet } from './tenants.ts'

const program = new URL('../cli/program.mjs', import.meta.url).pathname

/** Takes a moment, and counts how often it ran. */
const slow = revisionFile('bbbbbbbbbbbb', 'aaaaaaaaaaaa', {
  up: `op.execute('SELECT pg_sleep(0.02)')\n  op.execute('INSERT INTO runs VALUES (2)')`,
})
export const slowFiles = { 'migrations/a.ts': first, 'migrations/b.ts': slow }

/** Killed at the given event or after so many milliseconds, if ever. */
export async function runner(
  f: Fleet,
  words: readonly string[],
  killAt?: ((event: FleetEvent, count: number) => boolean) | { readonly ms: number },
): Promise<{ readonly code: number | null; readonly events: readonly FleetEvent[] }> {
  const child = spawn(process.execPath, [program, 'upgrade', 'head', '--targets', '--json', ...words], {
    cwd: f.dir,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((done) => child.once('close', (code) => done(code)))
  const clock = typeof killAt === 'object' ? setTimeout(() => child.kill('SIGKILL'), killAt.ms) : undefined
  const events: FleetEvent[] = []
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{"version"')) throw new Error(`${line}\n${said}`)
    // The last line of a killed process may be cut off.
    if (child.killed && !line.endsWith('}')) continue
    const event = JSON.parse(line) as FleetEvent
    events.push(event)
    const count = events.filter((e) => e.event === 'target').length
    if (typeof killAt === 'function' && killAt(event, count)) child.kill('SIGKILL')
  }
  const code = await ended
  clearTimeout(clock)
  return { code, events }
}

export function configure(f: Fleet): void {
  writeFileSync(
    join(f.dir, 'ambix.config.json'),
    JSON.stringify({
      url: f.url,
      targets: { sql: "SELECT nspname AS id, nspname AS schema FROM pg_namespace WHERE nspname ~ '^t[0-9]+$'" },
    }),
  )
}

export const targetsIn = (events: readonly FleetEvent[]): string[] =>
  events.flatMap((e) => (e.event === 'target' ? [e.target] : []))

/**
 * Kills a runner at each moment (after so many targets, or milliseconds), then lets one end: every target was run once, by no hand but the
 * runner's. Returns the last.
 */
export async function killedAt(
  f: Fleet,
  seed: number,
  moments: readonly (number | { readonly ms: number })[],
): ReturnType<typeof runner> {
  for (const moment of moments)
    await runner(f, [], typeof moment === 'number' ? (_event, count) => count >= moment : moment)
  const last = await runner(f, [])
  expect([seed, last.code]).toEqual([seed, 0])
  expect(last.events[0]).toMatchObject({ event: 'run', run: 1, resumed: true })
  expect(last.events.at(-1)).toMatchObject({ event: 'end', run: 1, done: f.ids.length, failed: 0, left: 0 })
  expect(await f.everywhere("SELECT '%', count(*) FROM %.runs")).toEqual(f.ids.map((id) => [id, '1']))
  expect(await f.everywhere("SELECT '%', count(*) FROM %.ambix_history")).toEqual(f.ids.map((id) => [id, '2']))
  return last
}
