/** Files that a command writes again each time: atomically, so that a reader never sees half of one, and only where the content changes. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { AmbixError } from '../../errors.ts'

/** Makes its folder where it is missing. Throws FILES.WRITE. */
export function writeWhole(file: string, text: string): void {
  const draft = `${file}.${process.pid}.tmp`
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(draft, text)
    renameSync(draft, file)
  } catch (cause) {
    throw new AmbixError('FILES.WRITE', `${file} cannot be written`, { why: (cause as Error).message, cause })
  }
}

/** Whether the file exists with this content, however it is formatted. */
export const says = (file: string, text: string): boolean =>
  existsSync(file) && sameTokens(readFileSync(file, 'utf8'), text)

/** Whether two texts are one but for what a formatter decides: blanks, quotes, semicolons, commas, bars before a union. */
function sameTokens(a: string, b: string): boolean {
  const pattern = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|[\p{L}\p{N}_$]+|[^\s;,|]/gu
  const tokens = (text: string): string =>
    [...text.matchAll(pattern)]
      .map(([t]) => (/^['"]/.test(t) ? `'${t.slice(1, -1).replaceAll(/\\(?=['"])/g, '')}'` : t.replaceAll(/\s+/g, ' ')))
      .join('\n')
  return tokens(a) === tokens(b)
}
