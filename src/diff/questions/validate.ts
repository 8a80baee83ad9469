/** Names and labels that the database would refuse, or silently cut: refused before anything is changed (specs/enums.md S13, K03-K07). */
import { AmbixError, type Code } from '../../errors.ts'
import { columnKey, refText, typeKey } from '../../schema/keys.ts'
import type { ColumnType, LiteralValue, Schema, Table } from '../../schema/model.ts'
import { checkLabelSizes, isTooLong, sizeText, usualNames } from '../../schema/name-limit.ts'
import type { NameLimit } from '../../schema/name-limit.ts'
import type { DiffOptions } from '../model/types.ts'

/** Throws ENUM.INVALID, ENUM.DEFAULT, SCHEMA.NAME_TOO_LONG or SCHEMA.DUPLICATE for a target schema that cannot be. */
export function validateWished(wished: Schema, options: Pick<DiffOptions, 'names' | 'labels'> = {}): void {
  const limit = options.names ?? usualNames
  for (const [key, object] of wished.objects) {
    if (object.kind === 'definition') continue
    const named = object.kind !== 'enum' || options.labels === undefined
    if (named && isTooLong(object.name, limit)) throw long(key.replace(':', ' '), object.name, limit)
    if (object.kind === 'enum') {
      checkTwice(refText(object), object.values)
      checkLabelSizes(refText(object), object.values, options.labels ?? limit)
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

function checkTwice(name: string, labels: readonly string[]): void {
  const twice = labels.filter((label, i) => labels.indexOf(label) !== i)
  if (twice.length > 0)
    throw refuse(
      'ENUM.INVALID',
      `The enum ${name} has a label twice: ${JSON.stringify(twice[0])}.`,
      'Labels must differ from each other.',
    )
}

function checkTable(wished: Schema, table: Table, limit: NameLimit): void {
  for (const column of table.columns) {
    if (isTooLong(column.name, limit)) throw long(`column ${refText(table)}.${column.name}`, column.name, limit)
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
    if (isTooLong(part.name, limit)) throw long(`${part.name} of table ${refText(table)}`, part.name, limit)
}

function labelsIn(value: LiteralValue, type: ColumnType): readonly string[] {
  if (type.element !== undefined && Array.isArray(value))
    return value.flatMap((v: LiteralValue) => labelsIn(v, type.element!))
  return typeof value === 'string' && type.element === undefined ? [value] : []
}

function long(what: string, name: string, limit: NameLimit): AmbixError {
  return refuse('SCHEMA.NAME_TOO_LONG', `The name of ${what} is too long.`, sizeText(name, limit))
}

function refuse(code: Code, message: string, why: string): AmbixError {
  return new AmbixError(code, message, { why, next: ['Change the declared schema.'] })
}
