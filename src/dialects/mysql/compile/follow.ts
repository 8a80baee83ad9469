/** Views, triggers and routines that refer to a renamed object: MySQL and MariaDB keep their texts, which would break. */
import { openDraft } from '../../../operations/fold/draft.ts'
import type { Operation } from '../../../operations/kinds.ts'
import { applyTo } from '../../../operations/operation.ts'
import type { CompileContext, Draft } from '../../dialect.ts'
import { createTrigger, createView, dropTrigger } from './objects.ts'

/** Statements that recreate, with the new names, the objects whose texts change by the rename. */
export function followNames(op: Operation, context: CompileContext): readonly Draft[] {
  const draft = openDraft(context.before, true)
  applyTo(draft, op)
  const out: Draft[] = []
  for (const [key, object] of draft.objects) {
    const before = context.before.objects.get(key)
    if (before === object || before === undefined) continue
    if (object.kind === 'view' && before.kind === 'view' && object.definition !== before.definition)
      out.push(createView(object, true))
    else if (object.kind === 'trigger' && before.kind === 'trigger' && object.definition !== before.definition)
      out.push(dropTrigger(before.name), createTrigger(object))
  }
  return out
}
