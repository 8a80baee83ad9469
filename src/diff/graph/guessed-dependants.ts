/** Dependants of a column or type that no database recorded: read from the texts, rather one too many than one too few. */
import { columnKey, constraintKey, indexKeyOf, keyOf, refText, typeKey } from '../../schema/keys.ts'
import { lazySchema } from '../../schema/lazy.ts'
import type { Ref, Schema, SchemaObject, Table } from '../../schema/model.ts'
import { partsOfDefinition } from '../../schema/routine-parts.ts'
import { isTable } from './dependants.ts'
import { mentionsName } from './mentions.ts'

/**
 * Adds edges to columns and types where they are missing: a schema that was folded from revisions has no others.
 * A wrong edge only recreates an object needlessly; a missing one would make the change fail.
 */
export function withGuesses(schema: Schema): Schema {
  if (schema.told === true) return schema
  return lazySchema(schema.objects, () => guessed(schema), schema.uncovered)
}

function guessed(schema: Schema): Schema['dependencies'] {
  const dependencies = new Map(schema.dependencies)
  const tables = [...schema.objects.values()].filter(isTable)
  const types = [...schema.objects]
    .filter(([, o]) => o.kind === 'enum' || o.kind === 'domain')
    .map(([key, o]) => ({ key, name: (o as Ref).name }))
  const guess: Guess = (key, text, of, signature = text) => {
    const known = dependencies.get(key) ?? []
    if (known.some((need) => need.startsWith('column:') || need.startsWith('enum:'))) return
    const found = new Set(known)
    for (const table of typeof of === 'function' ? of(text) : of) {
      for (const column of table.columns) {
        if (!allColumns.test(text) && !mentionsName(text, column.name)) continue
        found.add(columnKey(table, column.name))
        const type = typeKey(column.type)
        if (type !== undefined) found.add(type)
      }
    }
    for (const type of types) if (mentionsName(signature, type.name)) found.add(type.key)
    found.delete(key)
    if (found.size > known.length) dependencies.set(key, [...found])
  }
  const named: Named = (text) => tables.filter((t) => mentionsName(text, t.name))
  for (const object of schema.objects.values()) {
    if (isTable(object)) guessParts(object, guess)
    else guessObject(object, tables, named, guess)
  }
  return dependencies
}

/** A star that stands for columns; any other one multiplies. */
const allColumns = /(?:\b(?:select|distinct|all|returning)|[,.(])\s*\*/iu

type Guess = (key: string, text: string, of: readonly Table[] | Named, signature?: string) => void
type Named = (text: string) => readonly Table[]

function guessParts(table: Table, guess: Guess): void {
  for (const column of table.columns) {
    if (column.generated !== undefined) guess(columnKey(table, column.name), column.generated.sql, [table])
    else if (column.default?.kind === 'sql') guess(columnKey(table, column.name), '', [], column.default.sql)
  }
  for (const c of table.constraints)
    if (c.kind === 'check' && c.inherited !== true) guess(constraintKey(table, c.name), c.sql, [table])
  for (const index of table.indexes) {
    const text = [index.where ?? '', ...index.elements.map((e) => e.expression ?? '')].join(' ').trim()
    if (text !== '' && index.attachedTo === undefined) guess(indexKeyOf(table, index.name), text, [table])
  }
}

function guessObject(object: SchemaObject, tables: readonly Table[], named: Named, guess: Guess): void {
  const at = (ref: Ref): readonly Table[] => tables.filter((t) => refText(t) === refText(ref))
  const key = keyOf(object)
  switch (object.kind) {
    case 'view':
      guess(key, object.definition, named)
      break
    case 'policy':
      guess(key, `${object.using ?? ''} ${object.check ?? ''}`, at(object.table))
      break
    case 'trigger':
      // In the rest of the statement, only these two depend on a column.
      if (/\bWHEN\b|\bUPDATE\s+OF\b/i.test(object.definition))
        guess(key, object.definition.replace(/^.*?\bTRIGGER\b/is, ''), at(object.table))
      break
    case 'routine': {
      const { head, parsed } = partsOfDefinition(object.definition)
      guess(key, parsed ? object.definition : '', parsed ? named : [], head)
      break
    }
    case 'definition': {
      const text = object.create.join(' ')
      guess(key, text, named)
      break
    }
    default:
  }
}
