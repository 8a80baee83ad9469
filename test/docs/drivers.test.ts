/** The pages that name drivers name every one that the configuration takes. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { driverNames } from '../../src/config/registry.ts'
import { pagePath } from './transcript.ts'

it.each([
  ['configuration.md', /^\| `driver` \|.*$/mu],
  ['drivers.md', /^\| URL \| driver \|[^]*?\n\n/mu],
])('docs/%s', (page, table) => {
  const [text = ''] = table.exec(readFileSync(pagePath(page), 'utf8')) ?? []
  const words = new Set(text.split(/[^\w-]+/u))
  expect(driverNames.filter((name) => !words.has(name))).toEqual([])
})
