/** Objects that a column of a revision declares: enums to create before, keys, references, checks and indexes to create after. */
import { columnData, isColumn } from '../schema/declare/column.ts'
import type { EnumData } from '../schema/declare/enum-labels.ts'
import { resolved } from './input/columns.ts'
import { creationOf } from './definitions/create-constraints.ts'
import { createEnum } from './definitions/enums/enums.ts'
import type { Kind, Operation } from './kinds.ts'
import { freeze, ref } from './plain.ts'

/** The builders among the arguments of an operation that creates columns. */
function buildersIn(kind: Kind, args: readonly unknown[]): readonly unknown[] {
  if (kind === 'createTable') return typeof args[1] === 'object' && args[1] !== null ? Object.values(args[1]) : []
  if (kind === 'addColumn') return [args[2]]
  if (kind === 'alterColumn' && typeof args[2] === 'object' && args[2] !== null && 'type' in args[2])
    return [args[2].type]
  return []
}

/**
 * An enum that is declared where it is used (not by reference) is created before, when it is missing, and compared with
 * its labels when it exists (specs/enums.md S12).
 */
export function inlineEnums(kind: Kind, args: readonly unknown[]): readonly Operation[] {
  const made = new Map<string, Operation>()
  for (const builder of buildersIn(kind, args)) {
    const data: EnumData | undefined = isColumn(builder) ? columnData(builder).enum : undefined
    if (data === undefined || !data.native || data.createType === false) continue
    const op = createEnum.create(data.name, data.labels, {
      schema: data.schema,
      comment: data.comment,
      ifMissing: true,
    })
    made.set(JSON.stringify([data.schema, data.name]), op)
  }
  return [...made.values()]
}

/** An enum that a dropped column was declared with is dropped when nothing else uses it. */
export function inlineLeftovers(kind: Kind, args: readonly unknown[]): readonly Operation[] {
  const options = kind === 'dropColumn' ? args[2] : kind === 'dropTable' ? args[1] : undefined
  if (typeof options !== 'object' || options === null || !('was' in options)) return []
  const made =
    kind === 'dropColumn'
      ? inlineEnums('addColumn', [args[0], args[1], options.was])
      : inlineEnums('createTable', [
          args[0],
          isObject(options.was) && 'columns' in options.was ? options.was.columns : undefined,
        ])
  return made.flatMap((op) => (op.kind === 'createEnum' ? freeze(createEnum.reverse(op) as Operation) : []))
}

const isObject = (x: unknown): x is object => typeof x === 'object' && x !== null

/** The constraints and indexes of an added column, each an operation of its own. A new table holds its own. */
export function inlineParts(kind: Kind, args: readonly unknown[]): readonly Operation[] {
  if (kind !== 'addColumn') return []
  const [table, column, builder, options] = args as readonly [
    string,
    string,
    unknown,
    { readonly schema?: string } | undefined,
  ]
  if (!isColumn(builder)) return []
  const { constraints, indexes } = resolved('addColumn', column, builder, table)
  const on = ref(table, options?.schema)
  return [
    ...constraints.map((c) => freeze<Operation>(creationOf(on, c))),
    ...indexes.map((i) => freeze<Operation>({ kind: 'createIndex', table: on, index: i })),
  ]
}
