/**
 * A fleet's runner is killed with SIGKILL at ten random moments, and begun again: how many targets are left to the last run, and that each was run
 * once. What must hold is the test's own, test/long/fleet-kill.test.ts, which ends with a failure where it does not.
 */
import { fileURLToPath } from 'node:url'
import { run } from '../lib/measure.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))

export async function kill() {
  const argv = [
    process.execPath,
    `${root}node_modules/vitest/vitest.mjs`,
    'run',
    '--reporter=verbose',
    'test/long/fleet-kill.test.ts',
  ]
  const { out } = await run({ argv, cwd: root, env: { AMBIX_TEST_LONG: '1', NO_COLOR: '1' } })
  const told = out.split('\n').find((line) => /seed \d+: /.test(line))
  if (told === undefined) throw new Error(`the test told of no seed:\n${out.slice(-2000)}`)
  return [`## A fleet of 800, killed at ten random moments\n\n${told.replace(/^.*?(?=seed \d)/, '')}\n`]
}
