/** The path in a URL of an embedded database, where a percent sign may be an escape or a letter of a folder's name. */
import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** An existing path, as it is written or with its escapes decoded; else as it is written, if its folder exists. Throws URIError. */
export function pathOf(text: string, projectDir: string): string {
  if (!text.includes('%')) return text
  const isThere = (path: string): boolean => existsSync(resolve(projectDir, path))
  if (isThere(text)) return text
  const plain = decoded(text)
  if (plain !== undefined && isThere(plain)) return plain
  return plain === undefined || isThere(dirname(text)) ? text : plain
}

/** Undefined where a percent sign begins no escape. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
