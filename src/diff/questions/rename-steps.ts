/** The operations that rename an object or move it to another schema, each with its reverse. */
import type { Operation } from '../../operations/kinds.ts'
import { sameSchema } from '../graph/needs.ts'
import type { Ref, SchemaObject, Table } from '../../schema/model.ts'
import { targetOf } from '../steps/targets.ts'
import type { Step } from './rename-state.ts'

export type Kinds = 'enum' | 'domain' | 'composite' | 'range' | 'table' | 'view' | 'sequence' | 'routine'
export type Renamable = Extract<SchemaObject, { readonly kind: Kinds }>

export function renameStep(object: Renamable, at: Ref, to: string): Step {
  const back = { ...at, name: to }
  switch (object.kind) {
    case 'table':
      return { up: { kind: 'renameTable', table: at, to }, down: { kind: 'renameTable', table: back, to: at.name } }
    case 'enum':
      return { up: { kind: 'renameEnum', enum: at, to }, down: { kind: 'renameEnum', enum: back, to: at.name } }
    case 'sequence':
      return {
        up: { kind: 'renameSequence', sequence: at, to },
        down: { kind: 'renameSequence', sequence: back, to: at.name },
      }
    default: {
      const on = { ...targetOf(object)!, ...at }
      return {
        up: { kind: 'renameObject', object: on, to },
        down: { kind: 'renameObject', object: { ...on, name: to }, to: at.name },
      }
    }
  }
}

/**
 * The steps that rename a table together with those of its constraints that the server renames with it. `infixes`: what
 * stands after the table's name in theirs.
 */
export function renameTableSteps(table: Table, to: string, infixes: readonly string[]): readonly Step[] {
  const at = sameSchema(table, table.name)
  const followers = table.constraints.flatMap((c) => {
    const infix = infixes.find((i) => c.name.startsWith(`${table.name}${i}`))
    return infix === undefined ? [] : [{ from: c.name, to: `${to}${c.name.slice(table.name.length)}` }]
  })
  const { up, down } = renameStep(table, at, to)
  const there = { ...at, name: to }
  // Downgrades run from the last step to the first: there too the table comes before its constraints.
  const downs = [
    ...followers.map((f): Operation => ({ kind: 'renameConstraint', table: at, name: f.to, to: f.from })),
    down!,
  ]
  const ups = [
    up!,
    ...followers.map((f): Operation => ({ kind: 'renameConstraint', table: there, name: f.from, to: f.to })),
  ]
  return ups.map((one, i) => ({ up: one, down: downs[i]! }))
}

export function moveStep(object: Renamable, at: Ref, toSchema: string | undefined): Step {
  const there = toSchema === undefined ? {} : { toSchema }
  const here = at.schema === undefined ? {} : { toSchema: at.schema }
  const moved: Ref = toSchema === undefined ? { name: at.name } : { schema: toSchema, name: at.name }
  switch (object.kind) {
    case 'table':
      return { up: { kind: 'moveTable', table: at, ...there }, down: { kind: 'moveTable', table: moved, ...here } }
    case 'enum':
      return { up: { kind: 'moveEnum', enum: at, ...there }, down: { kind: 'moveEnum', enum: moved, ...here } }
    default: {
      const { schema: _, ...on } = targetOf(object)!
      return {
        up: { kind: 'moveObject', object: { ...on, ...at }, ...there },
        down: { kind: 'moveObject', object: { ...on, ...moved }, ...here },
      }
    }
  }
}
