/** How objects and their parts are named in maps, footprints and dependency edges. */
import type { ColumnType, Ref, SchemaObject } from './model.ts'

const word = /^\w+$/
const bare = /^[^."():,\s]+$/u

/** One name as a key has it: bare where it is plain, else in double quotes with doubled quotes. */
function part(name: string): string {
  // Nearly all names, at a third of the cost.
  if (word.test(name)) return name
  return bare.test(name) ? name : `"${name.replaceAll('"', '""')}"`
}

/** `posts` or `app.posts`, quoted where a name has dots, quotes, colons, brackets or spaces. */
export function refText(ref: Ref): string {
  return ref.schema === undefined ? part(ref.name) : `${part(ref.schema)}.${part(ref.name)}`
}

/** The inverse of `refText`; undefined when the text is not one. */
export function parseRef(text: string): Ref | undefined {
  const names: string[] = []
  let at = 0
  while (at <= text.length) {
    if (text[at] === '"') {
      let name = ''
      for (at++; ; at++) {
        if (at >= text.length) return undefined
        if (text[at] !== '"') name += text[at]
        else if (text[at + 1] === '"') name += text[at++]
        else break
      }
      at++
      names.push(name)
    } else {
      const end = text.indexOf('.', at)
      const stop = end < 0 ? text.length : end
      if (stop === at) return undefined
      names.push(text.slice(at, stop))
      at = stop
    }
    if (at === text.length) break
    if (text[at] !== '.') return undefined
    at++
  }
  if (names.length === 1) return { name: names[0]! }
  return names.length === 2 ? { schema: names[0]!, name: names[1]! } : undefined
}

/** A name as SQL has it, with quotes only where `refText` has them. */
export function plainText(sql: string): string {
  const ref = parseRef(sql)
  return ref === undefined ? sql : refText(ref)
}

export function sameRef(a: Ref, b: Ref): boolean {
  return a.name === b.name && a.schema === b.schema
}

/** Keys by kind: `table:posts`, `enum:app.status`, `routine:lbl(status)`, `trigger:posts.touch`, `definition:cast (a AS b)`. */
export function keyOf(object: SchemaObject): string {
  switch (object.kind) {
    case 'routine':
      return `routine:${refText(object)}(${object.identityArguments})`
    case 'trigger':
    case 'policy':
      return `${object.kind}:${refText(object.table)}.${part(object.name)}`
    case 'definition':
      return `definition:${object.objectKind} ${object.identity}`
    case 'extension':
    case 'schema':
      return `${object.kind}:${part(object.name)}`
    case 'sequence':
    case 'table':
    case 'enum':
    case 'domain':
    case 'composite':
    case 'range':
    case 'view':
      return `${object.kind}:${refText(object)}`
  }
}

/** `posts.status`, quoted as `refText` quotes names. */
export const columnText = (table: Ref, column: string): string => `${refText(table)}.${part(column)}`

/** What stands before the last dot that is not in quotes: `app.posts` of `app.posts.status`; empty where there is none. */
export function holderText(text: string): string {
  let quoted = false
  let last = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') quoted = !quoted
    else if (text[at] === '.' && !quoted) last = at
  }
  return text.slice(0, last)
}

export const schemaKey = (name: string): string => `schema:${part(name)}`
export const tableKey = (table: Ref): string => `table:${refText(table)}`
export const enumKey = (type: Ref): string => `enum:${refText(type)}`
export const viewKey = (view: Ref): string => `view:${refText(view)}`
export const sequenceKey = (sequence: Ref): string => `sequence:${refText(sequence)}`
export const columnKey = (table: Ref, column: string): string => `column:${columnText(table, column)}`
export const constraintKey = (table: Ref, constraint: string): string =>
  `constraint:${refText(table)}.${part(constraint)}`
/** Indexes live in their table's schema and are named without the table. */
export const indexKey = (index: Ref): string => `index:${refText(index)}`
/** An index of a table that is at hand: where names of indexes are the table's own, so is the key. */
export const indexKeyOf = (table: Ref & { readonly ownIndexNames?: boolean }, index: string): string =>
  table.ownIndexNames === true
    ? `index:${refText(table)}.${part(index)}`
    : indexKey(table.schema === undefined ? { name: index } : { schema: table.schema, name: index })
/** A label, as footprints name it. */
export const enumValueKey = (type: Ref, value: string): string => `enum-value:${refText(type)}.${part(value)}`

const userTypes: ReadonlySet<string> = new Set(['enum', 'domain', 'composite', 'range'])

/** The user type in a column type, as a key; undefined for built-in ones. */
export function typeKey(type: ColumnType): string | undefined {
  if (type.element !== undefined) return typeKey(type.element)
  const { kind, schema, name } = type
  if (name === undefined || !userTypes.has(kind)) return undefined
  return `${kind}:${refText(schema === undefined ? { name } : { schema, name })}`
}
