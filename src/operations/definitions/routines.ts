/** Operations on functions, procedures, aggregates and triggers; each next to its reverse. */
import { oneOf } from '../../schema/shapes.ts'
import { keyOf, refText, tableKey } from '../../schema/keys.ts'
import type { Ref, Routine, Trigger } from '../../schema/model.ts'
import {
  define,
  type DescribedOptions,
  describedKeys,
  describedOf,
  type InSchema,
  operation,
  sqlOf,
  type SqlText,
  textOf,
} from '../define.ts'
import { edit, put, remove, without, withProperty } from '../fold/draft.ts'
import { checkName, checkOptions, invalid } from '../invalid.ts'
import { compact, optionsOf, ref } from '../plain.ts'

export interface FunctionSettings extends DescribedOptions {
  /** Absent means function. */
  readonly kind?: Routine['routineKind']
  /** Result type and arguments, as the database reports them. */
  readonly signature?: string
}

const functionKeys = ['kind', 'signature', ...describedKeys] as const

const routineKinds = oneOf('function', 'procedure', 'aggregate')

function routineOf(name: string, of: Ref, types: string, definition: SqlText, s: FunctionSettings): Routine {
  if (typeof types !== 'string')
    throw invalid(name, "the argument types must be a string, such as 'integer, text' or ''")
  if (s.kind !== undefined && !routineKinds.fits(s.kind)) throw invalid(name, `'kind' must be ${routineKinds.wants}`)
  return compact<Routine>({
    kind: 'routine',
    ...of,
    routineKind: s.kind ?? 'function',
    identityArguments: types,
    definition: textOf(name, 'the definition', definition),
    signature: s.signature,
    ...describedOf(s),
  })
}

const settingsOf = (r: Routine): FunctionSettings => ({
  kind: r.routineKind === 'function' ? undefined : r.routineKind,
  signature: r.signature,
  ...describedOf(r),
})

type WasFunction = FunctionSettings & { readonly definition: SqlText }
const wasFunction = (r: Routine): WasFunction => compact({ definition: sqlOf(r.definition), ...settingsOf(r) })
const plain = (r: Routine): Routine => without(r, 'renamedFrom')

export const createFunction = define('createFunction', {
  create(name: string, argumentTypes: string, definition: SqlText, options: FunctionSettings & InSchema = {}) {
    checkName('createFunction', 'the name of the function', name)
    checkOptions('createFunction', options, ['schema', ...functionKeys])
    return operation({
      kind: 'createFunction',
      routine: routineOf('createFunction', ref(name, options.schema), argumentTypes, definition, options),
    })
  },
  args: (op) => [
    op.routine.name,
    op.routine.identityArguments,
    sqlOf(op.routine.definition),
    optionsOf({ schema: op.routine.schema, ...settingsOf(op.routine) }),
  ],
  reverse: (op) => ({ kind: 'dropFunction', routine: identityOf(op.routine), definition: op.routine }),
  apply: (draft, op) => put(draft, 'createFunction', plain(op.routine)),
  footprint: (op) => ({ reads: [], writes: [keyOf(op.routine)] }),
})

type RoutineRef = Ref & { readonly identityArguments: string; readonly routineKind: Routine['routineKind'] }
const identityOf = (r: RoutineRef): RoutineRef => ({
  ...ref(r.name, r.schema),
  identityArguments: r.identityArguments,
  routineKind: r.routineKind,
})
const routineKey = (r: RoutineRef): string => `routine:${refText(r)}(${r.identityArguments})`

export interface DropFunctionOptions extends InSchema {
  readonly kind?: Routine['routineKind']
  /** The function as it was before, for the reverse. */
  readonly was?: WasFunction
}

export const dropFunction = define('dropFunction', {
  create(name: string, argumentTypes: string, options: DropFunctionOptions = {}) {
    checkName('dropFunction', 'the name of the function', name)
    checkOptions('dropFunction', options, ['schema', 'kind', 'was'])
    checkOptions('dropFunction', options.was, ['definition', ...functionKeys])
    const { was } = options
    const of = ref(name, options.schema)
    const routineKind = options.kind ?? was?.kind ?? 'function'
    if (typeof argumentTypes !== 'string')
      throw invalid('dropFunction', "the argument types must be a string, such as 'integer, text' or ''")
    return operation({
      kind: 'dropFunction',
      routine: { ...of, identityArguments: argumentTypes, routineKind },
      definition:
        was === undefined
          ? undefined
          : routineOf('dropFunction', of, argumentTypes, was.definition, { ...was, kind: was.kind ?? options.kind }),
    })
  },
  args: (op) => [
    op.routine.name,
    op.routine.identityArguments,
    optionsOf<DropFunctionOptions>({
      schema: op.routine.schema,
      kind: op.routine.routineKind === 'function' ? undefined : op.routine.routineKind,
      was: op.definition === undefined ? undefined : without(wasFunction(op.definition), 'kind'),
    }),
  ],
  reverse: (op) => (op.definition === undefined ? undefined : { kind: 'createFunction', routine: op.definition }),
  apply: (draft, op) => remove(draft, 'dropFunction', routineKey(op.routine)),
  footprint: (op) => ({ reads: [], writes: [routineKey(op.routine)] }),
})

export const replaceFunction = define('replaceFunction', {
  create(
    name: string,
    argumentTypes: string,
    definition: SqlText,
    options: FunctionSettings & InSchema & { readonly was?: WasFunction } = {},
  ) {
    checkName('replaceFunction', 'the name of the function', name)
    checkOptions('replaceFunction', options, ['schema', 'was', ...functionKeys])
    checkOptions('replaceFunction', options.was, ['definition', ...functionKeys])
    const of = ref(name, options.schema)
    return operation({
      kind: 'replaceFunction',
      routine: routineOf('replaceFunction', of, argumentTypes, definition, options),
      before:
        options.was === undefined
          ? undefined
          : routineOf('replaceFunction', of, argumentTypes, options.was.definition, {
              ...options.was,
              kind: options.was.kind ?? options.kind,
            }),
    })
  },
  args: (op) => [
    op.routine.name,
    op.routine.identityArguments,
    sqlOf(op.routine.definition),
    optionsOf({
      schema: op.routine.schema,
      ...settingsOf(op.routine),
      was:
        op.before === undefined
          ? undefined
          : op.before.routineKind === op.routine.routineKind
            ? without(wasFunction(op.before), 'kind')
            : wasFunction(op.before),
    }),
  ],
  reverse: (op) =>
    op.before === undefined ? undefined : { kind: 'replaceFunction', routine: op.before, before: op.routine },
  apply: (draft, op) => edit(draft, 'replaceFunction', 'routine', keyOf(op.routine), () => plain(op.routine)),
  footprint: (op) => ({ reads: [], writes: [keyOf(op.routine)] }),
})

export interface TriggerSettings extends DescribedOptions {
  readonly enabled?: NonNullable<Trigger['enabled']>
}

const triggerKeys = ['enabled', ...describedKeys] as const

function triggerOf(operationName: string, name: string, table: Ref, definition: SqlText, s: TriggerSettings): Trigger {
  return compact<Trigger>({
    kind: 'trigger',
    table,
    name,
    definition: textOf(operationName, 'the definition', definition),
    enabled: s.enabled,
    ...describedOf(s),
  })
}

const triggerKey = (table: Ref, name: string): string => keyOf({ kind: 'trigger', table, name, definition: '' })

export const createTrigger = define('createTrigger', {
  create(name: string, table: string, definition: SqlText, options: TriggerSettings & InSchema = {}) {
    checkName('createTrigger', 'the name of the trigger', name)
    checkName('createTrigger', 'the name of the table', table)
    checkOptions('createTrigger', options, ['schema', ...triggerKeys])
    return operation({
      kind: 'createTrigger',
      trigger: triggerOf('createTrigger', name, ref(table, options.schema), definition, options),
    })
  },
  args: (op) => [
    op.trigger.name,
    op.trigger.table.name,
    sqlOf(op.trigger.definition),
    optionsOf({ schema: op.trigger.table.schema, enabled: op.trigger.enabled, ...describedOf(op.trigger) }),
  ],
  reverse: (op) => ({ kind: 'dropTrigger', table: op.trigger.table, name: op.trigger.name, definition: op.trigger }),
  apply: (draft, op) => put(draft, 'createTrigger', without(op.trigger, 'renamedFrom')),
  footprint: (op) => ({ reads: [tableKey(op.trigger.table)], writes: [keyOf(op.trigger)] }),
})

export interface DropTriggerOptions extends InSchema {
  /** The trigger as it was before, for the reverse. */
  readonly was?: TriggerSettings & { readonly definition: SqlText }
}

export const dropTrigger = define('dropTrigger', {
  create(name: string, table: string, options: DropTriggerOptions = {}) {
    checkName('dropTrigger', 'the name of the trigger', name)
    checkName('dropTrigger', 'the name of the table', table)
    checkOptions('dropTrigger', options, ['schema', 'was'])
    checkOptions('dropTrigger', options.was, ['definition', ...triggerKeys])
    const on = ref(table, options.schema)
    return operation({
      kind: 'dropTrigger',
      table: on,
      name,
      definition:
        options.was === undefined ? undefined : triggerOf('dropTrigger', name, on, options.was.definition, options.was),
    })
  },
  args(op) {
    const d = op.definition
    const was =
      d === undefined ? undefined : compact({ definition: sqlOf(d.definition), enabled: d.enabled, ...describedOf(d) })
    return [op.name, op.table.name, optionsOf<DropTriggerOptions>({ schema: op.table.schema, was })]
  },
  reverse: (op) => (op.definition === undefined ? undefined : { kind: 'createTrigger', trigger: op.definition }),
  apply: (draft, op) => remove(draft, 'dropTrigger', triggerKey(op.table, op.name)),
  footprint: (op) => ({ reads: [tableKey(op.table)], writes: [triggerKey(op.table, op.name)] }),
})

type TriggerState = NonNullable<Trigger['enabled']> | 'origin'
const states: readonly TriggerState[] = ['origin', 'disabled', 'replica', 'always']

export const alterTrigger = define('alterTrigger', {
  create(name: string, table: string, enabled: TriggerState, options: InSchema & { readonly was?: TriggerState } = {}) {
    checkName('alterTrigger', 'the name of the trigger', name)
    checkName('alterTrigger', 'the name of the table', table)
    checkOptions('alterTrigger', options, ['schema', 'was'])
    if (!states.includes(enabled))
      throw invalid('alterTrigger', `unknown state '${enabled}'`, `It takes: ${states.join(', ')}.`)
    return operation({ kind: 'alterTrigger', table: ref(table, options.schema), name, enabled, before: options.was })
  },
  args: (op) => [op.name, op.table.name, op.enabled, optionsOf({ schema: op.table.schema, was: op.before })],
  reverse: (op) =>
    op.before === undefined
      ? undefined
      : { kind: 'alterTrigger', table: op.table, name: op.name, enabled: op.before, before: op.enabled },
  apply: (draft, op) =>
    edit(draft, 'alterTrigger', 'trigger', triggerKey(op.table, op.name), (t) =>
      withProperty(t, 'enabled', op.enabled === 'origin' ? undefined : op.enabled),
    ),
  footprint: (op) => ({ reads: [tableKey(op.table)], writes: [triggerKey(op.table, op.name)] }),
})
