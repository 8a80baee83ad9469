/** How functions, triggers and policies are created, replaced and dropped. */
import type { Policy, Routine, Trigger } from '../../../schema/model.ts'
import type { Target } from '../../../operations/kinds.ts'
import { keyOf } from '../../../schema/keys.ts'
import type { Handlers } from '../../dialect.ts'
import { bracketed, comment, describe, name, quote, role, target } from '../spell/writer.ts'

const head = /^\s*CREATE\s+(?:OR\s+REPLACE\s+)?/iu

/** The statement of the model, as a plain CREATE or as CREATE OR REPLACE. */
function definition(routine: Routine, create: string): string {
  return routine.definition.trim().replace(/;$/u, '').replace(head, `${create} `)
}

/** A routine as COMMENT, ALTER and DROP name it; an aggregate without arguments takes a star. */
function routineTarget(r: Pick<Routine, 'schema' | 'name' | 'routineKind' | 'identityArguments'>): Target {
  const star = r.routineKind === 'aggregate' && r.identityArguments === ''
  return {
    kind: r.routineKind,
    ...(r.schema === undefined ? {} : { schema: r.schema }),
    name: r.name,
    arguments: star ? '*' : r.identityArguments,
  }
}

const states = { disabled: 'DISABLE', replica: 'ENABLE REPLICA', always: 'ENABLE ALWAYS', origin: 'ENABLE' } as const

function onTrigger(t: Pick<Trigger, 'table' | 'name'>, kind = 'trigger'): Target {
  return { kind, ...(t.table.schema === undefined ? {} : { schema: t.table.schema }), name: t.table.name, part: t.name }
}

function createPolicy(p: Policy): readonly string[] {
  const clauses = [
    p.restrictive === true ? 'AS RESTRICTIVE' : '',
    p.command === 'all' ? '' : `FOR ${p.command.toUpperCase()}`,
    p.roles.length === 0 || (p.roles.length === 1 && p.roles[0] === 'public')
      ? ''
      : `TO ${p.roles.map(role).join(', ')}`,
    p.using === undefined ? '' : `USING ${bracketed(p.using)}`,
    p.check === undefined ? '' : `WITH CHECK ${bracketed(p.check)}`,
  ].filter((c) => c !== '')
  const create = `CREATE POLICY ${quote(p.name)} ON ${name(p.table)}`
  const oneLine = [create, ...clauses].join(' ')
  return [
    oneLine.length <= 100 ? oneLine : [create, ...clauses].join('\n  '),
    ...(p.comment === undefined ? [] : [comment(target(onTrigger(p, 'policy')), p.comment)]),
  ]
}

/** Roles and conditions in place; a change that ALTER POLICY does not support is a drop and a create. */
function alterPolicy(p: Policy, before: Policy | undefined): readonly string[] {
  const restrictive = (p.restrictive ?? false) !== (before?.restrictive ?? p.restrictive ?? false)
  const loses =
    (before?.using !== undefined && p.using === undefined) || (before?.check !== undefined && p.check === undefined)
  if (loses || restrictive || (before !== undefined && before.command !== p.command)) {
    return [`DROP POLICY ${quote(p.name)} ON ${name(p.table)}`, ...createPolicy(p)]
  }
  const clauses = [
    before !== undefined && before.roles.join() === p.roles.join()
      ? ''
      : `TO ${(p.roles.length === 0 ? ['public'] : p.roles).map(role).join(', ')}`,
    p.using === undefined || before?.using === p.using ? '' : `USING ${bracketed(p.using)}`,
    p.check === undefined || before?.check === p.check ? '' : `WITH CHECK ${bracketed(p.check)}`,
  ].filter((c) => c !== '')
  return [
    ...(clauses.length === 0 ? [] : [`ALTER POLICY ${quote(p.name)} ON ${name(p.table)} ${clauses.join(' ')}`]),
    ...(before !== undefined && before.comment !== p.comment
      ? [comment(target(onTrigger(p, 'policy')), p.comment)]
      : []),
  ]
}

export const routineHandlers = {
  createFunction: (op) => [definition(op.routine, 'CREATE'), ...describe(routineTarget(op.routine), op.routine)],
  dropFunction: (op) => [`DROP ${target(routineTarget(op.routine))}`],
  replaceFunction: (op, context) => {
    const known = op.before ?? context.before.objects.get(keyOf(op.routine))
    const was = known?.kind === 'routine' ? known : undefined
    const commented = was === undefined ? op.routine.comment !== undefined : was.comment !== op.routine.comment
    return [
      definition(op.routine, 'CREATE OR REPLACE'),
      ...(commented ? [comment(target(routineTarget(op.routine)), op.routine.comment)] : []),
      ...(op.routine.owner !== undefined && op.routine.owner !== was?.owner
        ? [`ALTER ${target(routineTarget(op.routine))} OWNER TO ${role(op.routine.owner)}`]
        : []),
    ]
  },
  createTrigger: (op) => {
    const t = op.trigger
    return [
      t.definition.trim().replace(/;$/u, ''),
      ...(t.enabled === undefined
        ? []
        : [`ALTER TABLE ${name(t.table)} ${states[t.enabled]} TRIGGER ${quote(t.name)}`]),
      ...(t.comment === undefined ? [] : [comment(target(onTrigger(t)), t.comment)]),
    ]
  },
  dropTrigger: (op) => [`DROP TRIGGER ${quote(op.name)} ON ${name(op.table)}`],
  alterTrigger: (op) => [`ALTER TABLE ${name(op.table)} ${states[op.enabled]} TRIGGER ${quote(op.name)}`],
  createPolicy: (op) => createPolicy(op.policy),
  dropPolicy: (op) => [`DROP POLICY ${quote(op.name)} ON ${name(op.table)}`],
  alterPolicy: (op, context) => {
    const known = op.before ?? context.before.objects.get(keyOf(op.policy))
    return alterPolicy(op.policy, known?.kind === 'policy' ? known : undefined)
  },
} satisfies Partial<Handlers>
