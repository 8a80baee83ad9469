/** What the database could not hold, or would cut in silence: refused before anything is touched (specs/enums.md S13, K03-K07). */
import { AmbixError, type Code } from '../../errors.ts'
import { columnKey, refText } from '../../schema/keys.ts'
import type { ColumnType, LiteralValue, Schema, Table } from '../../schema/model.ts'
import { typeKey } from '../graph/needs.ts'

/** Bytes of an identifier and of an enum label (NAMEDATALEN - 1; the manual, 4.1.1 and 8.7.4). */
const usual = 63
const bytes = (text: string): number => Buffer.byteLength(text)

/** Throws ENUM.INVALID, ENUM.DEFAULT, SCHEMA.NAME_TOO_LONG or SCHEMA.DUPLICATE for a target schema that cannot be. */
export function validateWished(wished: Schema, limit = usual): void {
  for (const [key, object] of wished.objects) {
    if (object.kind === 'definition') continue
    if (tooLong(object.name, limit)) throw long(key.replace(':', ' '), object.name, limit)
    if (object.kind === 'enum') {
      checkLabels(refText(object), object.values, usual)
      if (wished.objects.has(`table:${refText(object)}`) || wished.objects.has(`view:${refText(object)}`)) {
        throw refuse(
          'SCHEMA.DUPLICATE',
          `An enum and a table are both named ${refText(object)}.`,
          'PostgreSQL makes a row type of each table, under the name of the table.',
        )
      }
    }
    if (object.kind === 'table') checkTable(wished, object, limit)
  }
}

function tooLong(name: string, limit: number): boolean {
  return bytes(name) > limit
}

function checkLabels(name: string, labels: readonly string[], limit: number): void {
  const twice = labels.filter((label, i) => labels.indexOf(label) !== i)
  if (twice.length > 0)
    throw refuse(
      'ENUM.INVALID',
      `The enum ${name} has a label twice: ${JSON.stringify(twice[0])}.`,
      'Labels must differ from each other.',
    )
  for (const label of labels) {
    const size = bytes(label)
    if (size > limit) {
      throw refuse(
        'ENUM.INVALID',
        `A label of the enum ${name} is too long: ${JSON.stringify(label)}.`,
        `It has ${size} bytes; the database holds ${limit}.`,
      )
    }
  }
}

function checkTable(wished: Schema, table: Table, limit: number): void {
  for (const column of table.columns) {
    if (tooLong(column.name, limit)) throw long(`column ${refText(table)}.${column.name}`, column.name, limit)
    if (column.default?.kind !== 'literal') continue
    const key = typeKey(column.type)
    const type = key === undefined ? undefined : wished.objects.get(key)
    if (type?.kind !== 'enum') continue
    const stranger = labelsIn(column.default.value, column.type).find((label) => !type.values.includes(label))
    if (stranger !== undefined) {
      const where = columnKey(table, column.name).replace(':', ' ')
      throw refuse(
        'ENUM.DEFAULT',
        `The default of ${where} is not a label of ${refText(type)}: ${JSON.stringify(stranger)}.`,
        `Its labels are ${type.values.map((v) => JSON.stringify(v)).join(', ')}.`,
      )
    }
  }
  for (const part of [...table.constraints, ...table.indexes])
    if (tooLong(part.name, limit)) throw long(`${part.name} of table ${refText(table)}`, part.name, limit)
}

function labelsIn(value: LiteralValue, type: ColumnType): readonly string[] {
  if (type.element !== undefined && Array.isArray(value))
    return value.flatMap((v: LiteralValue) => labelsIn(v, type.element!))
  return typeof value === 'string' && type.element === undefined ? [value] : []
}

function long(what: string, name: string, limit: number): AmbixError {
  return refuse(
    'SCHEMA.NAME_TOO_LONG',
    `The name of ${what} is too long.`,
    `${JSON.stringify(name)} has ${bytes(name)} bytes; the database holds ${limit}.`,
  )
}

function refuse(code: Code, message: string, why: string): AmbixError {
  return new AmbixError(code, message, { why, next: ['Change the declared schema.'] })
}
