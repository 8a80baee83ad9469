/** Operations on constraints that are there; those that add one are in create-constraints.ts. */
import { constraintKey, indexKey, tableKey } from '../../schema/keys.ts'
import type { Constraint } from '../../schema/model.ts'
import { type ConstraintInput, constraintInput, constraintOf } from './constraint-input.ts'
import { constraintFootprint, creationOf } from './create-constraints.ts'
import { define, type InSchema, operation } from '../define.ts'
import type { Draft } from '../definition.ts'
import { editConstraint, isChild, ownerOfIndex, rewriteDependencies, without } from '../fold/draft.ts'
import { checkName, checkOptions } from '../invalid.ts'
import type { OperationOf } from '../kinds.ts'
import { compact, flag, optionsOf, ref } from '../plain.ts'

export interface DropConstraintOptions extends InSchema {
  readonly type?: Constraint['kind']
  readonly ifExists?: boolean
  /** The constraint as it was before, for the reverse. */
  readonly was?: ConstraintInput
}

export const dropConstraint = define('dropConstraint', {
  create(name: string, table: string, options: DropConstraintOptions = {}) {
    checkName('dropConstraint', 'the name of the constraint', name)
    checkName('dropConstraint', 'the name of the table', table)
    checkOptions('dropConstraint', options, ['schema', 'type', 'ifExists', 'was'])
    return operation({
      kind: 'dropConstraint',
      table: ref(table, options.schema),
      name,
      type: options.type ?? options.was?.type,
      definition: options.was === undefined ? undefined : constraintOf(name, options.was),
      ifExists: flag(options.ifExists),
    })
  },
  args: (op) => [
    op.name,
    op.table.name,
    optionsOf<DropConstraintOptions>({
      schema: op.table.schema,
      type: op.definition?.kind === op.type ? undefined : op.type,
      ifExists: op.ifExists,
      was: op.definition === undefined ? undefined : constraintInput(op.definition),
    }),
  ],
  reverse: (op) => (op.definition === undefined ? undefined : creationOf(op.table, op.definition)),
  apply: (draft, op) =>
    editConstraint(draft, 'dropConstraint', op.table, nameOfKey(draft, op), () => undefined, op.ifExists),
  footprint: (op) =>
    op.definition === undefined
      ? {
          reads: [tableKey(op.table)],
          writes: [constraintKey(op.table, op.name), indexKey(ref(op.name, op.table.schema))],
        }
      : constraintFootprint(op.table, op.definition),
})

export const renameConstraint = define('renameConstraint', {
  create(name: string, table: string, to: string, options: InSchema = {}) {
    checkName('renameConstraint', 'the old name', name)
    checkName('renameConstraint', 'the name of the table', table)
    checkName('renameConstraint', 'the new name', to)
    checkOptions('renameConstraint', options, ['schema'])
    return operation({ kind: 'renameConstraint', table: ref(table, options.schema), name, to })
  },
  args: (op) => [op.name, op.table.name, op.to, optionsOf({ schema: op.table.schema })],
  reverse: (op) => ({ kind: 'renameConstraint', table: op.table, name: op.to, to: op.name }),
  apply(draft, op) {
    const table = draft.objects.get(tableKey(op.table))
    // What a partition has from its parent's key came with it unnamed: the fold knows the parent's alone.
    if (
      table?.kind === 'table' &&
      table.partitionOf !== undefined &&
      !table.constraints.some((c) => c.name === op.name)
    )
      return
    editConstraint(draft, 'renameConstraint', op.table, op.name, (c) => ({ ...c, name: op.to }))
    const [old, now] = [constraintKey(op.table, op.name), constraintKey(op.table, op.to)]
    const [oldIndex, nowIndex] = [indexKey(ref(op.name, op.table.schema)), indexKey(ref(op.to, op.table.schema))]
    const indexed = ownerOfIndex(draft, ref(op.name, op.table.schema)) === undefined
    rewriteDependencies(draft, (key) => (key === old ? now : key === oldIndex && indexed ? nowIndex : key))
  },
  footprint: (op) => ({
    reads: [tableKey(op.table)],
    writes: [constraintKey(op.table, op.name), constraintKey(op.table, op.to)],
  }),
})

interface Deferrability {
  readonly deferrable: boolean
  readonly initially?: 'immediate' | 'deferred'
}

export interface AlterConstraintOptions extends InSchema, Deferrability {
  readonly was?: Deferrability
}

const deferrabilityOf = (d: Deferrability): { deferrable: boolean; initiallyDeferred: boolean } => ({
  deferrable: d.deferrable || d.initially === 'deferred',
  initiallyDeferred: d.initially === 'deferred',
})
const deferrabilityInput = (d: { deferrable: boolean; initiallyDeferred: boolean }): Deferrability =>
  compact({ deferrable: d.deferrable, initially: d.initiallyDeferred ? 'deferred' : undefined })

export const alterConstraint = define('alterConstraint', {
  create(name: string, table: string, options: AlterConstraintOptions) {
    checkName('alterConstraint', 'the name of the constraint', name)
    checkName('alterConstraint', 'the name of the table', table)
    checkOptions('alterConstraint', options, ['schema', 'deferrable', 'initially', 'was'])
    return operation({
      kind: 'alterConstraint',
      table: ref(table, options.schema),
      name,
      ...deferrabilityOf(options),
      before: options.was === undefined ? undefined : deferrabilityOf(options.was),
    })
  },
  args: (op) => [
    op.name,
    op.table.name,
    compact({
      schema: op.table.schema,
      ...deferrabilityInput(op),
      was: op.before === undefined ? undefined : deferrabilityInput(op.before),
    }),
  ],
  reverse: (op) =>
    op.before === undefined
      ? undefined
      : {
          kind: 'alterConstraint',
          table: op.table,
          name: op.name,
          ...op.before,
          before: { deferrable: op.deferrable, initiallyDeferred: op.initiallyDeferred },
        },
  apply: (draft, op) =>
    editConstraint(draft, 'alterConstraint', op.table, op.name, (c) => {
      const { deferrable: _, initiallyDeferred: __, ...rest } = c
      return {
        ...rest,
        ...(op.deferrable ? { deferrable: true } : {}),
        ...(op.initiallyDeferred ? { initiallyDeferred: true } : {}),
      } as Constraint
    }),
  footprint: (op) => ({ reads: [tableKey(op.table)], writes: [constraintKey(op.table, op.name)] }),
})

export const validateConstraint = define('validateConstraint', {
  create(name: string, table: string, options: InSchema = {}) {
    checkName('validateConstraint', 'the name of the constraint', name)
    checkName('validateConstraint', 'the name of the table', table)
    checkOptions('validateConstraint', options, ['schema'])
    return operation({ kind: 'validateConstraint', table: ref(table, options.schema), name })
  },
  args: (op) => [op.name, op.table.name, optionsOf({ schema: op.table.schema })],
  // PostgreSQL cannot make a constraint NOT VALID again, and a validated one does no harm in the downgrade.
  reverse: () => [],
  apply(draft, op) {
    const validated = (c: Constraint): Constraint => ('notValid' in c ? without(c, 'notValid') : c)
    editConstraint(draft, 'validateConstraint', op.table, op.name, validated, isChild(draft, op.table))
  },
  footprint: (op) => ({ reads: [tableKey(op.table)], writes: [constraintKey(op.table, op.name)] }),
})

/** A table has one primary key: a server may give it another name than the one that it was created with (MySQL: PRIMARY). */
function nameOfKey(draft: Draft, { table, name, type }: OperationOf<'dropConstraint'>): string {
  const found = draft.objects.get(tableKey(table))
  if (found?.kind !== 'table' || type !== 'primaryKey' || found.constraints.some((c) => c.name === name)) return name
  return found.constraints.find((c) => c.kind === 'primaryKey')?.name ?? name
}
