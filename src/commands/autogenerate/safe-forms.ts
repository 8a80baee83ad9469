/** The difference in forms that keep nobody waiting: by default where there are others that could wait. */
import type { Safe } from '../../config/config.ts'
import { safeForms } from '../../diff/safe-forms.ts'
import type { Difference } from '../../diff/model/types.ts'
import type { Operation } from '../../operations/kinds.ts'
import { refText } from '../../schema/keys.ts'
import type { Ref, Schema } from '../../schema/model.ts'
import type { Comparison } from './compare.ts'

/** Both ways, each from the schema that it finds. A note says so where nobody has asked for it. */
export async function inSafeForms(
  comparison: Comparison,
  wanted: Safe | undefined,
  settings: { readonly transactionPerMigration: boolean },
): Promise<Difference> {
  const { difference, current, wished, dialect, serverVersion, connection } = comparison
  const safe = wanted ?? (settings.transactionPerMigration && connection.singleSession !== true)
  if (safe === false || dialect.facts.safeForms !== true) return difference
  const meant = await tables(comparison, safe)
  const forms = (ops: readonly Operation[], before: Schema): readonly Operation[] =>
    safeForms(ops, before, {
      meant,
      rewrites: (op) =>
        dialect
          .compile([op], before, { offline: false, serverVersion })
          .some((s) => s.hazards.some((h) => h.code === 'TABLE_REWRITE')),
    })
  const upgrade = forms(difference.upgrade, current)
  const changed = upgrade.length !== difference.upgrade.length || upgrade.some((op, i) => op !== difference.upgrade[i])
  return {
    ...difference,
    upgrade,
    downgrade: forms(difference.downgrade, wished),
    notes: wanted === undefined && changed ? [...difference.notes, note] : difference.notes,
  }
}

const note =
  'what would keep other sessions waiting is written in forms that do not, which take several transactions; --no-safe writes the short forms (docs/safety.md#safe-forms)'

/** Those that have at least as many rows are asked for at once, for all tables of the difference. */
async function tables(
  { difference, dialect, connection }: Comparison,
  safe: Exclude<Safe, false>,
): Promise<(table: Ref) => boolean> {
  if (safe === true) return () => true
  if (!('rows' in safe)) return (table) => safe.includes(refText(table))
  const touched = new Map<string, Ref>()
  for (const op of [...difference.upgrade, ...difference.downgrade])
    if ('table' in op && op.table !== undefined) touched.set(refText(op.table), op.table)
  const query = dialect.largeTables?.([...touched.values()], safe.rows)
  if (query === undefined || touched.size === 0) return () => false
  const texts = [...touched.keys()]
  const large = new Set((await connection.values(query)).map(([place]) => texts[Number(place)]))
  return (table) => large.has(refText(table))
}
