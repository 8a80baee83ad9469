/** The page of `ambix studio` and `ambix report`, with the data inside it. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ReportData } from '../commands/report-data.ts'
import { AmbixError } from '../errors.ts'

/** Throws FILES.READ where the package has no page (a clone that was not built). */
export function page(data: ReportData): string {
  const file = pageFile(dirname(fileURLToPath(import.meta.url)))
  // Inside a script element only `<` could end it.
  const json = JSON.stringify(data).replaceAll('<', '\\u003c')
  return readFileSync(file, 'utf8').replace('/*DATA*/', () => json)
}

function pageFile(from: string): string {
  for (let dir = from; ; dir = dirname(dir)) {
    if (existsSync(join(dir, 'package.json'))) {
      const file = join(dir, 'dist/studio.html')
      if (existsSync(file)) return file
    }
    if (dir === dirname(dir)) break
  }
  throw new AmbixError('FILES.READ', 'The page of ambix studio is not there', {
    next: [{ text: 'In a clone of ambix, build it first', command: 'npm run build' }],
  })
}
