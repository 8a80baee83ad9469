/** How domains, views and routines that form a cycle are created and dropped in two steps. */
import type { Composite, Domain, Routine, View } from '../../schema/model.ts'
import { keyOf } from '../../schema/keys.ts'
import { mentionsName } from '../graph/mentions.ts'
import { pair, rank, type Step, type Tangled } from '../graph/order.ts'
import { partsOfDefinition } from '../../schema/routine-parts.ts'
import { literal, name } from '../model/quote.ts'
import type { Planning } from '../steps/context.ts'

/** A domain without its checks and default, which come after what they call, and go before it. */
export function splitDomain(plan: Planning, { step, inside }: Tangled): readonly Step[] | undefined {
  const { op } = step
  if (op.kind === 'createDomain') {
    const bare = withoutChecks(op.domain)
    if (bare === undefined) return undefined
    const key = keyOf(op.domain)
    return [
      { ...step, op: { ...op, domain: bare }, forgoes: forgone(plan, key, inside) },
      {
        op: { kind: 'alterDomain', domain: op.domain, before: bare },
        rank: rank.createRoutine,
        needs: [key, ...plan.later.of(key)],
      },
    ]
  }
  if (op.kind !== 'dropDomain' || op.definition === undefined) return undefined
  const bare = withoutChecks(op.definition)
  if (bare === undefined) return undefined
  return [
    { ...step, op: { ...op, definition: bare } },
    {
      op: { kind: 'alterDomain', domain: bare, before: op.definition },
      rank: rank.dropDependant,
      releases: released(plan, keyOf(op.definition), inside),
    },
  ]
}

function withoutChecks(domain: Domain): Domain | undefined {
  if (domain.checks.length === 0 && domain.default?.kind !== 'sql') return undefined
  const { default: _, ...rest } = domain
  return { ...rest, checks: [] }
}

const forgone = (plan: Planning, key: string, inside: Tangled['inside']): ReadonlySet<string> =>
  new Set([...plan.later.of(key)].filter(inside).map((need) => pair(key, need)))

const released = (plan: Planning, key: string, inside: Tangled['inside']): readonly (readonly [string, string])[] =>
  [...plan.needs.of(key)].filter(inside).map((need) => [key, need] as const)

/** A stand-in, a view or routine of the same shape that refers to nothing, is used until the rest exists, or while the rest is dropped. */
export function splitBody(plan: Planning, { step, inside }: Tangled): readonly Step[] | undefined {
  const { op } = step
  switch (op.kind) {
    case 'createView': {
      const stub = viewStub(op.view)
      if (stub === undefined) return undefined
      const key = keyOf(op.view)
      // The nulls are of the columns' types.
      const types = (op.view.columns ?? []).map((c) => c.type).join(' ')
      const forgoes = forgone(plan, key, (need) => inside(need) && !inHead(plan, need, types))
      const later: Step = {
        op: { kind: 'replaceView', view: op.view, before: stub },
        rank: rank.createView,
        needs: [key, ...plan.later.of(key)],
      }
      return [{ ...step, op: { ...op, view: stub }, forgoes }, later]
    }
    case 'dropView': {
      const stub = op.definition === undefined ? undefined : viewStub(op.definition)
      if (op.definition === undefined || stub === undefined) return undefined
      return [
        { ...step, op: { ...op, definition: stub } },
        {
          op: { kind: 'replaceView', view: stub, before: op.definition },
          rank: rank.dropDependant,
          releases: released(plan, keyOf(op.definition), inside),
        },
      ]
    }
    case 'createFunction': {
      const stub = routineStub(op.routine)
      if (stub === undefined) return undefined
      const key = keyOf(op.routine)
      const { head } = partsOfDefinition(op.routine.definition)
      const forgoes = new Set(
        [...plan.later.of(key)].filter((n) => inside(n) && !inHead(plan, n, head)).map((n) => pair(key, n)),
      )
      if (forgoes.size === 0) return undefined
      const later: Step = {
        op: { kind: 'replaceFunction', routine: op.routine, before: stub },
        rank: rank.createRoutine,
        needs: [key, ...plan.later.of(key)],
      }
      return [{ ...step, op: { ...op, routine: stub }, forgoes }, later]
    }
    case 'dropFunction': {
      const stub = op.definition === undefined ? undefined : routineStub(op.definition)
      if (op.definition === undefined || stub === undefined) return undefined
      const { head } = partsOfDefinition(op.definition.definition)
      const releases = released(plan, keyOf(op.definition), inside).filter(([, need]) => !inHead(plan, need, head))
      if (releases.length === 0) return undefined
      return [
        { ...step, op: { ...op, definition: stub } },
        {
          op: { kind: 'replaceFunction', routine: stub, before: op.definition },
          rank: rank.dropDependant,
          releases,
        },
      ]
    }
    default:
      return undefined
  }
}

/** Nulls of the columns' types. */
function viewStub(view: View): View | undefined {
  if (view.materialized === true || view.columns === undefined || view.columns.length === 0) return undefined
  const columns = view.columns.map((c) => `NULL::${c.type} AS ${name(c.name)}`)
  const definition = `SELECT ${columns.join(',\n    ')}`
  if (view.definition === definition) return undefined
  const { with: _, ...rest } = view
  return { ...rest, definition }
}

/** The same head with a body that is not read. */
export function routineStub(routine: Routine): Routine | undefined {
  const { head, parsed } = partsOfDefinition(routine.definition)
  return parsed ? { ...routine, definition: `${head}AS ${literal('')}` } : undefined
}

/** Whether the need is a type (or table) of the arguments or the result, or is called by a default there. */
function inHead(plan: Planning, need: string, head: string): boolean {
  const object: unknown = plan.to.objects.get(need) ?? plan.from.objects.get(need)
  const named = (object as Partial<Composite> | undefined)?.name
  return named === undefined ? !need.startsWith('column:') : mentionsName(head, named)
}
