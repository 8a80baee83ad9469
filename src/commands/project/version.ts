/** The tool's own version, as package.json has it. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ownUrl } from '../../util/own-url.ts'

function read(): string {
  if (import.meta.url === undefined) return '0.0.0'
  // From src/commands, and from dist, the first package.json above is ours.
  for (let dir = dirname(fileURLToPath(ownUrl(import.meta.url))); ; dir = dirname(dir)) {
    const found = versionIn(join(dir, 'package.json'))
    if (found !== undefined) return found
    if (dirname(dir) === dir) return '0.0.0'
  }
}

function versionIn(file: string): string | undefined {
  try {
    const parsed = JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string }
    return parsed.name === 'ambix' ? parsed.version : undefined
  } catch {
    return undefined
  }
}

export const version: string = read()
