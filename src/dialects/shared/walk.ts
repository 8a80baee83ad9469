/** What a handler knows of the list that its operation stands in. */
import type { Operation } from '../../operations/kinds.ts'
import { refText } from '../../schema/keys.ts'
import type { EnumType, Schema } from '../../schema/model.ts'
import type { CompileContext } from '../dialect.ts'

/** What a handler knows besides the contract's context: the whole list, where it stands in it, and how it began. */
export interface Walk extends CompileContext {
  readonly ops: readonly Operation[]
  /** Position of the operation in `ops`. */
  readonly at: number
  /** The schema before the first operation of the list. */
  readonly start: Schema
  /** Tables and views that the list made before this operation, by the name that they have now: nobody reads them yet. */
  readonly madeRelations: ReadonlySet<string>
}

/** The enum type as it stands before the operation, where that is known. */
export function enumBefore(
  context: CompileContext,
  type: { readonly schema?: string; readonly name: string },
): EnumType | undefined {
  const object = context.before.objects.get(`enum:${refText(type)}`)
  return object?.kind === 'enum' ? object : undefined
}
