/** Evaluates models that import nothing but ambix: the loader of modules would parse them once more, and load its own copy of the builders. */
import { readFileSync } from 'node:fs'
import { Module } from 'node:module'
import { loadError } from '../util/module-files.ts'
import { sayToV8 } from '../util/modules/v8-flag.ts'
import { noteOriginal } from '../util/written-at.ts'
import { modelsBody } from '../util/modules/plain-module.ts'

type Evaluated = (load: (name: string) => object | undefined) => Record<string, unknown>

/** As Node has it: a text that it compiles has a place in its cache of compiled code. */
type Compiling = Module & { _compile?(text: string, file: string, format: 'commonjs'): void }

/**
 * The exports of each file, in the order of a module's; undefined where one of them has more of TypeScript than annotations of exports, or imports
 * anything but `builtins`, such as another of them. Throws MODULE.LOAD as `importModule`.
 */
export function evaluateModels(
  files: readonly string[],
  builtins: Readonly<Record<string, object>>,
): readonly Record<string, unknown>[] | undefined {
  const compiled: Evaluated[] = []
  for (const file of files) {
    const run = /\.m?ts$/.test(file) ? compiledFile(file, builtins) : undefined
    if (run === undefined) return undefined
    compiled.push(run)
  }
  return compiled.map((run, i) => {
    try {
      return run((name) => builtins[name])
    } catch (error) {
      throw loadError(files[i]!, error, builtins['ambix/schema'])
    }
  })
}

/**
 * In brackets the function is compiled with the text around it, and not looked through first. In a block a function that is declared twice is an
 * error, as it is in a module; and so is a text that closes this block and opens another.
 */
const start = 'module.exports=(function(__import){"use strict";try{'
const end = '}finally{}})'

function compiledFile(file: string, builtins: Readonly<Record<string, object>>): Evaluated | undefined {
  const body = modelsBody(readFileSync(file, 'utf8'), builtins)
  const module: Compiling = new Module(file)
  if (body === undefined || typeof module._compile !== 'function') return undefined
  // With its functions, so that Node's cache has them too: each is called once, and there are two for a table with a foreign key.
  sayToV8('--no-lazy')
  try {
    module._compile(start + body + end, file, 'commonjs')
  } catch {
    // What is left of TypeScript; or an error, which the loader tells.
    return undefined
  } finally {
    sayToV8('--lazy')
  }
  noteOriginal(file, (line, column) => ({ file, line, column: column - (line === 1 ? start.length : 0) }))
  return module.exports as Evaluated
}
