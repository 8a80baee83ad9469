/** Loads the user's TypeScript and JavaScript as real modules, without a build step and without a second copy of ambix. */
import { existsSync, readFileSync } from 'node:fs'
import {
  createRequire,
  registerHooks,
  setSourceMapsSupport,
  type LoadHookContext,
  type ResolveHookContext,
} from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { AmbixError, isAmbixError } from '../errors.ts'
import { keepLines, lineStarts, type Trace, tracedPosition } from './keep-lines.ts'
import { loaderSlot } from './loaded.ts'
import {
  inNodeModules,
  inSource,
  stampOf,
  type CompilerOptions,
  packageEntries,
  parseError,
  hasTsconfig,
  withCommonJsNames,
  withOwnRequire,
  lateMetadata,
  withoutQuery,
  position,
  loadError,
  mayDecorate,
  noteLoaded,
} from './module-files.ts'
import { plainText } from './modules/plain-module.ts'
import { noteOriginal, type Place } from './written-at.ts'
type Oxc = typeof import('oxc-transform')

type Resolver = import('oxc-resolver').ResolverFactory

/**
 * Imports a user module (.ts, .mts, .cts, .tsx or JavaScript) with its imports. `ambix` and `ambix/*` resolve to this copy.
 * Throws MODULE.LOAD with the user's own message as `why`, and `data: { file, line, column }` where known.
 *
 * @example const { default: config } = await importModule('/app/ambix.config.ts')
 */
export async function importModule(file: string): Promise<Record<string, unknown>> {
  const loader = theLoader()
  try {
    return await loader.import(loader.enter(file))
  } catch (error) {
    throw loadError(file, error)
  }
}

/** As `importModule`, synchronously; a module with top-level await is refused. Throws MODULE.LOAD. */
export function importModuleSync(file: string): Record<string, unknown> {
  const loader = theLoader()
  try {
    loader.enter(file)
    return createRequire(file)(file) as Record<string, unknown>
  } catch (error) {
    throw loadError(file, error)
  }
}

interface Loader {
  import(url: string): Promise<Record<string, unknown>>
  enter(file: string): string
  refresh(): void
}

const scripts = /\.(?:[mc]?ts|tsx)$/
const generationOf = /\bambix=\d+/
const held = Symbol.for('ambix.tested')

/** Hooks apply to the whole process, so there is one loader; it affects only files that are reached from one passed to `enter`. */
function theLoader(): Loader {
  const holder = globalThis as { [loaderSlot]?: Map<string, Loader> }
  const loaders = (holder[loaderSlot] ??= new Map())
  let loader = loaders.get(import.meta.url)
  if (loader === undefined) loaders.set(import.meta.url, (loader = createLoader()))
  return loader
}

function createLoader(): Loader {
  const require = createRequire(import.meta.url)
  const reached = new Set<string>()
  const entries = packageEntries()
  const underTest = inSource && process.env['VITEST'] !== undefined
  const ready = new Map<string, Record<string, unknown>>()
  const types = new Map<string, string | undefined>()
  const tsconfigs = new Map<string, CompilerOptions>()
  /** The user's files as they were loaded, and how often they have changed since. */
  const loaded = new Map<string, string>()
  let generation = 0
  let oxc: Oxc | undefined
  let resolvers: { import: Resolver; require: Resolver } | undefined

  function fallback(specifier: string, parent: string, conditions: readonly string[] | undefined): string | undefined {
    if (resolvers === undefined) {
      const { ResolverFactory } = require('oxc-resolver') as typeof import('oxc-resolver')
      const make = (kind: 'import' | 'require'): Resolver =>
        new ResolverFactory({
          tsconfig: 'auto',
          extensions: ['.ts', '.tsx', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json'],
          extensionAlias: {
            '.js': ['.ts', '.tsx', '.js'],
            '.jsx': ['.tsx', '.jsx'],
            '.mjs': ['.mts', '.mjs'],
            '.cjs': ['.cts', '.cjs'],
          },
          conditionNames: ['node', kind, 'module-sync', 'default'],
        })
      resolvers = { import: make('import'), require: make('require') }
    }
    const kind = conditions?.includes('require') === true ? 'require' : 'import'
    const found = resolvers[kind].resolveFileSync(parent, specifier)
    return found.path
  }

  function resolve(
    specifier: string,
    context: ResolveHookContext,
    next: (s: string, c?: Partial<ResolveHookContext>) => { url: string },
  ): { url: string } {
    const parent = context.parentURL
    if (parent === undefined || !reached.has(withoutQuery(parent))) return next(specifier, context)
    if (specifier === 'ambix' || specifier.startsWith('ambix/')) {
      const entry = entries(specifier)
      if (entry !== undefined)
        return { url: underTest ? `ambix-tested:${specifier}` : entry, shortCircuit: true } as { url: string }
    }
    if (specifier.startsWith('@oxc-project/runtime/'))
      return next(specifier, { ...context, parentURL: import.meta.url })
    let url: string
    let result: { url: string } | undefined
    try {
      result = next(specifier, context)
      url = result.url
    } catch (error) {
      if (!parent.startsWith('file:') || inNodeModules.test(parent)) throw error
      const path = fallback(specifier, fileURLToPath(parent), context.conditions)
      if (path === undefined) throw error
      url = pathToFileURL(path).href
      result = { url, shortCircuit: true } as { url: string }
    }
    if (!url.startsWith('file:')) return result
    reached.add(withoutQuery(url))
    const of = generationOf.exec(parent)?.[0]
    if (of === undefined || inNodeModules.test(url) || url.includes('?')) return result
    return { ...result, url: `${url}?${of}` }
  }

  function load(
    url: string,
    context: LoadHookContext,
    next: (url: string, context?: Partial<LoadHookContext>) => object,
  ): object {
    if (url.startsWith('ambix-tested:'))
      return { format: 'module', source: reexport(url.slice('ambix-tested:'.length)), shortCircuit: true }
    const plain = withoutQuery(url)
    if (!reached.has(plain) || inNodeModules.test(plain)) return next(url, context)
    const file = fileURLToPath(plain)
    loaded.set(noteLoaded(file), stampOf(file))
    // TypeScript allows imports of JSON without an attribute; Node does not.
    if (
      file.endsWith('.json') &&
      context.importAttributes?.['type'] === undefined &&
      context.conditions?.includes('import') === true
    ) {
      return { format: 'module', source: `export default ${readFileSync(file, 'utf8')}`, shortCircuit: true }
    }
    if (!scripts.test(file)) return next(url, context)
    const source = readFileSync(file, 'utf8')
    const options = compilerOptions(file)
    const same = plainText(file, source)
    const code = same ?? transform(file, source, options)
    const format = formatOf(file, code)
    const text = same ?? (format === 'module' ? withCommonJsNames(code) : withOwnRequire(code))
    noteOriginal(file, (line, column) => originalPlace(file, source, text.length - code.length, line, column))
    return { format, source: text, shortCircuit: true }
  }

  /** Compiled again with a source map, which is only needed after an error. Node itself maps what esbuild compiled. */
  function originalPlace(file: string, source: string, shift: number, line: number, column: number): Place | undefined {
    if (plainText(file, source) !== undefined) return { file, line, column: column - (line === 1 ? shift : 0) }
    const trace: Trace = { places: [] }
    transform(file, source, compilerOptions(file), trace)
    const at = tracedPosition(trace, line - 1, column - 1 - (line === 1 ? shift : 0))
    return at === undefined ? undefined : { file, line: at.line + 1, column: at.column + 1 }
  }

  function transform(file: string, source: string, options: CompilerOptions, trace?: Trace): string {
    const legacy = options.experimentalDecorators === true
    if (!legacy && mayDecorate(source)) {
      const lowered = throughEsbuild(file, source, options)
      if (lowered !== undefined) return lowered
    }
    oxc ??= require('oxc-transform') as Oxc
    const unset = options.useDefineForClassFields === false
    const result = oxc.transformSync(file, source, {
      lang: file.endsWith('.tsx') ? 'tsx' : 'ts',
      sourceType: file.endsWith('.cts') && !/^\s*(?:import|export)\s/m.test(source) ? 'commonjs' : 'module',
      target: 'node22',
      sourcemap: true,
      decorator: { legacy, emitDecoratorMetadata: options.emitDecoratorMetadata === true },
      ...(unset ? { assumptions: { setPublicClassFields: true } } : {}),
      typescript: {
        removeClassFieldsWithoutInitializer: unset,
        onlyRemoveTypeImports: options.verbatimModuleSyntax === true,
      },
    })
    const problem = result.errors[0]
    if (problem !== undefined) {
      const message = `${problem.message}${problem.helpMessage === null ? '' : `. ${problem.helpMessage}`}`
      throw parseError({ file, ...position(source, problem.labels[0]?.start) }, source, message)
    }
    const mappings = result.map?.mappings ?? ''
    if (trace !== undefined) trace.mappings = mappings
    const starts = lineStarts(mappings)
    const code = keepLines(
      result.code.split('\n'),
      (i, indent) => (starts[i]?.column === indent ? starts[i].line : undefined),
      trace?.places,
    )
    return legacy ? lateMetadata(code) : code
  }

  /** esbuild compiles standard (TC39) decorators and `accessor`, which oxc does not. Undefined where it is not installed. */
  function throughEsbuild(file: string, source: string, options: CompilerOptions): string | undefined {
    let esbuild: typeof import('esbuild') | undefined
    for (const from of [file, import.meta.url]) {
      try {
        esbuild = createRequire(from)('esbuild') as typeof import('esbuild')
        break
      } catch {
        continue
      }
    }
    if (esbuild === undefined) return undefined
    setSourceMapsSupport(true)
    try {
      return esbuild.transformSync(source, {
        loader: file.endsWith('.tsx') ? 'tsx' : 'ts',
        target: 'node22',
        sourcefile: file,
        sourcemap: 'inline',
        supported: { decorators: false, 'class-static-blocks': true },
        tsconfigRaw: { compilerOptions: { useDefineForClassFields: options.useDefineForClassFields ?? true } },
        logLevel: 'silent',
      }).code
    } catch (error) {
      const first = (error as import('esbuild').TransformFailure).errors?.[0]
      if (first === undefined) throw error
      const line = first.location?.line ?? 1
      const column = (first.location?.column ?? 0) + 1
      throw parseError({ file, line, column }, source, first.text, error)
    }
  }

  function formatOf(file: string, code: string): 'module' | 'commonjs' {
    if (file.endsWith('.mts')) return 'module'
    // A file with ES module syntax is one, whatever package.json says: as CommonJS it would get a second copy of ambix.
    if (/^\s*(?:["']use strict["']; ?)?(?:import|export)\b(?!\s*\()/m.test(code) || /\bimport\.meta\b/.test(code))
      return 'module'
    if (file.endsWith('.cts')) return 'commonjs'
    const type = packageType(dirname(file))
    if (type !== undefined) return type === 'module' ? 'module' : 'commonjs'
    return /^\s*(?:(?:const|let|var)\s[^;]*=\s*)?await\b/m.test(code) ? 'module' : 'commonjs'
  }

  function packageType(folder: string): string | undefined {
    if (types.has(folder)) return types.get(folder)
    const file = join(folder, 'package.json')
    let type: string | undefined
    if (existsSync(file)) {
      try {
        type = (JSON.parse(readFileSync(file, 'utf8')) as { type?: string }).type
      } catch {
        type = undefined
      }
    } else if (dirname(folder) !== folder) type = packageType(dirname(folder))
    types.set(folder, type)
    return type
  }

  function compilerOptions(file: string): CompilerOptions {
    const folder = dirname(file)
    let options = tsconfigs.get(folder)
    if (options === undefined) {
      if (!hasTsconfig(folder)) return {}
      const { getTsconfig } = require('get-tsconfig') as typeof import('get-tsconfig')
      try {
        options = getTsconfig(folder)?.config.compilerOptions ?? {}
      } catch (cause) {
        throw new AmbixError('MODULE.LOAD', `The tsconfig.json that holds for ${file} cannot be read`, {
          why: (cause as Error).message,
          next: ['Fix tsconfig.json'],
          cause,
        })
      }
      tsconfigs.set(folder, options)
    }
    return options
  }

  // Under vitest the source runs in vitest's own module graph: the user's files must get the same modules, not a second copy of them.
  async function tested(specifier: string): Promise<Record<string, unknown>> {
    const module =
      ready.get(specifier) ??
      ((await import(/* @vite-ignore */ entries(specifier) as string)) as Record<string, unknown>)
    ready.set(specifier, module)
    return module
  }

  function reexport(specifier: string): string {
    const module = ready.get(specifier)
    let names: string[]
    if (module === undefined) {
      oxc ??= require('oxc-transform') as Oxc
      const file = fileURLToPath(entries(specifier) as string)
      const { code } = oxc.moduleRunnerTransformSync(
        'entry.js',
        oxc.transformSync(file, readFileSync(file, 'utf8')).code,
      )
      names = [...code.matchAll(/^Object\.defineProperty\(__vite_ssr_exports__, "(\w+)"/gm)].map((m) => m[1] as string)
    } else names = Object.keys(module)
    ;(globalThis as { [held]?: object })[held] = { ready, tested }
    const from = `globalThis[Symbol.for('ambix.tested')]`
    const get =
      module === undefined
        ? `await ${from}.tested(${JSON.stringify(specifier)})`
        : `${from}.ready.get(${JSON.stringify(specifier)})`
    return [
      `const m = ${get}`,
      ...names.map((n) => (n === 'default' ? 'export default m.default' : `export const ${n} = m.${n}`)),
    ].join('\n')
  }

  try {
    registerHooks({ resolve: resolve, load: load as never })
  } catch {
    return loaderOfTheHost()
  }

  return {
    async import(url) {
      if (!underTest) return (await import(url)) as Record<string, unknown>
      // Loaded beforehand, so that `require` can return it too.
      await tested('ambix/schema')
      // vitest replaces the keyword in code that it runs, but leaves data: URLs to Node.
      const keyword: string = 'data:text/javascript,export default (url) => import(url)'
      const native = (await import(keyword)) as { default(url: string): Promise<Record<string, unknown>> }
      return native.default(url)
    },
    enter(file) {
      const url = pathToFileURL(file).href
      reached.add(url)
      return generation === 0 ? url : `${url}?ambix=${generation}`
    },
    refresh() {
      if (![...loaded].some(([file, stamp]) => stampOf(file) !== stamp)) return
      generation++
      for (const file of loaded.keys()) delete require.cache[file]
      loaded.clear()
      types.clear()
      tsconfigs.clear()
      resolvers = undefined
    },
  }
}

/** jest does not allow hooks in Node's loader: there its own transforms load the user's files, as they load the tests. */
function loaderOfTheHost(): Loader {
  return {
    import: async (url) => {
      try {
        return (await import(url)) as Record<string, unknown>
      } catch (cause) {
        if (!(cause instanceof Error) || isAmbixError(cause)) throw cause
        throw new AmbixError('MODULE.LOAD', `${fileURLToPath(url)} cannot be loaded`, {
          why: `${cause.message.split('\n')[0]}\nThe test runner loads it, since it does not allow hooks: its configuration says how.`,
          next: [
            'Give jest a transform for TypeScript, and extensionsToTreatAsEsm: [".ts"]',
            'Or run these tests with node:test or vitest',
          ],
          cause,
        })
      }
    },
    enter: (file) => pathToFileURL(file).href,
    refresh: () => {},
  }
}
