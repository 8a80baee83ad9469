/** The `onVersionApply` of the configuration or of env.ts, as called by the runtime. */
import type { Config } from '../../config/config.ts'
import type { RevisionStep } from '../../runtime/types.ts'

export function versionListener(given: Config['onVersionApply']): ((step: RevisionStep) => Promise<void>) | undefined {
  if (given === undefined) return undefined
  const listeners = typeof given === 'function' ? [given] : given
  return async (step) => {
    const from = step.edits.flatMap((e) => (e.kind === 'insert' ? [] : [e.from]))
    const to = step.edits.flatMap((e) => (e.kind === 'delete' ? [] : [e.to]))
    for (const listener of listeners) await listener({ direction: step.direction, revision: step.revision, from, to })
  }
}
