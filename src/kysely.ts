/** Values as the models' types say, members and labels among them: what `ambix/kysely` exports. */
import type { KyselyPlugin, OperationNode, RootOperationNode } from 'kysely'
import { decodeRow, type Shape, type Unknown } from './kysely/codec.ts'
import { encoded } from './kysely/parameters.ts'
import { registryOf } from './kysely/registry.ts'
import { outputOf, rootScope } from './kysely/scope.ts'
import type { DatabaseOf } from './schema/declare/infer.ts'

export { type KyselyDialect, kyselyOf } from './kysely/query-builder.ts'
export { type EnumCodecs, enumCodecs } from './kysely/type-codecs.ts'
export type { DatabaseOf } from './schema/declare/infer.ts'

/** The tables of a module's exports, for `new Kysely<Database<typeof schema>>`; see `DatabaseOf`. */
export type Database<M> = DatabaseOf<M>

export interface AmbixPluginOptions {
  /** The result for a label that the models do not have: an error (the default), or the label itself. */
  readonly unknown?: Unknown
}

/** Kinds of query nodes that refer to columns of tables. */
const queries = ['SelectQueryNode', 'InsertQueryNode', 'UpdateQueryNode', 'DeleteQueryNode', 'MergeQueryNode']

/**
 * A Kysely plugin, for any dialect, that turns members of declared enums into what is persisted wherever a query
 * takes a parameter, and labels in results back into members, through joins, aliases, subqueries and common table expressions.
 * Columns with `.defaultFn()` are filled on insert. Raw SQL is left alone, except for `any(${members})`.
 * Columns of built-in types and arrays give the values that their TypeScript types say, whatever the driver makes of them.
 * Throws ENUM.INVALID for values that are not members, and for labels that the models do not declare;
 * SCHEMA.INVALID for a value of `bigint({ mode: 'number' })` that JavaScript cannot hold exactly.
 *
 * @example new Kysely<Database<typeof schema>>({ dialect, plugins: [ambixPlugin(schema)] })
 */
export function ambixPlugin(schema: object, options: AmbixPluginOptions = {}): KyselyPlugin {
  const unknown = options.unknown ?? 'error'
  const scope = rootScope(registryOf(schema))
  const shapes = new WeakMap<object, Shape>()
  return {
    transformQuery({ node, queryId }) {
      const root: OperationNode = node
      if (!queries.includes(root.kind)) return node
      const shape = outputOf(root, scope).filter((c) => c.codec !== undefined)
      if (shape.length > 0) shapes.set(queryId, shape)
      return encoded(root, scope) as RootOperationNode
    },
    async transformResult({ result, queryId }) {
      const shape = shapes.get(queryId)
      return shape === undefined
        ? result
        : { ...result, rows: result.rows.map((row) => decodeRow(row, shape, unknown)) }
    },
  }
}
