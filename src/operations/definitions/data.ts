/** Operations on rows and in raw SQL or code; each next to its reverse, where it has one. */
import type { AnyColumn } from '../../schema/declare/column.ts'
import { tableKey } from '../../schema/keys.ts'
import type { ColumnType, Ref } from '../../schema/model.ts'
import { typeBuilder, typeOf } from '../input/columns.ts'
import { define, type InSchema, operation, optionalSql, sqlOf, type SqlText, textOf } from '../define.ts'
import { checkName, checkNames, checkOptions, invalid } from '../invalid.ts'
import type { OperationOf, Rows, RunFunction } from '../kinds.ts'
import { compact, flag, optionsOf, ref } from '../plain.ts'

export interface ExecuteOptions {
  /** SQL that undoes it; without it a revision needs its own downgrade. */
  readonly down?: SqlText
  /** Outside a transaction, in a step of its own. */
  readonly autocommit?: boolean
  /** The statement is about all rows: it fails where row level security would hide some from the role that runs it. */
  readonly allRows?: boolean
}

export const execute = define('execute', {
  /** The values of the named parameters: one row, or a list of rows; then the options, or these alone. */
  create(sql: SqlText, rows?: Rows | Rows[number] | ExecuteOptions, options?: ExecuteOptions) {
    const given = Array.isArray(rows)
      ? (rows as Rows)
      : options !== undefined || isRow(rows)
        ? rows === undefined
          ? undefined
          : [rows as Rows[number]]
        : undefined
    const settings = options ?? (given === undefined ? (rows as ExecuteOptions | undefined) : undefined) ?? {}
    checkOptions('execute', settings, executeOptions)
    const text = textOf('execute', 'the statement', sql)
    if (text.trim() === '') throw invalid('execute', 'the statement is empty')
    return operation({
      kind: 'execute',
      sql: text,
      rows: given === undefined ? undefined : rowsOf('execute', given),
      down: settings.down === undefined ? undefined : textOf('execute', "'down'", settings.down),
      autocommit: flag(settings.autocommit),
      allRows: flag(settings.allRows),
    })
  },
  args(op) {
    const options = optionsOf<ExecuteOptions>({
      down: optionalSql(op.down),
      autocommit: op.autocommit,
      allRows: op.allRows,
    })
    if (op.rows !== undefined)
      return options === undefined ? [sqlOf(op.sql), op.rows] : [sqlOf(op.sql), op.rows, options]
    return options === undefined ? [sqlOf(op.sql)] : [sqlOf(op.sql), options]
  },
  reverse: (op) =>
    op.down === undefined
      ? undefined
      : operation({
          kind: 'execute',
          sql: op.down,
          down: op.rows === undefined ? op.sql : undefined,
          autocommit: op.autocommit,
          allRows: op.allRows,
        }),
  apply(draft) {
    draft.blind = true
  },
  footprint: () => ({ reads: [], writes: [], opaque: true }),
})

const executeOptions = ['down', 'autocommit', 'allRows']

/**
 * Whether the one object behind the text is a row of values: none of its keys is an option. Throws where some are and
 * some are not, since both could be meant.
 */
function isRow(given: unknown): boolean {
  if (typeof given !== 'object' || given === null) return false
  const keys = Object.keys(given)
  const options = keys.filter((key) => executeOptions.includes(key))
  if (options.length === 0) return keys.length > 0
  const values = keys.filter((key) => !executeOptions.includes(key))
  if (values.length === 0) return false
  throw invalid(
    'execute',
    `'${options.join("', '")}' and '${values.join("', '")}' stand in one object`,
    `Values and options are two arguments: op.execute(text, { ${values[0]}: … }, { ${options[0]}: … }).`,
  )
}

function rowsOf(name: string, rows: unknown): Rows {
  if (!Array.isArray(rows)) throw invalid(name, 'the rows must be a list of objects')
  for (const [i, row] of rows.entries()) {
    if (typeof row !== 'object' || row === null || Array.isArray(row))
      throw invalid(name, `row ${i + 1} is not an object`)
    for (const [key, value] of Object.entries(row as object)) {
      if (typeof value === 'function' || typeof value === 'symbol')
        throw invalid(name, `row ${i + 1}: '${key}' is a ${typeof value}, which is not a value`)
    }
  }
  return rows as Rows
}

export interface BulkInsertOptions extends InSchema {
  /** Types of columns whose values need telling, by column. */
  readonly types?: Readonly<Record<string, AnyColumn>>
  /** The columns that identify the rows: with them the downgrade deletes the inserted rows. */
  readonly key?: readonly string[]
}

function columnsOf(rows: Rows): readonly string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))]
}

function typesOf(
  name: string,
  types: Readonly<Record<string, AnyColumn>> | undefined,
): Readonly<Record<string, ColumnType>> | undefined {
  return types === undefined
    ? undefined
    : Object.fromEntries(
        Object.entries(types).map(([column, type]) => [column, typeOf(name, `the type of ${column}`, type)]),
      )
}

function typesInput(
  types: Readonly<Record<string, ColumnType>> | undefined,
): Readonly<Record<string, AnyColumn>> | undefined {
  return types === undefined
    ? undefined
    : Object.fromEntries(Object.entries(types).map(([column, type]) => [column, typeBuilder(type)]))
}

function keyOfRows(name: string, key: readonly string[], rows: Rows): readonly string[] {
  checkNames(name, 'the key', key)
  for (const [i, row] of rows.entries()) {
    for (const column of key)
      if (row[column] === undefined || row[column] === null)
        throw invalid(name, `row ${i + 1} has no '${column}', which is of the key`)
  }
  return key
}

export const bulkInsert = define('bulkInsert', {
  create(table: string, rows: Rows, options: BulkInsertOptions = {}) {
    checkName('bulkInsert', 'the name of the table', table)
    checkOptions('bulkInsert', options, ['schema', 'types', 'key'])
    const list = rowsOf('bulkInsert', rows)
    return operation({
      kind: 'bulkInsert',
      table: ref(table, options.schema),
      columns: columnsOf(list),
      rows: list,
      key: options.key === undefined ? undefined : keyOfRows('bulkInsert', options.key, list),
      types: typesOf('bulkInsert', options.types),
    })
  },
  args: (op) => [
    op.table.name,
    op.rows,
    optionsOf<BulkInsertOptions>({ schema: op.table.schema, key: op.key, types: typesInput(op.types) }),
  ],
  reverse: (op) =>
    op.key === undefined
      ? undefined
      : operation({
          kind: 'bulkDelete',
          table: op.table,
          key: op.key,
          columns: op.columns,
          rows: op.rows,
          types: op.types,
        }),
  apply: () => undefined,
  footprint: (op) => dataFootprint(op.table),
})

/** Rows of a table: two revisions that touch the same rows do not commute. */
const dataFootprint = (table: Ref): { reads: string[]; writes: string[] } => ({
  reads: [tableKey(table)],
  writes: [tableKey(table).replace('table:', 'rows:')],
})

export interface BulkDeleteOptions extends InSchema {
  readonly key: readonly string[]
  readonly types?: Readonly<Record<string, AnyColumn>>
}

export const bulkDelete = define('bulkDelete', {
  create(table: string, rows: Rows, options: BulkDeleteOptions): OperationOf<'bulkDelete'> {
    checkName('bulkDelete', 'the name of the table', table)
    checkOptions('bulkDelete', options, ['schema', 'types', 'key'])
    const list = rowsOf('bulkDelete', rows)
    return operation({
      kind: 'bulkDelete',
      table: ref(table, options.schema),
      key: keyOfRows('bulkDelete', options?.key, list),
      columns: columnsOf(list),
      rows: list,
      types: typesOf('bulkDelete', options.types),
    })
  },
  args: (op) => [
    op.table.name,
    op.rows,
    compact<BulkDeleteOptions>({ schema: op.table.schema, key: op.key, types: typesInput(op.types) }),
  ],
  reverse: (op) =>
    operation({
      kind: 'bulkInsert',
      table: op.table,
      columns: op.columns,
      rows: op.rows,
      key: op.key,
      types: op.types,
    }),
  apply: () => undefined,
  footprint: (op) => dataFootprint(op.table),
})

export interface RunOptions {
  /** The function that undoes it. */
  readonly down?: RunFunction
  /** A short description for plans and histories. */
  readonly description?: string
}

export const run = define('run', {
  create(fn: RunFunction, options: RunOptions = {}) {
    checkOptions('run', options, ['down', 'description'])
    if (typeof fn !== 'function') throw invalid('run', 'it takes a function')
    if (options.down !== undefined && typeof options.down !== 'function')
      throw invalid('run', "'down' must be a function")
    return operation({ kind: 'run', run: fn, down: options.down, description: options.description })
  },
  args: (op) => [op.run, optionsOf<RunOptions>({ down: op.down, description: op.description })],
  reverse: (op) =>
    op.down === undefined
      ? undefined
      : operation({ kind: 'run', run: op.down, down: op.run, description: op.description }),
  apply(draft) {
    draft.blind = true
  },
  footprint: () => ({ reads: [], writes: [], opaque: true }),
})

export const custom = define('custom', {
  create(name: string, ...args: readonly unknown[]) {
    checkName('custom', 'the name of the operation', name)
    return operation({ kind: 'custom', name, args })
  },
  args: (op) => [op.name, ...op.args],
  // The project's own operation is defined in the config; the recorder stores its definition with the arguments.
  reverse: (op) => op.definition?.reverse?.(...op.args),
  apply(draft, op) {
    if (op.definition?.apply === undefined) draft.blind = true
    else op.definition.apply(draft.objects, ...op.args)
  },
  footprint: (op) => op.definition?.footprint?.(...op.args) ?? { reads: [], writes: [], opaque: true },
})
