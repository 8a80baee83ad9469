/**
 * Revisions as ambix writes them are JavaScript but for a few type annotations at known places. Here those are overwritten with blanks,
 * so that the file needs no transformer, and each position in it stays as it is.
 */

import { append } from '../append.ts'
import { compileFunction } from 'node:vm'

/** Everything up to a word or a sign that decides whether the file is plain: in one go, since most of a file is nothing else. */
const rest =
  /(?:[^'"`/<@#\w-]+|-(?!->)|(?!(?:export|import|return|await|arguments|require|module|exports|__dirname|__filename|__import|new\s*\.\s*target)\b)\w+|'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*"|`(?:[^`\\$]|\\[\s\S]|\$(?!\{))*`|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y
/** A longer one is not looked at so: the pattern notes each piece that it has passed. */
const longest = 1_000_000

const exportedConst = /export const ([A-Za-z_$][\w$]*)(: [\w |[\]]+)? =/y
const exportedFunction =
  /export (?:async )?function ([A-Za-z_$][\w$]*)(\((?:[A-Za-z_$][\w$]*(?:: \w+)?(?:, [A-Za-z_$][\w$]*(?:: \w+)?)*(?:, )?)?\))(: (?:void|Promise<void>))? \{/y
const typeImport = /import type [^;'"`]* from (?:'[^'\n]*'|"[^"\n]*");?(?=\r?\n)/y
const valueImport = /import (\{[\w$\s,]*\}|\* as [A-Za-z_$][\w$]*) from ('[^'\\\n]*'|"[^"\\\n]*");?(?=\r?\n)/y

/**
 * The body of a function that takes `__import` and returns the exports; undefined where the file has anything that is not known to mean
 * the same there: what is left of TypeScript does not compile as JavaScript, but for `<`, and then there is no body either.
 */
export function plainBody(source: string, builtins: Readonly<Record<string, object>>): string | undefined {
  if (source.length > longest || otherEnds.test(source)) return undefined
  const names = new Set<string>()
  let out = ''
  let copied = 0
  for (;;) {
    rest.lastIndex = copied
    rest.test(source)
    const at = rest.lastIndex
    if (at === source.length) break
    if (at > 0 && source[at - 1] !== '\n') return undefined
    // Imports are evaluated first wherever they are: only comments may be before them.
    const imports = source.startsWith('import', at) && names.size === 0 && afterGap(source, copied) === at
    const written = imports
      ? usualImport(source, at, builtins)
      : source.startsWith('export', at)
        ? usualExport(source, at, names)
        : undefined
    if (written === undefined) return undefined
    // Of a constant the comma would be found that another one follows in the same declaration.
    if (written.depth === 0 && !endsAtOnce(source, written.end) && nextWord(source, written.end, undefined, 0) < 0)
      return undefined
    out += source.slice(copied, at) + written.text
    copied = written.end
  }
  if (names.size === 0) return undefined
  // In a block a function that is declared twice is an error, as it is in a module.
  return `${opening}${out}${source.slice(copied)}\nreturn {__proto__:null,${[...names].join(',')}}}`
}

/** What imports of types and the beginnings of exports are written as: thousands of revisions have the same few. */
const usual = new Map<string, Written & { readonly name?: string }>()
const mostUsual = 100

function keptAs(text: string, written: Written & { readonly name?: string }): void {
  if (usual.size < mostUsual) usual.set(text, written)
}

function usualImport(source: string, at: number, builtins: Readonly<Record<string, object>>): Written | undefined {
  const text = source.slice(at, source.indexOf('\n', at))
  const known = usual.get(text)
  if (known !== undefined) return { ...known, end: at + text.length }
  const written = importAt(source, at, builtins)
  if (text.startsWith('import type ') && written?.end === at + text.length) keptAs(text, written)
  return written
}

function usualExport(source: string, at: number, names: Set<string>): Written | undefined {
  const text = source.slice(at, source.indexOf(source.startsWith('export const', at) ? '=' : '{', at) + 1)
  const known = usual.get(text)
  if (known === undefined || names.has(known.name!)) {
    const written = exportAt(source, at, names)
    if (written?.end === at + text.length) keptAs(text, { ...written, name: [...names].at(-1)! })
    return written
  }
  names.add(known.name!)
  return { text: known.text, end: at + text.length, depth: known.depth! }
}

/** A constant's value that is one text, none or an empty list, on a line of its own, before another export. */
const short = / (?:'[^'\\\n]*'|"[^"\\\n]*"|null|\[\]);?[ \t]*\r?\n\s*(?=export )/y

function endsAtOnce(source: string, from: number): boolean {
  short.lastIndex = from
  return short.test(source)
}

const gap = /(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y

/**
 * As `plainBody`, of models and without the block around it: a text of theirs may have a megabyte, and tens of thousands of strings. The names are
 * in the order of a module's exports, so that what is made of them does not depend on how they were loaded.
 */
export function modelsBody(source: string, builtins: Readonly<Record<string, object>>): string | undefined {
  if (otherEnds.test(source)) return undefined
  const names = new Set<string>()
  let out = ''
  let copied = 0
  // Imports are evaluated first wherever they are: only the first ones are where they take effect.
  for (let at = afterGap(source, 0); source.startsWith('import ', at); at = afterGap(source, copied)) {
    const written = importAt(source, at, builtins)
    if (written === undefined) return undefined
    out += source.slice(copied, at) + written.text
    copied = written.end
  }
  let depth: number | undefined = 0
  for (;;) {
    const at = nextWord(source, copied, undefined, depth)
    if (at === source.length) break
    if (at < 0 || (at > 0 && source[at - 1] !== '\n')) return undefined
    const written = exportAt(source, at, names)
    if (written === undefined) return undefined
    out += source.slice(copied, at) + written.text
    copied = written.end
    depth = written.depth
  }
  if (names.size === 0 || names.size > mostNames) return undefined
  return `${out}${source.slice(copied)}\nreturn {__proto__:null,${[...names].sort().join(',')}}`
}

/** Signs that end a line, and so a comment, for JavaScript, and not here. */
const otherEnds = /[\u2028\u2029]/

/** The constants of a function lie on the stack. */
const mostNames = 10_000

function afterGap(source: string, from: number): number {
  gap.lastIndex = from
  gap.exec(source)
  return gap.lastIndex
}

/** Stands before the source in its first line. */
export const opening = '"use strict";{'

interface Written {
  readonly text: string
  readonly end: number
  /** Of an export: how many brackets are open behind it, none before the value of a constant. */
  readonly depth?: number
}

function exportAt(source: string, at: number, names: Set<string>): Written | undefined {
  exportedConst.lastIndex = exportedFunction.lastIndex = at
  const constant = exportedConst.exec(source)
  const found = constant ?? exportedFunction.exec(source)
  if (found === null) return undefined
  const name = found[1]!
  if (names.has(name) || name === '__proto__') return undefined
  names.add(name)
  const [all] = found
  let text = `       ${all.slice('export '.length)}`
  if (constant !== null) text = blank(text, constant[2])
  else {
    text = blank(text, found[3])
    text = text.replace(found[2]!, found[2]!.replace(/: \w+/g, spaces))
  }
  return { text, end: at + all.length, depth: constant === null ? 1 : 0 }
}

const spaces = (text: string): string => ' '.repeat(text.length)

const blank = (text: string, part: string | undefined): string =>
  part === undefined
    ? text
    : text.slice(0, text.lastIndexOf(part)) + spaces(part) + text.slice(text.lastIndexOf(part) + part.length)

function importAt(source: string, at: number, builtins: Readonly<Record<string, object>>): Written | undefined {
  typeImport.lastIndex = valueImport.lastIndex = at
  const [type] = typeImport.exec(source) ?? []
  // One statement only: a second one would begin with a word of its own.
  if (type !== undefined)
    return type.indexOf('import', 1) > 0
      ? undefined
      : { text: type.includes('\n') ? type.replace(/[^\r\n]/g, ' ') : spaces(type), end: at + type.length }
  const [all, what, from] = valueImport.exec(source) ?? []
  if (all === undefined) return undefined
  const module = from!.slice(1, -1)
  if (!Object.hasOwn(builtins, module)) return undefined
  const end = at + all.length
  if (what![0] === '*') return { text: `const ${what!.slice('* as '.length)} = __import(${from!});`, end }
  const taken = what!.slice(1, -1).split(',')
  for (const entry of taken) {
    const [name = ''] = entry.trim().split(/\s/)
    if (name !== '' && !(name in builtins[module]!)) return undefined
  }
  return {
    text: `const {${taken.map((t) => t.replace(/(\S\s+)as(\s+\S)/, '$1:$2')).join(',')}} = __import(${from!});`,
    end,
  }
}

const defaultExport = /export default (?!(?:async\b|function\b|class\b|abstract\b|interface\b|enum\b))/y
const anyImport =
  /import (?:([A-Za-z_$][\w$]*)|(\{[\w$\s,]*\})|\* as ([A-Za-z_$][\w$]*)) from (?:'[^'\\\n]*'|"[^"\\\n]*");?(?=\r?\n)/y

/**
 * A whole module as JavaScript, with every position where it was; undefined where it may have more of TypeScript than annotations of
 * exports and imports of types.
 */
export function plainText(file: string, source: string): string | undefined {
  if (!/\.m?ts$/.test(file)) return undefined
  const names = new Set<string>()
  const imported: string[] = []
  const passed: Passed = { starts: [], ends: [] }
  let out = ''
  let body = ''
  let copied = 0
  for (let at = nextWord(source, 0, passed); at < source.length; at = nextWord(source, copied, passed)) {
    if (at < 0 || (at > 0 && source[at - 1] !== '\n')) return undefined
    const written = source[at] === 'i' ? moduleImport(source, at, imported) : moduleExport(source, at, names)
    if (written === undefined) return undefined
    const between = source.slice(copied, at)
    out += between + written.text
    body += between + written.body
    copied = written.end
    pass(passed, at, copied)
  }
  const rest = source.slice(copied)
  // An import that only types would use is none in TypeScript.
  if (!imported.every((name) => mentions(source, name, passed))) return undefined
  try {
    // A function inside is only looked at, and compiled by nobody.
    compileFunction(`function check() {${opening}${body}${rest}\n}}`)
  } catch {
    return undefined
  }
  return out + rest
}

/** What is no code for `mentions`, from start to end, in its order: texts, comments, imports, and what exports begin with. */
interface Passed {
  readonly starts: number[]
  readonly ends: number[]
}

function pass({ starts, ends }: Passed, start: number, end: number): void {
  starts.push(start)
  ends.push(end)
}

const isWord = (c: number): boolean =>
  (c >= 0x61 && c <= 0x7a) || (c >= 0x41 && c <= 0x5a) || (c >= 0x30 && c <= 0x39) || c === 0x5f

/** Words that mean another thing in a function, or tell of CommonJS; the fields of a class depend on settings of TypeScript. */
const refused: ReadonlySet<string> = new Set(
  'return await arguments require module exports __dirname __filename __import class'.split(' '),
)
/** Whether one of these words begins so: most others do not. */
const mayMatter = (c: number): boolean =>
  c === 0x61 || c === 0x63 || c === 0x65 || c === 0x69 || c === 0x6d || c === 0x6e || c === 0x72 || c === 0x5f
const newTarget = /new\s*\.\s*target\b/y

/**
 * Where the next `import` or `export` is, or the end; -1 where a word or a sign comes first that may not be plain. Letter by letter:
 * a pattern would note each text that it has passed, and models have tens of thousands. With `depth`, of the brackets that are open: -1 where one closes that is not, and at a
 * comma outside of all before a semicolon, behind which another constant may be declared.
 */
function nextWord(source: string, from: number, passed?: Passed, depth?: number): number {
  const { length } = source
  let open = depth ?? 0
  let declares = true
  for (let at = from; at < length;) {
    const c = source.charCodeAt(at)
    if (isWord(c)) {
      let end = at + 1
      while (end < length && isWord(source.charCodeAt(end))) end++
      if (mayMatter(c)) {
        const word = source.slice(at, end)
        if (word === 'export' || word === 'import') return at
        newTarget.lastIndex = at
        if (refused.has(word) || (word === 'new' && newTarget.test(source))) return -1
      }
      at = end
    } else if (c === 0x27 || c === 0x22 || c === 0x60 || c === 0x2f) {
      const end = c === 0x2f ? commentEnd(source, at) : textEnd(source, at, c)
      if (end < 0) return -1
      if (passed !== undefined) pass(passed, at, end)
      at = end
    } else if (c === 0x3c || c === 0x40 || c === 0x23 || (c === 0x2d && source.startsWith('-->', at))) return -1
    else if (depth === undefined) at++
    else {
      if (c === 0x28 || c === 0x5b || c === 0x7b) open++
      else if (c === 0x29 || c === 0x5d || c === 0x7d) open--
      else if (c === 0x3b && open === 0) declares = false
      if (open < 0 || (c === 0x2c && open === 0 && declares) || c === 0x5c) return -1
      at++
    }
  }
  return length
}

/** Behind the quote that closes; -1 where none does, or a template has an expression. */
function textEnd(source: string, start: number, quote: number): number {
  for (let at = start + 1; at < source.length; at++) {
    const c = source.charCodeAt(at)
    if (c === quote) return at + 1
    if (c === 0x5c) at++
    else if (quote === 0x60 ? c === 0x24 && source[at + 1] === '{' : c === 0x0a) return -1
  }
  return -1
}

/** -1 where it is a division or a regular expression. */
function commentEnd(source: string, start: number): number {
  const next = source[start + 1]
  const end = next === '/' ? source.indexOf('\n', start) : next === '*' ? source.indexOf('*/', start + 2) : -2
  if (end === -2) return -1
  return next === '/' ? (end < 0 ? source.length : end) : end < 0 ? -1 : end + 2
}

/** Whether the name occurs by itself, and not as a property. */
function mentions(source: string, name: string, { starts, ends }: Passed): boolean {
  const part = /[\w$.]/
  let passed = 0
  for (let at = source.indexOf(name); at >= 0; at = source.indexOf(name, at + 1)) {
    while (passed < ends.length && ends[passed]! <= at) passed++
    if (passed < starts.length && starts[passed]! < at + name.length) continue
    const next = source[at + name.length]
    if ((at === 0 || !part.test(source[at - 1]!)) && (next === undefined || next === '.' || !part.test(next)))
      return true
  }
  return false
}

/** `body`: the same where neither imports nor exports can be. */
interface WrittenTwice extends Written {
  readonly body: string
}

function moduleExport(source: string, at: number, names: Set<string>): WrittenTwice | undefined {
  defaultExport.lastIndex = at
  const all = defaultExport.exec(source)?.[0]
  if (all !== undefined) {
    if (names.has('default')) return undefined
    names.add('default')
    return { text: all, body: 'void ', end: at + all.length }
  }
  const written = exportAt(source, at, names)
  return written && { text: `export ${written.text.slice('export '.length)}`, body: written.text, end: written.end }
}

function moduleImport(source: string, at: number, imported: string[]): WrittenTwice | undefined {
  typeImport.lastIndex = anyImport.lastIndex = at
  const type = typeImport.exec(source)?.[0]
  if (type !== undefined) {
    const written = importAt(source, at, {})
    return written && { ...written, body: written.text }
  }
  const [all, one, several, whole] = anyImport.exec(source) ?? []
  if (all === undefined) return undefined
  const end = at + all.length
  const single = one ?? whole
  const taken = single === undefined ? several!.slice(1, -1).split(',') : [single]
  const locals = taken
    .map((t) =>
      t
        .trim()
        .split(/\s+as\s+/)
        .at(-1)!,
    )
    .filter((name) => name !== '')
  append(imported, locals)
  return { text: all, body: `const [${locals.join(', ')}] = 0;`, end }
}
