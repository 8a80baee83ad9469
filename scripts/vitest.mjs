/** Runs vitest on parts of the tests that the usual run leaves out: `node scripts/vitest.mjs more pairs …`. What follows is for vitest. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const known = ['more', 'long', 'pairs', 'ecosystem', 'docs']
const given = process.argv.slice(2)
const count = given.findIndex((arg) => !known.includes(arg))
const parts = count < 0 ? given : given.slice(0, count)
const rest = given.slice(parts.length)
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url))
// The longest page stands with `more`.
const folders = parts.flatMap((part) => (part === 'docs' ? ['docs', 'more/docs'] : [part]))
const asked = folders.map((folder) => [`AMBIX_TEST_${folder.split('/')[0].toUpperCase()}`, '1'])
const env = { ...process.env, ...Object.fromEntries(asked) }
if (parts.length === 0) {
  console.error(`name the parts first: ${known.join(', ')}`)
  process.exitCode = 2
} else {
  spawn(process.execPath, [vitest, 'run', ...folders.map((folder) => `test/${folder}`), ...rest], {
    stdio: 'inherit',
    env,
  }).on('exit', (code) => (process.exitCode = code ?? 1))
}
