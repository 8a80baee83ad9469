/** What the loader knows about files: packages, compiler options, positions in errors. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { AmbixError, isAmbixError, type NextAction } from '../errors.ts'
import { conflictLine, resolveConflict, saysConflict } from './modules/conflict-marks.ts'
import { adviceOnExport } from './modules/missing-export.ts'
import { adviceOnMethod } from './modules/missing-method.ts'
import { messageOf } from './redact.ts'
import { noteWritten, type Place, placeInStack, placeText } from './written-at.ts'
import { ownUrl } from './own-url.ts'

export const inNodeModules = /[\\/]node_modules[\\/]/

/** In the source tree (tests, examples) this file is TypeScript; in the package it is part of dist. */
export const inSource = ownUrl(import.meta.url).endsWith('.ts')

/** The modification time and the size of a file. */
export function stampOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false })
  return found === undefined ? '' : `${found.mtimeMs} ${found.size}`
}

export interface CompilerOptions {
  readonly experimentalDecorators?: boolean
  readonly emitDecoratorMetadata?: boolean
  readonly useDefineForClassFields?: boolean
  readonly verbatimModuleSyntax?: boolean
}

/** From `ambix/x` to the URL of this copy's entry, by package.json's `exports`; in the source tree, the file that it is built from. */
export function packageEntries(): (specifier: string) => string | undefined {
  let root = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(root, 'package.json')) && dirname(root) !== root) root = dirname(root)
  let exports: Record<string, unknown> = {}
  try {
    exports =
      (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports?: Record<string, unknown> }).exports ??
      {}
  } catch {
    exports = {}
  }
  return (specifier) => {
    if (inSource) {
      const source = join(root, 'src', `${specifier === 'ambix' ? 'index' : specifier.slice('ambix/'.length)}.ts`)
      return source.startsWith(join(root, 'src') + sep) && existsSync(source) ? pathToFileURL(source).href : undefined
    }
    const target = exports[specifier === 'ambix' ? '.' : `.${specifier.slice('ambix'.length)}`]
    const path = typeof target === 'string' ? target : (target as { default?: string } | undefined)?.default
    return path === undefined ? undefined : pathToFileURL(join(root, path)).href
  }
}

/** Whether there is a tsconfig.json at all, in the folder or above it. */
export const hasTsconfig = (folder: string): boolean =>
  existsSync(join(folder, 'tsconfig.json')) || (dirname(folder) !== folder && hasTsconfig(dirname(folder)))

/** The names that only CommonJS has, for files that mix both; on the first line, so that line numbers are kept. */
export function withCommonJsNames(code: string): string {
  let names = ''
  const mentions = (name: string): boolean => new RegExp(`\\b${name}\\b`).test(code)
  const declares = (name: string): boolean =>
    new RegExp(`\\b(?:const|let|var|function)\\s+${name}\\b|\\bas\\s+${name}\\b`).test(code)
  if (mentions('__filename') && !declares('__filename')) names += 'const __filename = import.meta.filename; '
  if (mentions('__dirname') && !declares('__dirname')) names += 'const __dirname = import.meta.dirname; '
  if (/\brequire\s*[.(]/.test(code) && !declares('require')) {
    names +=
      "import { createRequire as __ambixCreateRequire } from 'node:module'; const require = __ambixCreateRequire(import.meta.url); "
  }
  return names + code
}

/**
 * CommonJS whose `require` is the usual one. Before Node 22.23, the one that an imported CommonJS file with translated
 * source gets fails for ES modules, such as ambix itself. On the first line, so that line numbers are kept.
 */
export function withOwnRequire(code: string): string {
  if (!/\brequire\b/.test(code)) return code
  const strict = /^\s*(["'])use strict\1/.test(code) ? "'use strict'; " : ''
  return `${strict}require = require('node:module').createRequire(__filename); ${code}`
}

/** Entities that reference each other in decorator metadata: an ES module may not have defined the other yet; `typeof` cannot test that. */
export function lateMetadata(code: string): string {
  if (!code.includes('_decorateMetadata("design:')) return code
  return code
    .split('\n')
    .map((line) =>
      line.includes('_decorateMetadata("design:')
        ? line.replace(
            /typeof \(?([\w$.]+)(?: = [\w$.]+\))? === "undefined" \? Object : \1/g,
            '(() => { try { return $1 } catch { return Object } })()',
          )
        : line,
    )
    .join('\n')
}

export function withoutQuery(url: string): string {
  const at = url.search(/[?#]/)
  return at < 0 ? url : url.slice(0, at)
}

export function position(source: string, byteOffset: number | undefined): { line: number; column: number } {
  const before = Buffer.from(source)
    .subarray(0, byteOffset ?? 0)
    .toString()
  const lines = before.split('\n')
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 }
}

/** Of a file that the compiler cannot read. */
export function parseError(at: Place, source: string, message: string, cause?: unknown): AmbixError {
  const { file, line, column } = at
  const conflict = conflictLine(source)
  return new AmbixError('MODULE.LOAD', `${file} cannot be parsed`, {
    why: conflict === undefined ? `${message} (${file}:${line}:${column})` : saysConflict(file, conflict),
    next: [conflict === undefined ? 'Fix the file' : resolveConflict],
    data: conflict === undefined ? { file, line, column } : { file, line: conflict },
    cause,
  })
}

/** Node's codes for a server that does not answer, and PostgreSQL's for one that refuses connections. */
const noConnection = /^(?:ECONN|EAI_|ENOTFOUND$|ETIMEDOUT$|EHOSTUNREACH$|28000$|28P01$|3D000$)/

/** `builders`: what stands for `ambix/schema` where the file does not import it itself. */
export function loadError(file: string, error: unknown, builders?: object): AmbixError {
  if (isAmbixError(error)) {
    // An error of a builder, thrown within a call in the user's code.
    if (/^(?:SCHEMA|ENUM)\./.test(error.code)) noteWritten(error, placeInStack(error.stack))
    return error
  }
  const conflicted = error instanceof SyntaxError ? conflictIn([...lastLoaded].toReversed()) : undefined
  if (conflicted !== undefined) return parseError({ ...conflicted, column: 1 }, conflicted.source, '', error)
  const message = messageOf(error)
  const code = (error as { code?: unknown } | null)?.code
  const unread = error instanceof SyntaxError && /Invalid or unexpected token/.test(message)
  // Of a CommonJS module that it cannot read Node says that it has no such export. TypeScript's decorators may be translated.
  const suspects = [...lastLoaded].toReversed().filter((name) => unread || /\.[cm]?jsx?$/.test(name))
  const decorator = error instanceof SyntaxError ? decoratorIn(suspects) : undefined
  const place = decorator ?? (error instanceof Error ? placeInStack(error.stack) : undefined)
  const next: (NextAction | string)[] = []
  const missing = /Cannot find (?:package|module) '([^'./][^']*)'/.exec(message)?.[1]
  if (code === 'ERR_REQUIRE_ASYNC_MODULE') next.push('Remove the top-level await')
  else if (missing !== undefined && !missing.startsWith('node:')) {
    const name = missing.split('/', missing.startsWith('@') ? 2 : 1).join('/')
    next.push({ text: `Install ${name}, or fix the import`, command: `npm i ${name}` })
  } else if (unread || decorator !== undefined) {
    next.push({
      text: 'Where the file has decorators, install esbuild, which translates them in TypeScript; what is built must be built with them translated (target es2022)',
      command: 'npm i -D esbuild',
    })
  }
  const advice = adviceOnExport(place?.file ?? file, message) ?? adviceOnMethod(place?.file ?? file, message, builders)
  if (advice !== undefined) next.push(advice)
  if (next.length === 0 && typeof code === 'string' && noConnection.test(code))
    next.push('Connect where the app starts, not where this file is imported; nothing was changed')
  if (next.length === 0) next.push('Fix the file; nothing was changed')
  return new AmbixError('MODULE.LOAD', `${file} cannot be loaded`, {
    why:
      place === undefined
        ? message
        : `${decorator === undefined ? message : 'Node reads no decorators'} (${placeText(place)})`,
    next,
    data: place === undefined ? { file } : { ...place },
    cause: error,
  })
}

/** The user's files in the order in which Node read them, the last one last. */
const lastLoaded = new Set<string>()

/** The file, recorded as read: Node does not say in which module it found a sign that it cannot read. */
export function noteLoaded(file: string): string {
  lastLoaded.delete(file)
  lastLoaded.add(file)
  return file
}

/** The first of the files in which Git left the marks of a conflict. */
function conflictIn(files: readonly string[]): { file: string; line: number; source: string } | undefined {
  for (const file of files) {
    const source = existsSync(file) ? readFileSync(file, 'utf8') : ''
    const line = conflictLine(source)
    if (line !== undefined) return { file, line, source }
  }
  return undefined
}

/** The first decorator in the first of the files that has one: in JavaScript the sign stands for nothing else outside of texts. */
function decoratorIn(files: readonly string[]): Place | undefined {
  const sign =
    /'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"|`(?:[^`\\]|\\[\s\S])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\/|(?<=^|[\s;{}()])@(?=[\w$(])/g
  for (const file of files) {
    if (!existsSync(file)) continue
    const source = readFileSync(file, 'utf8')
    for (const { 0: text, index } of source.matchAll(sign))
      if (text === '@') return { file, ...position(source, Buffer.byteLength(source.slice(0, index))) }
  }
  return undefined
}

/** Whether there may be standard (TC39) decorators. The two plain searches keep large files without any from the slower pattern. */
export function mayDecorate(source: string): boolean {
  return (
    (source.includes('@') && /^[ \t]*(?:export\s+(?:default\s+)?)?@[\w$(]/m.test(source)) ||
    (source.includes('accessor') && /\baccessor\s+[#\w$[]/.test(source))
  )
}
