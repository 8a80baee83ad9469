/** Reads `-- ambix:renamed-from old` comments of DDL files, and sets them on the objects and columns that follow them. */
import { enumKey, keyOf, refText } from '../schema/keys.ts'
import type { EnumType, Ref, Schema, SchemaObject, Table } from '../schema/model.ts'
import { lexSql, lineComments } from '../util/split-sql.ts'
import type { SqlStatement, SqlTextRules } from '../util/split-sql.ts'

export interface Mark {
  readonly from: string
  /** The object that the statement creates. */
  readonly kind: string
  readonly ref: Ref
  /** For a mark inside the brackets: the column, constraint or label that follows. */
  readonly part?: string
  /** Indexes, triggers and policies: the table that they are on. */
  readonly table?: Ref
}

const comment = /^--\s*ambix:renamed-from\s+(.+?)\s*;?$/i

interface Token {
  readonly kind: string
  readonly text: string
  readonly start: number
  /** A bare name whose case matters. */
  readonly kept?: boolean
}

function tokensOf(sql: string, rules: SqlTextRules): readonly Token[] {
  const tokens: Token[] = []
  lexSql(
    sql,
    (kind, start, end) => {
      if (kind === 'line-comment' || kind === 'block-comment') return undefined
      const kept = kind === 'word' && rules.namesKeepCase === true
      tokens.push({ kind, text: sql.slice(start, end), start, ...(kept ? { kept } : {}) })
      return undefined
    },
    rules,
  )
  return tokens
}

/** A name as the database keeps it: folded to lower case unless it is quoted, or bare names keep their case. */
function nameOf(token: Token | undefined): string {
  if (token === undefined) return ''
  if (token.kind === 'name') return token.text.slice(1, -1).replaceAll('""', '"')
  if (token.kind === 'string') return token.text.slice(1, -1).replaceAll("''", "'")
  return token.kept === true ? token.text : token.text.toLowerCase()
}

/** The text after the comment's keyword: quotes around a single name are removed. */
function plain(text: string): string {
  const m = /^(?:"((?:[^"]|"")*)"|'((?:[^']|'')*)')$/.exec(text)
  return m === null ? text : (m[1]?.replaceAll('""', '"') ?? m[2]?.replaceAll("''", "'") ?? text)
}

const kinds: Readonly<Record<string, string>> = {
  table: 'table',
  view: 'view',
  type: 'type',
  domain: 'domain',
  sequence: 'sequence',
  schema: 'schema',
  index: 'index',
  trigger: 'trigger',
  policy: 'policy',
  function: 'routine',
  procedure: 'routine',
}

function readRef(tokens: readonly Token[], at: number): { readonly ref: Ref; readonly next: number } {
  const first = nameOf(tokens[at])
  return tokens[at + 1]?.text === '.'
    ? { ref: { schema: first, name: nameOf(tokens[at + 2]) }, next: at + 3 }
    : { ref: { name: first }, next: at + 1 }
}

/** The object that a CREATE statement creates; undefined for any other statement. */
function madeBy(
  tokens: readonly Token[],
): { readonly kind: string; readonly ref: Ref; readonly table?: Ref } | undefined {
  if (tokens[0]?.text.toLowerCase() !== 'create') return undefined
  const at = tokens.findIndex(
    (t, i) => i > 0 && i < 8 && t.kind === 'word' && kinds[t.text.toLowerCase()] !== undefined,
  )
  if (at < 0) return undefined
  const kind = kinds[tokens[at]!.text.toLowerCase()]!
  let name = at + 1
  while (/^(?:concurrently|if|not|exists)$/i.test(tokens[name]?.text ?? '') && tokens[name]?.kind === 'word') name++
  const { ref, next } = readRef(tokens, name)
  if (kind !== 'index' && kind !== 'trigger' && kind !== 'policy') return { kind, ref }
  const on = tokens.findIndex((t, i) => i >= next && t.kind === 'word' && t.text.toLowerCase() === 'on')
  if (on < 0) return { kind, ref }
  const only = tokens[on + 1]?.text.toLowerCase() === 'only' ? 1 : 0
  return { kind, ref, table: readRef(tokens, on + 1 + only).ref }
}

/** The marks of one text, each with what follows it. */
export function readMarks(
  text: string,
  statements: readonly SqlStatement[],
  rules: SqlTextRules = {},
): readonly Mark[] {
  const marks: Mark[] = []
  if (!/ambix:renamed-from/i.test(text)) return marks
  for (const found of lineComments(text, rules)) {
    const from = comment.exec(found.text)?.[1]
    if (from === undefined) continue
    const inside = statements.find((s) => s.offset < found.offset && found.offset < s.offset + s.text.length)
    const statement = inside ?? statements.find((s) => s.offset > found.offset)
    if (statement === undefined) continue
    const tokens = tokensOf(statement.text, rules)
    const made = madeBy(tokens)
    if (made === undefined) continue
    if (inside === undefined) {
      marks.push({ from: plain(from), ...made })
      continue
    }
    let at = tokens.findIndex((t) => t.start > found.offset - statement.offset)
    if (tokens[at]?.text.toLowerCase() === 'constraint') at++
    if (at >= 0) marks.push({ from: plain(from), ...made, part: nameOf(tokens[at]) })
  }
  return marks
}

/** The schema with the marks in it; a mark that fits nothing is left out. */
export function applyMarks(schema: Schema, marks: readonly Mark[]): Schema {
  if (marks.length === 0) return schema
  const objects = new Map(schema.objects)
  for (const mark of marks) {
    const entry = targetOf(objects, mark)
    if (entry !== undefined) objects.set(entry[0], marked(entry[1], mark))
  }
  return { ...schema, objects }
}

/** By key, and where the name was written with its default schema, without it. */
function targetOf(objects: ReadonlyMap<string, SchemaObject>, mark: Mark): readonly [string, SchemaObject] | undefined {
  const wanted = mark.table !== undefined && mark.kind === 'index' ? mark.table : mark.ref
  const refs = wanted.schema === undefined ? [wanted] : [wanted, { name: wanted.name }]
  const names =
    mark.kind === 'type' ? ['enum', 'composite', 'range'] : mark.kind === 'index' ? ['table', 'view'] : [mark.kind]
  for (const ref of refs) {
    for (const kind of names) {
      if (kind === 'routine') {
        const found = [...objects].find(
          ([, o]) => o.kind === 'routine' && o.name === ref.name && o.schema === ref.schema,
        )
        if (found !== undefined) return found
        continue
      }
      if (kind === 'trigger' || kind === 'policy') {
        const found = [...objects].find(
          ([, o]) =>
            o.kind === kind &&
            o.name === mark.ref.name &&
            (mark.table === undefined || o.table.name === mark.table.name),
        )
        if (found !== undefined) return found
        continue
      }
      const key =
        kind === 'schema' ? keyOf({ kind, name: ref.name }) : kind === 'enum' ? enumKey(ref) : `${kind}:${refText(ref)}`
      const object = objects.get(key)
      if (object !== undefined) return [key, object]
    }
  }
  return undefined
}

function marked(object: SchemaObject, mark: Mark): SchemaObject {
  const here = <T extends { readonly name: string }>(list: readonly T[], name: string): readonly T[] =>
    list.map((item) => (item.name === name ? { ...item, renamedFrom: mark.from } : item))
  if (mark.kind === 'index' && 'indexes' in object && object.indexes !== undefined)
    return { ...object, indexes: here(object.indexes, mark.ref.name) }
  if (mark.part === undefined) return { ...object, renamedFrom: mark.from }
  if (object.kind === 'enum') return markedLabel(object, mark.part, mark.from)
  if (object.kind === 'table') return markedPart(object, mark.part, here)
  return object
}

/** `renamedValues` is old label by new label. */
function markedLabel(type: EnumType, label: string, from: string): EnumType {
  return type.values.includes(label) ? { ...type, renamedValues: { ...type.renamedValues, [label]: from } } : type
}

function markedPart(
  table: Table,
  name: string,
  here: <T extends { readonly name: string }>(list: readonly T[], name: string) => readonly T[],
): Table {
  return table.columns.some((c) => c.name === name)
    ? { ...table, columns: here(table.columns, name) }
    : { ...table, constraints: here(table.constraints, name) }
}
