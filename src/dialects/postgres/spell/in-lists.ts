/** `IN (…)` over varchar, which PostgreSQL prints in a form that it prints differently when read back. */
import type { Column, Constraint, Index, SchemaObject } from '../../../schema/model.ts'
import { mapped } from '../../../schema/unchanged.ts'

const name = String.raw`(?:[a-z_][a-z0-9_$]*|"(?:[^"]|"")+")`
const label = String.raw`'(?:[^']|'')*'`
/** As it is first printed, and as that text is printed when it was read back (a dump, a table recreated). */
const printed = new RegExp(
  String.raw`\((${name}(?:\.${name})*)\)::text (= ANY|<> ALL) \((?:\(ARRAY\[(${label}::character varying(?:, ${label}::character varying)*)\]\)::text\[\]|ARRAY\[(\(${label}::character varying\)::text(?:, \(${label}::character varying\)::text)*)\])\)`,
  'g',
)

/** The text with such lists as `status IN ('a', 'b')`, which has one meaning and comes back the same. */
export function plainLists(text: string): string {
  if (!text.includes('::character varying')) return text
  return text.replace(
    printed,
    (_, operand: string, operator: string, first: string | undefined, again: string | undefined) => {
      const labels = [...(first ?? again ?? '').matchAll(new RegExp(`${label}(?=::)`, 'g'))].map((m) => m[0])
      return `${operand} ${operator === '= ANY' ? 'IN' : 'NOT IN'} (${labels.join(', ')})`
    },
  )
}

/** A copy with the text property respelled, or the same object. */
function respelled<T extends object, K extends keyof T>(object: T, key: K): T {
  const text: unknown = object[key]
  if (typeof text !== 'string') return object
  const plain = plainLists(text)
  return plain === text ? object : { ...object, [key]: plain }
}

const column = (c: Column): Column => {
  const generated = c.generated === undefined ? undefined : respelled(c.generated, 'sql')
  return generated === c.generated || generated === undefined ? c : { ...c, generated }
}
const constraint = (c: Constraint): Constraint =>
  c.kind === 'check' ? respelled(c, 'sql') : c.kind === 'exclude' ? respelled(c, 'where') : c
const index = (i: Index): Index => {
  const elements = mapped(i.elements, (e) => respelled(e, 'expression'))
  return respelled(elements === i.elements ? i : { ...i, elements }, 'where')
}

/** An object as reflected, with every expression respelled. */
export function withPlainLists(object: SchemaObject): SchemaObject {
  switch (object.kind) {
    case 'table': {
      const [columns, constraints, indexes] = [
        mapped(object.columns, column),
        mapped(object.constraints, constraint),
        mapped(object.indexes, index),
      ]
      if (columns === object.columns && constraints === object.constraints && indexes === object.indexes) return object
      return { ...object, columns, constraints, indexes }
    }
    case 'view': {
      const indexes = object.indexes === undefined ? undefined : mapped(object.indexes, index)
      return respelled(
        indexes === object.indexes || indexes === undefined ? object : { ...object, indexes },
        'definition',
      )
    }
    case 'domain': {
      const checks = mapped(object.checks, (c) => respelled(c, 'sql'))
      return checks === object.checks ? object : { ...object, checks }
    }
    case 'trigger':
      return respelled(object, 'definition')
    case 'policy':
      return respelled(respelled(object, 'using'), 'check')
    case 'routine':
      // The body of a SQL-standard function is printed from its parsed form; other bodies are the author's own text.
      return /\bBEGIN ATOMIC\b/.test(object.definition) ? respelled(object, 'definition') : object
    case 'definition': {
      const create = mapped(object.create, plainLists)
      return create === object.create ? object : { ...object, create }
    }
    default:
      return object
  }
}
