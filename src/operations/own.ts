/** Operations of a project's own, as its configuration defines them, in the form that the recorder takes. */
import { AmbixError } from '../errors.ts'
import type { CustomDefinition, Operation, OperationOf } from './kinds.ts'
import { freeze } from './plain.ts'
import type { CustomOperation } from './recorder.ts'

/** One operation of the project's own: `op.<name>(…args)`. `Args` types the functions; what a revision passes is not checked. */
export interface OperationExtension<Args extends readonly unknown[] = readonly unknown[]> {
  /** Checks the arguments in a revision, and returns them as they are to be kept. Throws for invalid ones. */
  create?(...args: Args): readonly unknown[]
  /** Other operations that replace this one; nothing else has to be defined then. */
  expand?(...args: Args): Operation | readonly Operation[]
  reverse?(...args: Args): Operation | readonly Operation[] | undefined
  apply?(objects: Parameters<NonNullable<CustomDefinition['apply']>>[0], ...args: Args): void
  footprint?(...args: Args): { readonly reads: readonly string[]; readonly writes: readonly string[] }
  /** The statements, by dialect: `{ postgres: ([name]) => `…` }`. */
  readonly compile?: Readonly<
    Record<
      string,
      (
        args: Args,
        context: { readonly offline: boolean; readonly serverVersion?: number },
      ) => string | readonly string[]
    >
  >
  /** How a revision file writes it; the usual is `op.<name>(…args)`. */
  render?(...args: Args): string
}

/** Types an operation of one's own: its functions know their arguments. */
export function defineOperation<Args extends readonly unknown[]>(
  extension: OperationExtension<Args>,
): OperationExtension {
  // The functions are called with the arguments of a revision, whose types cannot be checked.
  return extension as unknown as OperationExtension
}

/** By name, as the recorder takes them. */
export function recorderOperations(
  own: Readonly<Record<string, OperationExtension>> = {},
): Readonly<Record<string, CustomOperation>> {
  return Object.fromEntries(
    Object.entries(own).map(([name, extension]) => [
      name,
      (...args: readonly unknown[]) => make(name, extension, args),
    ]),
  )
}

/** Makes one as data, for comparators and rewriters. Throws OPERATION.INVALID for a name that the config does not have. */
export function ownOperation(
  own: Readonly<Record<string, OperationExtension>> | undefined,
  name: string,
  args: readonly unknown[],
): Operation | readonly Operation[] {
  const extension = own?.[name]
  if (extension === undefined)
    throw new AmbixError('OPERATION.INVALID', `The configuration defines no operation ${name}`)
  return make(name, extension, args)
}

function make(
  name: string,
  extension: OperationExtension,
  given: readonly unknown[],
): Operation | readonly Operation[] {
  const args = extension.create?.(...given) ?? given
  if (extension.expand !== undefined) return extension.expand(...args)
  const { reverse, apply, footprint, compile } = extension
  return freeze<OperationOf<'custom'>>({
    kind: 'custom',
    name,
    args,
    definition: { reverse, apply, footprint, compile },
  })
}
