/**
 * The test files that share a worker, which loads the source once for all of them: those that only compute, and those that use the
 * run's servers and leave their process as it was. What touches its process, an embedded database or another program has a worker
 * of its own; `test/floors.test.ts` holds the files here to that.
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

/** Of each folder, the files that use the run's servers and nothing else that outlives them. */
const serverFiles: Readonly<Record<string, readonly string[]>> = {
  kysely: ['dialects', 'interface'],
  live: [
    'ambix-schemas',
    'batch',
    'catalog-kinds',
    'composites',
    'counters',
    'enum-append',
    'enum-dialects',
    'enum-helper-names',
    'enum-odd',
    'enum-online',
    'expressions-name',
    'filters',
    'grant-chains',
    'hazard-rules-elsewhere',
    'hidden-rows',
    'kept-counters',
    'limits',
    'literal-spellings',
    'models-own-names',
    'odd-names',
    'own-schema',
    'partition-bounds',
    'plain-strings',
    'privileges',
    'readers',
    'schema-renames',
    'sqlite-enums',
    'sqlite-law',
    'sqlite-manual',
    'sqlite-restrictions',
    'unstable-texts',
    'way-back',
  ],
  mysql: ['limits', 'manual', 'wire'],
}

const root = fileURLToPath(new URL('../..', import.meta.url))

export const listPureFiles = (): string[] => globSync([...pureFiles], { cwd: root, exclude: [...otherFiles] }).sort()

export const listServerFiles = (): string[] =>
  Object.entries(serverFiles).flatMap(([folder, names]) => names.map((name) => `test/${folder}/${name}.test.ts`))

/** What would reach the next file of the same worker. */
const reaching =
  /child_process|process\.(?:env|chdir|on|once)\b|\bvi\.|globalThis\.\w+ =|mkdtemp|support\/(?:folder|live|mysql|pglite|server)\.ts/

/** The same, where a file uses the run's servers, which are cleared after it. */
const reachingBeside = /process\.(?:chdir|on|once)\b|process\.env\[.*\] =|delete process\.env|\bvi\.|globalThis\.\w+ =/

/** In a module beside the test files, which is loaded once for all of them: hooks that only the first would have. */
const lostHooks = /^(?:before|after)(?:All|Each)\(/

/** What starts the servers, and the command line in a folder, which sets an environment for a command and restores it. */
const trusted = /test\/(?:support\/(?:after-file|live|mariadb|mysql|server)|cli\/sandbox)\.ts$/

/** Each line of a test file, or of the tests' modules that it imports, which touches more than its own values. */
export const touchesMore = (file: string, text?: string): string[] => linesOf(file, text, reaching, undefined)

/** Each line which touches more than its own values and the run's servers. */
export const touchesProcess = (file: string, text?: string): string[] => linesOf(file, text, reachingBeside, trusted)

function linesOf(
  file: string,
  text = readFileSync(resolve(root, file), 'utf8'),
  touching: RegExp,
  past: RegExp | undefined,
): string[] {
  const found: string[] = []
  const seen = new Set<string>()
  const visit = (path: string, lines: string): void => {
    const once = !path.endsWith('.test.ts')
    found.push(...lines.split('\n').filter((line) => touching.test(line) || (once && lostHooks.test(line))))
    for (const [, from] of lines.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+\.ts)'/g)) {
      const next = resolve(dirname(path), from!)
      if (!next.startsWith(resolve(root, 'test')) || seen.has(next) || past?.test(next) || !existsSync(next)) continue
      seen.add(next)
      visit(next, readFileSync(next, 'utf8'))
    }
  }
  visit(resolve(root, file), text)
  return found
}
