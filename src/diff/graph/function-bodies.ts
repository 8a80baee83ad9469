/** Function bodies that are mere text: PostgreSQL follows a label's new name everywhere but there (specs/enums.md section 5, rule 10). */
import { enumKey, refText, typeKey } from '../../schema/keys.ts'
import type { EnumType, Ref, Schema } from '../../schema/model.ts'
import { isTable } from './dependants.ts'
import { mentionsName } from './mentions.ts'
import { literal } from '../model/quote.ts'

/** A note for each function whose body still has a label that is renamed or dropped, and names the type or a column of it. */
export function staleBodies(current: Schema, wished: Schema, enumBefore: (type: EnumType) => Ref): readonly string[] {
  const notes: string[] = []
  for (const type of wished.objects.values()) {
    if (type.kind !== 'enum') continue
    const had = current.objects.get(enumKey(enumBefore(type)))
    if (had === type || had?.kind !== 'enum') continue
    const gone = had.values.filter((label) => !type.values.includes(label))
    if (gone.length === 0) continue
    const columns = [...wished.objects.values()]
      .filter(isTable)
      .flatMap((t) => t.columns.flatMap((c) => (typeKey(c.type) === enumKey(type) ? [c.name] : [])))
    for (const routine of wished.objects.values()) {
      if (routine.kind !== 'routine' || /\bBEGIN\s+ATOMIC\b/i.test(routine.definition)) continue
      const said = gone.filter((label) => routine.definition.includes(literal(label)))
      if (said.length === 0 || ![type.name, ...columns].some((n) => mentionsName(routine.definition, n))) continue
      notes.push(
        `${routine.routineKind} ${refText(routine)}(${routine.identityArguments}) says ${said.map(literal).join(', ')} in its body, which PostgreSQL does not read: ${refText(type)} has no such label any more`,
      )
    }
  }
  return notes
}
