/** `stamp --verify`: the database must have the schema that the revisions up to the targets make. */
import { AmbixError } from '../errors.ts'
import { renderOperation } from '../revisions/write/render.ts'
import { resolveRef } from '../revisions/targets/resolve.ts'
import { compareWithRevisions } from './run/made.ts'
import type { Project } from './project/project.ts'

/** Throws DIFF.NOT_VERIFIED with what the database would need. */
export async function verifyStamp(project: Project, targets: readonly string[]): Promise<void> {
  const ids = targets.flatMap((target) => resolveRef(project.graph(), target, { purpose: 'stamp' }).ids)
  const { upgrade: missing } = (await compareWithRevisions(project, ids, { run: false })).difference
  if (missing.length === 0) return
  throw new AmbixError(
    'DIFF.NOT_VERIFIED',
    `The database is not what the revisions up to ${targets.join(', ')} make: nothing was stamped`,
    {
      why: `It would take:\n${missing
        .slice(0, 20)
        .map((op) => renderOperation(op))
        .join('\n')}`,
      next: [
        'Run the missing revisions instead, or stamp another revision',
        'Or leave out --verify, if the difference is meant',
      ],
      data: { missing },
    },
  )
}
