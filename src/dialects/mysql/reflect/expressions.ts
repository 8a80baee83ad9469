/**
 * Whether two texts are the same expression, told without a server: what a user wrote and what the server printed are read
 * by the manual's table of operators and compared as trees. What is not understood is not the same: the server decides then.
 */
import { isAmbixError } from '../../../errors.ts'
import { lexSql } from '../../../util/split-sql.ts'
import { backtickText } from '../../../util/sql-text.ts'
import { unescaped } from '../spell/quote.ts'

export function sameExpression(a: string, b: string): boolean {
  if (a === b) return true
  const tree = treeOf(a)
  return tree !== undefined && tree === treeOf(b)
}

/** The tree of an expression as text, with brackets around every operation; undefined where it is not understood. */
export function treeOf(sql: string): string | undefined {
  const known = trees.get(sql)
  if (known !== undefined || trees.has(sql)) return known
  if (trees.size > 5000) trees.clear()
  let tree: string | undefined
  try {
    tree = new Reader(tokensOf(sql)).whole()
  } catch (error) {
    // Unclosed quotes are the server's to report.
    if (!(error instanceof NotUnderstood) && !isAmbixError(error)) throw error
  }
  trees.set(sql, tree)
  return tree
}

const trees = new Map<string, string | undefined>()

class NotUnderstood extends Error {}

interface Token {
  readonly kind: 'word' | 'name' | 'text' | 'number' | 'mark'
  readonly text: string
}

/** Marks that are written together; `||`, `!`, `:=`, `->` and `"` mean one thing or another by sql_mode or version, and are left out. */
const marks = new Set(['<=>', '<=', '>=', '<>', '!=', '<<', '>>', '&&'])

function tokensOf(sql: string): readonly Token[] {
  const tokens: Token[] = []
  let last = -1
  lexSql(
    sql,
    (kind, start, end) => {
      const text = sql.slice(start, end)
      const before = tokens.at(-1)
      if (kind === 'word') tokens.push({ kind: 'word', text: text.toLowerCase() })
      else if (kind === 'name' && text.startsWith('`'))
        tokens.push({ kind: 'name', text: text.slice(1, -1).replaceAll('``', '`').toLowerCase() })
      else if (kind === 'string' && text.startsWith("'"))
        tokens.push({ kind: 'text', text: unescaped(text.slice(1, -1)) })
      else if (kind === 'line-comment' || kind === 'block-comment') return
      else if (kind !== 'mark') throw new NotUnderstood()
      else if (/^\d/u.test(text)) tokens.push({ kind: 'number', text: text.toLowerCase() })
      else if (before?.kind === 'mark' && last === start && marks.has(before.text + text))
        tokens[tokens.length - 1] = { kind: 'mark', text: before.text + text }
      else tokens.push({ kind: 'mark', text })
      last = end
    },
    backtickText,
  )
  return tokens
}

/** Names of functions that the manuals call synonyms. */
const synonyms: Readonly<Record<string, string>> = {
  lower: 'lcase',
  upper: 'ucase',
  substring: 'substr',
  mid: 'substr',
  character_length: 'char_length',
  ceil: 'ceiling',
  power: 'pow',
  day: 'dayofmonth',
  now: 'current_timestamp',
  localtime: 'current_timestamp',
  localtimestamp: 'current_timestamp',
  current_date: 'curdate',
  current_time: 'curtime',
}
/** These take no brackets where they have no arguments. */
const bareCalls = /^(?:current_timestamp|localtime|localtimestamp|current_date|current_time)$/u
const constants = /^(?:null|true|false)$/u
/** Words that are no column's name where an operand is expected: their clauses are not read here. */
const reserved =
  /^(?:select|exists|binary|convert|cast|interval|row|values?|match|not|case|default|date|time|timestamp|extract|trim|position|distinct|all|any|some|in|is|like|and|or|xor|div|mod|between|collate|when|then|else|end|using|as|from|for|escape|regexp|rlike|unknown|utc_date|utc_time|utc_timestamp|current_user|current_role)$/u
const units =
  /^(?:microsecond|second|minute|hour|day|week|month|quarter|year|(?:second|minute|hour|day)_microsecond|(?:minute|hour|day)_second|(?:hour|day)_minute|day_hour|year_month)$/u
/** From the loosest to the tightest, below the comparisons (manual, Operator Precedence). */
const arithmetic: readonly (readonly string[])[] = [
  ['|'],
  ['&'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', 'div', '%', 'mod'],
  ['^'],
]
const comparisons = new Set(['=', '<=>', '>=', '>', '<=', '<', '<>', '!='])

class Reader {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  whole(): string {
    const tree = this.#or()
    if (this.#at < this.#tokens.length) throw new NotUnderstood()
    return tree
  }

  #is(...texts: readonly string[]): boolean {
    const token = this.#tokens[this.#at]
    return (token?.kind === 'word' || token?.kind === 'mark') && texts.includes(token.text)
  }

  #take(...texts: readonly string[]): string | undefined {
    return this.#is(...texts) ? this.#tokens[this.#at++]!.text : undefined
  }

  #need(text: string): void {
    if (this.#take(text) === undefined) throw new NotUnderstood()
  }

  /** Operands of one associative word: how they were nested makes no difference. */
  #chain(words: readonly string[], name: string, operand: () => string): string {
    const parts = [operand()]
    while (this.#take(...words) !== undefined) parts.push(operand())
    if (parts.length === 1) return parts[0]!
    const flat = parts.map((part) => (part.startsWith(`(${name} `) ? part.slice(name.length + 2, -1) : part))
    return `(${name} ${flat.join(' ')})`
  }

  readonly #or = (): string => this.#chain(['or'], 'or', this.#xor)
  readonly #xor = (): string => this.#chain(['xor'], 'xor', this.#and)
  readonly #and = (): string => this.#chain(['and', '&&'], 'and', this.#predicate)

  /** One comparison: several in a row group in a way that the servers do not print alike. */
  readonly #predicate = (): string => {
    const left = this.#bits()
    const compared = this.#take(...comparisons)
    if (compared !== undefined) return `(${compared === '!=' ? '<>' : compared} ${left} ${this.#bits()})`
    if (this.#take('is') !== undefined) {
      const not = this.#take('not') === undefined ? '' : 'not '
      const what = this.#take('null', 'true', 'false', 'unknown')
      if (what === undefined) throw new NotUnderstood()
      return `(is ${not}${what} ${left})`
    }
    const negated = this.#take('not') !== undefined
    const tree = this.#tested(left)
    if (tree === undefined && negated) throw new NotUnderstood()
    return tree === undefined ? left : negated ? `(not ${tree})` : tree
  }

  #tested(left: string): string | undefined {
    if (this.#take('in') !== undefined) {
      this.#need('(')
      return `(in ${left} ${this.#list().join(' ')})`
    }
    if (this.#take('between') !== undefined) {
      const low = this.#bits()
      this.#need('and')
      return `(between ${left} ${low} ${this.#bits()})`
    }
    if (this.#take('like') !== undefined) {
      const pattern = this.#bits()
      const escape = this.#take('escape') === undefined ? '' : ` ${this.#bits()}`
      return `(like ${left} ${pattern}${escape})`
    }
    if (this.#take('regexp', 'rlike') !== undefined) return `(regexp ${left} ${this.#bits()})`
    return undefined
  }

  #bits(level = 0): string {
    if (level === arithmetic.length) return this.#unary()
    let left = this.#bits(level + 1)
    for (;;) {
      const operator = this.#take(...arithmetic[level]!)
      if (operator === undefined) return left
      left = `(${operator === 'mod' ? '%' : operator} ${left} ${this.#bits(level + 1)})`
    }
  }

  #unary(): string {
    const sign = this.#take('-', '+', '~')
    if (sign !== undefined) {
      const operand = this.#unary()
      return sign === '+' ? operand : `(${sign} ${operand})`
    }
    let operand = this.#primary()
    while (this.#take('collate') !== undefined) {
      const name = this.#tokens[this.#at++]
      if (name?.kind !== 'word' && name?.kind !== 'name') throw new NotUnderstood()
      operand = `(collate ${name.text} ${operand})`
    }
    return operand
  }

  #primary(): string {
    const token = this.#tokens[this.#at++]
    if (token === undefined) throw new NotUnderstood()
    const next = this.#tokens[this.#at]
    // A text beside a text is one text, and a word before a text is its character set.
    if (next?.kind === 'text') throw new NotUnderstood()
    if (token.kind === 'number') return token.text
    if (token.kind === 'text') return JSON.stringify(token.text)
    if (token.kind === 'name') return this.#column(token.text)
    if (token.text === '(') {
      const inside = this.#or()
      this.#need(')')
      return inside
    }
    if (token.kind === 'mark') throw new NotUnderstood()
    if (constants.test(token.text)) return token.text
    if (token.text === 'case') return this.#case()
    if (token.text === 'interval') return this.#interval()
    if (this.#is('(') && (!reserved.test(token.text) || /^(?:mod|date|time|timestamp)$/u.test(token.text))) {
      this.#at++
      return this.#call(token.text)
    }
    if (bareCalls.test(token.text)) return `${synonyms[token.text] ?? token.text}()`
    if (reserved.test(token.text)) throw new NotUnderstood()
    return this.#column(token.text)
  }

  /** A dot would make it a column of another table. */
  #column(name: string): string {
    if (this.#is('.')) throw new NotUnderstood()
    return `\`${name}\``
  }

  #call(name: string): string {
    const args = this.#list()
    if (name === 'mod' && args.length === 2) return `(% ${args.join(' ')})`
    return `${synonyms[name] ?? name}(${args.join(' ')})`
  }

  /** Expressions up to the bracket that closes them. */
  #list(): readonly string[] {
    const found: string[] = []
    if (this.#take(')') !== undefined) return found
    do found.push(this.#or())
    while (this.#take(',') !== undefined)
    this.#need(')')
    return found
  }

  #interval(): string {
    const amount = this.#or()
    const unit = this.#tokens[this.#at++]
    if (unit?.kind !== 'word' || !units.test(unit.text)) throw new NotUnderstood()
    return `(interval ${amount} ${unit.text})`
  }

  #case(): string {
    const parts = [this.#is('when') ? '' : this.#or()]
    while (this.#take('when') !== undefined) {
      parts.push(this.#or())
      this.#need('then')
      parts.push(this.#or())
    }
    if (parts.length < 3) throw new NotUnderstood()
    parts.push(this.#take('else') === undefined ? '' : this.#or())
    this.#need('end')
    return `(case ${parts.join(' : ')})`
  }
}
