/**
 * Which test files have a worker of their own. All others share workers, which load the source once for all of them, and leave their
 * process as it was: `test/floors.test.ts` holds them to that.
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Each with what it does to its process. */
const own: Readonly<Record<string, string>> = {
  'cli/leaks': 'sets the environment',
  'cli/lost-work': 'leaves timers behind',
  'cli/plain-files': 'sets the environment',
  'revisions/files': 'listens to signals',
}

const root = fileURLToPath(new URL('../..', import.meta.url))

export const listOwnFiles = (): string[] => Object.keys(own).map((name) => `test/${name}.test.ts`)

export const listSharedFiles = (): string[] => {
  const apart = new Set(listOwnFiles())
  return globSync('test/**/*.test.ts', { cwd: root, exclude: ['**/node_modules', 'test/{ecosystem,long,pairs}'] })
    .filter((file) => !apart.has(file))
    .sort()
}

/** What would reach the next file of the same worker. */
const reaching =
  /process\.(?:chdir|on|once)\b|process\.env\[.*\] =[^=]|delete process\.env|\bvi\.|^\s*globalThis\.\w+ =/

/** In a module beside the test files, which is loaded once for all of them: hooks that only the first would have. */
const lostHooks = /^(?:before|after)(?:All|Each)\(/

/** What starts servers and programs that end with the process, is a program, or sets an environment for a command and restores it. */
const trusted = /test\/(?:support\/(?:after-file|deployer|live|mariadb|mysql|pgbouncer|server)|cli\/sandbox)\.ts$/

/** Each line of a test file, or of the tests' modules that it imports, which touches more than its own values and the run's servers. */
export function touchesProcess(file: string, text = readFileSync(resolve(root, file), 'utf8')): string[] {
  const found: string[] = []
  const seen = new Set<string>()
  const visit = (path: string, lines: string): void => {
    const once = !path.endsWith('.test.ts')
    found.push(...lines.split('\n').filter((line) => reaching.test(line) || (once && lostHooks.test(line))))
    for (const [, from] of lines.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+\.ts)'/g)) {
      const next = resolve(dirname(path), from!)
      if (!next.startsWith(resolve(root, 'test')) || seen.has(next) || trusted.test(next) || !existsSync(next)) continue
      seen.add(next)
      visit(next, readFileSync(next, 'utf8'))
    }
  }
  visit(resolve(root, file), text)
  return found
}
