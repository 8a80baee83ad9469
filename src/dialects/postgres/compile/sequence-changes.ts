/** How the options of a sequence change in place, and how its counter comes into new bounds (manual, ALTER SEQUENCE). */
import type { SequenceOptions } from '../../../schema/model.ts'

export interface SequenceChanges {
  /** Clauses of one ALTER SEQUENCE. */
  readonly clauses: readonly string[]
  /** Separate statements: the counter is moved to where the new bound allows it, then the bound is set. */
  readonly bound?: { readonly clause: string; readonly counter: string; readonly outside: string }
}

/**
 * Only what differs, with what the direction of counting changes implicitly. `was` undefined: not known, and all given options
 * are written. A counter that has not reached its first value is set to it; one that is past its last value keeps its
 * position, and the server refuses.
 */
export function sequenceChanges(was: SequenceOptions | undefined, is: SequenceOptions): SequenceChanges {
  const clauses: string[] = []
  const differs = (key: keyof SequenceOptions): boolean =>
    was === undefined ? is[key] !== undefined : String(was[key] ?? '') !== String(is[key] ?? '')
  const turned = was !== undefined && counts(was) !== counts(is)
  if (differs('increment')) clauses.push(`INCREMENT BY ${is.increment ?? 1}`)
  const min = differs('min') || turned ? (is.min === undefined ? 'NO MINVALUE' : `MINVALUE ${is.min}`) : undefined
  const max = differs('max') || turned ? (is.max === undefined ? 'NO MAXVALUE' : `MAXVALUE ${is.max}`) : undefined
  const late = counts(is) === 'up' ? min : max
  if (min !== undefined && min !== late) clauses.push(min)
  if (max !== undefined && max !== late) clauses.push(max)
  const nearer = late !== undefined && (was === undefined || isNearer(was, is))
  if (late !== undefined && !nearer) clauses.push(late)
  if (was === undefined ? is.start !== undefined : start(was) !== start(is)) clauses.push(`START WITH ${start(is)}`)
  if (differs('cache')) clauses.push(`CACHE ${is.cache ?? 1}`)
  if ((was?.cycle ?? false) !== (is.cycle ?? false)) clauses.push(is.cycle === true ? 'CYCLE' : 'NO CYCLE')
  if (!nearer || late === undefined) return { clauses }
  const first = firstBound(is)
  return {
    clauses,
    bound: {
      clause: late,
      counter: first === start(is) ? String(first) : `CASE WHEN is_called THEN ${first} ELSE ${start(is)} END`,
      outside: `last_value ${counts(is) === 'up' ? '<' : '>'} ${first}`,
    },
  }
}

const counts = (o: SequenceOptions): 'up' | 'down' => (BigInt(o.increment ?? 1) < 0n ? 'down' : 'up')

/** The bound where counting begins. */
const firstBound = (o: SequenceOptions): bigint => (counts(o) === 'up' ? BigInt(o.min ?? 1) : BigInt(o.max ?? -1))

const start = (o: SequenceOptions): bigint => (o.start === undefined ? firstBound(o) : BigInt(o.start))

function isNearer(was: SequenceOptions, is: SequenceOptions): boolean {
  if (counts(is) === 'up') return counts(was) === 'down' || firstBound(is) > firstBound(was)
  return counts(was) === 'up' || firstBound(is) < firstBound(was)
}
