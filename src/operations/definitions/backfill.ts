/** Updates of a large table in batches, outside the revision's other transactions. */
import { tableKey } from '../../schema/keys.ts'
import { define, type InSchema, operation, optionalSql, sqlOf, type SqlText, textOf } from '../define.ts'
import { checkName, checkNames, checkOptions, invalid } from '../invalid.ts'
import { optionsOf, ref } from '../plain.ts'

export interface BackfillOptions extends InSchema {
  /** The new value of each column: SQL over the row. */
  readonly set: Readonly<Record<string, SqlText>>
  /** Which rows; absent: all. */
  readonly where?: SqlText
  /** Rows of one transaction; absent: 5,000. */
  readonly batchSize?: number
  /** Milliseconds between two transactions; absent: 0. */
  readonly throttle?: number
  /** The columns by whose order the table is walked, unique and not null together; absent: its primary key. */
  readonly key?: readonly string[]
  /** The columns' values in the downgrade; `{}`: nothing is to be done. */
  readonly down?: Readonly<Record<string, SqlText>>
}

const texts = (what: string, set: unknown): Readonly<Record<string, string>> => {
  if (typeof set !== 'object' || set === null || Array.isArray(set))
    throw invalid('backfill', `'${what}' must be an object: columns, and the SQL of what they become`)
  return Object.fromEntries(
    Object.entries(set).map(([column, sql]) => {
      checkName('backfill', 'a column', column)
      return [column, textOf('backfill', `what '${column}' becomes`, sql)]
    }),
  )
}

const count = (what: string, value: number | undefined, least: number): number | undefined => {
  if (value !== undefined && (!Number.isSafeInteger(value) || value < least))
    throw invalid('backfill', `'${what}' must be a whole number of at least ${least}`)
  return value
}

const asSql = (set: Readonly<Record<string, string>>): Readonly<Record<string, SqlText>> =>
  Object.fromEntries(Object.entries(set).map(([column, sql]) => [column, sqlOf(sql)]))

export const backfill = define('backfill', {
  create(table: string, options: BackfillOptions) {
    checkName('backfill', 'the name of the table', table)
    checkOptions('backfill', options, ['schema', 'set', 'where', 'batchSize', 'throttle', 'key', 'down'])
    const set = texts('set', options.set)
    if (Object.keys(set).length === 0) throw invalid('backfill', "'set' names no column")
    if (options.key !== undefined) checkNames('backfill', 'the key', options.key)
    const moved = options.key?.find((column) => Object.hasOwn(set, column))
    if (moved !== undefined)
      throw invalid('backfill', `'${moved}' is of the key`, 'The table is walked by its key, which must stay as it is.')
    return operation({
      kind: 'backfill',
      table: ref(table, options.schema),
      set,
      where: options.where === undefined ? undefined : textOf('backfill', "'where'", options.where),
      batchSize: count('batchSize', options.batchSize, 1),
      throttle: count('throttle', options.throttle, 0),
      key: options.key,
      down: options.down === undefined ? undefined : texts('down', options.down),
    })
  },
  args: (op) => [
    op.table.name,
    optionsOf<BackfillOptions>({
      schema: op.table.schema,
      set: asSql(op.set),
      where: optionalSql(op.where),
      batchSize: op.batchSize,
      throttle: op.throttle,
      key: op.key,
      down: op.down === undefined ? undefined : asSql(op.down),
    })!,
  ],
  reverse(op) {
    if (op.down === undefined) return undefined
    const { down, where: _, ...rest } = op
    return Object.keys(down).length === 0 ? [] : operation({ ...rest, set: down, down: op.set })
  },
  apply: () => undefined,
  footprint: (op) => ({
    reads: [tableKey(op.table)],
    writes: [tableKey(op.table).replace('table:', 'rows:')],
  }),
})
