/** The error for a schema that the database refuses: which table and column, and the server's message. */
import type { ServerError } from '../drivers/driver.ts'
import { AmbixError, isAmbixError } from '../errors.ts'
import { placeOfError, placeText } from '../util/written-at.ts'
import type { Operation } from '../operations/kinds.ts'
import { parseRef, refText } from '../schema/keys.ts'
import type { Ref } from '../schema/model.ts'
import type { SchemaSource } from './source.ts'

export interface RefusedStatement {
  readonly said: ServerError | undefined
  readonly message: string
  readonly sql: string
  readonly op: Operation | undefined
}

/** SCHEMA.INVALID; `located` adds the file and line. */
export function schemaRefused({ said, message, sql, op }: RefusedStatement): AmbixError {
  const place = op === undefined ? undefined : placeOf(op, said, sql)
  const where =
    place === undefined
      ? undefined
      : `In the table ${place.table}${place.column === undefined ? '' : `, column ${place.column}`}.`
  return new AmbixError('SCHEMA.INVALID', `The database refuses the schema: ${said?.message ?? message}`, {
    why: [where, said?.detail, said?.hint, `The statement is: ${sql.slice(0, 600)}`].filter(Boolean).join('\n'),
    next: ['Fix the declaration; nothing was changed'],
    data: { statement: sql, server: said, ...place },
  })
}

interface Place {
  readonly table: string
  readonly column?: string
}

function placeOf(op: Operation, said: ServerError | undefined, sql: string): Place | undefined {
  if (!('table' in op)) return undefined
  // A table, or only its name: more is not needed here.
  const table = op.table as Ref & { readonly columns?: readonly { readonly name: string }[] }
  const column = columnOf(op, said, sql)
  return { table: refText(table), ...(column === undefined ? {} : { column }) }
}

/** By the operation, by the constraint that the server names, by the line that it gives, by the names in its message. */
function columnOf(op: Operation, said: ServerError | undefined, sql: string): string | undefined {
  if (op.kind === 'addColumn') return op.column.name
  if (op.kind === 'alterColumn') return op.column
  if ('columns' in op && Array.isArray(op.columns) && typeof op.columns[0] === 'string') return op.columns[0]
  if (op.kind !== 'createTable') return undefined
  const { columns, constraints } = op.table
  const words = `${said?.message ?? ''} ${said?.detail ?? ''} ${said?.constraint ?? ''}`
  const named = constraints.find((c) => mentions(words, c.name))
  if (named !== undefined && 'columns' in named) return named.columns[0]
  const line = said?.position === undefined ? undefined : lineAt(sql, said.position)
  const pointed = line === undefined ? undefined : columns.find((c) => firstWord(line) === c.name)
  if (pointed !== undefined) return pointed.name
  const quoted = columns.find((c) => words.includes(`"${c.name}"`))
  if (quoted !== undefined) return quoted.name
  // A foreign key to columns that are not unique: the server names the other table only.
  const keys = constraints.filter((c) => c.kind === 'foreignKey')
  const referring = keys.filter((c) => words.includes(`"${c.references.name}"`))
  return referring.length === 1 ? referring[0]!.columns[0] : undefined
}

const mentions = (words: string, name: string): boolean => words.includes(`"${name}"`) || words.endsWith(` ${name}`)

function lineAt(sql: string, position: number): string | undefined {
  const letters = [...sql]
  return sql.split('\n')[letters.slice(0, position - 1).filter((l) => l === '\n').length]
}

const firstWord = (line: string): string | undefined => {
  const [, quoted, plain] = /^\s*(?:"((?:[^"]|"")+)"|(\w+))/.exec(line) ?? []
  return quoted?.replaceAll('""', '"') ?? plain
}

/** An error about models with the place of the declaration, where it is known. */
export function atDeclaration(error: unknown): unknown {
  if (!isAmbixError(error) || !/^(?:SCHEMA|ENUM)\./.test(error.code) || error.data?.['at'] !== undefined) return error
  const place = placeOfError(error)
  if (place === undefined) return error
  const at = placeText(place)
  return new AmbixError(error.code, error.message, {
    why: error.why === undefined ? `At ${at}` : `${at}: ${error.why}`,
    next: error.next,
    data: { ...error.data, at, ...place },
    cause: error,
  })
}

/** The same error with the file and line of the declaration, where the source has them. */
export function located(error: unknown, source: SchemaSource, projectDir: string): unknown {
  if (!(error instanceof AmbixError) || error.code !== 'SCHEMA.INVALID') return error
  const [table, column] = [error.data?.['table'], error.data?.['column']]
  const ref = typeof table === 'string' ? parseRef(table) : undefined
  if (ref === undefined || error.data?.['at'] !== undefined) return error
  const at = source.declaredAt?.(projectDir, ref, typeof column === 'string' ? column : undefined)
  if (at === undefined) return error
  return new AmbixError(error.code, error.message, {
    why: `${at}: ${error.why ?? ''}`,
    next: [`Fix the declaration at ${at}; nothing was changed`],
    data: { ...error.data, at },
    cause: error.cause,
  })
}
