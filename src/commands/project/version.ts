/** The tool's own version, as package.json has it. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

function read(): string {
  // From src/commands, and from dist, the first package.json above is ours.
  for (let dir = dirname(fileURLToPath(import.meta.url)); ; dir = dirname(dir)) {
    try {
      const parsed = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as { name?: string; version?: string }
      if (parsed.name === 'ambix' && parsed.version !== undefined) return parsed.version
    } catch {
      if (dirname(dir) === dir) return '0.0.0'
    }
  }
}

export const version: string = read()
