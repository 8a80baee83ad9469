/** Runs vitest on a part of the tests that the usual run leaves out: `node scripts/vitest.mjs long …`. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const [part = '', ...rest] = process.argv.slice(2)
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url))
const env = { ...process.env, [`AMBIX_TEST_${part.toUpperCase()}`]: '1' }
spawn(process.execPath, [vitest, 'run', `test/${part}`, ...rest], { stdio: 'inherit', env }).on(
  'exit',
  (code) => (process.exitCode = code ?? 1),
)
