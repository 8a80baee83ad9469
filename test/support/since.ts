/** Which PostgreSQL a schema needs, by what it says: cases that an older server cannot take are left out, and counted. */
import { test } from 'vitest'

const features: readonly (readonly [RegExp, number])[] = [
  [/\bNULLS NOT DISTINCT\b|\bTABLES IN SCHEMA\b|\bsecurity_invoker\b/i, 15],
  [/CREATE PUBLICATION[^;]*(?:\bWHERE\s*\(|\bTABLE (?:ONLY )?[^\s;,]+ \()/i, 15],
  [/\bBEGIN ATOMIC\b|\bRETURN [^;']*;?\s*$|\bCOMPRESSION\b|multirange|pg_read_all_data|minmax_multi/im, 14],
  [/CREATE STATISTICS[^;]* ON (?:[^;]*, *)?\(/i, 14],
  [/\bgen_random_uuid\b|\bdeduplicate_items\b|ALTER STATISTICS/i, 13],
]

/** Those of the cases that the server takes; a skipped test says how many it does not. */
export function takenBy<T>(major: number, cases: readonly T[], sqlOf: (one: T) => string): readonly T[] {
  const taken = cases.filter((one) => features.every(([word, since]) => major >= since || !word.test(sqlOf(one))))
  if (taken.length < cases.length)
    test.skip(`${cases.length - taken.length} cases need a newer PostgreSQL than ${major}`, () => {})
  return taken
}
