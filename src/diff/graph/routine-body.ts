/** Names in a routine's body: only text in the catalog, which is read when the routine is called. */
import type { Routine } from '../../schema/model.ts'
import { partsOfDefinition } from '../../schema/routine-parts.ts'

/** Words of a body that is a string, in lower case. */
export function wordsOfBody(routine: Routine): ReadonlySet<string> {
  const { body, parsed } = partsOfDefinition(routine.definition)
  return parsed ? new Set() : new Set(body.toLowerCase().match(/[\p{L}_][\p{L}\p{N}_$]*/gu))
}
