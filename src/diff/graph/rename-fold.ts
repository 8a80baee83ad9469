/** Renames applied to a schema whose dependencies a database reported: they stay complete. */
import { toldDependencies } from '../../operations/fold/draft.ts'
import type { Operation } from '../../operations/kinds.ts'
import { fold } from '../../operations/operation.ts'
import { lazySchema } from '../../schema/lazy.ts'
import type { Schema } from '../../schema/model.ts'

/** The schema after operations that only rename and move. Throws what `fold` throws. */
export function foldRenames(schema: Schema, ops: readonly Operation[]): Schema {
  const folded = fold(schema, ops).schema
  return schema.told === true
    ? lazySchema(folded.objects, () => toldDependencies(folded), folded.uncovered, true)
    : folded
}
