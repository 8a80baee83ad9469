/** Steps of a stamp as the runtime takes them. */
import type { StampStep } from '../../revisions/steps/stamp.ts'
import type { RevisionStep } from '../../runtime/types.ts'
import type { Ancestry } from '../project/ancestry.ts'
import { checksumOf } from '../project/checksum.ts'
import { versionEdits } from '../project/state.ts'

/** Steps that record where the database is, and run nothing. */
export function stampedSteps(list: readonly StampStep[], ancestry: Ancestry): RevisionStep[] {
  return list.map((s) => ({
    revision: s.revision?.id ?? s.from.join(' '),
    direction: 'stamp',
    message: '',
    down: s.from,
    edits: versionEdits(s.edits),
    ...(s.revision === undefined
      ? {}
      : { checksum: checksumOf(s.revision), recordedAs: () => ancestry.recordFile(s.revision!.id) }),
  }))
}
