/** Every page of docs/cookbook runs, a fifth here and the others in test/more: on the run's server, or on PGlite where there is none. AMBIX_DOCS_UPDATE writes the pages anew. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { freshDatabase, server } from '../support/live.ts'
import { tableOf } from '../support/table-of.ts'
import { pagePath, runPage } from './transcript.ts'

const names = readdirSync(pagePath('cookbook')).filter((name) => name.endsWith('.md') && name !== 'README.md')

describe('docs/cookbook', () => {
  it('lists every page', () => {
    const index = readFileSync(pagePath('cookbook/README.md'), 'utf8')
    expect(new Set([...index.matchAll(/\]\(([\w-]+\.md)\)/g)].map((m) => m[1]))).toEqual(new Set(names))
  })

  it.each(tableOf(names))('%s', { timeout: 120_000 }, async (name) => {
    await runPage(`cookbook/${name}`, server === undefined ? undefined : (await freshDatabase()).url)
  })
})
