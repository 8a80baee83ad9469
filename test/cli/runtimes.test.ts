/** Runtimes that give themselves out as Node and lack what ambix loads the project with: one clear line at the start (issue 9, H3). */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderOf } from '../support/folder.ts'

const program = new URL('../../bin/ambix.js', import.meta.url).pathname

test.each([
  ['bun', 'Bun 1.2.3'],
  ['deno', 'Deno 1.2.3'],
  ['other', 'This runtime'],
])('%s without module.registerHooks', (name, words) => {
  const dir = folderOf({
    'as.cjs': `delete require('node:module').registerHooks
Object.defineProperty(process, 'versions', { value: { ...process.versions, ${name}: '1.2.3' } })`,
  })
  const done = spawnSync(process.execPath, ['--require', join(dir, 'as.cjs'), program, 'upgrade', 'head'], {
    encoding: 'utf8',
  })
  expect(done.stderr).toBe(
    `${words} has no module.registerHooks, which ambix loads the project with. Run it with Node.js 22.18 or newer: npx ambix upgrade head\n`,
  )
  expect([done.status, done.stdout]).toEqual([1, ''])
})
