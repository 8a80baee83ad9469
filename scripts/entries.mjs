/** Which source file stands behind each entry of the package, as the `exports` of package.json say. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** @type {{ version: string, exports: Record<string, string | { types: string, default: string }>, dependencies: Record<string, string> }} */
export const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))

/** `dist/schema.js` -> `src/schema.ts`, with the subpath that people import. Entries without a source are in `missing`. */
export function packageEntries() {
  const entries = []
  const missing = []
  for (const [subpath, target] of Object.entries(manifest.exports)) {
    if (typeof target === 'string') continue
    const name = target.default.replace(/^\.\/dist\//, '').replace(/\.js$/, '')
    const source = `src/${name}.ts`
    if (existsSync(root + source)) entries.push({ subpath, name, source })
    else missing.push(`${subpath} (${source})`)
  }
  return { entries, missing }
}
