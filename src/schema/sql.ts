/** SQL fragments as data: text, names and values kept apart until a dialect writes them. */
import { AmbixError } from '../errors.ts'
import { ambix, type Declared, dataOf } from './declared.ts'
import type { Ref } from './model.ts'

export type SqlChunk =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'identifier'; readonly parts: readonly string[] }
  | { readonly kind: 'table'; readonly table: Ref }
  | { readonly kind: 'column'; readonly table?: Ref; readonly column: string }
  | { readonly kind: 'value'; readonly value: unknown; readonly inline?: boolean }

interface SqlData {
  readonly kind: 'sql'
  readonly chunks: readonly SqlChunk[]
}

/** A fragment of SQL; created by the tag `sql`, can be nested. */
export interface Sql extends Declared<SqlData> {
  readonly chunks: readonly SqlChunk[]
}

export interface SqlTag {
  /**
   * A fragment. Tables and columns of the schema become their (quoted) names, fragments are nested, a list becomes a
   * comma-separated list, everything else is a value: bound where there are parameters, else a safe literal.
   *
   * @example sql`lower(${t.email})`
   */
  (strings: TemplateStringsArray, ...values: readonly unknown[]): Sql
  /** A name, quoted where needed: `sql.identifier('app', 'posts')` is `app.posts`. */
  identifier(...parts: readonly string[]): Sql
  /** Text as it is. Never for input of a program's users. */
  raw(text: string): Sql
  /** A value that is always written as a literal, also where there are parameters. */
  literal(value: unknown): Sql
  /** Fragments and values with something between them; a comma by default. */
  join(items: readonly unknown[], separator?: Sql | string): Sql
}

function make(chunks: readonly SqlChunk[]): Sql {
  const merged: SqlChunk[] = []
  for (const chunk of chunks) {
    const last = merged.at(-1)
    if (chunk.kind === 'text' && chunk.text === '') continue
    if (chunk.kind === 'text' && last?.kind === 'text') merged[merged.length - 1] = text(last.text + chunk.text)
    else merged.push(Object.freeze(chunk))
  }
  const data: SqlData = Object.freeze({ kind: 'sql', chunks: Object.freeze(merged) })
  return Object.freeze({ [ambix]: data, chunks: data.chunks })
}

const text = (text: string): SqlChunk => ({ kind: 'text', text })

/** A value inside a fragment: a name of the schema, another fragment, or a parameter. */
function chunksOf(value: unknown): readonly SqlChunk[] {
  if (Array.isArray(value)) return join(value, ', ')
  const data = dataOf(value)
  if (data === undefined) return [{ kind: 'value', value: value === undefined ? null : value }]
  if (data.kind === 'sql') return (data as SqlData).chunks
  const named = data as { readonly name?: unknown; readonly schema?: string; readonly table?: Ref }
  if (typeof named.name !== 'string') {
    throw new AmbixError('SCHEMA.INVALID', `A ${data.kind} cannot stand inside sql\`…\`.`, {
      why: 'Only tables, columns, types, other fragments and plain values can.',
    })
  }
  if (data.kind === 'columnRef') {
    return [{ kind: 'column', table: refOf(named.table), column: named.name } as SqlChunk]
  }
  return [{ kind: 'table', table: refOf({ name: named.name, schema: named.schema }) }]
}

function refOf(ref: Ref | undefined): Ref {
  const { name, schema } = ref ?? { name: '' }
  return schema === undefined ? { name } : { schema, name }
}

function join(items: readonly unknown[], separator: Sql | string): readonly SqlChunk[] {
  const between = typeof separator === 'string' ? [text(separator)] : separator.chunks
  return items.flatMap((item, i) => (i === 0 ? chunksOf(item) : [...between, ...chunksOf(item)]))
}

/** Fragments without values, which models repeat: each is made once. */
const texts = new Map<string, Sql>()
const fromText = new WeakSet<Sql>()

/** Whether it is the only fragment of its text: made by the tag, without values. */
export const isSharedSql = (x: unknown): boolean => typeof x === 'object' && x !== null && fromText.has(x as Sql)

function tag(strings: TemplateStringsArray, ...values: readonly unknown[]): Sql {
  if (!Array.isArray(strings))
    throw new AmbixError('SCHEMA.INVALID', 'sql is called as a function.', {
      why: 'It is a tag: what stands between its backticks is the SQL.',
      next: ['Write sql`now()`, or sql.raw(text) where the text is in a variable.'],
    })
  if (values.length === 0 && strings.length === 1) {
    const [only] = strings
    let made = texts.get(only!)
    if (made === undefined) {
      fromText.add((made = make([text(only!)])))
      texts.set(only!, made)
    }
    return made
  }
  return make(strings.flatMap((s, i) => [text(s), ...(i < values.length ? chunksOf(values[i]) : [])]))
}

export const sql: SqlTag = Object.freeze(
  Object.assign(tag, {
    identifier: (...parts: readonly string[]): Sql => make([{ kind: 'identifier', parts: Object.freeze([...parts]) }]),
    raw: (s: string): Sql => make([text(s)]),
    literal: (value: unknown): Sql => make([{ kind: 'value', value, inline: true }]),
    join: (items: readonly unknown[], separator: Sql | string = ', '): Sql => make(join(items, separator)),
  }),
)

/** Whether a value is a fragment, from any copy of ambix. */
export function isSql(x: unknown): x is Sql {
  return dataOf(x)?.kind === 'sql'
}

/** How a dialect writes names and values. */
export interface Spelling {
  quote(identifier: string): string
  literal(value: unknown): string
  /** Gives a placeholder for a value; absent: values become literals. */
  readonly bind?: (value: unknown) => string
  /** Columns with their table in front, as queries need them; absent: bare, as checks, indexes and defaults need them. */
  readonly qualify?: boolean
}

/** The fragment as SQL text of a dialect; plain strings are text already. */
export function renderSql(fragment: Sql | string, spelling: Spelling): string {
  if (typeof fragment === 'string') return fragment
  const { quote, literal, bind, qualify } = spelling
  const name = (ref: Ref): string =>
    ref.schema === undefined ? quote(ref.name) : `${quote(ref.schema)}.${quote(ref.name)}`
  return fragment.chunks
    .map((chunk) => {
      switch (chunk.kind) {
        case 'text':
          return chunk.text
        case 'identifier':
          return chunk.parts.map((p) => quote(p)).join('.')
        case 'table':
          return name(chunk.table)
        case 'column':
          return qualify === true && chunk.table ? `${name(chunk.table)}.${quote(chunk.column)}` : quote(chunk.column)
        case 'value':
          return bind === undefined || chunk.inline === true ? literal(chunk.value) : bind(chunk.value)
      }
    })
    .join('')
}

/** The names of the columns that a fragment refers to by reference, once each, in order. */
export function columnsIn(fragment: Sql | string): readonly string[] {
  if (typeof fragment === 'string') return []
  return [...new Set(fragment.chunks.flatMap((c) => (c.kind === 'column' ? [c.column] : [])))]
}

/** In standard SQL, where no dialect is known: every name quoted, so that reserved words do not matter. */
export const standardSpelling: Spelling = Object.freeze({
  quote: (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`,
  literal(value: unknown): string {
    if (value === null || value === undefined) return 'NULL'
    if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE'
    if (typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))) {
      // In brackets: a minus after another minus would begin a comment.
      return value < 0 ? `(${value})` : String(value)
    }
    const string = (s: string): string => `'${s.replaceAll("'", "''")}'`
    if (typeof value === 'string' || typeof value === 'number') return string(String(value))
    if (value instanceof Date) return string(value.toISOString())
    if (value instanceof Uint8Array) {
      throw new AmbixError('SCHEMA.INVALID', 'Bytes have no spelling that every database knows.', {
        next: ["Write them as SQL of your database, such as sql`'\\\\x00'::bytea`."],
      })
    }
    return string(JSON.stringify(value))
  },
})
