/** The hazards of hand-written SQL, as far as its text shows them. */
import { isAmbixError } from '../../errors.ts'
import { holderText, plainText } from '../../schema/keys.ts'
import { lexSql, splitStatements } from '../../util/split-sql.ts'
import type { SqlTextRules } from '../../util/split-sql.ts'
import type { Hazard } from '../dialect.ts'

interface Token {
  readonly text: string
  /** In capitals for a bare word, empty for everything else: a quoted name is not a keyword. */
  readonly word: string
  /** Bare or quoted, as the server reads it. */
  readonly name?: string
  readonly depth: number
}

export interface RawRules {
  readonly text?: SqlTextRules
  /** The lock of a statement, where the dialect's locks are hazards: PostgreSQL. */
  readonly lockOf?: (sql: string) => string | undefined
}

/** Names of the relations that a text creates, which no other session uses yet. */
export function relationsMadeBy(sql: string, rules: RawRules = {}): readonly string[] {
  if (!/create/i.test(sql)) return []
  return statementsOf(sql, rules).flatMap((tokens) => new Reader(tokens).created() ?? [])
}

/** The hazards of a text with one or more statements; `made` are relations that the same revision created before. */
export function rawHazards(sql: string, rules: RawRules, made: ReadonlySet<string> = new Set()): readonly Hazard[] {
  const fresh = new Set(made)
  const out: Hazard[] = []
  for (const tokens of statementsOf(sql, rules)) {
    const created = new Reader(tokens).created()
    if (created !== undefined) fresh.add(created)
    const lock = rules.lockOf?.(spelled(tokens))
    for (const h of hazardsOf(tokens, rules.lockOf !== undefined, lock)) {
      const table = holderText(h.object)
      if (!fresh.has(h.object) && !(h.code === 'DATA_LOSS' && fresh.has(table))) out.push(h)
    }
  }
  return out
}

/** Asked twice for each statement: for its hazards, and for what it creates. */
let last: { readonly sql: string; readonly rules: RawRules; readonly tokens: readonly (readonly Token[])[] } | undefined

function statementsOf(sql: string, rules: RawRules): readonly (readonly Token[])[] {
  if (last?.sql !== sql || last.rules !== rules) last = { sql, rules, tokens: tokensOf(sql, rules) }
  return last.tokens
}

function tokensOf(sql: string, rules: RawRules): readonly (readonly Token[])[] {
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
      rules.text,
    )
    return tokens
  })
}

/** None where the text cannot be split: the server will report the error. */
function statementTexts(sql: string, rules: RawRules): readonly string[] {
  try {
    return splitStatements(sql, rules.text).map(({ text }) => text)
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

const spelled = (tokens: readonly Token[]): string =>
  tokens
    .map((t) => t.text)
    .join(' ')
    .replaceAll(/ ?\. ?/gu, '.')

/** Reads one statement from its beginning. */
class Reader {
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

  text(): string {
    return spelled(this.#tokens.slice(this.#at))
  }
}

type Add = (code: string, object: string, message: string) => void

const held = (reads: boolean, on: string): string =>
  `nobody ${reads ? 'reads or writes' : 'writes'} ${on} until the transaction ends`

function hazardsOf(tokens: readonly Token[], locks: boolean, lock: string | undefined): readonly Hazard[] {
  const out: Hazard[] = []
  const add: Add = (code, object, message) => {
    if (!locks && code !== 'DATA_LOSS') return
    if (out.some((h) => h.code === code && h.object === object)) return
    out.push({ code, object, message, ...(lock === undefined || lock === 'ROW EXCLUSIVE' ? {} : { lock }) })
  }
  const r = new Reader(tokens)
  if (r.take('DROP')) dropped(r, add)
  else if (r.take('TRUNCATE')) {
    r.take('TABLE')
    for (const name of r.names()) add('DATA_LOSS', name, `deletes all rows of ${name}`)
    if (r.has('CASCADE')) add('DATA_LOSS', 'CASCADE', 'deletes all rows of the tables that refer to them too')
  } else if (r.take('DELETE', 'FROM')) {
    r.take('ONLY')
    const name = r.name() ?? ''
    if (!r.has('WHERE')) add('DATA_LOSS', name, `deletes all rows of ${name}`)
  } else if (r.take('ALTER', 'TABLE')) alterTable(r, add, lock)
  else if (r.take('CREATE')) {
    r.take('UNIQUE')
    if (r.take('INDEX')) createIndex(r, add)
  } else if (r.take('UPDATE')) {
    r.take('ONLY')
    const name = r.name() ?? ''
    if (!r.has('WHERE') && !r.has('FROM')) add('FULL_SCAN', name, `changes all rows of ${name} in one transaction`)
  } else if (r.take('REINDEX')) reindexed(r, add)
  else if (r.take('VACUUM', 'FULL') || r.take('CLUSTER')) {
    const name = r.name() ?? 'all tables'
    add('TABLE_REWRITE', name, `rewrites ${name} and its indexes`)
  } else if (r.take('REFRESH', 'MATERIALIZED', 'VIEW') && !r.take('CONCURRENTLY')) {
    const name = r.name() ?? ''
    add('TABLE_REWRITE', name, `rewrites ${name} and its indexes`)
  } else if (r.take('LOCK')) {
    r.take('TABLE')
    for (const name of r.names())
      if (lock === 'ACCESS EXCLUSIVE') add('BLOCKS_READS', name, held(true, name))
      else if (lock === 'SHARE' || lock?.endsWith(' EXCLUSIVE') === true)
        if (!/^(?:ROW|SHARE UPDATE) /u.test(lock)) add('BLOCKS_WRITES', name, held(false, name))
  } else if (r.take('DO')) add('OPAQUE', 'DO', 'runs a block of code: what it does cannot be told from its words')
  return out
}

function reindexed(r: Reader, add: Add): void {
  const on = r.oneOf('INDEX', 'TABLE', 'SCHEMA', 'DATABASE', 'SYSTEM')
  if (on === undefined) return
  const concurrently = r.take('CONCURRENTLY')
  const name = r.name() ?? on.toLowerCase()
  add('FULL_SCAN', name, on === 'INDEX' ? scan(`the table of ${name}`) : scan(name))
  if (!concurrently) add('BLOCKS_WRITES', name, held(false, name))
}

/** Data lost by a drop: rows, or the columns of a type. */
const withRows = ['TABLE', 'FOREIGN', 'SCHEMA', 'DATABASE', 'SEQUENCE', 'EXTENSION']

function dropped(r: Reader, add: Add): void {
  const kind = r.oneOf(...withRows, 'MATERIALIZED', 'VIEW', 'INDEX', 'TYPE', 'DOMAIN')
  if (kind === undefined) return
  if (kind === 'FOREIGN' || kind === 'MATERIALIZED') r.oneOf('TABLE', 'VIEW')
  const concurrently = r.take('CONCURRENTLY')
  r.take('IF', 'EXISTS')
  const what = kind === 'FOREIGN' ? 'foreign table' : kind === 'MATERIALIZED' ? 'materialized view' : kind.toLowerCase()
  const names = r.names()
  const cascade = r.has('CASCADE')
  for (const name of names) {
    if (withRows.includes(kind))
      add('DATA_LOSS', name, `drops ${what} ${name}${cascade ? ' and what depends on it' : ''}`)
    else if ((kind === 'TYPE' || kind === 'DOMAIN') && cascade)
      add('DATA_LOSS', name, `drops ${what} ${name} with the columns of that type`)
    else if (kind !== 'TYPE' && kind !== 'DOMAIN' && !concurrently)
      add('BLOCKS_READS', name, kind === 'INDEX' ? held(true, `the table of ${name}`) : held(true, name))
  }
}

function createIndex(r: Reader, add: Add): void {
  const concurrently = r.take('CONCURRENTLY')
  r.take('IF', 'NOT', 'EXISTS')
  if (!r.take('ON')) {
    r.name()
    r.take('ON')
  }
  if (r.take('ONLY')) return
  const table = r.name() ?? ''
  add('FULL_SCAN', table, `reads all rows of ${table}`)
  if (!concurrently) add('BLOCKS_WRITES', table, held(false, table))
}

function alterTable(r: Reader, add: Add, lock: string | undefined): void {
  r.take('IF', 'EXISTS')
  r.take('ONLY')
  const table = r.name()
  if (table === undefined) return
  for (const part of r.parts()) action(new Reader(part), table, add)
  if (lock === 'ACCESS EXCLUSIVE') add('BLOCKS_READS', table, held(true, table))
  else if (lock === 'SHARE ROW EXCLUSIVE') add('BLOCKS_WRITES', table, held(false, table))
}

const rewrite = (table: string): string => `rewrites ${table} and its indexes`
const scan = (table: string): string => `reads all rows of ${table}`

function action(r: Reader, table: string, add: Add): void {
  if (r.take('ADD')) return added(r, table, add)
  if (r.take('DROP')) {
    if (r.oneOf('CONSTRAINT', 'PRIMARY', 'FOREIGN', 'INDEX', 'KEY', 'CHECK', 'PARTITION') !== undefined) return
    r.take('COLUMN')
    r.take('IF', 'EXISTS')
    const column = r.name()
    if (column !== undefined) add('DATA_LOSS', `${table}.${column}`, `drops column ${table}.${column} with its values`)
  } else if (r.take('ALTER')) {
    if (r.take('CONSTRAINT')) return
    r.take('COLUMN')
    const column = r.name()
    if (r.take('TYPE') || r.take('SET', 'DATA', 'TYPE')) {
      add('TABLE_REWRITE', table, `may rewrite ${table} and its indexes: ${table}.${column} gets another type`)
    } else if (r.take('SET', 'NOT', 'NULL')) add('FULL_SCAN', table, scan(table))
    else if (r.take('SET', 'EXPRESSION')) add('TABLE_REWRITE', table, rewrite(table))
    else if (r.take('ADD', 'GENERATED')) add('FULL_SCAN', table, scan(table))
  } else if (r.take('VALIDATE', 'CONSTRAINT')) add('FULL_SCAN', table, scan(table))
  else if (r.take('ATTACH', 'PARTITION')) {
    const partition = r.name() ?? table
    add('FULL_SCAN', partition, scan(partition))
  } else if (r.take('SET') && r.oneOf('LOGGED', 'UNLOGGED', 'TABLESPACE', 'ACCESS') !== undefined)
    add('TABLE_REWRITE', table, rewrite(table))
}

const volatile =
  /\b(random|gen_random_uuid|uuid_generate_\w+|uuidv\d|nextval|clock_timestamp|timeofday|txid_current)\s*\(/iu

function added(r: Reader, table: string, add: Add): void {
  const named = r.take('CONSTRAINT')
  if (named) r.name()
  const kind = r.oneOf('CHECK', 'FOREIGN', 'UNIQUE', 'PRIMARY', 'EXCLUDE')
  if (kind !== undefined) {
    if (!r.has('NOT', 'VALID') && !r.has('USING', 'INDEX')) add('FULL_SCAN', table, scan(table))
    if (kind === 'FOREIGN') {
      const reference = /\bREFERENCES (?:ONLY )?((?:"(?:[^"]|"")+"|[\w$]+)(?:\.(?:"(?:[^"]|"")+"|[\w$]+))?)/iu
      const said = reference.exec(r.text())?.[1]
      const other = said === undefined ? undefined : plainText(said)
      if (other !== undefined && other !== table) add('BLOCKS_WRITES', other, held(false, other))
    }
    return
  }
  if (named) return add('FULL_SCAN', table, scan(table))
  r.take('COLUMN')
  r.take('IF', 'NOT', 'EXISTS')
  r.name()
  const text = r.text()
  if (/^(?:small|big)?serial/iu.test(text) || r.has('AS', 'IDENTITY') || r.has('STORED') || volatile.test(text))
    add('TABLE_REWRITE', table, rewrite(table))
  else if (r.has('UNIQUE') || r.has('PRIMARY', 'KEY') || r.has('CHECK')) add('FULL_SCAN', table, scan(table))
}
