/** How steps come into an order in which each finds what it needs: ranks, edges, cycles cut at the cheapest place. */
import type { Operation } from '../../operations/kinds.ts'
import { components } from '../../util/components.ts'
import { wordsOfBody } from './routine-body.ts'
import type { Needs } from './needs.ts'

/** The rank of a step where no dependency decides; low comes first. */
export const rank = {
  addLabels: 0,
  createSchema: 1,
  createExtension: 2,
  dropDependant: 3,
  dropIndex: 4,
  dropConstraint: 5,
  createType: 6,
  alterType: 7,
  createSequence: 8,
  createTable: 9,
  alterTable: 10,
  addColumn: 11,
  data: 12,
  alterColumn: 13,
  dropColumn: 14,
  addConstraint: 15,
  createIndex: 16,
  addForeignKey: 17,
  createRoutine: 18,
  createView: 19,
  createDependant: 20,
  dropTable: 21,
  dropSequence: 22,
  dropRoutine: 23,
  dropType: 24,
  dropExtension: 25,
  dropSchema: 26,
  describe: 27,
  // What is revoked from the whole is revoked from its parts.
  describePart: 28,
} as const

/** One operation with what it does to keys; the order is computed from this alone. */
export interface Step {
  readonly op: Operation
  readonly rank: number
  /** Keys that exist only from here on. */
  readonly makes?: readonly string[]
  /** Keys that do not exist from this step on. */
  readonly takes?: readonly string[]
  /** Keys that are changed in place. */
  readonly alters?: readonly string[]
  /** Dependants of `alters` that are to be dropped must be dropped before this change. */
  readonly disturbs?: boolean
  /** New keys that must be created or altered before; the dependencies of created objects count without being listed. */
  readonly needs?: readonly string[]
  /** Keys that the created object depends on later, and not yet. */
  readonly ignores?: readonly string[]
  /** Needs of the created object (`pair`) that a later step of its own satisfies. */
  readonly forgoes?: ReadonlySet<string>
  /** Dependencies that end here although the dependant stays until its own step: dependant and need (old keys). */
  readonly releases?: readonly (readonly [dependant: string, need: string])[]
  /** Old keys that must be dropped before, where they are dropped. */
  readonly waits?: readonly string[]
  /** Old keys that nothing needs after this step. */
  readonly frees?: readonly string[]
  /** Names in the shared namespace of relations: `schema.name`, names that the step takes or frees. */
  readonly relations?: readonly string[]
  /** The same for what is renamed or changed in place: the name it takes, and the one it leaves. */
  readonly claims?: readonly string[]
  readonly yields?: readonly string[]
  /** Steps that must come first whatever else. */
  readonly after?: readonly Step[]
}

/** Which step must come before which: `hard` as the database has it, `soft` as a text lets guess. */
export interface StepGraph {
  /** For each step those that come after it. */
  readonly hard: readonly ReadonlySet<number>[]
  readonly soft: readonly ReadonlySet<number>[]
  /** Names in the bodies of routines, which need not exist. */
  readonly named: readonly ReadonlySet<number>[]
  /** The steps that create, drop and change a key. */
  readonly makers: ReadonlyMap<string, readonly number[]>
  readonly takers: ReadonlyMap<string, readonly number[]>
  readonly alterers: ReadonlyMap<string, readonly number[]>
}

/** A step in a circle of steps, with what of its circle it needs. */
export interface Tangled {
  readonly step: Step
  /** Whether another step of the cycle creates (or, for dropped ones, drops) the key. */
  readonly inside: (need: string) => boolean
}

/** Orders steps: each after what it needs, ties by rank and then as given. `from` and `to` are the graphs before and after. */
export function order(steps: readonly Step[], from: Needs, to: Needs): readonly Operation[] {
  const { hard, soft, named } = stepGraph(steps, from, to)
  const all = hard.map((set, i) =>
    soft[i]!.size + named[i]!.size === 0 ? set : new Set([...set, ...soft[i]!, ...named[i]!]),
  )
  const found = sorted(steps, all)
  if (found.whole) return found.order.map((i) => steps[i]!.op)
  // In a cycle guessed edges are dropped first.
  const circle = new Map<number, number>()
  for (const [n, members] of components(all).entries()) for (const i of members) circle.set(i, n)
  const apart = (i: number, set: ReadonlySet<number>): readonly number[] =>
    [...set].filter((j) => circle.get(i) === undefined || circle.get(i) !== circle.get(j))
  const next = hard.map((set, i) => new Set([...set, ...apart(i, soft[i]!), ...apart(i, named[i]!)]))
  return sorted(steps, next).order.map((i) => steps[i]!.op)
}

/** The edges among steps; `from` and `to` are the graphs before and after. */
export function stepGraph(steps: readonly Step[], from: Needs, to: Needs): StepGraph {
  const index = new Map(steps.map((step, i) => [step, i]))
  const makers = mapKeys(steps, (s) => s.makes)
  const takers = mapKeys(steps, (s) => s.takes)
  const alterers = mapKeys(steps, (s) => s.alters)
  const freers = mapKeys(steps, (s) => s.frees)
  const releasers = mapKeys(steps, (s) => s.releases?.map(([dependant, need]) => pair(dependant, need)))
  const hard: Set<number>[] = steps.map(() => new Set())
  const soft: Set<number>[] = steps.map(() => new Set())
  const named: Set<number>[] = steps.map(() => new Set())
  const edge = (before: number, after: number, guessed = false): void => {
    if (before !== after) (guessed ? soft : hard)[before]!.add(after)
  }
  const each = (map: ReadonlyMap<string, readonly number[]>, key: string, use: (i: number) => void): void => {
    for (const i of map.get(key) ?? []) use(i)
  }
  const givenUp = new Map<string, number[]>()
  for (const [i, step] of steps.entries()) {
    if (step.takes !== undefined) for (const r of step.relations ?? []) push(givenUp, r, i)
    for (const r of step.yields ?? []) push(givenUp, r, i)
  }
  const words = namesMade(steps)

  for (const [i, step] of steps.entries()) {
    for (const s of step.after ?? []) edge(index.get(s)!, i)
    /** Needed, and whether that is only guessed. */
    const needs = new Map<string, boolean>((step.needs ?? []).map((need) => [need, false]))
    for (const key of step.makes ?? []) {
      for (const need of to.of(key)) {
        if (step.ignores?.includes(need) === true || needs.get(need) === false) continue
        if (step.forgoes?.has(pair(key, need)) === true) continue
        needs.set(need, to.guessed(key, need))
      }
      each(takers, key, (j) => edge(j, i))
    }
    for (const key of step.waits ?? []) each(takers, key, (j) => edge(j, i))
    // An object that a step itself creates is altered after it.
    for (const key of step.makes ?? []) needs.delete(key)
    for (const [need, guessed] of needs) {
      each(makers, need, (j) => edge(j, i, guessed))
      // What changes a parent's column changes it in child tables, too: what reads it there comes after.
      if (step.makes !== undefined && alterers.size > 0)
        for (const key of to.above(need)) each(alterers, key, (j) => edge(j, i, guessed))
      // A changed body does not affect its callers.
      each(alterers, need, (j) => {
        if (steps[j]!.op.kind !== 'replaceFunction') edge(j, i, guessed)
        else if (j !== i) named[j]!.add(i)
      })
    }
    for (const word of words.size === 0 ? [] : bodyOf(step.op))
      each(words, word, (j) => {
        if (j !== i) named[j]!.add(i)
      })
    // What is created here and renamed afterwards gives up the name that it had from here.
    const renamed = (j: number): boolean => steps[j]!.needs?.some((need) => step.makes!.includes(need)) === true
    if (step.makes !== undefined)
      for (const r of step.relations ?? [])
        each(givenUp, r, (j) => {
          if (!renamed(j)) edge(j, i)
        })
    for (const r of step.claims ?? []) each(givenUp, r, (j) => edge(j, i))
    for (const key of step.takes ?? []) {
      for (const dependant of from.by(key)) {
        const released = releasers.get(pair(dependant, key))
        if (released !== undefined) {
          for (const j of released) edge(j, i)
          continue
        }
        const guessed = from.guessed(dependant, key)
        each(takers, dependant, (j) => edge(j, i, guessed))
        each(alterers, dependant, (j) => {
          if (steps[j]!.frees?.includes(key) === true) edge(j, i, guessed)
        })
      }
      each(freers, key, (j) => edge(j, i))
    }
    if (step.disturbs === true) {
      for (const key of step.alters ?? []) {
        for (const dependant of from.by(key)) each(takers, dependant, (j) => edge(j, i, from.guessed(dependant, key)))
        each(freers, key, (j) => edge(j, i))
      }
    }
  }
  return { hard, soft, named, makers, takers, alterers }
}

/** One need of one dependant, as in `forgoes` and `releases`. */
export const pair = (dependant: string, need: string): string => `${dependant}\u0000${need}`

/** The names by which bodies may refer to the created object, in lower case; none where no routine is created or replaced. */
function namesMade(steps: readonly Step[]): ReadonlyMap<string, readonly number[]> {
  const names = new Map<string, number[]>()
  if (!steps.some((s) => s.op.kind === 'createFunction' || s.op.kind === 'replaceFunction')) return names
  for (const [i, { op }] of steps.entries()) {
    const made =
      op.kind === 'createTable'
        ? op.table
        : op.kind === 'createView' || op.kind === 'createMaterializedView'
          ? op.view
          : op.kind === 'createFunction'
            ? op.routine
            : undefined
    if (made !== undefined) push(names, made.name.toLowerCase(), i)
  }
  return names
}

function bodyOf(op: Operation): Iterable<string> {
  return op.kind === 'createFunction' || op.kind === 'replaceFunction' ? wordsOfBody(op.routine) : []
}

function mapKeys(
  steps: readonly Step[],
  keys: (step: Step) => readonly string[] | undefined,
): ReadonlyMap<string, readonly number[]> {
  const map = new Map<string, number[]>()
  for (const [i, step] of steps.entries()) for (const key of keys(step) ?? []) push(map, key, i)
  return map
}

function push(map: Map<string, number[]>, key: string, i: number): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [i])
  else list.push(i)
}

/** Kahn's order with a heap; where only a cycle is left (it is not whole), its lowest-ranked step goes first. */
function sorted(
  steps: readonly Step[],
  next: readonly ReadonlySet<number>[],
): { readonly order: readonly number[]; readonly whole: boolean } {
  const waits = steps.map(() => 0)
  for (const set of next) for (const i of set) waits[i]!++
  const before = (a: number, b: number): boolean => {
    const d = steps[a]!.rank - steps[b]!.rank
    return d === 0 ? a < b : d < 0
  }
  const heap = new Heap(before)
  for (const [i, n] of waits.entries()) if (n === 0) heap.push(i)
  const out: number[] = []
  const done = new Set<number>()
  let whole = true
  while (out.length < steps.length) {
    let i = heap.pop()
    if (i === undefined) {
      whole = false
      for (const j of steps.keys()) if (!done.has(j) && (i === undefined || before(j, i))) i = j
    }
    if (i === undefined || done.has(i)) continue
    done.add(i)
    out.push(i)
    for (const j of next[i]!) if (--waits[j]! === 0 && !done.has(j)) heap.push(j)
  }
  return { order: out, whole }
}

class Heap {
  readonly #items: number[] = []
  readonly #before: (a: number, b: number) => boolean
  constructor(before: (a: number, b: number) => boolean) {
    this.#before = before
  }
  push(item: number): void {
    const items = this.#items
    items.push(item)
    for (let i = items.length - 1; i > 0;) {
      const parent = (i - 1) >> 1
      if (!this.#before(items[i]!, items[parent]!)) break
      ;[items[i], items[parent]] = [items[parent]!, items[i]!]
      i = parent
    }
  }
  pop(): number | undefined {
    const items = this.#items
    const top = items[0]
    const last = items.pop()
    if (top === undefined || last === undefined || items.length === 0) return top
    items[0] = last
    for (let i = 0; ;) {
      let least = i
      for (const child of [2 * i + 1, 2 * i + 2])
        if (child < items.length && this.#before(items[child]!, items[least]!)) least = child
      if (least === i) return top
      ;[items[i], items[least]] = [items[least]!, items[i]!]
      i = least
    }
  }
}
