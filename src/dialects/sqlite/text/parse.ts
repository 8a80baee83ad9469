/** Reads the CREATE statements that sqlite_schema keeps (https://sqlite.org/lang_createtable.html), every clause of them. */
import { canonical, nameOf, tokensOf, type Token } from './lex.ts'

export type Conflict = 'rollback' | 'abort' | 'fail' | 'ignore' | 'replace'

/** A column within a key or an index: a name, or an expression, with collation and order. */
export interface KeyPart {
  readonly column?: string
  readonly expression?: string
  readonly collation?: string
  readonly desc?: boolean
}

interface Named {
  readonly name?: string
}
export interface KeyText extends Named {
  readonly kind: 'primaryKey' | 'unique'
  readonly parts: readonly KeyPart[]
  readonly conflict?: Conflict
  readonly autoincrement?: boolean
  /** It is a constraint of the table, not of a column. */
  readonly table?: true
}
export interface CheckText extends Named {
  readonly kind: 'check'
  readonly sql: string
  /** The column that it is a constraint of. */
  readonly column?: string
}
export interface ForeignKeyText extends Named {
  readonly kind: 'foreignKey'
  readonly columns: readonly string[]
  readonly table: string
  readonly references: readonly string[]
  readonly onDelete?: string
  readonly onUpdate?: string
  readonly match?: string
  readonly deferrable?: boolean
  readonly deferred?: boolean
}
export type ConstraintText = KeyText | CheckText | ForeignKeyText

export interface ColumnText {
  readonly name: string
  /** As written, with normalized blanks; empty where there is none. */
  readonly type: string
  readonly notNull: boolean
  readonly notNullConflict?: Conflict
  /** Without the brackets of an expression; `expression` tells whether it had them. */
  readonly default?: { readonly sql: string; readonly expression: boolean }
  readonly collation?: string
  readonly generated?: { readonly sql: string; readonly stored: boolean }
}

export interface TableText {
  readonly name: string
  readonly columns: readonly ColumnText[]
  readonly constraints: readonly ConstraintText[]
  readonly strict: boolean
  readonly withoutRowid: boolean
}

/** A position in a list of tokens. */
class Cursor {
  readonly tokens: readonly Token[]
  at: number
  constructor(tokens: readonly Token[], at = 0) {
    this.tokens = tokens
    this.at = at
  }
  get token(): Token | undefined {
    return this.tokens[this.at]
  }
  get done(): boolean {
    return this.at >= this.tokens.length
  }
  /** Whether these words come next; if so, moves past them. */
  take(...words: readonly string[]): boolean {
    if (!words.every((w, i) => this.tokens[this.at + i]?.word === w || this.tokens[this.at + i]?.text === w))
      return false
    this.at += words.length
    return true
  }
  name(): string {
    return nameOf(this.tokens[this.at++])
  }
  /** The tokens within the brackets that begin here. */
  bracketed(): readonly Token[] {
    const from = this.at + 1
    let depth = 0
    for (; this.at < this.tokens.length; this.at++) {
      const { text } = this.tokens[this.at]!
      if (text === '(') depth++
      else if (text === ')' && --depth === 0) break
    }
    const inner = this.tokens.slice(from, this.at)
    this.at++
    return inner
  }
}

/** Splits a list at its outer commas. */
function items(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const out: Token[][] = [[]]
  let depth = 0
  for (const token of tokens) {
    if (token.text === '(') depth++
    else if (token.text === ')') depth--
    if (token.text === ',' && depth === 0) out.push([])
    else out.at(-1)!.push(token)
  }
  return out.filter((item) => item.length > 0)
}

function conflict(c: Cursor): Conflict | undefined {
  return c.take('ON', 'CONFLICT') ? (c.name().toLowerCase() as Conflict) : undefined
}

const given = <K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } =>
  // The key is the one that was passed.
  (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V }

/** `a`, `a COLLATE nocase DESC`, `lower(a)`. */
function keyPart(tokens: readonly Token[]): KeyPart {
  let end = tokens.length
  const desc = tokens[end - 1]?.word === 'DESC'
  if (desc || tokens[end - 1]?.word === 'ASC') end--
  let collation: string | undefined
  if (end > 2 && tokens[end - 2]?.word === 'COLLATE') {
    collation = nameOf(tokens[end - 1])
    end -= 2
  }
  const subject = unwrapped(tokens.slice(0, end))
  // A column in brackets is just the column.
  const simple = subject.length === 1 && subject[0]!.kind !== 'number'
  return {
    ...(simple ? { column: nameOf(subject[0]) } : { expression: canonical(subject) }),
    ...given('collation', collation),
    ...(desc ? { desc } : {}),
  }
}

/** Without brackets around the whole list. */
function unwrapped(tokens: readonly Token[]): readonly Token[] {
  let list = tokens
  while (list[0]?.text === '(' && list.at(-1)?.text === ')') {
    const c = new Cursor(list)
    const inner = c.bracketed()
    if (!c.done) return list
    list = inner
  }
  return list
}

function references(c: Cursor, columns: readonly string[], name: string | undefined): ForeignKeyText {
  const table = c.name()
  const to = c.token?.text === '(' ? items(c.bracketed()).map((item) => nameOf(item[0])) : []
  const said: { onDelete?: string; onUpdate?: string; match?: string; deferrable?: boolean; deferred?: boolean } = {}
  for (;;) {
    if (c.take('ON', 'DELETE')) said.onDelete = action(c)
    else if (c.take('ON', 'UPDATE')) said.onUpdate = action(c)
    else if (c.take('ON', 'INSERT')) action(c)
    else if (c.take('MATCH')) said.match = c.name().toUpperCase()
    else if (!deferrable(c, said)) break
  }
  return { kind: 'foreignKey', ...given('name', name), columns, table, references: to, ...said }
}

function deferrable(c: Cursor, said: { deferrable?: boolean; deferred?: boolean }): boolean {
  const not = c.take('NOT', 'DEFERRABLE')
  if (!not && !c.take('DEFERRABLE')) return false
  const deferred = c.take('INITIALLY', 'DEFERRED')
  if (!deferred) c.take('INITIALLY', 'IMMEDIATE')
  if (!not) said.deferrable = true
  if (!not && deferred) said.deferred = true
  return true
}

function action(c: Cursor): string {
  if (c.take('SET', 'NULL')) return 'SET NULL'
  if (c.take('SET', 'DEFAULT')) return 'SET DEFAULT'
  if (c.take('NO', 'ACTION')) return 'NO ACTION'
  return c.name().toUpperCase()
}

const columnClause = new Set(
  'CONSTRAINT PRIMARY NOT NULL UNIQUE CHECK DEFAULT COLLATE REFERENCES GENERATED AS DEFERRABLE'.split(' '),
)
const tableClause = new Set('CONSTRAINT PRIMARY UNIQUE CHECK FOREIGN'.split(' '))

interface Building {
  readonly columns: ColumnText[]
  readonly constraints: ConstraintText[]
}

function column(c: Cursor, into: Building): void {
  const name = c.name()
  const type: Token[] = []
  while (!c.done && !columnClause.has(c.token!.word)) {
    if (c.token!.text !== '(') type.push(c.tokens[c.at++]!)
    else {
      const from = c.at
      c.bracketed()
      type.push(...c.tokens.slice(from, c.at))
    }
  }
  const said: { -readonly [K in keyof ColumnText]?: ColumnText[K] } = {}
  let given_: string | undefined
  const named = (): string | undefined => {
    const n = given_
    given_ = undefined
    return n
  }
  while (!c.done) {
    if (c.take('CONSTRAINT')) given_ = c.name()
    else if (c.take('NOT', 'NULL')) {
      said.notNull = true
      const how = conflict(c)
      if (how !== undefined) said.notNullConflict = how
      named()
    } else if (c.take('NULL')) {
      conflict(c)
      named()
    } else if (c.take('PRIMARY', 'KEY')) {
      const desc = c.take('DESC')
      if (!desc) c.take('ASC')
      const how = conflict(c)
      const autoincrement = c.take('AUTOINCREMENT')
      into.constraints.push({
        kind: 'primaryKey',
        ...given('name', named()),
        parts: [{ column: name, ...(desc ? { desc } : {}) }],
        ...given('conflict', how),
        ...(autoincrement ? { autoincrement } : {}),
      })
    } else if (c.take('UNIQUE')) {
      const how = conflict(c)
      into.constraints.push({
        kind: 'unique',
        ...given('name', named()),
        parts: [{ column: name }],
        ...given('conflict', how),
      })
    } else if (c.take('CHECK')) {
      const sql = canonical(unwrapped(c.bracketed()))
      conflict(c)
      into.constraints.push({ kind: 'check', ...given('name', named()), sql, column: name })
    } else if (c.take('DEFAULT')) said.default = defaultText(c)
    else if (c.take('COLLATE')) said.collation = c.name()
    else if (c.take('REFERENCES')) into.constraints.push(references(c, [name], named()))
    else if (c.take('GENERATED', 'ALWAYS', 'AS') || c.take('AS')) {
      const sql = canonical(unwrapped(c.bracketed()))
      const stored = c.take('STORED')
      if (!stored) c.take('VIRTUAL')
      said.generated = { sql, stored }
    } else if (!deferrable(c, {})) c.at++
  }
  into.columns.push({ ...said, name, type: canonical(type), notNull: said.notNull === true })
}

function defaultText(c: Cursor): NonNullable<ColumnText['default']> {
  if (c.token?.text === '(') return { sql: canonical(unwrapped(c.bracketed())), expression: true }
  const from = c.at
  if (c.token?.text === '-' || c.token?.text === '+') c.at++
  c.at++
  return { sql: canonical(c.tokens.slice(from, c.at)), expression: false }
}

/** The constraints of a table; SQLite does not require commas between them. */
function tableConstraints(c: Cursor, into: Building): void {
  let name: string | undefined
  const named = (): string | undefined => {
    const n = name
    name = undefined
    return n
  }
  while (!c.done) {
    if (c.take('CONSTRAINT')) name = c.name()
    else if (c.take('PRIMARY', 'KEY') || c.take('UNIQUE')) {
      const kind = c.tokens[c.at - 1]!.word === 'UNIQUE' ? 'unique' : 'primaryKey'
      const list: readonly Token[] = c.bracketed()
      // `PRIMARY KEY (id AUTOINCREMENT)` is allowed for one column.
      const autoincrement = list.at(-1)?.word === 'AUTOINCREMENT'
      const parts = items(autoincrement ? list.slice(0, -1) : list).map(keyPart)
      const how = conflict(c)
      into.constraints.push({
        kind,
        table: true,
        ...given('name', named()),
        parts,
        ...given('conflict', how),
        ...(autoincrement ? { autoincrement } : {}),
      })
    } else if (c.take('CHECK')) {
      const sql = canonical(unwrapped(c.bracketed()))
      conflict(c)
      into.constraints.push({ kind: 'check', ...given('name', named()), sql })
    } else if (c.take('FOREIGN', 'KEY')) {
      const columns = items(c.bracketed()).map((item) => nameOf(item[0]))
      c.take('REFERENCES')
      into.constraints.push(references(c, columns, named()))
    } else c.at++
  }
}

/** Moves past `CREATE … IF NOT EXISTS` and returns the name; a schema before it is left out. */
function head(c: Cursor, ...kinds: readonly string[]): string {
  while (!c.done && !kinds.includes(c.token!.word)) c.at++
  c.at++
  c.take('IF', 'NOT', 'EXISTS')
  let name = c.name()
  if (c.take('.')) name = c.name()
  return name
}

/** Reads CREATE TABLE; not one of a virtual table. */
export function parseTable(sql: string): TableText {
  const c = new Cursor(tokensOf(sql))
  const name = head(c, 'TABLE')
  const into: Building = { columns: [], constraints: [] }
  for (const item of items(c.bracketed())) {
    const inner = new Cursor(item)
    if (tableClause.has(item[0]!.word)) tableConstraints(inner, into)
    else column(inner, into)
  }
  let [strict, withoutRowid] = [false, false]
  while (!c.done) {
    if (c.take('STRICT')) strict = true
    else if (c.take('WITHOUT', 'ROWID')) withoutRowid = true
    else c.at++
  }
  return { name, ...into, strict, withoutRowid }
}

export interface IndexText {
  readonly name: string
  readonly table: string
  readonly unique: boolean
  readonly parts: readonly KeyPart[]
  readonly where?: string
}

/** Reads CREATE INDEX. */
export function parseIndex(sql: string): IndexText {
  const tokens = tokensOf(sql)
  const c = new Cursor(tokens)
  const name = head(c, 'INDEX')
  c.take('ON')
  const table = c.name()
  const parts = items(c.bracketed()).map(keyPart)
  const where = c.take('WHERE') ? canonical(unwrapped(tokens.slice(c.at))) : undefined
  return { name, table, unique: tokens[1]?.word === 'UNIQUE', parts, ...given('where', where) }
}

export interface ViewText {
  readonly name: string
  /** The query as written; with names for its columns, `(a, b) AS SELECT …`. */
  readonly query: string
}

/** Reads CREATE VIEW. */
export function parseView(sql: string): ViewText {
  const c = new Cursor(tokensOf(sql))
  const name = head(c, 'VIEW')
  if (c.token?.text !== '(') c.take('AS')
  return { name, query: sql.slice(c.token?.start ?? sql.length).trim() }
}

/** INSERT, UPDATE or DELETE: the event that fires a trigger. */
export function parseTriggerEvent(sql: string): string {
  const tokens = tokensOf(sql)
  const on = tokens.findIndex((t) => t.word === 'ON')
  return tokens.slice(0, on).find((t) => t.word === 'INSERT' || t.word === 'UPDATE' || t.word === 'DELETE')?.word ?? ''
}

/** Whether a text contains a name, in any case and any quotes. */
export function mentionsName(sql: string, name: string): boolean {
  const wanted = name.toLowerCase()
  if (!sql.toLowerCase().includes(wanted.replaceAll('"', ''))) return false
  return tokensOf(sql).some((t) => (t.kind === 'word' || t.kind === 'name') && nameOf(t).toLowerCase() === wanted)
}
