/** Gives a declared object the texts that the database printed for it. */
import type { Column, Constraint, Index, SchemaObject, Table } from '../schema/model.ts'

/** An object with the texts of another one, as far as both have them. */
export function respell(own: SchemaObject, found: SchemaObject): SchemaObject {
  if (own.kind === 'table' && found.kind === 'table') return respellTable(own, found)
  if (own.kind === 'view' && found.kind === 'view') {
    return {
      ...own,
      definition: found.definition,
      columns: found.columns,
      ...(own.indexes === undefined ? {} : { indexes: own.indexes.map((i) => respellIndex(i, found.indexes ?? [])) }),
    }
  }
  if (own.kind === 'domain' && found.kind === 'domain') {
    return {
      ...own,
      ...(own.default === undefined || found.default === undefined ? {} : { default: found.default }),
      checks: own.checks.map((c) => ({ ...c, sql: found.checks.find((f) => f.name === c.name)?.sql ?? c.sql })),
    }
  }
  if (own.kind === 'routine' && found.kind === 'routine')
    return {
      ...own,
      definition: found.definition,
      ...(found.signature === undefined ? {} : { signature: found.signature }),
    }
  if (own.kind === 'trigger' && found.kind === 'trigger') return { ...own, definition: found.definition }
  if (own.kind === 'policy' && found.kind === 'policy') {
    return {
      ...own,
      ...(found.using === undefined ? {} : { using: found.using }),
      ...(found.check === undefined ? {} : { check: found.check }),
    }
  }
  if (own.kind === 'definition' && found.kind === 'definition')
    return { ...own, create: found.create, drop: found.drop }
  return own
}

function respellTable(own: Table, found: Table): Table {
  return {
    ...own,
    columns: own.columns.map((c) =>
      respellColumn(
        c,
        found.columns.find((f) => f.name === c.name),
      ),
    ),
    constraints: own.constraints.map((c) =>
      respellConstraint(
        c,
        found.constraints.find((f) => f.name === c.name),
      ),
    ),
    indexes: own.indexes.map((i) => respellIndex(i, found.indexes)),
    ...(found.partitionBy === undefined ? {} : { partitionBy: found.partitionBy }),
    ...(own.with === undefined ? {} : { with: respellOptions(own.with, found.with ?? {}) }),
    ...(own.partitionOf === undefined || found.partitionOf === undefined
      ? {}
      : { partitionOf: { ...own.partitionOf, bound: found.partitionOf.bound } }),
  }
}

function respellOptions(own: Readonly<Record<string, string>>, found: Readonly<Record<string, string>>): typeof own {
  return Object.fromEntries(
    Object.entries(own).map(([key, text]) => [key, text.includes('(') ? (found[key] ?? text) : text]),
  )
}

function respellColumn(own: Column, found: Column | undefined): Column {
  if (found === undefined) return own
  return {
    ...own,
    ...(own.type.kind === 'custom' ? { type: found.type } : {}),
    ...(own.default === undefined || found.default === undefined ? {} : { default: found.default }),
    ...(own.generated === undefined || found.generated === undefined
      ? {}
      : { generated: { ...own.generated, sql: found.generated.sql } }),
  }
}

function respellConstraint(own: Constraint, found: Constraint | undefined): Constraint {
  if (own.kind === 'check' && found?.kind === 'check') return { ...own, sql: found.sql }
  if (own.kind === 'exclude' && found?.kind === 'exclude')
    return { ...own, elements: found.elements, ...(found.where === undefined ? {} : { where: found.where }) }
  return own
}

function respellIndex(own: Index, among: readonly Index[]): Index {
  const found = among.find((i) => i.name === own.name)
  return found === undefined
    ? own
    : { ...own, elements: found.elements, ...(found.where === undefined ? {} : { where: found.where }) }
}
