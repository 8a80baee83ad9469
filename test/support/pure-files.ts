/**
 * The test files that only compute: they share a worker, which loads the source once for all of them. What touches its process, a
 * database or another program has a worker of its own; `test/floors.test.ts` holds the files here to that.
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const pureFiles: readonly string[] = [
  'test/{dialects,diff,golden,hazards,operations,revisions,schema,types,util,zod}/**/*.test.ts',
]

/** Of those folders, what is not. */
const otherFiles: readonly string[] = [
  'test/dialects/label-sizes.test.ts',
  'test/hazards/{lossy,rules}.test.ts',
  'test/operations/as-the-database.test.ts',
  'test/revisions/{files,header}.test.ts',
  'test/util/{import-module,plain-module}.test.ts',
]

const root = fileURLToPath(new URL('../..', import.meta.url))

export const listPureFiles = (): string[] => globSync([...pureFiles], { cwd: root, exclude: [...otherFiles] }).sort()

/** What would reach the next file of the same worker. */
const reaching =
  /child_process|process\.(?:env|chdir|on|once)\b|\bvi\.|globalThis\.\w+ =|mkdtemp|support\/(?:folder|live|mysql|pglite|server)\.ts/

/** Each line of a test file, or of the tests' modules that it imports, which touches more than its own values. */
export function touchesMore(file: string, text = readFileSync(resolve(root, file), 'utf8')): string[] {
  const found: string[] = []
  const seen = new Set<string>()
  const visit = (path: string, lines: string): void => {
    found.push(...lines.split('\n').filter((line) => reaching.test(line)))
    for (const [, from] of lines.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+\.ts)'/g)) {
      const next = resolve(dirname(path), from!)
      if (!next.startsWith(resolve(root, 'test')) || seen.has(next) || !existsSync(next)) continue
      seen.add(next)
      visit(next, readFileSync(next, 'utf8'))
    }
  }
  visit(resolve(root, file), text)
  return found
}
