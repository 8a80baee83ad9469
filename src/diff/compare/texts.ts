/** The texts of an object that a database prints in its own form: their places, and two forms of the same text. */
import { equal } from './equal.ts'
import type { ColumnType, Default, Index, Schema, SchemaObject } from '../../schema/model.ts'
import { printsAsGiven } from '../../schema/printed-literals.ts'

/**
 * Every text of an object that the database may print in its own form, by place; `literals` too, as JSON, where
 * the output function of the type may not give what was put in.
 */
export function texts(object: SchemaObject, literals = false): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const add = (place: string, text: string | undefined): void => {
    if (text !== undefined) found.set(place, text)
  }
  const addDefault = (place: string, value: Default | undefined, type: ColumnType): void => {
    if (value?.kind === 'sql') add(place, value.sql)
    else if (literals && value !== undefined && !printsAsGiven(value.value, type))
      add(place, `literal ${JSON.stringify(value.value)}`)
  }
  const addIndex = (index: Index): void => {
    add(`index ${index.name}`, index.where)
    for (const [i, e] of index.elements.entries()) add(`index ${index.name} ${i}`, e.expression)
  }
  switch (object.kind) {
    case 'table':
      for (const c of object.columns) {
        addDefault(`default ${c.name}`, c.default, c.type)
        add(`generated ${c.name}`, c.generated?.sql)
        if (c.type.kind === 'custom') add(`type ${c.name}`, c.type.sql)
      }
      for (const c of object.constraints) {
        if (c.kind === 'check') add(`check ${c.name}`, c.sql)
        if (c.kind === 'exclude') {
          add(`exclude ${c.name}`, c.where)
          for (const [i, e] of c.elements.entries()) add(`exclude ${c.name} ${i}`, e.expression)
        }
      }
      for (const index of object.indexes) addIndex(index)
      add('partitions', object.partitionBy)
      add('bound', object.partitionOf?.bound)
      // An option with brackets holds expressions: how a table is partitioned (MySQL).
      for (const [name, text] of Object.entries(object.with ?? {})) if (text.includes('(')) add(`option ${name}`, text)
      break
    case 'view':
      add('definition', object.definition)
      for (const index of object.indexes ?? []) addIndex(index)
      break
    case 'domain':
      addDefault('default', object.default, object.type)
      for (const c of object.checks) add(`check ${c.name}`, c.sql)
      break
    case 'routine':
      add('definition', object.definition)
      add('signature', object.signature)
      break
    case 'trigger':
      add('definition', object.definition)
      break
    case 'policy':
      add('using', object.using)
      add('check', object.check)
      break
    case 'definition':
      add('create', object.create.join(';\n'))
      break
    case 'enum':
    case 'sequence':
    case 'composite':
    case 'range':
    case 'extension':
    case 'schema':
      break
  }
  return found
}

/**
 * Each text that is printed like that of its counterpart is replaced by the target's own form. `printed` are the objects
 * as the server prints them, where that differs from `spelled`.
 */
export function asThere(spelled: Schema, twins: Schema, current: Schema, printed: Schema = spelled): Schema {
  const objects = new Map(spelled.objects)
  for (const [key, object] of spelled.objects) {
    const [twin, there, print] = [twins.objects.get(key), current.objects.get(key), printed.objects.get(key)]
    if (twin === undefined || there === undefined || print === undefined) continue
    // A definition's statements are one text: where they print alike, they are replaced by the target's.
    if (object.kind === 'definition' && print.kind === 'definition') {
      if (twin.kind === 'definition' && there.kind === 'definition' && equal(print.create, twin.create))
        objects.set(key, { ...object, create: there.create, drop: there.drop })
      continue
    }
    const [mine, prints, its, real] = [texts(object), texts(print), texts(twin), texts(there)]
    const words = new Map<string, string>()
    for (const [place, text] of mine) {
      const spelling = real.get(place)
      const printedText = prints.get(place)
      if (printedText !== undefined && its.get(place) === printedText && spelling !== undefined && spelling !== text)
        words.set(text, spelling)
    }
    if (words.size > 0) objects.set(key, reworded(object, words) as SchemaObject)
  }
  return { ...spelled, objects }
}

function reworded(value: unknown, words: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return words.get(value) ?? value
  if (Array.isArray(value)) return value.map((item) => reworded(item, words))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, reworded(item, words)]))
}
