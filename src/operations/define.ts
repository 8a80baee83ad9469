/** Helpers for writing definitions of operations: typed once, options checked, texts and refs converted to plain data. */
import type { Described, Grant, Ref } from '../schema/model.ts'
import { renderSql, type Sql, sql, isSql, standardSpelling } from '../schema/sql.ts'
import type { Draft, Footprint, OperationDefinition } from './definition.ts'
import { AmbixError } from '../errors.ts'
import { refOrName, shown } from '../schema/shapes.ts'
import { invalid } from './invalid.ts'
import type { Kind, Operation, OperationOf } from './kinds.ts'
import { compact, freeze, ref } from './plain.ts'

/** The five questions, with the arguments read off `create` alone. */
interface Answers<K extends Kind, Args extends readonly unknown[]> {
  create(...args: Args): OperationOf<NoInfer<K>>
  args(op: OperationOf<NoInfer<K>>): readonly [...NoInfer<Args>]
  reverse(op: OperationOf<NoInfer<K>>): Operation | readonly Operation[] | undefined
  apply(draft: Draft, op: OperationOf<NoInfer<K>>): void
  footprint(op: OperationOf<NoInfer<K>>): Footprint
}

/** Gives a definition its types; `create` returns compact, frozen data. */
export function define<const K extends Kind, Args extends readonly unknown[]>(
  kind: K,
  answers: Answers<K, Args>,
): OperationDefinition<K, Args> {
  // The definitions depend on K and Args only; NoInfer is there for inference and has no meaning here.
  const definition = { kind, ...answers, create: (...args: Args) => freeze(answers.create(...args)) }
  return Object.freeze(definition) as unknown as OperationDefinition<K, Args>
}

/** An operation without undefined properties. */
export function operation<const O extends Operation>(op: O): O {
  return compact(op)
}

/** SQL of a revision: plain text, or a fragment. */
export type SqlText = Sql | string

/** The text of a fragment as standard SQL, or a string unchanged. */
export function textOf(operationName: string, what: string, value: unknown): string {
  if (typeof value === 'string') return value
  if (isSql(value)) return renderSql(value, standardSpelling)
  throw invalid(operationName, `${what} must be SQL: a string or sql\`…\``)
}

/** A text as a fragment, which the printer shows as a template. */
export function sqlOf(text: string): Sql {
  return sql.raw(text)
}

export const optionalSql = (text: string | undefined): Sql | undefined => (text === undefined ? undefined : sqlOf(text))

export interface InSchema {
  /** Absent: the connection's default schema. */
  readonly schema?: string
}

/** Options of every named object. */
export interface DescribedOptions {
  readonly comment?: string
  readonly owner?: string
  readonly grants?: readonly Grant[]
}

export const describedKeys = ['comment', 'owner', 'grants'] as const

export function describedOf(from: DescribedOptions | Described): DescribedOptions {
  return { comment: from.comment, owner: from.owner, grants: from.grants }
}

/** A table or type by name, or by name and schema: `'users'`, `{ schema: 'app', name: 'users' }`. */
export type RefInput = string | Ref

/** Throws OPERATION.INVALID for what is neither. */
export function refOf(input: RefInput): Ref {
  if (!refOrName.fits(input))
    throw new AmbixError('OPERATION.INVALID', `A table or type must be ${refOrName.wants}.`, {
      why: `${shown(input)} was given.`,
    })
  return typeof input === 'string' ? { name: input } : ref(input.name, input.schema)
}

export function refInput(of: Ref): RefInput {
  return of.schema === undefined ? of.name : ref(of.name, of.schema)
}
