/** How views and materialized views are created, replaced, altered and dropped. */
import type { View } from '../../../schema/model.ts'
import { refText } from '../../../schema/keys.ts'
import type { Handlers } from '../../dialect.ts'
import { indexStatements } from './constraints.ts'
import { comment, describe, name, parameters, quote, role } from '../spell/writer.ts'

/** The query without what surrounds it in the catalog. */
function query(view: View): string {
  return view.definition.trim().replace(/;\s*$/u, '')
}

const options = (view: View): string =>
  view.with === undefined || Object.keys(view.with).length === 0 ? '' : ` WITH (${parameters(view.with)})`

function extras(view: View): readonly string[] {
  const kind = view.materialized === true ? 'materialized view' : 'view'
  return [
    ...(view.indexes ?? []).flatMap((index) => indexStatements(view, index)),
    ...describe({ kind, ...(view.schema === undefined ? {} : { schema: view.schema }), name: view.name }, view),
    ...Object.entries(view.columnComments ?? {}).map(([column, value]) =>
      comment(`COLUMN ${name(view)}.${quote(column)}`, value),
    ),
  ]
}

function createMaterialized(view: View): readonly string[] {
  const method = view.tablespace === undefined ? '' : ` TABLESPACE ${quote(view.tablespace)}`
  const data = view.noData === true ? '\nWITH NO DATA' : ''
  return [`CREATE MATERIALIZED VIEW ${name(view)}${options(view)}${method} AS\n${query(view)}${data}`, ...extras(view)]
}

/** Options, comments and owner of a view that is otherwise the same. */
function alterView(view: View, before: View | undefined): readonly string[] {
  const word = view.materialized === true ? 'MATERIALIZED VIEW' : 'VIEW'
  const alter = `ALTER ${word} ${name(view)}`
  const was = before?.with ?? {}
  const wished = view.with ?? {}
  const set = Object.fromEntries(Object.entries(wished).filter(([key, value]) => was[key] !== value))
  const reset = Object.keys(was).filter((key) => wished[key] === undefined)
  const out: string[] = []
  if (Object.keys(set).length > 0) out.push(`${alter} SET (${parameters(set)})`)
  if (reset.length > 0) out.push(`${alter} RESET (${reset.join(', ')})`)
  if (before !== undefined && view.tablespace !== before.tablespace)
    out.push(`${alter} SET TABLESPACE ${quote(view.tablespace ?? 'pg_default')}`)
  if (view.comment !== before?.comment) out.push(comment(`${word} ${name(view)}`, view.comment))
  const comments = { ...before?.columnComments, ...view.columnComments }
  for (const column of Object.keys(comments)) {
    const value = view.columnComments?.[column]
    if (value !== before?.columnComments?.[column]) out.push(comment(`COLUMN ${name(view)}.${quote(column)}`, value))
  }
  if (view.owner !== undefined && view.owner !== before?.owner) out.push(`${alter} OWNER TO ${role(view.owner)}`)
  return out
}

export const viewHandlers = {
  createView: (op) =>
    op.view.materialized === true
      ? createMaterialized(op.view)
      : [`CREATE VIEW ${name(op.view)}${options(op.view)} AS\n${query(op.view)}`, ...extras(op.view)],
  dropView: (op) => [`DROP VIEW ${name(op.view)}`],
  replaceView: (op, context) => {
    const known = op.before ?? context.before.objects.get(`view:${refText(op.view)}`)
    const before = known?.kind === 'view' ? { ...known, with: op.view.with } : op.view
    // The replacement keeps owner, grants and comments; only comments that differ are written.
    return [
      `CREATE OR REPLACE VIEW ${name(op.view)}${options(op.view)} AS\n${query(op.view)}`,
      ...alterView(op.view, before),
    ]
  },
  alterView: (op, context) => {
    const known = op.before ?? context.before.objects.get(`view:${refText(op.view)}`)
    return alterView(op.view, known?.kind === 'view' ? known : undefined)
  },
  createMaterializedView: (op) => createMaterialized(op.view),
  dropMaterializedView: (op) => [`DROP MATERIALIZED VIEW ${name(op.view)}`],
  refreshMaterializedView: (op) => [
    `REFRESH MATERIALIZED VIEW ${op.concurrently === true ? 'CONCURRENTLY ' : ''}${name(op.view)}`,
  ],
} satisfies Partial<Handlers>
