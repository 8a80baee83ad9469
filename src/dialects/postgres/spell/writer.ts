/** How clauses are written: names, lists, options, targets; every handler builds its SQL with these. */
import type { CompileContext } from '../../dialect.ts'
import type { Target } from '../../../operations/kinds.ts'
import { refText } from '../../../schema/keys.ts'
import type { Column, ColumnType, Default, Grant, Ref, SequenceOptions, Table } from '../../../schema/model.ts'
import { writeDefault } from './defaults.ts'
import { literal, quoteIdent as quote, quoteLiteral as text, quoteRef as name } from './quote.ts'
import { writeType } from './types.ts'

export { literal, name, quote, text, writeDefault, writeType }

/** Another object of the same schema. */
export function beside(ref: Ref, other: string): Ref {
  return ref.schema === undefined ? { name: other } : { schema: ref.schema, name: other }
}

/** The same name in another schema; absent is the default one. */
export function movedTo(ref: Ref, schema: string | undefined): Ref {
  return schema === undefined ? { name: ref.name } : { schema, name: ref.name }
}

/** COLLATE …; the built-in collations are found without their schema. */
export function collate(collation: Ref | undefined | null): string {
  if (collation === undefined || collation === null) return ''
  return `COLLATE ${collation.schema === 'pg_catalog' ? quote(collation.name) : name(collation)}`
}

/** `(a, b)`. */
export function columns(list: readonly string[]): string {
  return `(${list.map(quote).join(', ')})`
}

/** A body of one item a line, indented by two spaces. */
export function block(items: readonly string[]): string {
  return `(\n  ${items.join(',\n  ')}\n)`
}

/** A condition in brackets of its own; texts come without outer ones. */
export function bracketed(sql: string): string {
  return `(${sql})`
}

/** A role: PUBLIC and the CURRENT_… key words are not quoted. */
export function role(grantee: string): string {
  if (grantee.toLowerCase() === 'public') return 'PUBLIC'
  return /^(current_user|current_role|session_user)$/iu.test(grantee) ? grantee.toUpperCase() : quote(grantee)
}

/** `fillfactor = 70, "toast.autovacuum_enabled" = false`; null resets are not for here. */
export function parameters(options: Readonly<Record<string, string>>): string {
  return Object.entries(options)
    .map(([key, value]) => `${key} = ${/^[\w.+-]+$/u.test(value) ? value : text(value)}`)
    .join(', ')
}

/** The clauses of sequence options, in the order of the manual. */
export function sequenceClauses(o: SequenceOptions): readonly string[] {
  const out: string[] = []
  if (o.increment !== undefined) out.push(`INCREMENT BY ${o.increment}`)
  if (o.min !== undefined) out.push(`MINVALUE ${o.min}`)
  if (o.max !== undefined) out.push(`MAXVALUE ${o.max}`)
  if (o.start !== undefined) out.push(`START WITH ${o.start}`)
  if (o.cache !== undefined) out.push(`CACHE ${o.cache}`)
  if (o.cycle !== undefined) out.push(o.cycle ? 'CYCLE' : 'NO CYCLE')
  return out
}

/** A default as written after DEFAULT. */
export function defaultText(value: Default, type: ColumnType): string {
  return writeDefault(value, type)
}

const words: Readonly<Record<string, string>> = {
  enum: 'TYPE',
  composite: 'TYPE',
  range: 'TYPE',
  view: 'VIEW',
  routine: 'FUNCTION',
  matview: 'MATERIALIZED VIEW',
}

/** The kind of an object as an SQL key word: `materialized view` is MATERIALIZED VIEW, `enum` is TYPE. */
export function kindWords(kind: string): string {
  return words[kind] ?? kind.toUpperCase()
}

/** `TABLE posts`, `COLUMN posts.status`, `TRIGGER touch ON posts`, `FUNCTION lbl(status)`, as COMMENT ON takes it. */
export function target(on: Target): string {
  const word = kindWords(on.kind)
  switch (on.kind) {
    case 'column':
      return `COLUMN ${name(on)}.${quote(on.part ?? '')}`
    case 'constraint':
    case 'trigger':
    case 'policy':
    case 'rule':
      return `${word} ${quote(on.part ?? on.name)} ON ${name(on)}`
    case 'domain constraint':
      return `CONSTRAINT ${quote(on.part ?? '')} ON DOMAIN ${name(on)}`
    case 'function':
    case 'procedure':
    case 'aggregate':
    case 'routine':
      return `${word} ${name(on)}(${on.arguments ?? (on.kind === 'aggregate' ? '*' : '')})`
    default:
      return `${word} ${name(on)}`
  }
}

/** COMMENT ON …; null takes it away. */
export function comment(on: string, value: string | null | undefined): string {
  return `COMMENT ON ${on} IS ${value === null || value === undefined ? 'NULL' : text(value)}`
}

/** The object after GRANT … ON: `TABLE posts`, `TYPE status`; views count as tables there. */
export function grantTarget(on: Target): string {
  switch (on.kind) {
    case 'table':
    case 'view':
    case 'materialized view':
    case 'column':
    case 'foreign table':
      return name(on)
    case 'aggregate':
      return `FUNCTION ${name(on)}(${on.arguments ?? ''})`
    default:
      return target(on)
  }
}

function privileges(on: Target, grant: Grant): string {
  const list = grant.privileges.length === 0 ? ['ALL'] : grant.privileges
  return list.map((p) => (on.kind === 'column' ? `${p} ${columns([on.part ?? ''])}` : p)).join(', ')
}

export function grant(on: Target, g: Grant): string {
  return `GRANT ${privileges(on, g)} ON ${grantTarget(on)} TO ${role(g.grantee)}${g.grantable === true ? ' WITH GRANT OPTION' : ''}`
}

export function revoke(on: Target, g: Grant): string {
  return `REVOKE ${privileges(on, g)} ON ${grantTarget(on)} FROM ${role(g.grantee)}`
}

/** Kinds that PUBLIC may use unless that is revoked (manual, 5.8). */
const openToPublic = new Set(['type', 'domain', 'function', 'procedure', 'aggregate'])

/** Owner, comment and grants of a new object. */
export function describe(
  on: Target,
  object: { readonly comment?: string; readonly owner?: string; readonly grants?: readonly Grant[] },
): readonly string[] {
  const out: string[] = []
  if (object.comment !== undefined) out.push(comment(target(on), object.comment))
  if (object.owner !== undefined) out.push(`ALTER ${target(on)} OWNER TO ${role(object.owner)}`)
  if (object.grants !== undefined) {
    const rest = object.grants.filter((g) => g.grantee !== object.owner)
    if (openToPublic.has(on.kind) && !rest.some((g) => g.grantee.toLowerCase() === 'public')) {
      out.push(`REVOKE ALL ON ${grantTarget(on)} FROM PUBLIC`)
    }
    for (const g of rest) {
      if (openToPublic.has(on.kind) && g.grantee.toLowerCase() === 'public' && g.grantable !== true) continue
      out.push(grant(on, g))
    }
  }
  return out
}

/** The table before the operation, where that is known. */
export function tableBefore(context: CompileContext, table: Ref): Table | undefined {
  const object = context.before.objects.get(`table:${refText(table)}`)
  return object?.kind === 'table' ? object : undefined
}

/** The column before the operation, where that is known. */
export function columnBefore(context: CompileContext, table: Ref, column: string): Column | undefined {
  return tableBefore(context, table)?.columns.find((c) => c.name === column)
}

/** A text in dollar quotes that it does not contain. */
export function dollarQuoted(body: string): string {
  let tag = '$$'
  for (let i = 0; body.includes(tag); i++) tag = i === 0 ? '$body$' : `$body${i}$`
  return `${tag}\n${body}\n${tag}`
}
