/** Splits SQL text into statements, in one linear pass that recognizes strings, comments, dollar quotes and routine bodies. */
import { AmbixError, isAmbixError } from '../errors.ts'
import { CompoundBody } from './compound-body.ts'

export interface SqlStatement {
  /** As written, without the semicolon and without the comments before it. */
  readonly text: string
  /** Where it begins, in UTF-16 code units. */
  readonly offset: number
  /** 1-based. */
  readonly line: number
}

/** A `--` comment on a line of its own. */
export interface SqlLineComment {
  /** With its dashes, trimmed. */
  readonly text: string
  readonly offset: number
  readonly line: number
}

/** A dialect's lexical rules, where they differ from PostgreSQL's. */
export interface SqlTextRules {
  /** A backslash escapes in every string (MySQL), not only in E'…'. */
  readonly backslashEscapes?: boolean
  /** `#` begins a comment (MySQL). */
  readonly hashComments?: boolean
  /** Block comments do not nest (MySQL, SQLite). */
  readonly flatComments?: boolean
  /** Text in double quotes is a string with backslash escapes (MySQL without ANSI_QUOTES). */
  readonly doubleQuotedStrings?: boolean
  /** A dollar is a letter, and begins no string (MySQL, SQLite). */
  readonly plainDollars?: boolean
  /** Brackets quote a name (SQLite), and are not a subscript. */
  readonly bracketNames?: boolean
  /** Bare names keep their case (SQLite). */
  readonly namesKeepCase?: boolean
  /** `--` begins a comment only before a blank (MySQL: `5--1` is an expression). */
  readonly blankAfterDashes?: boolean
  /** The text in `/*! … *\/` and `/*M! … *\/` is executed (MySQL, MariaDB). */
  readonly executableComments?: boolean
  /** Bodies of routines, triggers and events are statements between BEGIN and END; `DELIMITER` is a client command. */
  readonly compoundBodies?: boolean
}

export type SqlTokenKind = 'word' | 'string' | 'name' | 'line-comment' | 'block-comment' | 'mark'

/**
 * Calls back with every token: words, strings, quoted names, comments and single marks; blanks are left out.
 * The callback may return an offset to continue from. Throws SQL.INVALID where a string or comment is not closed.
 */
export function lexSql(
  sql: string,
  token: (kind: SqlTokenKind, start: number, end: number) => number | undefined | void,
  rules: SqlTextRules = {},
): void {
  const dollars = rules.plainDollars !== true
  let at = 0
  while (at < sql.length) {
    const code = sql.charCodeAt(at)
    // Blanks, and what \w begins words with: these are nearly all of a text.
    if (code === 32 || (code >= 9 && code <= 13)) {
      at++
      continue
    }
    let kind: SqlTokenKind = 'mark'
    let end = at + 1
    if (isLetter(code) || (code === 36 && !dollars)) {
      kind = 'word'
      while (isLetter(sql.charCodeAt(end)) || isDigit(sql.charCodeAt(end)) || sql.charCodeAt(end) === 36) end++
      if (end === at + 1 && sql[end] === "'" && (code === 69 || code === 101) && rules.backslashEscapes !== true) {
        kind = 'string'
        end = quoted(sql, at, end, true)
      }
    } else if (isDigit(code)) {
      while (isLetter(sql.charCodeAt(end), 128) || isDigit(sql.charCodeAt(end)) || sql.charCodeAt(end) === 46) end++
    } else {
      const c = sql[at]!
      if (c === "'") {
        kind = 'string'
        end = quoted(sql, at, at, rules.backslashEscapes === true)
      } else if (c === '"' && rules.doubleQuotedStrings === true) {
        kind = 'string'
        end = quoted(sql, at, at, true)
      } else if (c === '"' || c === '`') {
        kind = 'name'
        end = quoted(sql, at, at, false)
      } else if (c === '[' && rules.bracketNames === true) {
        kind = 'name'
        end = sql.indexOf(']', at) + 1
        if (end === 0) throw unclosed(sql, at, 'the quoted name')
      } else if (isLineComment(sql, at, rules)) {
        kind = 'line-comment'
        const newline = sql.indexOf('\n', at)
        end = newline < 0 ? sql.length : newline
      } else if (rules.executableComments === true && matches(executable, sql, at)) {
        end = executable.lastIndex
      } else if (c === '/' && sql[at + 1] === '*') {
        kind = 'block-comment'
        end = blockComment(sql, at, rules.flatComments !== true)
      } else if (c === '$' && dollars && matches(dollar, sql, at)) {
        kind = 'string'
        const open = dollar.lastIndex
        const tag = sql.slice(at, open)
        const close = sql.indexOf(tag, open)
        if (close < 0) throw unclosed(sql, at, `the ${tag} string`)
        end = close + tag.length
      }
    }
    at = token(kind, at, end) ?? end
  }
}

/** `/*!999999 … *\/` is for a version that no server has: a comment like any other (the first line of each dump of MariaDB). */
const executable = /\/\*M?!(?!99999)\d*|\*\//y
const dollar = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y

/** ASCII letters, the underscore, and all beyond ASCII (up to `below`, where that is given). NaN, at the end of a text, is none. */
function isLetter(code: number, below = 0x10000): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || (code >= 128 && code < below)
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57

function isLineComment(sql: string, at: number, rules: SqlTextRules): boolean {
  if (sql[at] === '#') return rules.hashComments === true
  if (sql[at] !== '-' || sql[at + 1] !== '-') return false
  return rules.blankAfterDashes !== true || at + 2 >= sql.length || /\s/.test(sql[at + 2]!)
}

function matches(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at
  return pattern.test(text)
}

/** The end of a string or quoted name whose quote is at `open`; a doubled quote does not end it. */
function quoted(sql: string, start: number, open: number, backslash: boolean): number {
  const quote = sql[open]!
  if (!backslash) {
    for (let at = sql.indexOf(quote, open + 1); at >= 0; at = sql.indexOf(quote, at + 2)) {
      if (sql[at + 1] !== quote) return at + 1
    }
  } else {
    for (let at = open + 1; at < sql.length; at++) {
      if (sql[at] === '\\') at++
      else if (sql[at] === quote) {
        if (sql[at + 1] !== quote) return at + 1
        at++
      }
    }
  }
  throw unclosed(sql, start, quote === "'" ? 'the string' : 'the quoted name')
}

function blockComment(sql: string, start: number, nested: boolean): number {
  const mark = /\/\*|\*\//g
  mark.lastIndex = start + 2
  let depth = 1
  for (let found = mark.exec(sql); found !== null; found = mark.exec(sql)) {
    if (found[0] === '*/') depth--
    else if (nested) depth++
    if (depth === 0) return mark.lastIndex
  }
  throw unclosed(sql, start, 'the comment')
}

/** The line of an offset, 1-based. Call it with ascending offsets, so that counting stays linear. */
export function lineCounter(text: string): (offset: number) => number {
  let line = 1
  let next = text.indexOf('\n')
  return (offset) => {
    while (next >= 0 && next < offset) {
      line++
      next = text.indexOf('\n', next + 1)
    }
    return line
  }
}

/** The `--` comments on lines of their own, outside strings and other comments. Throws SQL.INVALID. */
export function lineComments(sql: string, rules?: SqlTextRules): SqlLineComment[] {
  const comments: SqlLineComment[] = []
  const lineOf = lineCounter(sql)
  let last = 0
  lexSql(
    sql,
    (kind, start, end) => {
      if (
        kind === 'line-comment' &&
        sql.startsWith('--', start) &&
        (last === 0 || sql.slice(last, start).includes('\n'))
      ) {
        comments.push({ text: sql.slice(start, end).trim(), offset: start, line: lineOf(start) })
      }
      last = end
    },
    rules,
  )
  return comments
}

/**
 * Splits at the semicolons that end statements: not those in strings, comments, brackets, `BEGIN ATOMIC … END` bodies
 * of functions (PostgreSQL manual, CREATE FUNCTION) or trigger bodies (SQLite). Statements of comments only are dropped.
 * Throws SQL.INVALID for an unclosed string or comment, for a psql command (`\connect …`; `\set ON_ERROR_STOP`, `\restrict` and `\unrestrict`
 * of pg_dump are skipped) and for COPY … FROM STDIN.
 */
export function splitStatements(sql: string, rules?: SqlTextRules): readonly SqlStatement[] {
  // A statement is cut when it is compiled, when its hazards are told, and when it is sent.
  if (last?.sql === sql && last.rules === rules) return last.statements
  const statements = cutStatements(sql, rules)
  last = { sql, rules, statements }
  return statements
}

/** The statements of a text; one that cannot be split (an open string) is taken as one statement: the server reports what is wrong with it. */
export function statementTexts(sql: string, rules?: SqlTextRules): readonly string[] {
  try {
    return splitStatements(sql, rules).map((s) => s.text)
  } catch (error) {
    if (isAmbixError(error, 'SQL.INVALID')) return [sql]
    throw error
  }
}

let last:
  | { readonly sql: string; readonly rules: SqlTextRules | undefined; readonly statements: readonly SqlStatement[] }
  | undefined

/** Quotes are closed, and there is neither a semicolon nor anything else that must be looked at in PostgreSQL's rules. */
const plain = /^(?:[^;'"`$\\\-/]|'[^'\\]*'|"[^"]*"|-(?!-)|\/(?!\*))*$/
const blanks = /^[ \t-\r]+|[ \t-\r]+$/g
const notBlank = /[^ \t-\r]/
const longestPlain = 4096

function cutStatements(sql: string, rules: SqlTextRules | undefined): SqlStatement[] {
  if (rules === undefined && sql.length <= longestPlain && plain.test(sql)) {
    const text = sql.replace(blanks, '')
    if (text === '') return []
    const offset = sql.search(notBlank)
    if (!fromStdin.test(text)) return [{ text, offset, line: lineCounter(sql)(offset) }]
  }
  const statements: SqlStatement[] = []
  const lineOf = lineCounter(sql)
  let start = -1
  let end = 0
  let brackets = 0
  const bodyOf = (): RoutineBody | CompoundBody =>
    rules?.compoundBodies === true ? new CompoundBody() : new RoutineBody()
  let body = bodyOf()
  let delimiter = ';'
  const finish = (): void => {
    if (start >= 0) {
      const text = sql.slice(start, end)
      if (fromStdin.test(text)) throw copyFromStdin(sql, start)
      statements.push({ text, offset: start, line: lineOf(start) })
    }
    start = -1
    brackets = 0
    body = bodyOf()
  }
  lexSql(
    sql,
    (kind, from, to) => {
      if (kind === 'line-comment' || kind === 'block-comment') return undefined
      const mark = kind === 'mark' ? sql[from] : undefined
      if (rules?.compoundBodies === true) {
        if (start < 0 && kind === 'word' && /^delimiter$/i.test(sql.slice(from, to))) {
          const newline = sql.indexOf('\n', from)
          const stop = newline < 0 ? sql.length : newline
          delimiter = sql.slice(to, stop).trim() || ';'
          return stop
        }
        if (delimiter !== ';' && sql.startsWith(delimiter, from)) {
          finish()
          return from + delimiter.length
        }
      }
      if (mark === ';' && delimiter === ';' && brackets === 0 && !body.open) {
        finish()
        return undefined
      }
      if (mark === '\\') {
        // pg_dump and ambix itself write these at the beginning of a script.
        if (start >= 0 || !/^\\(?:(?:un)?restrict\b|set ON_ERROR_STOP\b)/.test(sql.slice(from, from + 20)))
          throw psqlCommand(sql, from)
        const newline = sql.indexOf('\n', from)
        return newline < 0 ? sql.length : newline
      }
      if (start < 0) start = from
      end = to
      if (mark === '(') brackets++
      else if (mark === ')') brackets = Math.max(0, brackets - 1)
      if (kind === 'word') body.word(sql.slice(from, to).toLowerCase())
      else if (mark !== undefined && body instanceof CompoundBody) body.mark(mark)
      return undefined
    },
    rules,
  )
  finish()
  return statements
}

const fromStdin = /^copy\b[^']*\bfrom\s+stdin\b/i

/** Reads the words of one statement to find out whether a routine's body is open. */
class RoutineBody {
  open = false
  #words = 0
  #create = false
  #kind: 'routine' | 'trigger' | undefined
  #last = ''
  #depth = 0

  word(word: string): void {
    this.#words++
    if (this.#words === 1) this.#create = word === 'create'
    else if (this.#create && this.#kind === undefined && this.#words <= 8) {
      if (word === 'function' || word === 'procedure') this.#kind = 'routine'
      else if (word === 'trigger') this.#kind = 'trigger'
    } else if (this.open) {
      if (word === 'case') this.#depth++
      else if (word === 'end' && --this.#depth === 0) this.open = false
    } else if (
      (this.#kind === 'routine' && word === 'atomic' && this.#last === 'begin') ||
      (this.#kind === 'trigger' && word === 'begin')
    ) {
      this.open = true
      this.#depth = 1
    }
    this.#last = word
  }
}

function invalid(sql: string, offset: number, why: string, next: string): AmbixError {
  const line = lineCounter(sql)(offset)
  return new AmbixError('SQL.INVALID', `The SQL cannot be read at line ${line}: ${why}.`, {
    next: [next],
    data: { line, offset },
  })
}

function unclosed(sql: string, offset: number, what: string): AmbixError {
  return invalid(sql, offset, `${what} that begins there is never closed`, 'close it')
}

function psqlCommand(sql: string, offset: number): AmbixError {
  const command = sql
    .slice(offset, offset + 40)
    .split('\n', 1)[0]!
    .trim()
  return invalid(sql, offset, `${command} is a command of psql, not SQL`, 'remove the line; ambix sends SQL only')
}

function copyFromStdin(sql: string, offset: number): AmbixError {
  return invalid(
    sql,
    offset,
    'COPY … FROM STDIN needs data that psql sends',
    'write INSERT statements (pg_dump --inserts), or copy in op.run',
  )
}
