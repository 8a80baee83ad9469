/** Cuts SQL into tokens, linear in its length: names, strings, numbers, signs, blanks and comments. */
import { keywords } from '../../util/keywords.ts'

export interface Token {
  readonly kind: 'name' | 'string' | 'number' | 'sign' | 'blank'
  /** The text of the token; all tokens joined give the whole text again. */
  readonly text: string
  /** Names: unquoted, folded to lower case where they were bare. */
  readonly name?: string
  /** Names: whether they were quoted; a quoted name is never a keyword. */
  readonly quoted?: boolean
}

const nameStart = /[\p{L}_\u0080-\uffff]/u
const bareName = /[\p{L}\p{N}_$\u0080-\uffff]*/uy
const blank = /\s+/y
const number = /\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?/y
const dollarTag = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z_0-9\u0080-\uffff]*)?\$/y

/** The tokens of a text, in order. Never throws: an unclosed string or comment reaches to the end. */
export function tokens(sql: string): readonly Token[] {
  const out: Token[] = []
  let at = 0
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    return pattern.exec(sql)?.[0]
  }
  const push = (kind: Token['kind'], end: number, name?: { name: string; quoted: boolean }): void => {
    out.push({ kind, text: sql.slice(at, end), ...name })
    at = end
  }
  while (at < sql.length) {
    const c = sql[at]!
    const next = sql[at + 1]
    if (c === "'") push('string', endOfQuote(sql, at, "'", false))
    else if ((c === 'E' || c === 'e') && next === "'") push('string', endOfQuote(sql, at + 1, "'", true))
    else if ((c === 'B' || c === 'b' || c === 'X' || c === 'x' || c === 'N' || c === 'n') && next === "'")
      push('string', endOfQuote(sql, at + 1, "'", false))
    else if (c === '"') {
      const end = endOfQuote(sql, at, '"', false)
      push('name', end, { name: sql.slice(at + 1, end - 1).replaceAll('""', '"'), quoted: true })
    } else if (c === '$' && take(dollarTag) !== undefined) {
      const tag = take(dollarTag)!
      const close = sql.indexOf(tag, at + tag.length)
      push('string', close < 0 ? sql.length : close + tag.length)
    } else if (c === '-' && next === '-') {
      const end = sql.indexOf('\n', at)
      push('blank', end < 0 ? sql.length : end + 1)
    } else if (c === '/' && next === '*') push('blank', endOfComment(sql, at))
    else if (nameStart.test(c)) {
      const text = take(bareName)!
      push('name', at + Math.max(text.length, 1), { name: text.toLowerCase(), quoted: false })
    } else {
      const space = take(blank)
      if (space !== undefined) push('blank', at + space.length)
      else {
        const digits = take(number)
        if (digits !== undefined) push('number', at + digits.length)
        else push('sign', c === ':' && next === ':' ? at + 2 : at + 1)
      }
    }
  }
  return out
}

function endOfQuote(sql: string, open: number, quote: string, backslashes: boolean): number {
  for (let at = open + 1; at < sql.length; at++) {
    if (backslashes && sql[at] === '\\') at++
    else if (sql[at] === quote) {
      if (sql[at + 1] === quote) at++
      else return at + 1
    }
  }
  return sql.length
}

function endOfComment(sql: string, open: number): number {
  let depth = 1
  for (let at = open + 2; at < sql.length; at++) {
    if (sql[at] === '*' && sql[at + 1] === '/') {
      at++
      if (--depth === 0) return at + 1
    } else if (sql[at] === '/' && sql[at + 1] === '*') {
      at++
      depth++
    }
  }
  return sql.length
}

const plainName = /^[a-z_][a-z0-9_]*$/

/** A name as PostgreSQL prints it: quoted where it must be. */
export function spellName(name: string): string {
  return plainName.test(name) && !keywords.has(name) ? name : `"${name.replaceAll('"', '""')}"`
}

/** A string constant as PostgreSQL prints it: backslashes mean themselves (`standard_conforming_strings`). */
export function spellString(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}

/** The value of a string token in single quotes; undefined for other kinds of strings. */
export function stringValue(token: Token): string | undefined {
  if (token.kind !== 'string') return undefined
  if (token.text.startsWith("'")) return token.text.slice(1, -1).replaceAll("''", "'")
  if (!/^e'/i.test(token.text)) return undefined
  const body = token.text.slice(2, -1).replaceAll("''", "'")
  // PostgreSQL prints no other escapes than these.
  return /\\[^\\']/.test(body.replaceAll('\\\\', '')) ? undefined : body.replaceAll(/\\(.)/g, '$1')
}

/** The index of the token before (or after) `at` that is not blank. */
export function beside(list: readonly Token[], at: number, step: 1 | -1): number {
  let i = at + step
  while (list[i]?.kind === 'blank') i += step
  return i
}
