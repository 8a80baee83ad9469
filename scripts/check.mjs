/** Runs every check that needs no database, two at a time, and prints what each costs; stops at nothing, fails if any fails. Names as arguments choose some. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { root } from './entries.mjs'

const checks = {
  format: ['oxfmt', '--check', 'src', 'test', 'scripts', 'bin', 'vitest.config.ts'],
  lint: [
    'oxlint',
    '--type-aware',
    '--deny-warnings',
    'src',
    'test',
    'scripts',
    'bin',
    ...(existsSync(`${root}bench`) ? ['bench'] : []),
  ],
  types: ['tsc', '--noEmit'],
  page: ['tsc', '-p', 'tools/studio', '--noEmit'],
  floors: ['node', 'scripts/floors.mjs'],
  lock: ['node', 'scripts/check-lock.mjs'],
  unused: ['knip', '--no-progress'],
  build: ['node', 'scripts/build.mjs'],
  publint: ['publint', '--strict'],
  attw: ['attw', '--pack', '.', '--profile', 'esm-only'],
}
/** What must have ended before. */
const after = { publint: 'build', attw: 'build' }

const asked = process.argv.slice(2)
const names = Object.keys(checks).filter((n) => asked.length === 0 || asked.includes(n))
const unknown = asked.filter((n) => !(n in checks))
if (unknown.length > 0)
  throw new Error(`no check is called ${unknown.join(', ')}; there are ${Object.keys(checks).join(', ')}`)

const ended = new Map()
const failed = []

function run(name) {
  const [command, ...args] = checks[name]
  const begun = performance.now()
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      // What looks at the package packs it as it is built.
      env: { ...process.env, FORCE_COLOR: process.stderr.isTTY ? '1' : '0', npm_config_ignore_scripts: 'true' },
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk))
    child.on('error', (error) => (said += String(error)))
    child.on('close', (code) => {
      console.error(
        `${code === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(8)} ${((performance.now() - begun) / 1000).toFixed(1)} s`,
      )
      if (code !== 0) {
        failed.push(name)
        console.error(said.trimEnd())
      }
      resolve()
    })
  })
}

const queue = [...names]
async function worker() {
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const first = after[name]
    if (first !== undefined) await ended.get(first)
    const done = run(name)
    ended.set(name, done)
    await done
  }
}
await Promise.all([worker(), worker()])
if (failed.length > 0) {
  console.error(`\nfailed: ${failed.join(', ')}`)
  process.exitCode = 1
}
