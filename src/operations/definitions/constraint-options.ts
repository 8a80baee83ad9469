/** The options that constraints share, and what they are in the model. */
import type { Constraint, PrimaryKey } from '../../schema/model.ts'
import type { InSchema } from '../define.ts'
import { stringValues } from './indexes.ts'
import { flag } from '../plain.ts'

/** The options of the index behind a constraint. */
export interface StorageOptions {
  readonly with?: Readonly<Record<string, string | number | boolean>>
  readonly tablespace?: string
}

export const storageKeys = ['with', 'tablespace'] as const

export const storage = (options: StorageOptions): Pick<PrimaryKey, 'with' | 'tablespace'> => ({
  with: options.with === undefined ? undefined : stringValues(options.with),
  tablespace: options.tablespace,
})

interface DeferrableOptions {
  readonly deferrable?: boolean
  /** `deferred` makes it deferrable too. */
  readonly initially?: 'immediate' | 'deferred'
}

export interface ConstraintOptions extends InSchema, DeferrableOptions {
  readonly comment?: string
  /** The constraint comes from a parent table. */
  readonly inherited?: boolean
}

export const commonKeys = ['schema', 'comment', 'inherited', 'deferrable', 'initially'] as const

/** The options that all constraints share, as in the model. */
export function common(
  options: ConstraintOptions,
): Partial<Pick<Constraint, 'deferrable' | 'initiallyDeferred' | 'comment' | 'inherited'>> {
  const deferred = options.initially === 'deferred'
  return {
    deferrable: flag(options.deferrable === true || deferred),
    initiallyDeferred: flag(deferred),
    comment: options.comment,
    inherited: flag(options.inherited),
  }
}

export function commonInput(c: Constraint): ConstraintOptions {
  return {
    deferrable: c.deferrable,
    initially: c.initiallyDeferred === true ? 'deferred' : undefined,
    comment: c.comment,
    inherited: c.inherited,
  }
}
