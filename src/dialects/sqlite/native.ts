/** What ALTER TABLE can do in place (https://sqlite.org/lang_altertable.html, sections 2 to 5), and what prevents it. */
import type { Operation } from '../../operations/kinds.ts'
import type { Schema, SchemaObject, Table } from '../../schema/model.ts'
import { serialKinds } from '../../schema/types.ts'
import { mentionsName } from './text/parse.ts'
import { isConstant, isNow, literal, quote } from './spell.ts'
import { cannot, columnText, enumCheck, type EnumLookup, indexText, name } from './write.ts'

/** The statements of one change of a table in place; undefined where the table must be rebuilt. */
export function inPlace(
  op: Operation,
  table: Table,
  schema: Pick<Schema, 'objects'>,
  enums: EnumLookup,
): readonly string[] | undefined {
  switch (op.kind) {
    case 'alterTable':
      // This only says how other changes are executed.
      return Object.keys(op.changes).join() === 'recreate' && op.changes.recreate === false ? [] : undefined
    case 'addColumn':
      return op.place === undefined ? addColumn(op, table, enums) : undefined
    case 'dropColumn':
      return isFree(op.column, table, schema)
        ? [`ALTER TABLE ${name(op.table)} DROP COLUMN ${quote(op.column)}`]
        : undefined
    case 'alterColumn': {
      const { newColumnName, ...rest } = op.changes
      if (Object.keys(rest).length > 0 || newColumnName === undefined) return undefined
      return [`ALTER TABLE ${name(op.table)} RENAME COLUMN ${quote(op.column)} TO ${quote(newColumnName)}`]
    }
    case 'createIndex': {
      const made = indexText(op.table, op.index, op.ifNotExists === true)
      return cannot(made) ? undefined : [made]
    }
    case 'dropIndex':
      return [`DROP INDEX ${op.ifExists === true ? 'IF EXISTS ' : ''}${name(op.index)}`]
    case 'renameIndex': {
      const index = table.indexes.find((i) => i.name === op.index.name)
      const made = index === undefined ? undefined : indexText(table, { ...index, name: op.to }, false)
      return made === undefined || cannot(made) ? undefined : [`DROP INDEX ${name(op.index)}`, made]
    }
    default:
      return undefined
  }
}

/** Section 3: no computed default, no NOT NULL without a default, no stored generated column. */
function addColumn(
  op: Extract<Operation, { kind: 'addColumn' }>,
  table: Table,
  enums: EnumLookup,
): readonly string[] | undefined {
  const c = op.column
  const nothing = c.default === undefined || (c.default.kind === 'literal' && c.default.value === null)
  if (!c.nullable && (nothing || op.backfill !== undefined) && c.generated === undefined) return undefined
  if (c.default !== undefined && (!isConstant(c.default) || isNow(c.default))) return undefined
  if (c.generated?.stored === true || c.identity !== undefined || serialKinds.includes(c.type.kind)) return undefined
  // SQLite itself checks the rows where a check or NOT NULL is over a generated column.
  const [clause, check] = [columnText(c, false, table), enumCheck(c, enums)]
  if (cannot(clause) || cannot(check)) return undefined
  const fill =
    op.backfill === undefined
      ? []
      : [`UPDATE ${name(op.table)} SET ${quote(c.name)} = ${op.backfill.expression ?? literal(op.backfill.value)}`]
  return [`ALTER TABLE ${name(op.table)} ADD COLUMN ${clause}${check === undefined ? '' : ` ${check}`}`, ...fill]
}

/** Section 5: nothing else in the schema names the column. */
function isFree(column: string, table: Table, schema: Pick<Schema, 'objects'>): boolean {
  const keyed = table.constraints.some((c) =>
    c.kind === 'check'
      ? mentionsName(c.sql, column) && table.columns.some((o) => o.name !== column && mentionsName(c.sql, o.name))
      : 'columns' in c && c.columns.includes(column),
  )
  if (keyed || table.columns.length === 1) return false
  const indexed = table.indexes.some(
    (i) =>
      (i.where !== undefined && mentionsName(i.where, column)) ||
      i.elements.some((e) => e.column === column || (e.expression !== undefined && mentionsName(e.expression, column))),
  )
  if (indexed) return false
  if (
    table.columns.some((c) => c.generated !== undefined && c.name !== column && mentionsName(c.generated.sql, column))
  )
    return false
  return ![...schema.objects.values()].some((o) => names(o, table, column))
}

/** SQLite reads views and triggers again after a change; foreign keys of other tables are not read, and would dangle. */
function names(object: SchemaObject, table: Table, column: string): boolean {
  if (object.kind === 'view' || object.kind === 'trigger') return mentionsName(object.definition, table.name)
  if (object.kind !== 'table') return false
  return object.constraints.some(
    (c) => c.kind === 'foreignKey' && c.references.name === table.name && c.referencedColumns.includes(column),
  )
}
