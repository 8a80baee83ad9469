/** How an operation complains: about its arguments, and about objects that are not there. */
import { AmbixError } from '../errors.ts'
import { closest } from '../util/closest.ts'
import { shapeOf } from './option-shapes.ts'
import { object, shown } from '../schema/shapes.ts'

/** An operation that is invalid as written. The recorder adds the operation's number and file. */
export function invalid(operation: string, problem: string, why?: string): AmbixError {
  return new AmbixError('OPERATION.INVALID', `op.${operation}: ${problem}`, {
    ...(why === undefined ? {} : { why }),
    data: { operation },
  })
}

/** An object that an operation names and that does not exist at this point of the history. */
export function unknownObject(operation: string, object: string): AmbixError {
  return new AmbixError('OPERATION.UNKNOWN_OBJECT', `op.${operation}: there is no ${object} at this point`, {
    why: `The revisions before this one, as recorded, do not create ${object}.`,
    next: ['Check the name and its schema, and the order of the revisions.'],
    data: { operation, object },
  })
}

/** An object is created that exists already. */
export function existsAlready(operation: string, object: string): AmbixError {
  return new AmbixError('OPERATION.INVALID', `op.${operation}: ${object} already exists at this point`, {
    why: `The revisions before this one, as recorded, create ${object} already.`,
    data: { operation, object },
  })
}

/** Refuses unknown option keys, and suggests the one that was meant; and values that an option cannot have. */
export function checkOptions(operation: string, options: object | undefined, known: readonly string[]): void {
  if (options === undefined) return
  if (!object().fits(options)) throw invalid(operation, 'the options must be an object', `${shown(options)} was given.`)
  for (const key of Object.keys(options)) {
    if (known.includes(key)) {
      checkOption(operation, key, (options as Readonly<Record<string, unknown>>)[key])
      continue
    }
    const meant = closest(key, known)
    throw invalid(
      operation,
      `unknown option '${key}'${meant === undefined ? '' : `; did you mean '${meant}'?`}`,
      `It takes: ${known.join(', ')}.`,
    )
  }
}

function checkOption(operation: string, key: string, value: unknown): void {
  const shape = shapeOf(key, operation.startsWith('alter'))
  if (shape !== undefined && value !== undefined && !shape.fits(value))
    throw invalid(operation, `'${key}' must be ${shape.wants}`, `${shown(value)} was given.`)
}

/** Checks that a name is a non-empty string; the error tells which one is missing. */
export function checkName(operation: string, what: string, name: unknown): string {
  if (typeof name !== 'string' || name === '') throw invalid(operation, `${what} is missing`)
  if (name.includes('\0')) throw invalid(operation, `${what} contains a NUL character, which no database can hold`)
  return name
}

/** A list of names with at least one in it and none twice. */
export function checkNames(operation: string, what: string, names: unknown): readonly string[] {
  if (!Array.isArray(names) || names.length === 0) throw invalid(operation, `${what}: the list is empty`)
  const seen = new Set<string>()
  for (const name of names) {
    checkName(operation, what, name)
    if (seen.has(name as string)) throw invalid(operation, `${what}: '${String(name)}' stands there twice`)
    seen.add(name as string)
  }
  return names as readonly string[]
}
