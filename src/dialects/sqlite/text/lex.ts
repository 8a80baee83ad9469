/** SQLite's text as tokens, and one canonical form: texts that differ only in blanks and comments are the same text. */

export interface Token {
  readonly kind: 'word' | 'name' | 'string' | 'number' | 'blob' | 'parameter' | 'sign'
  readonly text: string
  /** Bare words in upper case; empty for everything else, so that a quoted name is never read as a keyword. */
  readonly word: string
  readonly start: number
  readonly end: number
}

const wordAt = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y
const numberAt = /0[xX][0-9a-fA-F]+|(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y
const blobAt = /[xX]'[0-9a-fA-F]*'/y
const parameterAt = /\?\d*|[:@$][A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y
const signAt = /->>|->|\|\||<<|>>|<=|<>|>=|==|!=|[^]/y

/** The tokens of a text without blanks and comments (https://sqlite.org/lang.html). Never throws: an unclosed token ends with the text. */
export function tokensOf(sql: string): readonly Token[] {
  const out: Token[] = []
  let at = 0
  const match = (pattern: RegExp): number => {
    pattern.lastIndex = at
    return pattern.test(sql) ? pattern.lastIndex : -1
  }
  const push = (kind: Token['kind'], end: number): void => {
    const text = sql.slice(at, end)
    out.push({ kind, text, word: kind === 'word' ? text.toUpperCase() : '', start: at, end })
    at = end
  }
  while (at < sql.length) {
    const c = sql[at]!
    if (/\s/u.test(c)) at++
    else if (c === '-' && sql[at + 1] === '-') {
      const end = sql.indexOf('\n', at)
      at = end < 0 ? sql.length : end + 1
    } else if (c === '/' && sql[at + 1] === '*') {
      const end = sql.indexOf('*/', at + 2)
      at = end < 0 ? sql.length : end + 2
    } else if (c === "'") push('string', quotedEnd(sql, at, "'"))
    else if (c === '"' || c === '`') push('name', quotedEnd(sql, at, c))
    else if (c === '[') {
      const end = sql.indexOf(']', at)
      push('name', end < 0 ? sql.length : end + 1)
    } else if ((c === 'x' || c === 'X') && match(blobAt) > 0) push('blob', match(blobAt))
    else if (match(wordAt) > 0) push('word', match(wordAt))
    else if (match(numberAt) > 0) push('number', match(numberAt))
    else if (match(parameterAt) > 0) push('parameter', match(parameterAt))
    else push('sign', match(signAt))
  }
  return out
}

function quotedEnd(sql: string, open: number, quote: string): number {
  for (let at = sql.indexOf(quote, open + 1); at >= 0; at = sql.indexOf(quote, at + 2))
    if (sql[at + 1] !== quote) return at + 1
  return sql.length
}

/** The name that a token means; SQLite reads strings as names where a name is required. */
export function nameOf(token: Token | undefined): string {
  const t = token?.text ?? ''
  if (token?.kind !== 'name' && token?.kind !== 'string') return t
  const q = t[0]!
  return q === '[' ? t.slice(1, -1) : t.slice(1, -1).replaceAll(q + q, q)
}

const keywords = new Set(
  (
    'abort action add after all alter always analyze and as asc attach autoincrement before begin between by cascade case cast ' +
    'check collate column commit conflict constraint create cross current current_date current_time current_timestamp ' +
    'database default deferrable deferred delete desc detach distinct do drop each else end escape except exclude ' +
    'exclusive exists explain fail filter first following for foreign from full generated glob group groups having if ' +
    'ignore immediate in index indexed initially inner insert instead intersect into is isnull join key last left like ' +
    'limit match materialized natural no not nothing notnull null nulls of offset on or order others outer over ' +
    'partition plan pragma preceding primary query raise range recursive references regexp reindex release rename ' +
    'replace restrict returning right rollback row rows savepoint select set table temp temporary then ties to ' +
    'transaction trigger unbounded union unique update using vacuum values view virtual when where window with without'
  ).split(' '),
)

/** Whether a name must be quoted, in any case of its letters. */
export const isKeyword = (name: string): boolean => keywords.has(name.toLowerCase())

/** Words before an opening bracket that are followed by a blank. */
const apart = new Set(
  'AND OR NOT IN LIKE GLOB MATCH REGEXP BETWEEN IS CASE WHEN THEN ELSE SELECT FROM WHERE AS ON USING VALUES EXISTS ESCAPE OVER FILTER BY HAVING LIMIT RETURN COLLATE DISTINCT ALL UNION EXCEPT INTERSECT JOIN'.split(
    ' ',
  ),
)
/** Words after which a minus is a sign of the number that follows. */
const beforeNumber = new Set([...apart, 'DEFAULT', 'END'].filter((w) => w !== 'END'))

/** One form for all texts with the same tokens: single blanks, none within brackets. Its own tokens are the same again. */
export function canonical(tokens: readonly Token[]): string {
  let out = ''
  for (const [i, token] of tokens.entries()) {
    const before = tokens[i - 1]
    if (before !== undefined && spaced(tokens, i)) out += ' '
    out += token.text
  }
  return out
}

/** The canonical form of a text. */
export const spelled = (sql: string): string => canonical(tokensOf(sql))

/** Words that are never names in an expression, though a column may have them as a quoted name. */
const operators = new Set([...apart, 'NULL', 'ISNULL', 'NOTNULL', 'END', 'CAST', 'RAISE', 'TRUE', 'FALSE'])
/** Without quotes, such names are case-insensitive and have no other meaning. */
const plainName = /^[a-z_][a-z0-9_]*$/u

/** The names in an expression of a table: its columns, by their lower-case letters. */
export interface Names {
  readonly table: string
  readonly columns: ReadonlyMap<string, string>
}

export const namesOf = (table: string, columns: readonly { readonly name: string }[]): Names => ({
  table: table.toLowerCase(),
  columns: new Map(columns.map((c) => [c.name.toLowerCase(), c.name])),
})

/**
 * The canonical form of an expression, with each column named as the table has it: without the table, bare where it
 * is all lower case, else in double quotes. A rename then finds it whatever the case and the quotes in which it was written,
 * and it is valid for the table under another name.
 */
export function spelledOver(sql: string, { table, columns }: Names): string {
  const all = tokensOf(sql)
  const isName = (t: Token | undefined): boolean => t?.kind === 'word' || t?.kind === 'name'
  const qualifies = (i: number): boolean =>
    isName(all[i]) && all[i + 1]?.text === '.' && isName(all[i + 2]) && nameOf(all[i]).toLowerCase() === table
  const tokens = all.filter((_, i) => !qualifies(i) && !(i > 0 && qualifies(i - 1)))
  return canonical(
    tokens.map((t, i) => {
      if (!isName(t) || operators.has(t.word)) return t
      const name = columns.get(nameOf(t).toLowerCase())
      const [before, after] = [tokens[i - 1], tokens[i + 1]?.text]
      if (name === undefined || after === '(' || after === '.' || before?.word === 'COLLATE' || before?.word === 'AS')
        return t
      const text = plainName.test(name) && !isKeyword(name) ? name : `"${name.replaceAll('"', '""')}"`
      return text === t.text ? t : { ...t, kind: text.startsWith('"') ? ('name' as const) : ('word' as const), text }
    }),
  )
}

/**
 * Whether the texts of two statements are equal but for blanks, comments, quotes around names, the case of keywords, and what
 * a trigger is when it does not say so: BEFORE, FOR EACH ROW.
 */
export const sameText = (a: string, b: string): boolean => a === b || loose(a) === loose(b)

const trigger = /^CREATE (?:TEMP(?:ORARY)? )?TRIGGER (?:IF NOT EXISTS )?(?:\S+ \. )?(?:"(?:[^"]|"")*"|\S+) /u

function loose(sql: string): string {
  const words = looseWords(sql)
  const head = trigger.exec(words)?.[0]
  if (head === undefined) return words
  const rest = words.slice(head.length).replace(' FOR EACH ROW ', ' ')
  return head + (/^(?:BEFORE|AFTER|INSTEAD) /u.test(rest) ? rest : `BEFORE ${rest}`)
}

function looseWords(sql: string): string {
  return tokensOf(sql)
    .map((t) => {
      if (t.kind === 'word' && isKeyword(t.text)) return t.word
      if (t.kind !== 'name') return t.text
      const name = nameOf(t)
      return /^[a-z_]\w*$/iu.test(name) && !isKeyword(name) && !/^(?:true|false)$/iu.test(name) ? name : `"${name}"`
    })
    .join(' ')
}

function spaced(tokens: readonly Token[], i: number): boolean {
  const [before, token] = [tokens[i - 1]!, tokens[i]!]
  if (before.text === '(' || token.text === ')' || token.text === ',' || token.text === ';') return false
  if (token.text === '.' || before.text === '.') return isNumberBeside(before) || isNumberBeside(token)
  if (token.text === '(') return !(before.kind === 'name' || (before.kind === 'word' && !apart.has(before.word)))
  // A sign before a number or a bracket, with no value before it.
  if (isSign(before)) {
    const first = tokens[i - 2]
    const value =
      first !== undefined &&
      (first.text === ')' || (first.kind !== 'sign' && !(first.kind === 'word' && beforeNumber.has(first.word))))
    if (!value && (token.kind === 'number' || token.kind === 'word' || token.kind === 'name')) return false
  }
  return true
}

const isSign = (t: Token): boolean => t.text === '-' || t.text === '+' || t.text === '~'
const isNumberBeside = (t: Token): boolean => t.kind === 'number'
