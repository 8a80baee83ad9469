/** Scans the `export const revision = …` lines at the top of a TypeScript or JavaScript revision. */
import { AmbixError } from '../../errors.ts'
import { createRevision, type Revision } from '../revision.ts'

const names = ['revision', 'downRevision', 'branchLabels', 'dependsOn'] as const
type Name = (typeof names)[number]

interface Found {
  readonly values: Map<Name, readonly string[] | null>
  doc: string
}

/**
 * The header of a module; undefined where the text is only a beginning and does not hold all four names.
 * Tolerates type annotations, all quotes, `as const`, trailing commas, comments, and CommonJS `exports.revision =`.
 * Throws REVISION.HEADER with file and line.
 */
export function scanModuleHeader(text: string, file: string, whole: boolean): Revision | undefined {
  const usual = scanUsualHeader(text, file, (word, from) => !whole || text.includes(word, from))
  if (usual !== undefined) return usual
  const found: Found = { values: new Map(), doc: '' }
  let at = text.startsWith('#!') ? lineEnd(text, 0) : text.charCodeAt(0) === 0xfeff ? 1 : 0
  let atStart = true
  while (at < text.length && found.values.size < names.length) {
    const c = text[at]!
    if (c === '\n' || c === ';') {
      atStart = true
      at++
    } else if (c === ' ' || c === '\t' || c === '\r') at++
    else if (c === '/' && text[at + 1] === '/') at = lineEnd(text, at)
    else if (c === '/' && text[at + 1] === '*') {
      const end = text.indexOf('*/', at + 2)
      if (end < 0) break
      if (found.doc === '' && found.values.size === 0 && text[at + 2] === '*')
        found.doc = docText(text.slice(at + 3, end))
      at = end + 2
    } else if (c === '"' || c === "'" || c === '`') {
      at = skipString(text, at)
      atStart = false
    } else if (atStart && c === 'm' && text.startsWith('module.exports.', at)) at += 'module.'.length
    else if (atStart && c === 'e' && text.startsWith('export', at)) {
      at = declaration(text, at, file, whole, found)
      atStart = false
    } else {
      at++
      atStart = false
    }
  }
  if (!whole && found.values.size < names.length) return undefined
  return toRevision(text, file, found)
}

const list = String.raw`\[[ \t\r\n]*(?:(?:'\w+'|"\w+")[ \t\r\n]*,?[ \t\r\n]*)*\]`
const one = String.raw`'\w+'|"\w+"`
const type = String.raw`(?:[ ]*:[\w |[\]]+)?`
/** A header may continue where any of these follows. */
const later = ['branchLabels', 'dependsOn', 'export const', 'exports'] as const
/** A comment of one line and the ids, as ambix writes it: no line ends in a blank, and nothing is escaped. */
const usualDoc =
  String.raw`\n \* ([^\s\\*](?:[^\n\\*]*[^\s\\*])?)\n \*\n \* (Revision ID: [^\s\\*]+)\n` +
  String.raw` \* (Revises:(?: [^\n\\*]*[^\s\\*])?)\n(?: \* (Create Date: ([^\n\\*]*[^\s\\*]))\n)? `
/** What ambix and most users write: a doc comment, imports, and the declarations at the starts of lines. */
const usualHead = new RegExp(
  String.raw`^(?:/\*\*(?:${usualDoc}\*/\s*|([^*]*(?:\*(?!/)[^*]*)*)\*/\s*))?` +
    String.raw`(?:import (?:type [^\n;'"\`*/]*|\{[\w$\s,]*\}) from (?:'[^'\n]*'|"[^"\n]*");?[ \t]*\r?\n\s*|//[^\n]*\n\s*)*` +
    String.raw`export const revision${type} = (${one});?[ \t]*\r?\n\s*` +
    String.raw`export const downRevision${type} = (null|undefined|${one}|${list});?[ \t]*\r?\n\s*` +
    String.raw`(?:export const branchLabels${type} = (null|undefined|${one}|${list});?[ \t]*\r?\n\s*)?` +
    String.raw`(?:export const dependsOn${type} = (null|undefined|${one}|${list});?[ \t]*\r?\n)?`,
)

/**
 * The usual header in one match; undefined where the header has another form. `follows` tells whether a word occurs
 * after the match: it is called only where labels and dependencies are missing, and might follow later.
 */
export function scanUsualHeader(
  text: string,
  file: string,
  follows: (word: string, from: number) => boolean,
): Revision | undefined {
  const match = usualHead.exec(text)
  if (match === null) return undefined
  // By index: an iterator for each of thousands of files would be made.
  const labels = match[9]
  const deps = match[10]
  if ((labels === undefined || deps === undefined) && later.some((word) => follows(word, match[0].length)))
    return undefined
  const line = match[1]
  const created = match[4]
  const other = match[6]
  const doc =
    line !== undefined
      ? `${line}\n\n${match[2]}\n${match[3]}${created === undefined ? '' : `\n${created}`}`
      : other === undefined
        ? ''
        : docText(other)
  return createRevision({
    id: match[7]!.slice(1, -1),
    downRevision: namesIn(match[8]),
    branchLabels: namesIn(labels),
    dependsOn: namesIn(deps),
    doc,
    createDate: line === undefined ? createDateIn(doc) : match[5],
    file,
    format: formatOf(file),
  })
}

const createDateIn = (doc: string): string | undefined => /^\s*Create Date:\s*(.+)$/im.exec(doc)?.[1]?.trim()

const formatOf = (file: string): Revision['format'] => (file.endsWith('.ts') || /\.[cm]ts$/.test(file) ? 'ts' : 'js')

/** The names in a literal that the pattern has accepted. */
function namesIn(text: string | undefined): readonly string[] {
  if (text === undefined || text === 'null' || text === 'undefined' || text === '[]') return []
  if (text[0] !== '[') return [text.slice(1, -1)]
  return text.match(/\w+/g) ?? []
}

/** Exports as esbuild, swc and minifiers write them: all at once, by name. */
const bundled = /\bexport\s*\{[^}]*\brevision\b|\brevision\s*:\s*\(\)\s*=>|\bget revision\s*\(\)/

function toRevision(text: string, file: string, found: Found): Revision {
  const id = found.values.get('revision')
  if (id === undefined) {
    if (bundled.test(text))
      throw bad(
        file,
        1,
        'a bundler wrote it, and its `revision` is no `export const` any more',
        'name the folder of the sources as `migrations`, or build the revisions with tsc, which keeps their exports',
      )
    throw bad(
      file,
      1,
      'it has no `export const revision`',
      "add `export const revision = '…'` and `export const downRevision = …` at its top",
    )
  }
  if (id === null || id.length !== 1)
    throw bad(file, lineOf(text, text.indexOf('revision')), '`revision` is not one string')
  const down = found.values.get('downRevision')
  if (down === undefined) {
    throw bad(
      file,
      1,
      'it has no `export const downRevision`',
      'add `export const downRevision = null` for a root, else the id of its parent',
    )
  }
  return createRevision({
    id: id[0]!,
    downRevision: down ?? [],
    branchLabels: found.values.get('branchLabels') ?? [],
    dependsOn: found.values.get('dependsOn') ?? [],
    doc: found.doc,
    createDate: createDateIn(found.doc),
    file,
    format: formatOf(file),
  })
}

const opening = /export\s+(?:const|let|var)\s+|exports\s*\.\s*/y
const identifier = /[A-Za-z_$][\w$]*/y

/** Reads `export const a = …, b = …` or `exports.a = …`; returns where it ends. */
function declaration(text: string, start: number, file: string, whole: boolean, found: Found): number {
  opening.lastIndex = start
  if (!opening.test(text)) return start + 6
  let at = opening.lastIndex
  for (;;) {
    identifier.lastIndex = at
    const word = identifier.exec(text)?.[0]
    if (word === undefined) return at
    at += word.length
    const name = names.find((n) => n === word)
    const equals = assignment(text, at)
    if (name === undefined || equals < 0) return at
    // tsc writes this first into CommonJS: `exports.a = exports.b = void 0`, before each gets its value.
    if (text.startsWith('exports.', skipBlank(text, equals + 1))) {
      const end = text.indexOf(';', equals)
      return end < 0 ? text.length : end
    }
    const value = literal(text, skipBlank(text, equals + 1))
    if (value === undefined) {
      if (!whole) return text.length
      throw bad(
        file,
        lineOf(text, start),
        `\`${name}\` is not a literal`,
        'write it as a plain string, null, or an array of strings; it is read without running the file',
      )
    }
    // A literal that ends where a partial text ends may continue after it.
    if (!whole && value.end >= text.length) return text.length
    if (found.values.has(name)) throw bad(file, lineOf(text, start), `\`${name}\` is declared twice`)
    found.values.set(name, value.strings)
    const comma = skipBlank(text, value.end)
    if (text[comma] !== ',') return value.end
    at = skipBlank(text, comma + 1)
  }
}

/** The position of the `=` after a name and its type annotation; -1 if there is none. */
function assignment(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const c = text[at]!
    if (c === '=' && text[at + 1] !== '>' && text[at + 1] !== '=') return at
    if (c === '=' || c === ';') return -1
    if (c === '"' || c === "'") at = skipString(text, at) - 1
  }
  return -1
}

interface Literal {
  /** null for null and undefined. */
  readonly strings: readonly string[] | null
  readonly end: number
}

function literal(text: string, start: number): Literal | undefined {
  if (text[start] === '[' || text[start] === '(') {
    const close = text[start] === '[' ? ']' : ')'
    const strings: string[] = []
    let at = skipBlank(text, start + 1)
    while (text[at] !== close) {
      const one = stringLiteral(text, at)
      if (one === undefined) return undefined
      strings.push(one.strings![0]!)
      at = skipBlank(text, one.end)
      if (text[at] === ',') at = skipBlank(text, at + 1)
      else if (text[at] !== close) return undefined
    }
    return finished(text, { strings, end: at + 1 })
  }
  identifier.lastIndex = start
  const word = identifier.exec(text)?.[0]
  if (word === 'null' || word === 'undefined') return finished(text, { strings: null, end: start + word.length })
  const one = stringLiteral(text, start)
  return one && finished(text, one)
}

function stringLiteral(text: string, start: number): Literal | undefined {
  const quote = text[start]
  if (quote !== '"' && quote !== "'" && quote !== '`') return undefined
  const end = skipString(text, start)
  const inside = text.slice(start + 1, end - 1)
  if (text[end - 1] !== quote || end - start < 2 || inside.includes('\\') || (quote === '`' && inside.includes('${')))
    return undefined
  return { strings: [inside], end }
}

const ending = /[ \t]*(?:(?:as|satisfies)\s+[\w\s[\]|<>.,'"]+?)?[ \t]*(?=[;,\n\r}]|\/[/*]|$)/y

/** A literal must be the whole value: only `as …` or `satisfies …` may follow. */
function finished(text: string, value: Literal): Literal | undefined {
  ending.lastIndex = value.end
  return ending.test(text) ? { strings: value.strings, end: ending.lastIndex } : undefined
}

/** The end of a string; one in plain quotes ends at the end of its line at the latest. */
function skipString(text: string, start: number): number {
  const quote = text[start]
  for (let at = start + 1; at < text.length; at++) {
    const c = text[at]
    if (c === '\\') at++
    else if (c === quote) return at + 1
    else if (c === '\n' && quote !== '`') return at
  }
  return text.length
}

function skipBlank(text: string, from: number): number {
  let at = from
  while (at < text.length) {
    const c = text[at]!
    if (c === ' ' || c === '\t' || c === '\n' || c === '\r') at++
    else if (c === '/' && text[at + 1] === '/') at = lineEnd(text, at)
    else if (c === '/' && text[at + 1] === '*') {
      const end = text.indexOf('*/', at + 2)
      at = end < 0 ? text.length : end + 2
    } else break
  }
  return at
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end < 0 ? text.length : end
}

/** The text of a doc comment without its stars, and without the backslash that keeps `*\/` from ending it. */
function docText(inside: string): string {
  // In one go where no line ends in a blank, as ambix writes it.
  const lines = /[^\S\n]\n|^[^\S\n]*\*/.test(inside)
    ? inside
        .split('\n')
        .map((line) => line.trim().replace(/^\* ?/, '').trimEnd())
        .join('\n')
    : inside.replaceAll(/\n[^\S\n]*(?:\* ?)?/g, '\n')
  return lines.replaceAll(/\*\\(\\*)\//g, '*$1/').trim()
}

function lineOf(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return line
}

function bad(file: string, line: number, why: string, next?: string): AmbixError {
  return new AmbixError('REVISION.HEADER', `The header of ${file}:${line} cannot be read: ${why}.`, {
    ...(next === undefined ? {} : { next: [next] }),
    data: { file, line },
  })
}
