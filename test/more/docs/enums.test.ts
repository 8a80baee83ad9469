/** docs/enums.md is a story: its files, commands, SQL and programs run in order on PGlite, and do what the page says. */
import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { parseHints } from '../../../src/diff/model/hints.ts'
import { blocksOf, openPage, pagePath, rewritten } from '../../docs/transcript.ts'

const file = pagePath('enums.md')
const text = readFileSync(file, 'utf8')
const blocks = blocksOf(text)
// Another PostgreSQL than the embedded one, while writing.
const page = openPage(process.env['AMBIX_DOCS_URL'])
let told = true
afterAll(() => {
  page.close()
  if (process.env['AMBIX_DOCS_UPDATE'] !== undefined) writeFileSync(file, rewritten(text, page.seen))
})

it('every hint that the page lists is one', () => {
  const section = text.slice(text.indexOf('\n## Hints'), text.indexOf('\n## What is refused'))
  const hints = [...section.matchAll(/`(\{".+?\})`/g)].map((m) => JSON.parse(m[1]!) as unknown)
  expect(hints.length).toBeGreaterThan(10)
  expect(parseHints(hints)).toHaveLength(hints.length)
})

describe('docs/enums.md', () => {
  it.each([...new Set(blocks.map((b) => b.section))])('%s', { timeout: 300_000 }, async (section) => {
    // A story that broke goes no further: what follows would only repeat it.
    expect(told, 'an earlier section failed').toBe(true)
    told = false
    for (const block of blocks.filter((b) => b.section === section)) {
      const problem = await page.run(block)
      if (process.env['AMBIX_DOCS_UPDATE'] === undefined) expect(problem).toBeUndefined()
    }
    told = true
  })
})
