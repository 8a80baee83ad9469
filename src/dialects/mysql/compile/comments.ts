/** Comments of columns and indexes: each is part of a definition, which is repeated in full. */
import type { OperationOf } from '../../../operations/kinds.ts'
import type { Ref } from '../../../schema/model.ts'
import type { CompileContext, Draft, Unsupported } from '../../dialect.ts'
import { quote, text } from '../spell/quote.ts'
import { alterTable } from './alter.ts'
import { modify } from './modify.ts'
import { cannot, columnBefore, constraintClause, indexClause, no, serverIn } from './writer.ts'

export function commentOn(op: OperationOf<'comment'>, context: CompileContext): readonly Draft[] | Unsupported {
  const { on } = op
  const ref: Ref = { ...(on.schema === undefined ? {} : { schema: on.schema }), name: on.name }
  const comment = op.comment === null ? {} : { comment: op.comment }
  if (on.kind === 'table') return [alterTable(ref, [`COMMENT = ${text(op.comment ?? '')}`], undefined, ['comment'])]
  if (on.kind === 'column' && on.part !== undefined) {
    const column = columnBefore(context, ref, on.part)
    if (column === undefined) return no(`column ${on.name}.${on.part} is not known here`)
    const { comment: _, ...rest } = column
    const step = modify(ref, { ...rest, ...comment }, context)
    return cannot(step) ? step : [step]
  }
  if (on.kind === 'index' || on.kind === 'constraint') return ofIndex(on, comment, context)
  // An enum is not an object here: its comment is kept only in the models.
  if (on.kind === 'type') return []
  return no(`MySQL and MariaDB keep no comment of a ${on.kind}`)
}

function ofIndex(
  on: OperationOf<'comment'>['on'],
  comment: { readonly comment?: string },
  context: CompileContext,
): readonly Draft[] | Unsupported {
  const name = on.part ?? on.name
  for (const object of context.before.objects.values()) {
    if (object.kind !== 'table' || (on.part !== undefined && object.name !== on.name)) continue
    const index = object.indexes.find((i) => i.name === name)
    const unique = object.constraints.find((c) => (c.kind === 'unique' || c.kind === 'primaryKey') && c.name === name)
    const bare = index ?? unique
    if (bare === undefined) continue
    const { comment: _, ...rest } = bare
    const clause =
      index !== undefined
        ? indexClause({ ...(rest as typeof index), ...comment }, serverIn(context))
        : constraintClause({ ...(rest as NonNullable<typeof unique>), ...comment }, serverIn(context))
    if (cannot(clause)) return clause
    const drop = unique?.kind === 'primaryKey' && index === undefined ? 'DROP PRIMARY KEY' : `DROP INDEX ${quote(name)}`
    return [alterTable(object, [drop, `ADD ${clause}`])]
  }
  return no(`only comments of indexes and unique constraints are kept, and ${name} is not one that is known here`)
}
