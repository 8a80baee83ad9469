/** Rewriting what autogenerate found, operation by operation, before a revision is written (specs/alembic.md P8). */
import type { RevisionProcessor } from '../../config/hooks.ts'
import type { Kind, Operation, OperationOf } from '../../operations/kinds.ts'
import { footprintOf, reverseOf } from '../../operations/operation.ts'

/** By kind of operation: another one or several instead, null for none, undefined to leave it as it is. */
export type RewriteRules = {
  readonly [K in Kind]?: (operation: OperationOf<K>) => Operation | readonly Operation[] | null | undefined
}

/**
 * A processor for `processRevisionDirectives` that looks at each operation once, up and down; several make a chain.
 * What is removed from the upgrade is removed from the downgrade too.
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
      const upgrade = directive.upgrade.map((operation) => ({ operation, now: rewrite(operation) }))
      const dropped = upgrade.filter(({ now }) => now.length === 0).map(({ operation }) => operation)
      directive.upgrade = upgrade.flatMap(({ now }) => now)
      directive.downgrade = withoutReverses(directive.downgrade, dropped).flatMap(rewrite)
    }
  }
}

/** The way back without what would undo operations that are not done: those of the reverse's kind that touch the same. */
function withoutReverses(downgrade: readonly Operation[], dropped: readonly Operation[]): readonly Operation[] {
  const rest = [...downgrade]
  for (const operation of dropped) {
    for (const reverse of reverseOf(operation) ?? []) {
      const at = rest.findIndex((other) => touches(other) === touches(reverse))
      if (at >= 0) rest.splice(at, 1)
    }
  }
  return rest
}

const touches = (operation: Operation): string =>
  JSON.stringify([operation.kind, footprintOf(operation).writes.toSorted()])
