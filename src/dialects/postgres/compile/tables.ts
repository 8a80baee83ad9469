/** How tables are created, altered, attached and dropped. */
import type { TableChanges } from '../../../operations/kinds.ts'
import { refText } from '../../../schema/keys.ts'
import { serialKinds } from '../../../schema/types.ts'
import type { Column, Ref, Table } from '../../../schema/model.ts'
import type { CompileContext, Draft, Handlers } from '../../dialect.ts'
import { constraintClause, constraintComment, indexStatements } from './constraints.ts'
import {
  block,
  bracketed,
  collate,
  comment,
  defaultText,
  describe,
  grant,
  movedTo,
  name,
  parameters,
  quote,
  sequenceClauses,
  tableBefore,
  target,
  text,
  writeType,
} from '../spell/writer.ts'

/** GENERATED … AS IDENTITY with the options that differ from the usual ones. */
export function identityClause(table: Ref, column: Column): string {
  const identity = column.identity
  if (identity === undefined) return ''
  const sequence =
    identity.sequenceName === undefined ? [] : [`SEQUENCE NAME ${name({ ...table, name: identity.sequenceName })}`]
  const options = [...sequence, ...sequenceClauses(identity)]
  return `GENERATED ${identity.generation === 'always' ? 'ALWAYS' : 'BY DEFAULT'} AS IDENTITY${options.length === 0 ? '' : ` (${options.join(' ')})`}`
}

/** A column as CREATE TABLE and ADD COLUMN take it. */
export function columnClause(table: Ref, column: Column): string {
  const notNull = !column.nullable && column.identity === undefined && !serialKinds.includes(column.type.kind)
  return [
    quote(column.name),
    writeType(column.type),
    collate(column.collation),
    notNull ? 'NOT NULL' : '',
    column.default === undefined ? '' : `DEFAULT ${defaultText(column.default, column.type)}`,
    column.generated === undefined
      ? ''
      : `GENERATED ALWAYS AS ${bracketed(column.generated.sql)} ${column.generated.stored ? 'STORED' : 'VIRTUAL'}`,
    identityClause(table, column),
  ]
    .filter((part) => part !== '')
    .join(' ')
}

/** Properties that CREATE TABLE and ADD COLUMN lack on some versions: storage, compression, statistics, comment, grants. */
export function columnExtras(table: Ref, column: Column): readonly string[] {
  const alter = `ALTER TABLE ${name(table)} ALTER COLUMN ${quote(column.name)}`
  const out: string[] = []
  if (column.storage !== undefined) out.push(`${alter} SET STORAGE ${column.storage.toUpperCase()}`)
  if (column.compression !== undefined) out.push(`${alter} SET COMPRESSION ${column.compression}`)
  if (column.statistics !== undefined) out.push(`${alter} SET STATISTICS ${column.statistics}`)
  if (column.comment !== undefined) out.push(comment(`COLUMN ${name(table)}.${quote(column.name)}`, column.comment))
  // The argument may be a whole object, whose kind differs.
  for (const g of column.grants ?? []) out.push(grant({ ...table, kind: 'column', part: column.name }, g))
  return out
}

/** The parent's column, where the table has parents that are known. */
function fromParents(context: CompileContext, parents: readonly Ref[], column: string): Column | undefined {
  for (const parent of parents) {
    const found = tableBefore(context, parent)?.columns.find((c) => c.name === column)
    if (found !== undefined) return found
  }
  return undefined
}

function sameDefault(a: Column, b: Column): boolean {
  return JSON.stringify(a.default) === JSON.stringify(b.default)
}

function createTable(table: Table, ifNotExists: boolean, context: CompileContext): readonly string[] {
  const parents = table.partitionOf === undefined ? (table.inherits ?? []) : [table.partitionOf.parent]
  const head = `CREATE ${table.unlogged === true ? 'UNLOGGED ' : ''}TABLE ${ifNotExists ? 'IF NOT EXISTS ' : ''}${name(table)}`
  const own = table.constraints.filter((c) => c.inherited !== true)
  const later: string[] = []
  const items: string[] = []

  for (const column of table.columns) {
    const parent = parents.length === 0 ? undefined : fromParents(context, parents, column.name)
    const inherited = column.inherited === true || (table.partitionOf !== undefined && parent !== undefined)
    if (!inherited && table.partitionOf === undefined) items.push(columnClause(table, column))
    else if (table.partitionOf !== undefined) {
      // A partition declares only what it has beyond its parent.
      const extra: string[] = []
      if (
        column.default !== undefined &&
        (parent === undefined ? column.inherited !== true : !sameDefault(parent, column))
      ) {
        extra.push(`DEFAULT ${defaultText(column.default, column.type)}`)
      }
      if (!column.nullable && parent?.nullable === true) extra.push('NOT NULL')
      if (extra.length > 0) items.push(`${quote(column.name)} ${extra.join(' ')}`)
      if (column.default === undefined && parent?.default !== undefined) {
        later.push(`ALTER TABLE ${name(table)} ALTER COLUMN ${quote(column.name)} DROP DEFAULT`)
      }
    } else if (parent !== undefined) {
      const alter = `ALTER TABLE ${name(table)} ALTER COLUMN ${quote(column.name)}`
      if (!sameDefault(parent, column)) {
        later.push(
          column.default === undefined
            ? `${alter} DROP DEFAULT`
            : `${alter} SET DEFAULT ${defaultText(column.default, column.type)}`,
        )
      }
      if (parent.nullable && !column.nullable) later.push(`${alter} SET NOT NULL`)
    }
  }
  // NOT VALID has no effect inside CREATE TABLE, so such a constraint is added afterwards.
  const notValid = own.filter((c) => 'notValid' in c && c.notValid === true)
  items.push(...own.filter((c) => !notValid.includes(c)).map(constraintClause))

  let sql = head
  if (table.partitionOf !== undefined) {
    sql += ` PARTITION OF ${name(table.partitionOf.parent)}${items.length === 0 ? '' : ` ${block(items)}`}`
    sql += `${items.length === 0 ? '\n  ' : ' '}${table.partitionOf.bound}`
  } else {
    sql += items.length === 0 ? ' ()' : ` ${block(items)}`
    if (table.inherits !== undefined && table.inherits.length > 0)
      sql += ` INHERITS (${table.inherits.map(name).join(', ')})`
  }
  if (table.partitionBy !== undefined) sql += ` PARTITION BY ${table.partitionBy}`
  if (table.with !== undefined && Object.keys(table.with).length > 0) sql += ` WITH (${parameters(table.with)})`
  if (table.tablespace !== undefined) sql += ` TABLESPACE ${quote(table.tablespace)}`

  const on = { kind: 'table', ...movedTo(table, table.schema) }
  return [
    sql,
    ...later,
    ...notValid.map((c) => `ALTER TABLE ${name(table)} ADD ${constraintClause(c)}`),
    // A partition's indexes that belong to its parent's are created with the parent's.
    ...table.indexes
      .filter((i) => i.attachedTo === undefined || table.partitionOf === undefined)
      .flatMap((i) => indexStatements(table, i)),
    ...alterTable(table, {
      ...(table.rowSecurity === true ? { rowSecurity: true } : {}),
      ...(table.forceRowSecurity === true ? { forceRowSecurity: true } : {}),
      ...(table.replicaIdentity === undefined ? {} : { replicaIdentity: table.replicaIdentity }),
    }),
    ...describe(on, table),
    ...table.columns.flatMap((c) => columnExtras(table, inheritedOnly(c, fromParents(context, parents, c.name)))),
    ...own.flatMap((c) => constraintComment(table, c)),
  ]
}

/** A column without the extras that it has from its parent. */
function inheritedOnly(column: Column, parent: Column | undefined): Column {
  if (parent === undefined) return column
  return {
    ...column,
    storage: column.storage === parent.storage ? undefined : column.storage,
    compression: column.compression === parent.compression ? undefined : column.compression,
  }
}

/** The changes of a table, one statement each. */
function alterTable(table: Ref, changes: TableChanges, before: TableChanges = {}): readonly string[] {
  const alter = `ALTER TABLE ${name(table)}`
  const out: string[] = []
  if (changes.unlogged !== undefined) out.push(`${alter} SET ${changes.unlogged ? 'UNLOGGED' : 'LOGGED'}`)
  if (changes.with !== undefined) {
    const set = Object.entries(changes.with).filter((e): e is [string, string] => e[1] !== null)
    const reset = Object.keys(changes.with).filter((key) => changes.with?.[key] === null)
    if (set.length > 0) out.push(`${alter} SET (${parameters(Object.fromEntries(set))})`)
    if (reset.length > 0) out.push(`${alter} RESET (${reset.join(', ')})`)
  }
  if (changes.tablespace !== undefined) out.push(`${alter} SET TABLESPACE ${quote(changes.tablespace ?? 'pg_default')}`)
  if (changes.inherits !== undefined) {
    // A new parent becomes the last one: a kept parent that must follow it is removed and added again.
    const wished = changes.inherits ?? []
    let kept = 0
    for (const parent of before.inherits ?? []) {
      if (wished[kept] !== undefined && refText(wished[kept]!) === refText(parent)) kept++
      else out.push(`${alter} NO INHERIT ${name(parent)}`)
    }
    for (const parent of wished.slice(kept)) out.push(`${alter} INHERIT ${name(parent)}`)
  }
  if (changes.rowSecurity !== undefined)
    out.push(`${alter} ${changes.rowSecurity ? 'ENABLE' : 'DISABLE'} ROW LEVEL SECURITY`)
  if (changes.forceRowSecurity !== undefined)
    out.push(`${alter} ${changes.forceRowSecurity ? 'FORCE' : 'NO FORCE'} ROW LEVEL SECURITY`)
  if (changes.replicaIdentity !== undefined) {
    const identity = changes.replicaIdentity
    const words =
      identity === null
        ? 'DEFAULT'
        : typeof identity === 'object'
          ? `USING INDEX ${quote(identity.index)}`
          : identity.toUpperCase()
    out.push(`${alter} REPLICA IDENTITY ${words}`)
  }
  if (changes.clusterOn !== undefined)
    out.push(
      changes.clusterOn === null ? `${alter} SET WITHOUT CLUSTER` : `${alter} CLUSTER ON ${quote(changes.clusterOn)}`,
    )
  return out
}

export const tableHandlers = {
  createTable: (op, context) => createTable(op.table, op.ifNotExists === true, context),
  dropTable: (op) => [`DROP TABLE ${op.ifExists === true ? 'IF EXISTS ' : ''}${name(op.table)}`],
  renameTable: (op) => [`ALTER TABLE ${name(op.table)} RENAME TO ${quote(op.to)}`],
  moveTable: (op) => [setSchema(`TABLE ${name(op.table)}`, op.toSchema)],
  alterTable: (op, context) => {
    const { strict, withoutRowid, recreate, reorder } = op.changes
    if (strict !== undefined || withoutRowid !== undefined)
      return { unsupported: 'STRICT and WITHOUT ROWID are words of SQLite' }
    if (reorder !== undefined) return { unsupported: 'PostgreSQL cannot put columns in another order' }
    if (recreate === true)
      return { unsupported: "PostgreSQL alters tables in place: leave out recreate, or say 'auto'" }
    const known = tableBefore(context, op.table)
    const before = op.before ?? (known?.inherits === undefined ? {} : { inherits: known.inherits })
    return alterTable(op.table, op.changes, before)
  },
  tableComment: (op) => [comment(target({ kind: 'table', ...op.table }), op.comment)],
  attachPartition: (op) => [`ALTER TABLE ${name(op.table)} ATTACH PARTITION ${name(op.partition)} ${op.bound}`],
  detachPartition: (op): readonly (Draft | string)[] => {
    const sql = `ALTER TABLE ${name(op.table)} DETACH PARTITION ${name(op.partition)}`
    if (op.concurrently !== true) return [sql]
    return [
      {
        sql: `${sql} CONCURRENTLY`,
        transaction: 'alone',
        probe: {
          sql: `SELECT coalesce((SELECT CASE WHEN inhdetachpending THEN 'partial' ELSE 'absent' END FROM pg_catalog.pg_inherits WHERE inhrelid = to_regclass(${text(name(op.partition))}) AND inhparent = to_regclass(${text(name(op.table))})), 'complete')`,
          undo: `${sql} FINALIZE`,
        },
      },
    ]
  },
} satisfies Partial<Handlers>

/** SET SCHEMA; without a name the default schema, which only the server knows by name. */
export function setSchema(object: string, schema: string | undefined): string {
  if (schema !== undefined) return `ALTER ${object} SET SCHEMA ${quote(schema)}`
  const command = text(`ALTER ${object} SET SCHEMA %I`)
  return `DO $$ BEGIN EXECUTE format(${command}, current_schema()); END $$`
}
