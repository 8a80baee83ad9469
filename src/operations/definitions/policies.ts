/** Operations on row security policies; each next to its reverse. */
import { keyOf, tableKey } from '../../schema/keys.ts'
import type { Policy, Ref } from '../../schema/model.ts'
import {
  define,
  type DescribedOptions,
  describedKeys,
  describedOf,
  type InSchema,
  operation,
  optionalSql,
  type SqlText,
  textOf,
} from '../define.ts'
import { edit, put, remove, without } from '../fold/draft.ts'
import { checkName, checkOptions } from '../invalid.ts'
import { compact, flag, optionsOf, ref } from '../plain.ts'

export interface PolicySettings extends DescribedOptions {
  /** Absent means all. */
  readonly command?: Policy['command']
  readonly restrictive?: boolean
  /** Absent means public: every role. */
  readonly roles?: readonly string[]
  readonly using?: SqlText
  readonly check?: SqlText
}

const policyKeys = ['command', 'restrictive', 'roles', 'using', 'check', ...describedKeys] as const

function policyOf(operationName: string, name: string, table: Ref, s: PolicySettings): Policy {
  return compact<Policy>({
    kind: 'policy',
    table,
    name,
    command: s.command ?? 'all',
    restrictive: flag(s.restrictive),
    roles: (s.roles ?? ['public']).toSorted(),
    using: s.using === undefined ? undefined : textOf(operationName, "'using'", s.using),
    check: s.check === undefined ? undefined : textOf(operationName, "'check'", s.check),
    ...describedOf(s),
  })
}

function settingsOf(p: Policy): PolicySettings {
  return {
    command: p.command === 'all' ? undefined : p.command,
    restrictive: p.restrictive,
    roles: p.roles.length === 1 && p.roles[0] === 'public' ? undefined : p.roles,
    using: optionalSql(p.using),
    check: optionalSql(p.check),
    ...describedOf(p),
  }
}

const policyKey = (table: Ref, name: string): string =>
  keyOf({ kind: 'policy', table, name, command: 'all', roles: [] })

export const createPolicy = define('createPolicy', {
  create(name: string, table: string, options: PolicySettings & InSchema = {}) {
    checkName('createPolicy', 'the name of the policy', name)
    checkName('createPolicy', 'the name of the table', table)
    checkOptions('createPolicy', options, ['schema', ...policyKeys])
    return operation({
      kind: 'createPolicy',
      policy: policyOf('createPolicy', name, ref(table, options.schema), options),
    })
  },
  args: (op) => [
    op.policy.name,
    op.policy.table.name,
    optionsOf({ schema: op.policy.table.schema, ...settingsOf(op.policy) }),
  ],
  reverse: (op) => ({ kind: 'dropPolicy', table: op.policy.table, name: op.policy.name, definition: op.policy }),
  apply: (draft, op) => put(draft, 'createPolicy', without(op.policy, 'renamedFrom')),
  footprint: (op) => ({ reads: [tableKey(op.policy.table)], writes: [keyOf(op.policy)] }),
})

export const dropPolicy = define('dropPolicy', {
  create(name: string, table: string, options: InSchema & { readonly was?: PolicySettings } = {}) {
    checkName('dropPolicy', 'the name of the policy', name)
    checkName('dropPolicy', 'the name of the table', table)
    checkOptions('dropPolicy', options, ['schema', 'was'])
    checkOptions('dropPolicy', options.was, policyKeys)
    const on = ref(table, options.schema)
    return operation({
      kind: 'dropPolicy',
      table: on,
      name,
      definition: options.was === undefined ? undefined : policyOf('dropPolicy', name, on, options.was),
    })
  },
  args: (op) => [
    op.name,
    op.table.name,
    optionsOf({
      schema: op.table.schema,
      was: op.definition === undefined ? undefined : compact(settingsOf(op.definition)),
    }),
  ],
  reverse: (op) => (op.definition === undefined ? undefined : { kind: 'createPolicy', policy: op.definition }),
  apply: (draft, op) => remove(draft, 'dropPolicy', policyKey(op.table, op.name)),
  footprint: (op) => ({ reads: [tableKey(op.table)], writes: [policyKey(op.table, op.name)] }),
})

export const alterPolicy = define('alterPolicy', {
  create(name: string, table: string, options: PolicySettings & InSchema & { readonly was?: PolicySettings }) {
    checkName('alterPolicy', 'the name of the policy', name)
    checkName('alterPolicy', 'the name of the table', table)
    checkOptions('alterPolicy', options, ['schema', 'was', ...policyKeys])
    checkOptions('alterPolicy', options.was, policyKeys)
    const on = ref(table, options.schema)
    return operation({
      kind: 'alterPolicy',
      policy: policyOf('alterPolicy', name, on, options),
      before: options.was === undefined ? undefined : policyOf('alterPolicy', name, on, options.was),
    })
  },
  args: (op) => [
    op.policy.name,
    op.policy.table.name,
    compact({
      schema: op.policy.table.schema,
      ...settingsOf(op.policy),
      was: op.before === undefined ? undefined : compact(settingsOf(op.before)),
    }),
  ],
  reverse: (op) =>
    op.before === undefined ? undefined : { kind: 'alterPolicy', policy: op.before, before: op.policy },
  apply: (draft, op) => edit(draft, 'alterPolicy', 'policy', keyOf(op.policy), () => without(op.policy, 'renamedFrom')),
  footprint: (op) => ({ reads: [tableKey(op.policy.table)], writes: [keyOf(op.policy)] }),
})
