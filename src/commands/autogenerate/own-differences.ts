/** Differences that the project's own comparators (issue 3, item 11) and the bookkeeping tables of an ORM add. */
import type { Difference } from '../../diff/model/types.ts'
import { AmbixError } from '../../errors.ts'
import { shown } from '../../schema/shapes.ts'
import type { Connection } from '../../drivers/driver.ts'
import type { Operation } from '../../operations/kinds.ts'
import { reverseAll } from '../../operations/operation.ts'
import { ownOperation } from '../../operations/own.ts'
import type { Schema } from '../../schema/model.ts'
import type { Beside } from '../../sources/source.ts'
import type { Project } from '../project/project.ts'

/** Up: ambix's operations, then theirs; down: in reverse. Throws REVISION.IRREVERSIBLE for one that cannot be reversed. */
export async function withOwnDifferences(
  project: Project,
  difference: Difference,
  place: {
    readonly current: Schema
    readonly wished: Schema
    readonly connection: Connection
    readonly dialect: string
  },
  beside?: Beside,
): Promise<Difference> {
  const { comparators = [], operations } = project.settings.raw
  let upgrade: readonly Operation[] = difference.upgrade
  let downgrade: readonly Operation[] = difference.downgrade
  if (beside !== undefined) {
    const run = (sql: string): Operation => ({ kind: 'execute', sql })
    upgrade = [...upgrade, ...beside.up.map(run)]
    downgrade = [...beside.down.map(run), ...downgrade]
  }
  for (const comparator of comparators) {
    const own = await comparator({ ...place, operation: (name, ...args) => ownOperation(operations, name, args) })
    if (own === undefined) continue
    if (!Array.isArray(own?.upgrade))
      throw new AmbixError('CONFIG.INVALID', 'A comparator of the configuration gives no operations', {
        why: `It gives ${shown(own)}`,
        next: ['Return { upgrade: [ … ] }, with `downgrade` where that is not the reverse, or nothing'],
      })
    if (own.upgrade.length === 0) continue
    upgrade = [...upgrade, ...own.upgrade]
    downgrade = [...(own.downgrade ?? reverseAll(own.upgrade)), ...downgrade]
  }
  return upgrade === difference.upgrade ? difference : { ...difference, upgrade, downgrade }
}
