/** The pure laws: reverse undoes, create inverts args, footprints cover what changes. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Kind, Operation } from '../../src/operations/kinds.ts'
import {
  argsOf,
  createOperation,
  fold,
  footprintOf,
  kinds,
  reverseAll,
  reverseOf,
} from '../../src/operations/operation.ts'
import { keyOf } from '../../src/schema/keys.ts'
import type { Schema, SchemaObject } from '../../src/schema/model.ts'
import { allKinds, extras, operationOn } from '../support/arbitrary-operations.ts'
import { arbSchema, schemaOf } from '../support/arbitrary-schema.ts'
import { arbitraryOf, type Chooser } from '../support/chooser.ts'
import { inMore } from '../support/table-of.ts'

/** Objects by key, with the order of columns, constraints and indexes taken away: databases append. */
function unordered(schema: Schema): Record<string, unknown> {
  const byName = <T extends { readonly name: string }>(list: readonly T[]): T[] =>
    list.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const plain = (o: SchemaObject): SchemaObject =>
    o.kind === 'table'
      ? { ...o, columns: byName(o.columns), constraints: byName(o.constraints), indexes: byName(o.indexes) }
      : o
  return Object.fromEntries(
    [...schema.objects].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, o]) => [key, plain(o)]),
  )
}

/** What has no exact way back, and why. */
const oneWay: Partial<Record<Kind, string>> = {
  validateConstraint: 'a validated constraint cannot be made "not valid" again',
  refreshMaterializedView: 'a filled view stays filled',
  attachIndex: 'an attached index cannot be detached',
  custom: 'its reverse stands in the config',
}

interface Case {
  readonly schema: Schema
  readonly op: Operation | undefined
}

function cases(): fc.Arbitrary<Case> {
  return arbSchema().chain((base) =>
    arbitraryOf((choose: Chooser) => {
      const schema = schemaOf([...base.objects.values(), ...(choose.oneIn(2) ? extras : [])])
      const kind = allKinds[choose.int(0, allKinds.length - 1)]!
      return { schema, op: operationOn(kind, schema, choose) }
    }),
  )
}

/** A quarter of them in `npm test`, all in test/more. */
const runs = (all: number): number => (inMore() ? all : all / 4)

describe('the table of operations', () => {
  it('has a definition for each kind that the tests make', () => {
    expect([...kinds].toSorted()).toEqual([...allKinds].toSorted())
  })

  it('the random cases reach every kind', () => {
    const reached = new Set<Kind>()
    for (const { op } of fc.sample(cases(), { numRuns: 3000, seed: 1 })) if (op !== undefined) reached.add(op.kind)
    expect(allKinds.filter((k) => !reached.has(k))).toEqual(['run'])
  })
})

describe('law 2', () => {
  it('X2: the reverse undoes the operation', () => {
    fc.assert(
      fc.property(cases(), ({ schema, op }) => {
        if (op === undefined || op.kind in oneWay) return
        const reverse = reverseOf(op)
        expect(reverse, `${op.kind} has no way back`).toBeDefined()
        const after = fold(schema, [op])
        const back = fold(after.schema, reverse!)
        expect(unordered(back.schema)).toEqual(unordered(schema))
      }),
      { numRuns: runs(2000) },
    )
  })

  it('the reverse of the reverse does what the operation did', () => {
    fc.assert(
      fc.property(cases(), ({ schema, op }) => {
        if (op === undefined || op.kind in oneWay || op.kind === 'execute') return
        const again = reverseAll(reverseOf(op)!)
        expect(unordered(fold(schema, again).schema)).toEqual(unordered(fold(schema, [op]).schema))
      }),
      { numRuns: runs(1000) },
    )
  })

  it('a schema is made by its operations and taken away by their reverses', () => {
    fc.assert(
      fc.property(arbSchema(), (schema) => {
        const ops = [...schema.objects.values()].map((o) => creation(o))
        const empty = schemaOf([])
        const made = fold(empty, ops).schema
        expect(unordered(made)).toEqual(unordered(schema))
        expect(unordered(fold(made, reverseAll(ops)).schema)).toEqual({})
      }),
      { numRuns: runs(1000) },
    )
  })
})

function creation(o: SchemaObject): Operation {
  switch (o.kind) {
    case 'table':
      return { kind: 'createTable', table: o }
    case 'enum':
      return { kind: 'createEnum', enum: o }
    case 'sequence':
      return { kind: 'createSequence', sequence: o }
    case 'domain':
      return { kind: 'createDomain', domain: o }
    case 'composite':
    case 'range':
      return { kind: 'createType', type: o }
    case 'view':
      return o.materialized === true ? { kind: 'createMaterializedView', view: o } : { kind: 'createView', view: o }
    case 'routine':
      return { kind: 'createFunction', routine: o }
    case 'trigger':
      return { kind: 'createTrigger', trigger: o }
    case 'policy':
      return { kind: 'createPolicy', policy: o }
    case 'extension':
      return { kind: 'createExtension', extension: o }
    case 'schema':
      return { kind: 'createSchema', schema: o }
    case 'definition':
      return { kind: 'createDefinition', definition: o }
  }
}

/** The operation made anew from its arguments; the union of kinds is bound to one, which TypeScript cannot follow. */
function remade(op: Operation): Operation {
  return createOperation(op.kind, ...(argsOf(op) as never)) as Operation
}

/** The order of constraints and indexes within a table says nothing. */
function sorted(op: Operation): unknown {
  const byName = (list: readonly { readonly name: string }[]): unknown =>
    list.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return JSON.parse(JSON.stringify(op), (key, value: unknown) =>
    (key === 'constraints' || key === 'indexes') && Array.isArray(value) ? byName(value as { name: string }[]) : value,
  ) as unknown
}

describe('law 3', () => {
  it('create inverts args', () => {
    fc.assert(
      fc.property(cases(), ({ op }) => {
        if (op === undefined) return
        const again = remade(op)
        expect(sorted(again)).toEqual(sorted(op))
      }),
      { numRuns: runs(2000) },
    )
  })

  it('holds for whole tables as they come from a database', () => {
    fc.assert(
      fc.property(arbSchema(), (schema) => {
        for (const o of schema.objects.values()) {
          const op = creation(o)
          expect(sorted(remade(op))).toEqual(sorted(op))
        }
      }),
      { numRuns: runs(1000) },
    )
  })

  it('what create gives is frozen to its depths', () => {
    fc.assert(
      fc.property(cases(), ({ op }) => {
        if (op === undefined || op.kind === 'custom') return
        expect(unfrozen(remade(op))).toEqual([])
      }),
      { numRuns: runs(500) },
    )
  })
})

function unfrozen(x: unknown, path = ''): string[] {
  if (typeof x !== 'object' || x === null) return []
  return [...(Object.isFrozen(x) ? [] : [path]), ...Object.entries(x).flatMap(([k, v]) => unfrozen(v, `${path}.${k}`))]
}

describe('footprints', () => {
  it('cover every object that the operation changes', () => {
    fc.assert(
      fc.property(cases(), ({ schema, op }) => {
        if (op === undefined) return
        const print = footprintOf(op)
        if (print.opaque === true) return
        const after = fold(schema, [op]).schema
        const renames = [
          'renameTable',
          'moveTable',
          'renameEnum',
          'moveEnum',
          'renameEnumValue',
          'renameObject',
          'moveObject',
          'renameSchema',
          'renameSequence',
        ]
        for (const key of new Set([...schema.objects.keys(), ...after.objects.keys()])) {
          if (schema.objects.get(key) === after.objects.get(key) || renames.includes(op.kind)) continue
          if (op.kind === 'alterColumn' && op.changes.newColumnName !== undefined) continue
          const object = schema.objects.get(key) ?? after.objects.get(key)!
          // What a parent is told reaches its partitions.
          if (object.kind === 'table' && object.partitionOf !== undefined) continue
          const told = [...print.writes, ...print.reads].some(
            (k) => k === key || k.includes(key.slice(key.indexOf(':') + 1)) || mentionsPart(object, k),
          )
          expect(told, `${op.kind} changes ${key} and says ${JSON.stringify(print)}`).toBe(true)
        }
      }),
      { numRuns: runs(1000) },
    )
  })
})

/** An index is named without its table. */
function mentionsPart(object: SchemaObject, key: string): boolean {
  if (object.kind !== 'table' && object.kind !== 'view') return key === keyOf(object)
  return key.startsWith('index:') || key.startsWith('enum')
}
