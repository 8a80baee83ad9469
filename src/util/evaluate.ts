/** Evaluates a self-contained user module synchronously, in tens of microseconds; any other is left to `importModule`. */
import { createRequire } from 'node:module'
import { extname } from 'node:path'
import { compileFunction } from 'node:vm'
import { generatedPlace, keepLines, type LinePlaces, lineStarts, sourcePosition } from './keep-lines.ts'
import { opening, plainBody } from './modules/plain-module.ts'
import { noteOriginal, type Place } from './written-at.ts'

type Oxc = typeof import('oxc-transform')

let loaded: Oxc | false | undefined

/** oxc-transform, loaded at first use; undefined where its binary for this platform is missing. */
function oxc(): Oxc | undefined {
  if (loaded === undefined) {
    try {
      loaded = createRequire(import.meta.url)('oxc-transform') as Oxc
    } catch {
      loaded = false
    }
  }
  return loaded === false ? undefined : loaded
}

/** Features that a function body does not have, or that only a real module has. */
const needsModule =
  /\b(?:require|module|exports|__dirname|__filename)\b\s*[.([=]|\bimport\s*[.(]|\b__(?:dirname|filename)\b/
const exportBlock =
  /^Object\.defineProperty\(__vite_ssr_exports__, ("(?:[^"\\]|\\.)*"), \{\n\tenumerable: true,\n\tconfigurable: true,\n\tget\(\) \{\n\t\treturn ([^\n]+);\n\t\}\n\}\);\n/gm
const importLine =
  /^const (__vite_ssr_import_\d+__) = await __vite_ssr_import__\(("(?:[^"\\]|\\.)*")(?:, \{ importedNames: (\[[^\n]*\]) \})?\);$/

/**
 * Evaluates the source of `file` and returns its exports, or undefined when it needs a real module: other imports than `builtins` has, top-level
 * await, `import.meta`, CommonJS, decorators, or text that does not parse (`importModule` then reports it). Errors of the module are
 * thrown unchanged; their stack names the user's file and line.
 *
 * @example evaluateModule('/app/migrations/1.ts', source, { 'ambix/schema': schema })?.['upgrade']
 */
export function evaluateModule(
  file: string,
  source: string,
  builtins: Readonly<Record<string, object>>,
): Record<string, unknown> | undefined {
  const plain = plainModule(file, source, builtins)
  if (plain !== undefined) {
    const module = plain((name) => builtins[name])
    if (!reachesTimers.test(source)) selfContained.add(module)
    return module
  }
  const body = linkedBody(file, source, builtins)?.text
  if (body === undefined) return undefined
  noteOriginal(file, (line, column) => originalPlace(file, source, builtins, line, column))
  try {
    const run = compileFunction(body, ['__vite_ssr_import__'], { filename: file }) as Evaluated
    return run((name) => builtins[name])
  } catch (error) {
    // `await` outside an async function is either a syntax error or, with parentheses, an unknown name.
    if (error instanceof SyntaxError && isFrom(error, file)) return undefined
    if (error instanceof ReferenceError && error.message === 'await is not defined') return undefined
    throw error
  }
}

/** The words through which a module that imports nothing gets at what runs later: each global of Node that can is among them. */
export const reachesTimers =
  /[Tt]imeout|setI|Microtask|process|global|constructor|eval|Function|async|Async|Promise|then|fetch|Socket|Channel|Port|Source|Stream|Worker|navigator|Navigator|scheduler|rypto|WebAssembly|Atomics|Registry|Observer|Blob|File|Response|Request|AbortSignal|prototype|__proto__/

const selfContained = new WeakSet<object>()

/** Whether nothing that runs later can be started by the module's functions: it names nothing that could. */
export const startsNothing = (module: object): boolean => selfContained.has(module)

type Evaluated = (load: (name: string) => object | undefined) => Record<string, unknown>

/** The file without its annotations; undefined where it has more of TypeScript than these, or does not parse. */
function plainModule(file: string, source: string, builtins: Readonly<Record<string, object>>): Evaluated | undefined {
  if (!scripts.test(extname(file))) return undefined
  const body = plainBody(source, builtins)
  if (body === undefined) return undefined
  try {
    return compileFunction(body, ['__import'], { filename: file, columnOffset: -opening.length }) as Evaluated
  } catch {
    return undefined
  }
}

const scripts = /^\.m?[jt]s$/

interface LinkedBody {
  readonly text: string
  /** The line of the linked code that each line of the body was. */
  readonly origin: readonly number[]
  readonly places: LinePlaces
  readonly maps: readonly [linked: string, stripped: string]
}

/** The text that is run, with its sources. */
function linkedBody(file: string, source: string, builtins: Readonly<Record<string, object>>): LinkedBody | undefined {
  const extension = extname(file)
  if (!scripts.test(extension) || needsModule.test(source)) return undefined
  const compile = oxc()
  if (compile === undefined) return undefined
  const stripped = compile.transformSync(file, source, {
    lang: extension.endsWith('ts') ? 'ts' : 'js',
    sourceType: 'module',
    sourcemap: true,
  })
  if (stripped.errors.length > 0 || stripped.map === undefined) return undefined
  // The module runner's form is vite's: exports as getters at the top, imports as calls; the code is parsed.
  const linked = compile.moduleRunnerTransformSync('module.js', stripped.code, { sourcemap: true })
  if (linked.errors.length > 0 || linked.map === undefined || linked.dynamicDeps.length > 0) return undefined
  if (linked.code.includes('__vite_ssr_exportAll__(')) return undefined
  for (const name of linked.deps) if (!Object.hasOwn(builtins, name)) return undefined
  const origin: number[] = []
  const places: LinePlaces = []
  const starts = [lineStarts(linked.map.mappings), lineStarts(stripped.map.mappings)] as const
  const text = functionBody(linked.code, starts, builtins, origin, places)
  const maps = [linked.map.mappings, stripped.map.mappings] as const
  return text === undefined ? undefined : { text, origin, places, maps }
}

/** The positions of code that runs differ a little from the source; after an error the source is compiled again with exact positions. */
function originalPlace(
  file: string,
  source: string,
  builtins: Readonly<Record<string, object>>,
  line: number,
  column: number,
): Place | undefined {
  const made = linkedBody(file, source, builtins)
  if (made === undefined) return undefined
  const found = generatedPlace(made.places, line - 1, column - 1 - (line === 1 ? strict.length : 0))
  const row = found === undefined ? undefined : made.origin[found.line]
  const stripped = row === undefined ? undefined : sourcePosition(made.maps[0], { line: row, column: found!.column })
  const at = stripped === undefined ? undefined : sourcePosition(made.maps[1], stripped)
  return at === undefined ? undefined : { file, line: at.line + 1, column: at.column + 1 }
}

const strict = '"use strict"; '

/** A syntax error of the text itself has no frame inside it; one that running code throws (JSON.parse) has one. */
function isFrom(error: SyntaxError, file: string): boolean {
  return !(error.stack ?? '').includes(`at ${file}:`) && !(error.stack ?? '').includes(`(${file}:`)
}

type Starts = ReturnType<typeof lineStarts>

/** Fills `origin` and `places`. */
function functionBody(
  code: string,
  [linked, stripped]: readonly [Starts, Starts],
  builtins: Readonly<Record<string, object>>,
  origin: number[],
  places: LinePlaces,
): string | undefined {
  const results: string[] = []
  const dropped = new Set<number>()
  let line = 0
  let last = 0
  for (const match of code.matchAll(exportBlock)) {
    for (; last < match.index; last++) if (code.charCodeAt(last) === 10) line++
    for (let i = 0; i < 7; i++) dropped.add(line + i)
    results.push(`${match[1] === '"__proto__"' ? '["__proto__"]' : match[1]}:${match[2]}`)
  }
  if (results.length === 0) return undefined
  const lines: string[] = []
  const rows = code.split('\n')
  for (let i = 0; i < rows.length; i++) {
    if (dropped.has(i)) continue
    let text = rows[i]!
    const first = i
    // A list of more than two imported names takes several lines.
    if (text.startsWith('const __vite_ssr_import_'))
      while (!text.endsWith(';') && i + 1 < rows.length) text += rows[++i]!.trim()
    const bound = text.startsWith('const __vite_ssr_import_') ? importLine.exec(text) : undefined
    if (bound !== null && bound !== undefined) {
      const from = builtins[JSON.parse(bound[2] as string) as string]
      const names = bound[3] === undefined ? [] : (JSON.parse(bound[3]) as string[])
      if (from === undefined || names.some((name) => !(name in from))) return undefined
      lines.push(`const ${bound[1]} = __vite_ssr_import__(${bound[2]});`)
    } else lines.push(text)
    origin.push(first)
  }
  // A comment may be on the line of an export block, which is then not recognized.
  if (lines.some((text) => text.includes('__vite_ssr_exports__'))) return undefined
  const sourceLine = (generated: number, indent: number): number | undefined => {
    const start = linked[origin[generated] as number]
    return start === undefined || start.column !== indent ? undefined : stripped[start.line]?.line
  }
  return `${strict}${keepLines(lines, sourceLine, places)}\nreturn {__proto__:null,${results.join(',')}};`
}
