/** What each operation locks, rewrites and loses, by the tables of "Online DDL Operations" (MySQL) and "InnoDB Online DDL" (MariaDB). */
import type { Operation } from '../../../operations/kinds.ts'
import { refText } from '../../../schema/keys.ts'
import type { Column, ColumnType } from '../../../schema/model.ts'
import type { Hazard } from '../../dialect.ts'
import type { Walk } from '../../shared/walk.ts'
import { labelsLost, lossOf, narrows } from '../../shared/losses.ts'
import { columnBefore, labelsOf, serverIn } from './writer.ts'

const copy = 'ALGORITHM=COPY, LOCK=SHARED'
const inplace = 'ALGORITHM=INPLACE, LOCK=NONE'

/** Whether the statement is about a table created in the same list: nothing reads it yet, and it has no rows. */
function isNew(op: Operation, context: Walk): boolean {
  return 'table' in op && op.table !== undefined && 'name' in op.table && context.madeRelations.has(refText(op.table))
}

const lost = (losses: readonly (readonly [string, string])[]): readonly Hazard[] =>
  losses.map(([object, message]) => ({ code: 'DATA_LOSS', object, message }))

/** Kinds whose values are the same here as in PostgreSQL; of others nothing is told. */
const plain =
  /^(?:(?:small|big)?(?:int|serial)|integer|numeric|real|doublePrecision|varchar|char|text|date|time|timestamp|boolean)$/u

function narrowed(place: string, from: ColumnType | undefined, to: ColumnType): readonly Hazard[] {
  if (from === undefined || !plain.test(from.kind) || !plain.test(to.kind)) return []
  // No digits of seconds unless they are asked for.
  const timed = (t: ColumnType): ColumnType =>
    t.kind === 'time' || t.kind === 'timestamp' ? { ...t, precision: t.precision ?? 0, withTimeZone: false } : t
  return narrows(timed(from), timed(to)) ? lost([[place, lossOf(place, from, to)]]) : []
}

const rewrite = (table: string, why: string): readonly Hazard[] => [
  { code: 'TABLE_REWRITE', object: table, message: `copies every row of ${table}: ${why}`, lock: copy },
  { code: 'BLOCKS_WRITES', object: table, message: `writes to ${table} wait until it is copied`, lock: copy },
]

export function hazards(op: Operation, sql: string, context: Walk): readonly Hazard[] {
  if (op.kind === 'dropTable')
    return [{ code: 'DATA_LOSS', object: refText(op.table), message: `drops table ${refText(op.table)} with its rows` }]
  if (isNew(op, context)) return []
  switch (op.kind) {
    case 'dropColumn': {
      const place = `${refText(op.table)}.${op.column}`
      return [{ code: 'DATA_LOSS', object: place, message: `drops column ${place} with its values` }]
    }
    case 'addColumn':
      return addColumn(op.column, refText(op.table))
    case 'alterColumn':
      return sql.includes(' MODIFY COLUMN ') || sql.includes('\n  MODIFY COLUMN ') ? alterColumn(op, context) : []
    case 'createPrimaryKey':
      return rewrite(refText(op.table), 'rows stand in the order of the primary key')
    case 'createForeignKey':
      return [
        {
          code: 'BLOCKS_WRITES',
          object: refText(op.table),
          message: `writes to ${refText(op.table)} wait while its rows are checked`,
          lock: copy,
        },
      ]
    case 'createCheckConstraint':
      return rewrite(refText(op.table), 'a check is added with a copy')
    case 'createIndex':
      return createIndex(op, context)
    case 'createUniqueConstraint':
      return [
        {
          code: 'FULL_SCAN',
          object: refText(op.table),
          message: `reads every row of ${refText(op.table)} to build the index`,
          lock: inplace,
        },
      ]
    case 'addEnumValue':
    case 'dropEnumValue':
    case 'renameEnumValue':
    case 'alterEnum':
      return sql.startsWith('UPDATE') ? [] : [...lost(labelsLost(op)), ...enumChange(op, context, sql)]
    case 'alterTable':
      return alterTable(op)
    default:
      return []
  }
}

function addColumn(c: Column, table: string): readonly Hazard[] {
  if (c.generated?.stored === true) return rewrite(table, 'a stored generated column is worked out for each')
  if (c.identity !== undefined) return rewrite(table, 'each gets a number')
  return []
}

function alterColumn(op: Extract<Operation, { kind: 'alterColumn' }>, context: Walk): readonly Hazard[] {
  const table = refText(op.table)
  const before = columnBefore(context, op.table, op.column)
  const { type, collation, nullable } = op.changes
  const from = before?.type ?? op.before?.type
  if (type !== undefined && !isWider(from, type, context))
    return [...narrowed(`${table}.${op.column}`, from, type), ...rewrite(table, `the type of ${op.column} changes`)]
  if (collation !== undefined) return rewrite(table, `the collation of ${op.column} changes`)
  if (nullable !== undefined)
    return [
      {
        code: 'TABLE_REWRITE',
        object: table,
        message: `rebuilds ${table} in place: ${op.column} ${nullable ? 'may be NULL' : 'is NOT NULL'} from here on`,
        lock: inplace,
      },
    ]
  return []
}

/** Metadata only: a varchar gets longer and keeps its length bytes, labels are added at the end. */
function isWider(from: ColumnType | undefined, to: ColumnType, context: Walk): boolean {
  if (from === undefined) return false
  if (from.kind === 'varchar' && to.kind === 'varchar') {
    const [a, b] = [(from.length ?? 0) * 4, (to.length ?? 0) * 4]
    return b >= a && a > 255 === b > 255
  }
  if (from.kind !== 'enum' || to.kind !== 'enum') return false
  const [old, now] = [labelsOf(from, context), labelsOf(to, context)]
  return old !== undefined && now !== undefined && old.every((label, i) => now[i] === label)
}

function createIndex(op: Extract<Operation, { kind: 'createIndex' }>, context: Walk): readonly Hazard[] {
  const table = refText(op.table)
  const { method } = op.index
  if (method === 'fulltext' || method === 'spatial') {
    const lock = 'ALGORITHM=INPLACE, LOCK=SHARED'
    return [{ code: 'BLOCKS_WRITES', object: table, message: `writes to ${table} wait until the index is built`, lock }]
  }
  if (
    op.index.elements.some((e) => e.order === 'desc') &&
    serverIn(context).flavor === 'mariadb' &&
    serverIn(context).version < 1008
  )
    return [
      {
        code: 'FULL_SCAN',
        object: table,
        message: `reads every row of ${table}; before MariaDB 10.8 DESC is read and ignored`,
        lock: inplace,
      },
    ]
  return [
    { code: 'FULL_SCAN', object: table, message: `reads every row of ${table} to build the index`, lock: inplace },
  ]
}

function enumChange(
  op: Operation & { readonly enum: { readonly name: string } },
  context: Walk,
  sql: string,
): readonly Hazard[] {
  const table = /^ALTER TABLE ((?:`(?:[^`]|``)*`\.?)+)/u.exec(sql)?.[1]?.replaceAll('`', '') ?? op.enum.name
  if (op.kind === 'addEnumValue' && op.before === undefined && op.after === undefined) return []
  if (op.kind === 'addEnumValue' && op.after !== undefined) {
    const object = context.before.objects.get(`enum:${refText(op.enum)}`)
    if (object?.kind === 'enum' && object.values.at(-1) === op.after) return []
  }
  return rewrite(table, `the labels of ${op.enum.name} have other numbers`)
}

function alterTable(op: Extract<Operation, { kind: 'alterTable' }>): readonly Hazard[] {
  const table = refText(op.table)
  const keys = Object.keys(op.changes.with ?? {})
  if (keys.includes('engine')) return rewrite(table, 'the storage engine changes')
  if (keys.includes('partition')) return rewrite(table, 'it is partitioned in another way')
  if (keys.includes('row_format') || keys.includes('key_block_size'))
    return [{ code: 'TABLE_REWRITE', object: table, message: `rebuilds ${table} in place`, lock: inplace }]
  return []
}
