/** The difference in forms that keep nobody waiting, where the configuration or `--safe` asks for them. */
import { safeForms } from '../../diff/safe-forms.ts'
import type { Difference } from '../../diff/model/types.ts'
import type { Operation } from '../../operations/kinds.ts'
import type { Schema } from '../../schema/model.ts'
import type { Comparison } from './compare.ts'

/** Both ways, each from the schema that it finds. */
export function inSafeForms(
  { difference, current, wished, dialect, serverVersion }: Comparison,
  tables: true | readonly string[],
): Difference {
  const safe = (ops: readonly Operation[], before: Schema): readonly Operation[] =>
    safeForms(ops, before, {
      tables,
      rewrites: (op) =>
        dialect
          .compile([op], before, { offline: false, serverVersion })
          .some((s) => s.hazards.some((h) => h.code === 'TABLE_REWRITE')),
    })
  return { ...difference, upgrade: safe(difference.upgrade, current), downgrade: safe(difference.downgrade, wished) }
}
