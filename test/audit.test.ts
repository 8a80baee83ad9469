/** Issue 10, item 9: CI fails on high and critical faults of packages at run time, and passes over a registry that does not answer. */
import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { delimiter, dirname } from 'node:path'
import { expect, test } from 'vitest'
import { folderOf } from './support/folder.ts'

/** Runs the script with an npm that gives this answer. */
function audit(answer: unknown, env: Readonly<Record<string, string>> = {}): { code: number | null; said: string } {
  const dir = folderOf({ npm: `#!/bin/sh\ncat <<'EOF'\n${JSON.stringify(answer)}\nEOF\n` })
  chmodSync(`${dir}/npm`, 0o755)
  const done = spawnSync(process.execPath, ['scripts/audit.mjs'], {
    encoding: 'utf8',
    env: { ...env, PATH: [dir, dirname(process.execPath), process.env['PATH']].join(delimiter) },
  })
  return { code: done.status, said: done.stderr }
}

const report = (severity: string): object => ({
  vulnerabilities: { bad: { name: 'bad', severity, range: '<1.2.0', via: [{ title: 'runs what it reads' }] } },
  metadata: { vulnerabilities: { total: 1 }, dependencies: { prod: 7 } },
})

test('a high or critical fault fails, and is named', () => {
  expect(audit(report('high'))).toEqual({
    code: 1,
    said: '  high: bad <1.2.0: runs what it reads\naudit: 7 packages at run time, 1 with a high or critical fault, 1 with any\n',
  })
  expect(audit(report('critical')).code).toBe(1)
})

test('a lesser one, and none, pass', () => {
  expect(audit(report('moderate'))).toEqual({
    code: 0,
    said: 'audit: 7 packages at run time, 0 with a high or critical fault, 1 with any\n',
  })
  expect(audit({ vulnerabilities: {}, metadata: { vulnerabilities: { total: 0 } } }).code).toBe(0)
})

test('a registry without an answer is said in one line; where it is required, it fails', () => {
  const none = { message: 'request to the registry failed', error: { summary: '', detail: '' } }
  expect(audit(none)).toEqual({
    code: 0,
    said: 'audit: not done, the registry gives no answer (request to the registry failed)\n',
  })
  expect(audit(none, { AMBIX_AUDIT_REQUIRED: '1' }).code).toBe(1)
})
