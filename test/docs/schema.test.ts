/** Every block of docs/schema.md that is marked as `ts` runs, and what it exports is a whole schema. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { transform } from 'esbuild'
import { afterAll, describe, expect, it } from 'vitest'
import { collectSchema } from '../../src/schema/resolve/collect.ts'
import { columnKinds } from '../../src/schema/types.ts'

const text = readFileSync(new URL('../../docs/schema.md', import.meta.url), 'utf8')
const language = new URL('../../src/schema.ts', import.meta.url).href
const folder = mkdtempSync(join(tmpdir(), 'ambix-docs-'))
afterAll(() => rmSync(folder, { recursive: true }))

const blocks = [...text.matchAll(/^## (.+)$|^```ts\n([\s\S]*?)^```$/gmu)].reduce<{ title: string; code: string }[]>(
  (found, [, title, code]) => {
    if (title !== undefined) found.push({ title, code: '' })
    else found.at(-1)!.code += code
    return found
  },
  [],
)

describe('docs/schema.md', () => {
  it.each(blocks.filter((b) => b.code !== ''))('$title', async ({ title, code }) => {
    const { code: module } = await transform(code.replaceAll("'ambix/schema'", JSON.stringify(language)), {
      loader: 'ts',
      format: 'esm',
    })
    const file = join(folder, `${title.replaceAll(/\W+/gu, '-')}.mjs`)
    writeFileSync(file, module)
    const exports = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as object
    expect(collectSchema([exports], { identifierBytes: 63 }).schema.objects.size).toBeGreaterThan(0)
  })

  it('names every column type', () => {
    const [, list = ''] = /^## Column types\n\n`([^`]+)`/mu.exec(text) ?? []
    const named = list.split(' ').map((word) => word.replace(/\(.*/u, ''))
    expect(Object.keys(columnKinds).filter((kind) => !named.includes(kind))).toEqual([])
  })
})
