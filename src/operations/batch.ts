/** Alembic's batch block: the operations of one table without its name; a table that must be rebuilt is rebuilt once for all of them. */
import { closest } from '../util/closest.ts'
import { checkName, checkOptions, invalid } from './invalid.ts'
import type { Kind } from './kinds.ts'
import type { ArgsOf } from './operation.ts'

export interface BatchOptions {
  readonly schema?: string
  /** `auto` rebuilds the table where needed; `always` also where it could be altered in place; `never` throws where a rebuild is needed. */
  readonly recreate?: 'auto' | 'always' | 'never'
  /** Lists of columns that are to follow each other; the first of each list keeps its position. */
  readonly partialReordering?: readonly (readonly string[])[]
}

/** The position of the table among the arguments of `op.<kind>(…)`: left out here, added when the call is recorded. */
const places = {
  addColumn: 0,
  dropColumn: 0,
  alterColumn: 0,
  alterTable: 0,
  createPrimaryKey: 1,
  createUniqueConstraint: 1,
  createForeignKey: 1,
  createCheckConstraint: 1,
  dropConstraint: 1,
  createIndex: 1,
} as const satisfies Partial<Record<Kind, 0 | 1>>

type Places = typeof places
/** The arguments without the one at a position. */
type Without<A extends readonly unknown[], P extends 0 | 1> = P extends 0
  ? A extends readonly [unknown, ...infer R]
    ? R
    : never
  : A extends readonly [infer F, unknown, ...infer R]
    ? [F, ...R]
    : never

/** The parameter of a batch's body. */
export type Batch = {
  readonly [K in keyof Places]: (...args: Without<ArgsOf<K>, Places[K]>) => void
} & {
  dropIndex(name: string): void
  execute(sql: string): void
}

/** Alembic's parameters that are not needed here, since the value is known (specs/alembic.md B1). */
const needless: Readonly<Record<string, string>> = {
  copyFrom: 'The table is taken from the database, and in an offline script from the revisions.',
  tableArgs:
    'Constraints are known, those without a name too: write batch.createCheckConstraint and the like for new ones.',
  tableKwargs: 'Write batch.alterTable for what a table is made with.',
  reflectArgs: 'Columns are known as they are written: write batch.alterColumn for what is to change.',
  reflectKwargs: 'The table is read whole, every clause of it.',
  namingConvention: 'A constraint without a name has one here, as op.dropConstraint names it: see ambix pull.',
}

/** Operations that Alembic refuses in a batch (B5). */
const outside: ReadonlySet<string> = new Set(['createTable', 'dropTable', 'renameTable', 'batchAlterTable'])

export type BatchBody = (batch: Batch) => void

/** Calls the body with a batch that records through `call`. Throws OPERATION.INVALID. */
export function runBatch(
  call: (kind: Kind, args: readonly unknown[]) => void,
  table: string,
  options: BatchOptions,
  body: BatchBody,
): void {
  checkName('batchAlterTable', 'the name of the table', table)
  for (const [name, why] of Object.entries(needless))
    if (typeof options === 'object' && name in options) throw invalid('batchAlterTable', `it takes no ${name}`, why)
  checkOptions('batchAlterTable', options, ['schema', 'recreate', 'partialReordering'])
  const { recreate = 'auto', partialReordering: reorder } = options
  if (!['auto', 'always', 'never'].includes(recreate))
    throw invalid('batchAlterTable', `recreate is 'auto', 'always' or 'never', and not '${String(recreate)}'`)
  if (recreate === 'never' && reorder !== undefined)
    throw invalid('batchAlterTable', "partialReordering rebuilds the table, and recreate: 'never' forbids it")
  if (typeof body !== 'function') throw invalid('batchAlterTable', 'it takes a function')
  const at: Readonly<Record<string, 0 | 1>> = places
  const methods: Record<string, (...args: readonly unknown[]) => void> = {
    dropIndex: (name) =>
      call('dropIndex', [name, { table, ...(options.schema === undefined ? {} : { schema: options.schema }) }]),
    execute: (...args) => call('execute', args),
  }
  for (const [kind, place] of Object.entries(at))
    methods[kind] = (...args) => call(kind as Kind, withTable(kind, args, place, table, options.schema))
  const batch = new Proxy(Object.freeze(methods), {
    get: (target, name) => {
      if (typeof name === 'symbol' || name in target || name === 'then' || name === 'toJSON')
        return Reflect.get(target, name) as unknown
      const meant = closest(name, Object.keys(target))
      throw invalid(
        'batchAlterTable',
        outside.has(name)
          ? `${name} does not belong into a batch: write op.${name} beside it`
          : `there is no batch.${name}${meant === undefined ? '' : `; did you mean batch.${meant}?`}`,
      )
    },
  })
  // One method for each kind, as in the type Batch.
  if (recreate !== 'auto') methods['alterTable']!({ recreate: recreate === 'always' })
  const result: unknown = (body as (b: unknown) => unknown)(batch)
  if (reorder !== undefined) methods['alterTable']!({ reorder })
  if (typeof result === 'object' && result !== null && 'then' in result)
    throw invalid('batchAlterTable', 'its function must not be asynchronous')
}

/** The number of arguments before the options. */
const lengths: Readonly<Record<string, number>> = {
  addColumn: 3,
  dropColumn: 2,
  alterColumn: 2,
  alterTable: 1,
  createPrimaryKey: 3,
  createUniqueConstraint: 3,
  createForeignKey: 5,
  createCheckConstraint: 3,
  dropConstraint: 2,
  createIndex: 3,
}

function withTable(
  kind: string,
  args: readonly unknown[],
  place: 0 | 1,
  table: string,
  schema: string | undefined,
): readonly unknown[] {
  const all = [...args.slice(0, place), table, ...args.slice(place)]
  const options = all[lengths[kind]!]
  if (schema === undefined) return all
  while (all.length < lengths[kind]!) all.push(undefined)
  all[lengths[kind]!] = { ...(options as object | undefined), schema }
  return all
}
