/** Keys, indexes and constraints as the callback of a declared table writes them: over `t.email` instead of 'email'. */
import { ambix } from '../../schema/declared.ts'
import type { Extra, ExtraData } from '../../schema/declare/table-extras.ts'
import type { IndexPart } from '../../schema/declare/column-refs.ts'
import { printer, propertyName, stringLiteral, Verbatim } from './literal.ts'

/** Constraints and indexes of a table, over `t.email` instead of 'email' where the table declares it. */
export function overColumns(extra: Extra, properties: ReadonlyMap<string, string>): Extra {
  const column = (name: unknown): unknown =>
    typeof name === 'string' && properties.has(name) ? new Verbatim(member('t', properties.get(name)!)) : name
  const data = extra[ambix]
  const change =
    data.kind === 'index'
      ? { parts: data.parts.map((p) => part(p, column)), include: data.include?.map(column) }
      : data.kind === 'exclude'
        ? {
            elements: data.elements.map(([p, operator]) => [part(p, column), operator]),
            include: data.include?.map(column),
          }
        : data.kind === 'check'
          ? {}
          : data.kind === 'foreignKey'
            ? { columns: data.columns.map(column) }
            : { columns: data.columns.map(column), include: data.include?.map(column) }
  // Code takes the place of columns: the printer prints it unchanged.
  return { [ambix]: { ...data, ...change } as unknown as ExtraData }
}

/** Whether the constraints and indexes name one of the columns that the table declares. */
export function namesColumns(extra: Extra, properties: ReadonlyMap<string, string>): boolean {
  const data = extra[ambix]
  if (data.kind === 'check') return false
  const parts =
    data.kind === 'index' ? data.parts : data.kind === 'exclude' ? data.elements.map(([p]) => p) : data.columns
  const include = data.kind === 'foreignKey' ? [] : (data.include ?? [])
  return [...parts, ...include].some((p) => {
    const name = typeof p === 'object' && 'column' in p ? p.column : p
    return typeof name === 'string' && properties.has(name)
  })
}

/** `t.created_at.desc().nullsLast()`. */
function part(p: IndexPart, column: (name: unknown) => unknown): unknown {
  if (typeof p === 'string') return column(p)
  if (typeof p !== 'object' || ambix in p || !('column' in p)) return p
  const named = column(p.column)
  if (!(named instanceof Verbatim)) return p
  const calls = [
    ...(p.order === 'desc' ? ['.desc()'] : []),
    ...(p.nulls === undefined ? [] : [p.nulls === 'first' ? '.nullsFirst()' : '.nullsLast()']),
    ...(p.opclass === undefined ? [] : [`.opclass(${stringLiteral(p.opclass)})`]),
    ...(p.length === undefined ? [] : [`.prefix(${p.length})`]),
    ...(p.collation === undefined ? [] : [`.collate(${printer().value(p.collation)})`]),
  ]
  return new Verbatim([named.layout, ...calls])
}

export function member(object: string, property: string): string {
  return propertyName(property) === property ? `${object}.${property}` : `${object}[${stringLiteral(property)}]`
}
