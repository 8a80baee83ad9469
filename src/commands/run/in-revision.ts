/** Which revision an operation belongs to that cannot be compiled. */
import { AmbixError, isAmbixError } from '../../errors.ts'
import { placeOfError, placeText } from '../../util/written-at.ts'
import type { Revision } from '../../revisions/revision.ts'
import type { MoveDirection } from './types.ts'

/** Runs `work`; adds the revision and its file to its OPERATION.* and ENUM.* errors. */
export async function inRevision<T>(revision: Revision, direction: MoveDirection, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isAmbixError(error) || !/^(?:OPERATION|ENUM)\./.test(error.code)) throw error
    const at = placeOfError(error)
    const place = `In ${direction} of revision ${revision.id}, ${at === undefined ? revision.file : placeText(at)}`
    if (error.why?.includes(`In ${direction} of revision ${revision.id}, `) === true) throw error
    throw new AmbixError(error.code, error.message, {
      why: error.why === undefined ? place : `${error.why}\n${place}`,
      next: error.next,
      data: { ...error.data, revision: revision.id, ...at },
      cause: error,
    })
  }
}
