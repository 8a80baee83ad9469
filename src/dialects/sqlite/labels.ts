/** Enums in SQLite: text columns whose named CHECK lists the labels (specs/enums.md, section 10). */
import type { Check, Constraint, EnumType, SchemaObject, Table } from '../../schema/model.ts'
import { nameOf, tokensOf } from './text/lex.ts'
import { quote, text } from './spell.ts'

const mark = 'enum_'

/** The CHECK that restricts a column to the labels of its enum; its name tells the enum. */
export function labelCheck(column: string, type: Pick<EnumType, 'name' | 'values'>): Check {
  return {
    kind: 'check',
    name: mark + type.name,
    // There are no labels: only NULL is allowed.
    sql:
      type.values.length === 0
        ? `${quote(column)} IS NULL`
        : `${quote(column)} IN (${type.values.map(text).join(', ')})`,
  }
}

/** The column and the labels of a condition `column IN ('a', 'b')`; undefined for any other condition. */
export function labelsOf(sql: string): { readonly column: string; readonly labels: readonly string[] } | undefined {
  const [column, word, ...rest] = tokensOf(sql)
  if (column === undefined || (column.kind !== 'word' && column.kind !== 'name')) return undefined
  if (word?.word === 'IS' && rest.length === 1 && rest[0]!.word === 'NULL')
    return { column: nameOf(column), labels: [] }
  if (word?.word !== 'IN' || rest[0]?.text !== '(' || rest.at(-1)?.text !== ')') return undefined
  const list = rest.slice(1, -1)
  if (!list.every((t, i) => (i % 2 === 0 ? t.kind === 'string' : t.text === ','))) return undefined
  return { column: nameOf(column), labels: list.filter((t) => t.kind === 'string').map(nameOf) }
}

/** An enum as a stored check describes it. */
export interface Label {
  readonly enum: string
  readonly column: string
  readonly labels: readonly string[]
}

/** Turns text columns with such a check into enum columns; where tables disagree about the labels, the first one counts. */
export function liftEnums(
  objects: readonly SchemaObject[],
  labels: (table: Table) => readonly Label[],
): readonly SchemaObject[] {
  const types = new Map<string, EnumType>()
  const lifted = objects.map((object): SchemaObject => {
    if (object.kind !== 'table') return object
    let table = object
    for (const found of labels(table)) {
      const known = types.get(found.enum) ?? { kind: 'enum' as const, name: found.enum, values: found.labels }
      if (known.values.join('\0') !== found.labels.join('\0')) continue
      const at = table.columns.findIndex((c) => c.name.toLowerCase() === found.column.toLowerCase())
      if (table.columns[at]?.type.kind !== 'text') continue
      types.set(found.enum, known)
      const columns = [...table.columns]
      columns[at] = { ...columns[at]!, type: { kind: 'enum', name: found.enum } }
      // A second one of the same name in a table has another name here.
      const same = (c: Constraint): boolean => {
        const said = c.kind === 'check' ? labelsOf(c.sql) : undefined
        return (
          said?.column.toLowerCase() === found.column.toLowerCase() &&
          said.labels.join('\0') === found.labels.join('\0')
        )
      }
      table = { ...table, columns, constraints: table.constraints.filter((c) => !same(c)) }
    }
    return table
  })
  return [...types.values(), ...lifted]
}
