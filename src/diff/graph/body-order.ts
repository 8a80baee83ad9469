/** The order among routines whose bodies are mere text in the catalog, yet are read when they are made (manual, CREATE FUNCTION; check_function_bodies). */
import type { Routine, Schema } from '../../schema/model.ts'
import { topoSort } from '../../util/topo-sort.ts'
import { rank } from './order.ts'

/** The keys with routines after those that their bodies name; everything else stays where it was. */
export function namedFirst(keys: readonly string[], schema: Schema): readonly string[] {
  const routines = keys.filter((key) => key.startsWith('routine:'))
  if (routines.length < 2) return keys
  const names = new Map<string, string[]>()
  for (const key of routines) {
    const { name } = schema.objects.get(key) as Routine
    names.set(name.toLowerCase(), [...(names.get(name.toLowerCase()) ?? []), key])
  }
  const sorted = topoSort(routines, (key) =>
    wordsOf(schema.objects.get(key) as Routine).flatMap((word) =>
      (names.get(word) ?? []).filter((other) => other !== key),
    ),
  ).order
  // What calls itself in a circle stays as it was.
  const all = [...sorted, ...routines.filter((key) => !sorted.includes(key))]
  return keys.map((key) => (key.startsWith('routine:') ? all.shift()! : key))
}

/** Where a routine stands: after the views where its body names one of those that are made with it. */
export function routineRank(routine: Routine, views: ReadonlySet<string>): number {
  return views.size > 0 && wordsOf(routine).some((word) => views.has(word)) ? rank.createView + 0.5 : rank.createRoutine
}

/** Words of a body in SQL, in lower case; procedural bodies are not looked into when they are made. */
function wordsOf(routine: Routine): readonly string[] {
  const { definition } = routine
  if (!/\blanguage\s+'?"?sql\b/iu.test(definition)) return []
  return [...new Set(definition.toLowerCase().match(/[\p{L}_][\p{L}\p{N}_$]*/gu))]
}
