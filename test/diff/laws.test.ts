/** The laws of a difference: it leads there, it leads back, and where nothing differs there is none. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { diff } from '../../src/diff/diff.ts'
import { equal } from '../../src/diff/compare/equal.ts'
import type { Difference } from '../../src/diff/model/types.ts'
import { fold } from '../../src/operations/operation.ts'
import type { Schema, SchemaObject, Table } from '../../src/schema/model.ts'
import { arbSchema, arbSchemaPair } from '../support/arbitrary-schema.ts'

/** Rows are unknown here, so what looks like a rename is read as a drop and a creation. */
function settled(from: Schema, to: Schema): Difference {
  const first = diff(from, to, { hints: [] })
  const hints = first.decisions.flatMap((d) => d.options.filter((o) => 'distinct' in o))
  return hints.length === 0 ? first : { ...diff(from, to, { hints }) }
}

const sorted = <T extends { readonly name: string }>(list: readonly T[]): readonly T[] =>
  list.toSorted((a, b) => (a.name < b.name ? -1 : 1))

/** The order of columns, constraints and indexes in a table says nothing. */
function plain(object: SchemaObject): SchemaObject {
  if (object.kind !== 'table') return object
  const table: Table = {
    ...object,
    columns: sorted(object.columns),
    constraints: sorted(object.constraints),
    indexes: sorted(object.indexes),
  }
  return table
}

function differences(got: Schema, wanted: Schema): string[] {
  const out: string[] = []
  for (const [key, object] of wanted.objects) {
    const other = got.objects.get(key)
    if (other === undefined) out.push(`missing ${key}`)
    else if (!equal(plain(other), plain(object)))
      out.push(`${key}: ${JSON.stringify(plain(other))} is not ${JSON.stringify(plain(object))}`)
  }
  for (const key of got.objects.keys()) if (!wanted.objects.has(key)) out.push(`extra ${key}`)
  return out
}

describe('a difference', () => {
  test('is empty between equal schemas', () => {
    fc.assert(
      fc.property(arbSchema(), (schema) => {
        const copy: Schema = {
          ...schema,
          objects: new Map([...schema.objects].map(([key, object]) => [key, structuredClone(object)])),
        }
        expect(diff(schema, copy, { hints: [] })).toMatchObject({ upgrade: [], downgrade: [], decisions: [] })
      }),
      { numRuns: 60 },
    )
  })

  test('leads to the wished schema and back', () => {
    fc.assert(
      fc.property(arbSchemaPair(), ({ from, to }) => {
        const { upgrade, downgrade, decisions } = settled(from, to)
        expect(decisions.filter((d) => d.kind === 'rename')).toEqual([])
        const there = fold(from, upgrade).schema
        expect(differences(there, to)).toEqual([])
        expect(differences(fold(there, downgrade).schema, from)).toEqual([])
      }),
      { numRuns: 150 },
    )
  })

  test('leads from any schema to any other and back', () => {
    fc.assert(
      fc.property(arbSchema(), arbSchema(), (from, to) => {
        const { upgrade, downgrade } = settled(from, to)
        const there = fold(from, upgrade).schema
        expect(differences(there, to)).toEqual([])
        expect(differences(fold(there, downgrade).schema, from)).toEqual([])
      }),
      { numRuns: 100 },
    )
  })

  test('is the same each time', () => {
    fc.assert(
      fc.property(arbSchemaPair(), ({ from, to }) => {
        expect(settled(from, to)).toEqual(settled(from, to))
      }),
      { numRuns: 30 },
    )
  })
})
