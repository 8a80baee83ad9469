/** What a SQLite file holds: columns from the pragmas, names and conditions from the stored CREATE statements. */
import type { Connection } from '../../drivers/driver.ts'
import { keyOf } from '../../schema/keys.ts'
import type {
  Column,
  Constraint,
  ForeignKey,
  Index,
  IndexElement,
  ReferentialAction,
  Schema,
  SchemaObject,
  Table,
  Trigger,
  View,
} from '../../schema/model.ts'
import { defaultName } from '../../schema/resolve/naming.ts'
import { lexSql } from '../../util/split-sql.ts'
import type { Scope } from '../dialect.ts'
import { parseDefault, parseType } from './spell.ts'

interface Token {
  readonly text: string
  readonly start: number
  readonly end: number
  /** Upper case for words, the plain name for quoted ones. */
  readonly word: string
}

function tokensOf(sql: string): readonly Token[] {
  const out: Token[] = []
  lexSql(
    sql,
    (kind, start, end) => {
      if (kind === 'line-comment' || kind === 'block-comment') return
      const raw = sql.slice(start, end)
      out.push({ text: raw, start, end, word: kind === 'word' ? raw.toUpperCase() : raw })
    },
    { flatComments: true },
  )
  return out
}

/** A name without its quotes. */
function plainName(token: Token | undefined): string {
  const t = token?.text ?? ''
  return /^["`].*["`]$/su.test(t) ? t.slice(1, -1).replaceAll('""', '"') : t
}

/** The items between the outer brackets of CREATE TABLE, and the words behind them. */
function bodyOf(sql: string): { readonly items: readonly (readonly Token[])[]; readonly tail: readonly Token[] } {
  const tokens = tokensOf(sql)
  const open = tokens.findIndex((t) => t.text === '(')
  const items: Token[][] = [[]]
  let depth = 0
  let i = open
  for (; i >= 0 && i < tokens.length; i++) {
    const t = tokens[i]!
    if (t.text === '(' && depth++ === 0) continue
    if (t.text === ')' && --depth === 0) break
    if (t.text === ',' && depth === 1) items.push([])
    else items.at(-1)!.push(t)
  }
  return { items: items.filter((item) => item.length > 0), tail: tokens.slice(i + 1) }
}

/** The text within the brackets that begin at a token, and the token after them. */
function bracketed(
  sql: string,
  tokens: readonly Token[],
  at: number,
): { readonly text: string; readonly next: number } {
  let depth = 0
  for (let i = at; i < tokens.length; i++) {
    if (tokens[i]!.text === '(') depth++
    else if (tokens[i]!.text === ')' && --depth === 0)
      return { text: sql.slice(tokens[at]!.end, tokens[i]!.start).trim(), next: i + 1 }
  }
  return { text: '', next: tokens.length }
}

function namesIn(text: string): readonly string[] {
  return tokensOf(text)
    .filter((t) => t.text !== ',' && t.word !== 'ASC' && t.word !== 'DESC')
    .map(plainName)
}

const actions: Readonly<Record<string, ReferentialAction>> = {
  RESTRICT: 'restrict',
  CASCADE: 'cascade',
  'SET NULL': 'setNull',
  'SET DEFAULT': 'setDefault',
}

/** REFERENCES and what follows it. */
function references(
  sql: string,
  tokens: readonly Token[],
  at: number,
): Pick<ForeignKey, 'references' | 'referencedColumns' | 'onDelete' | 'onUpdate' | 'deferrable' | 'initiallyDeferred'> {
  const table = plainName(tokens[at + 1])
  const list = tokens[at + 2]?.text === '(' ? bracketed(sql, tokens, at + 2) : { text: '', next: at + 2 }
  const rest = tokens
    .slice(list.next)
    .map((t) => t.word)
    .join(' ')
  const action = (event: string): ReferentialAction | undefined =>
    actions[new RegExp(`ON ${event} (SET NULL|SET DEFAULT|CASCADE|RESTRICT)`, 'u').exec(rest)?.[1] ?? '']
  const onDelete = action('DELETE')
  const onUpdate = action('UPDATE')
  const deferrable = /(?<!NOT )DEFERRABLE/u.test(rest)
  return {
    references: { name: table },
    referencedColumns: namesIn(list.text),
    ...(onDelete === undefined ? {} : { onDelete }),
    ...(onUpdate === undefined ? {} : { onUpdate }),
    ...(deferrable ? { deferrable } : {}),
    ...(rest.includes('INITIALLY DEFERRED') ? { initiallyDeferred: true } : {}),
  }
}

interface TableText {
  readonly constraints: readonly Constraint[]
  /** Expressions of generated columns. */
  readonly generated: ReadonlyMap<string, string>
  readonly collations: ReadonlyMap<string, string>
  readonly strict: boolean
  readonly withoutRowid: boolean
}

/** Constraints with their names (PostgreSQL's rule where there is none), from the stored text. */
function readText(table: string, sql: string): TableText {
  const constraints: Constraint[] = []
  const generated = new Map<string, string>()
  const collations = new Map<string, string>()
  const { items, tail } = bodyOf(sql)
  const named = (kind: Constraint['kind'], columns: readonly string[], given: string | undefined): string =>
    given ?? defaultName({ kind, table, columns }, 63, (n) => constraints.some((c) => c.name === n))
  for (const item of items) {
    const first = item[0]!.word
    const own = /^(CONSTRAINT|PRIMARY|UNIQUE|CHECK|FOREIGN)$/u.test(first) ? undefined : plainName(item[0])
    let given: string | undefined
    for (let i = own === undefined ? 0 : 1; i < item.length; i++) {
      const word = item[i]!.word
      if (word === 'CONSTRAINT') given = plainName(item[++i])
      else if (word === 'CHECK') {
        const { text, next } = bracketed(sql, item, i + 1)
        constraints.push({ kind: 'check', name: named('check', own === undefined ? [] : [own], given), sql: text })
        given = undefined
        i = next - 1
      } else if (word === 'PRIMARY' || word === 'UNIQUE') {
        const from = word === 'PRIMARY' ? i + 2 : i + 1
        const list = own === undefined ? bracketed(sql, item, from) : { text: '', next: from }
        const columns = own === undefined ? namesIn(list.text) : [own]
        const kind = word === 'PRIMARY' ? 'primaryKey' : 'unique'
        constraints.push({ kind, name: named(kind, columns, given), columns })
        given = undefined
        i = list.next - 1
      } else if (word === 'FOREIGN' || (word === 'REFERENCES' && own !== undefined)) {
        const list = own === undefined ? bracketed(sql, item, i + 2) : { text: '', next: i }
        const columns = own === undefined ? namesIn(list.text) : [own]
        constraints.push({
          kind: 'foreignKey',
          name: named('foreignKey', columns, given),
          columns,
          ...references(sql, item, list.next),
        })
        given = undefined
        if (own === undefined) break
      } else if (own !== undefined && word === 'AS') {
        generated.set(own, bracketed(sql, item, i + 1).text)
      } else if (own !== undefined && word === 'COLLATE') collations.set(own, plainName(item[i + 1]))
      else if (item[i]!.text === '(') i = bracketed(sql, item, i).next - 1
    }
  }
  const words = tail.map((t) => t.word).join(' ')
  return {
    constraints,
    generated,
    collations,
    strict: words.includes('STRICT'),
    withoutRowid: words.includes('WITHOUT ROWID'),
  }
}

/** The elements and the condition of CREATE INDEX. */
function readIndex(name: string, sql: string): Index {
  const tokens = tokensOf(sql)
  const { items } = bodyOf(sql)
  const elements = items.map((item): IndexElement => {
    const desc = item.at(-1)?.word === 'DESC'
    const body = item.filter((t, i) => !(i === item.length - 1 && (t.word === 'DESC' || t.word === 'ASC')))
    const at = body.findIndex((t) => t.word === 'COLLATE')
    const subject = at < 0 ? body : body.slice(0, at)
    const column = subject.length === 1 && /^["`\w]/u.test(subject[0]!.text)
    const text = sql.slice(subject[0]!.start, subject.at(-1)!.end)
    return {
      ...(column ? { column: plainName(subject[0]) } : { expression: text.replace(/^\((.*)\)$/su, '$1') }),
      ...(at < 0 ? {} : { collation: { name: plainName(body[at + 1]) } }),
      ...(desc ? { order: 'desc' as const } : {}),
    }
  })
  const close = items.at(-1)?.at(-1)?.end ?? 0
  const where = tokens.find((t) => t.word === 'WHERE' && t.start >= close)
  return {
    name,
    elements,
    ...(tokens[1]?.word === 'UNIQUE' ? { unique: true } : {}),
    ...(where === undefined ? {} : { where: sql.slice(where.end).trim() }),
  }
}

/** Reads the main database of the connection. */
export async function reflect(db: Connection, scope: Scope): Promise<Schema> {
  const excluded = new Set(scope.excludeTables ?? [])
  const master = await db.values(
    "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
  )
  const info = await db.values(
    'SELECT m.name, x.name, x.type, x."notnull", x.dflt_value, x.pk, x.hidden FROM sqlite_schema AS m, pragma_table_xinfo(m.name) AS x WHERE m.type = \'table\' ORDER BY m.name, x.cid',
  )
  const uncovered: string[] = []
  const objects: SchemaObject[] = []
  for (const [type, name, on, sql] of master) {
    if (
      name === null ||
      name === undefined ||
      sql === null ||
      sql === undefined ||
      excluded.has(name) ||
      excluded.has(on ?? '')
    )
      continue
    if (type === 'view') objects.push(view(name, sql))
    else if (type === 'trigger')
      objects.push({ kind: 'trigger', table: { name: on ?? '' }, name, definition: sql } satisfies Trigger)
    else if (type === 'table' && /^\s*CREATE\s+VIRTUAL\b/iu.test(sql)) uncovered.push(`virtual table ${name}`)
    else if (type === 'table') {
      const indexes = master
        .filter((m) => m[0] === 'index' && m[2] === name && m[3] !== null)
        .map((m) => readIndex(m[1]!, m[3]!))
      objects.push(
        table(
          name,
          sql,
          info.filter((row) => row[0] === name),
          indexes,
        ),
      )
    }
  }
  return Object.freeze({
    objects: new Map(objects.map((o) => [keyOf(o), Object.freeze(o)])),
    dependencies: new Map(),
    uncovered: Object.freeze(uncovered),
  })
}

function view(name: string, sql: string): View {
  return {
    kind: 'view',
    name,
    definition: sql.replace(/^\s*CREATE\s+VIEW\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:"(?:[^"]|"")*"|\S+)\s+AS\s+/iu, '').trim(),
  }
}

function table(
  name: string,
  sql: string,
  rows: readonly (readonly (string | null)[])[],
  indexes: readonly Index[],
): Table {
  const text = readText(name, sql)
  const columns = rows.map(([, column, declared, notNull, value, pk, hidden]): Column => {
    const type = parseType(declared ?? '')
    const expression = text.generated.get(column!)
    const collation = text.collations.get(column!)
    return {
      name: column!,
      type,
      nullable: notNull === '0' && pk === '0',
      ...(value === null || value === undefined ? {} : { default: parseDefault(value, type) }),
      ...(expression === undefined ? {} : { generated: { sql: expression, stored: hidden === '3' } }),
      ...(collation === undefined ? {} : { collation: { name: collation } }),
    }
  })
  return {
    kind: 'table',
    name,
    columns,
    constraints: text.constraints,
    indexes,
    ...(text.strict ? { strict: true } : {}),
    ...(text.withoutRowid ? { withoutRowid: true } : {}),
  }
}
