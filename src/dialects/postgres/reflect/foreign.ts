/** Reflects foreign tables with their columns and options. */
import type { Check, Column, Constraint, Definition, Ref } from '../../../schema/model.ts'
import { texts } from './catalog.ts'
import { quoteIdent, quoteLiteral, quoteRef } from '../spell/quote.ts'
import { writeDefault } from '../spell/defaults.ts'
import { writeType } from '../spell/types.ts'

/** ` OPTIONS (host 'a')`, or nothing. */
export function optionsClause(value: string | null | undefined): string {
  const items = texts(value).map((item) => {
    const at = item.indexOf('=')
    return `${quoteIdent(item.slice(0, at))} ${quoteLiteral(item.slice(at + 1))}`
  })
  return items.length === 0 ? '' : ` OPTIONS (${items.join(', ')})`
}

type ForeignColumn = Column & { readonly options?: string | null }

function columnClause(column: ForeignColumn): string {
  const value = column.default === undefined ? '' : ` DEFAULT ${writeDefault(column.default, column.type)}`
  const generated =
    column.generated === undefined
      ? ''
      : ` GENERATED ALWAYS AS (${column.generated.sql}) ${column.generated.stored ? 'STORED' : 'VIRTUAL'}`
  const collate = column.collation === undefined ? '' : ` COLLATE ${quoteRef(column.collation)}`
  return `${quoteIdent(column.name)} ${writeType(column.type)}${optionsClause(column.options)}${collate}${value}${generated}${column.nullable ? '' : ' NOT NULL'}`
}

/** The default and the NOT NULL of a column from a parent, where they may be its own. */
export function ownOfInherited(
  ref: Ref,
  column: Column,
  own: { readonly value: boolean; readonly notNull: boolean },
): readonly string[] {
  const alter = `ALTER FOREIGN TABLE ${quoteRef(ref)} ALTER COLUMN ${quoteIdent(column.name)}`
  const value =
    column.default === undefined ? 'DROP DEFAULT' : `SET DEFAULT ${writeDefault(column.default, column.type)}`
  return [
    ...(own.value && column.generated === undefined && column.identity === undefined ? [`${alter} ${value}`] : []),
    ...(own.notNull && !column.nullable ? [`${alter} SET NOT NULL`] : []),
  ]
}

/** CREATE FOREIGN TABLE (manual), as one definition. */
export function foreignTable(
  ref: Ref,
  columns: readonly ForeignColumn[],
  constraints: readonly Constraint[],
  server: string,
  options: string | null | undefined,
  family: { readonly parents: readonly Ref[]; readonly bound: string | null | undefined },
): Definition {
  const own = constraints.filter((c): c is Check => c.kind === 'check' && c.inherited !== true)
  const items = [
    ...columns.filter((c) => c.inherited !== true).map(columnClause),
    ...own.map((c) => `CONSTRAINT ${quoteIdent(c.name)} CHECK (${c.sql})${c.noInherit === true ? ' NO INHERIT' : ''}`),
  ]
  const [parent] = family.parents
  const partition = family.bound !== null && family.bound !== undefined && parent !== undefined
  const head = partition ? ` PARTITION OF ${quoteRef(parent)} ${family.bound}` : ` (${items.join(', ')})`
  const inherits = !partition && parent !== undefined ? ` INHERITS (${family.parents.map(quoteRef).join(', ')})` : ''
  const name = quoteRef(ref)
  return {
    kind: 'definition',
    objectKind: 'foreign table',
    identity: name,
    create: [
      `CREATE FOREIGN TABLE ${name}${head}${inherits} SERVER ${quoteIdent(server)}${optionsClause(options)}`,
      ...columns
        .filter((c) => c.comment !== undefined)
        .map((c) => `COMMENT ON COLUMN ${name}.${quoteIdent(c.name)} IS ${quoteLiteral(c.comment!)}`),
      ...own
        .filter((c) => c.comment !== undefined)
        .map((c) => `COMMENT ON CONSTRAINT ${quoteIdent(c.name)} ON ${name} IS ${quoteLiteral(c.comment!)}`),
    ],
    drop: `DROP FOREIGN TABLE ${name}`,
    commentOn: `FOREIGN TABLE ${name}`,
  }
}
