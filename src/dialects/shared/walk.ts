/** A handler's context from the list that its operation is in. */
import type { Operation } from '../../operations/kinds.ts'
import { refText } from '../../schema/keys.ts'
import type { EnumType, Schema } from '../../schema/model.ts'
import type { CompileContext } from '../dialect.ts'

/** A handler's context besides the contract's: the whole list, the operation's index in it, and the schema before it. */
export interface Walk extends CompileContext {
  readonly ops: readonly Operation[]
  /** Position of the operation in `ops`. */
  readonly at: number
  /** The schema before the first operation of the list. */
  readonly start: Schema
  /** For hazards: tables and views that the list created before this operation, by their current name; no other session uses them yet. */
  readonly madeRelations: ReadonlySet<string>
}

/** The enum type before the operation, where that is known. */
export function enumBefore(
  context: CompileContext,
  type: { readonly schema?: string; readonly name: string },
): EnumType | undefined {
  const object = context.before.objects.get(`enum:${refText(type)}`)
  return object?.kind === 'enum' ? object : undefined
}
