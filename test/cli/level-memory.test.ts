/** The young generation of a process that makes much garbage: it grows to a size, and no further. */
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

const youngOf = (levels: boolean): number => {
  const file = new URL('../../src/cli/fleet/level-memory.ts', import.meta.url).href
  const script = `import { levelMemory } from '${file}'
import v8 from 'node:v8'
const level = ${levels ? 'levelMemory()' : '() => {}'}
let keep = []
for (let i = 0; i < 4000; i++) {
  for (let j = 0; j < 500; j++) keep.push({ a: j, b: [j], c: String(j) })
  if (i % 80 === 79) keep = keep.slice(-1000)
  level()
}
console.log(v8.getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size / 2 ** 20)`
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  expect(run.stderr).toBe('')
  return Number(run.stdout)
}

test('is kept where it is large enough', () => {
  expect(youngOf(false)).toBeGreaterThan(16)
  expect(youngOf(true)).toBeLessThanOrEqual(16)
})
