/** Rewriting what autogenerate found, operation by operation, before a revision is written (specs/alembic.md P8). */
import type { RevisionProcessor } from '../config/hooks.ts'
import type { Kind, Operation, OperationOf } from '../operations/kinds.ts'

/** By kind of operation: another one or several instead, null for none, undefined to leave it as it is. */
export type RewriteRules = {
  readonly [K in Kind]?: (operation: OperationOf<K>) => Operation | readonly Operation[] | null | undefined
}

/**
 * A processor for `processRevisionDirectives` that looks at each operation once, up and down; several make a chain.
 *
 * @example processRevisionDirectives: [rewriter({ dropTable: () => null }), rewriter({ createIndex: (op) => ({ ...op, concurrently: true }) })]
 */
export function rewriter(rules: RewriteRules): RevisionProcessor {
  const rewrite = (operation: Operation): readonly Operation[] => {
    // The rule under a kind takes operations of that kind.
    const rule = rules[operation.kind] as
      | ((operation: Operation) => Operation | readonly Operation[] | null | undefined)
      | undefined
    const result = rule?.(operation)
    if (result === undefined) return [operation]
    if (result === null) return []
    return Array.isArray(result) ? (result as readonly Operation[]) : [result as Operation]
  }
  return (directives) => {
    for (const directive of directives) {
      directive.upgrade = directive.upgrade.flatMap(rewrite)
      directive.downgrade = directive.downgrade.flatMap(rewrite)
    }
  }
}
