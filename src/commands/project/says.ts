/** Whether a file that a command writes again each time says the same as before: it is written only where the content changes. */
import { existsSync, readFileSync } from 'node:fs'

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
