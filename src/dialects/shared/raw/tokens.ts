/** Hand-written SQL as statements of tokens, and a reader that walks through one. */
import { isAmbixError } from '../../../errors.ts'
import { lexSql, splitStatements } from '../../../util/split-sql.ts'
import type { SqlTextRules } from '../../../util/split-sql.ts'

export interface Token {
  readonly text: string
  /** In capitals for a bare word, empty for everything else: a quoted name is not a keyword. */
  readonly word: string
  /** Bare or quoted, as the server reads it. */
  readonly name?: string
  readonly depth: number
}

/** Asked twice for each statement: for its hazards, and for what it creates. */
let last:
  | { readonly sql: string; readonly rules: SqlTextRules | undefined; readonly tokens: readonly (readonly Token[])[] }
  | undefined

/** The tokens of each statement of a text, without comments. */
export function statementsOf(sql: string, rules?: SqlTextRules): readonly (readonly Token[])[] {
  if (last?.sql !== sql || last.rules !== rules) last = { sql, rules, tokens: tokensOf(sql, rules) }
  return last.tokens
}

function tokensOf(sql: string, rules: SqlTextRules | undefined): readonly (readonly Token[])[] {
  return statementTexts(sql, rules).map((text) => {
    const tokens: Token[] = []
    let depth = 0
    lexSql(
      text,
      (kind, start, end) => {
        if (kind === 'line-comment' || kind === 'block-comment') return
        const raw = text.slice(start, end)
        if (raw === ')') depth--
        if (kind === 'word') tokens.push({ text: raw, word: raw.toUpperCase(), name: raw.toLowerCase(), depth })
        else if (kind === 'name') tokens.push({ text: raw, word: '', name: unquoted(raw), depth })
        else tokens.push({ text: raw, word: kind === 'mark' ? raw : '', depth })
        if (raw === '(') depth++
      },
      rules,
    )
    return tokens
  })
}

/** None where the text cannot be split: the server will report the error. */
function statementTexts(sql: string, rules: SqlTextRules | undefined): readonly string[] {
  try {
    return splitStatements(sql, rules).map(({ text }) => text)
  } catch (error) {
    if (isAmbixError(error, 'SQL.INVALID')) return []
    throw error
  }
}

function unquoted(raw: string): string {
  const quote = raw[0]!
  if (quote === '[') return raw.slice(1, -1)
  return raw.slice(1, -1).replaceAll(quote + quote, quote)
}

export const spelled = (tokens: readonly Token[]): string =>
  tokens
    .map((t) => t.text)
    .join(' ')
    .replaceAll(/ ?\. ?/gu, '.')

/** Reads one statement from its beginning. */
export class Reader {
  #at = 0
  readonly #tokens: readonly Token[]

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  /** Moves past these words where they come next, all or none of them. */
  take(...words: readonly string[]): boolean {
    if (!words.every((word, i) => this.#tokens[this.#at + i]?.word === word)) return false
    this.#at += words.length
    return true
  }

  /** The first of these that comes next. */
  oneOf(...words: readonly string[]): string | undefined {
    const word = this.#tokens[this.#at]?.word
    if (word === undefined || !words.includes(word)) return undefined
    this.#at++
    return word
  }

  name(): string | undefined {
    let found = this.#tokens[this.#at]?.name
    if (found === undefined) return undefined
    this.#at++
    while (this.#tokens[this.#at]?.word === '.') {
      const next = this.#tokens[this.#at + 1]?.name
      if (next === undefined) break
      found += `.${next}`
      this.#at += 2
    }
    return found
  }

  names(): readonly string[] {
    const out: string[] = []
    do {
      this.take('ONLY')
      const name = this.name()
      if (name === undefined) break
      out.push(name)
      this.take('*')
    } while (this.take(','))
    return out
  }

  /** The rest, split at its commas outside brackets. */
  parts(): readonly (readonly Token[])[] {
    const parts: Token[][] = [[]]
    for (const token of this.#tokens.slice(this.#at))
      if (token.word === ',' && token.depth === 0) parts.push([])
      else parts.at(-1)!.push(token)
    return parts
  }

  /** Whether the words follow each other anywhere in the rest, outside brackets. */
  has(...words: readonly string[]): boolean {
    const left = this.#tokens.slice(this.#at)
    return left.some((t, i) => t.depth === 0 && words.every((word, k) => left[i + k]?.word === word))
  }

  /** The table or materialized view that a CREATE creates. */
  created(): string | undefined {
    if (!this.take('CREATE')) return undefined
    while (this.oneOf('GLOBAL', 'LOCAL', 'TEMP', 'TEMPORARY', 'UNLOGGED', 'FOREIGN', 'MATERIALIZED', 'OR', 'REPLACE'));
    if (this.oneOf('TABLE', 'VIEW') === undefined) return undefined
    this.take('IF', 'NOT', 'EXISTS')
    return this.name()
  }

  /** Moves past a bracketed group that comes next; its words. */
  group(): readonly string[] {
    const first = this.#tokens[this.#at]
    if (first?.text !== '(') return []
    const end = this.#tokens.findIndex((t, i) => i > this.#at && t.text === ')' && t.depth === first.depth)
    const inside = this.#tokens.slice(this.#at + 1, end < 0 ? undefined : end)
    this.#at = end < 0 ? this.#tokens.length : end + 1
    return inside.map((t) => t.word)
  }

  /** The name that comes next, without moving past it. */
  peek(): string | undefined {
    return this.#tokens[this.#at]?.name
  }

  /** The string constant that comes next, without moving past it. */
  string(): string | undefined {
    return /^'(.*)'$/su.exec(this.#tokens[this.#at]?.text ?? '')?.[1]?.replaceAll("''", "'")
  }

  /** Moves past the next such word outside brackets, where there is one. */
  skipTo(word: string): boolean {
    const at = this.#tokens.findIndex((t, i) => i >= this.#at && t.depth === 0 && t.word === word)
    if (at < 0) return false
    this.#at = at + 1
    return true
  }

  /** The name after the next such word outside brackets; stays where it is. */
  after(word: string): string | undefined {
    const at = this.#tokens.findIndex((t, i) => i >= this.#at && t.depth === 0 && t.word === word)
    return at < 0 ? undefined : new Reader(this.#tokens.slice(at + 1)).name()
  }

  /** The names after each such word, in brackets too. */
  allAfter(word: string): readonly string[] {
    const names = this.rest().flatMap((t, i, all) => {
      if (t.word !== word) return []
      const r = new Reader(all.slice(i + 1))
      r.take('ONLY')
      return r.name() ?? []
    })
    return [...new Set(names)]
  }

  /** The tokens that are left. */
  rest(): readonly Token[] {
    return this.#tokens.slice(this.#at)
  }

  text(): string {
    return spelled(this.rest())
  }
}
