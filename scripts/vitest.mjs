/** Runs vitest on a part of the tests that the usual run leaves out: `node scripts/vitest.mjs long …`. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const [part = '', ...rest] = process.argv.slice(2)
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url))
// The longest page stands with `more`.
const folders = part === 'docs' ? ['docs', 'more/docs'] : [part]
const asked = folders.map((folder) => [`AMBIX_TEST_${folder.split('/')[0].toUpperCase()}`, '1'])
const env = { ...process.env, ...Object.fromEntries(asked) }
spawn(process.execPath, [vitest, 'run', ...folders.map((folder) => `test/${folder}`), ...rest], {
  stdio: 'inherit',
  env,
}).on('exit', (code) => (process.exitCode = code ?? 1))
