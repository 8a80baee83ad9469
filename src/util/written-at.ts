/** Where the user's code called something: captured at the call in a few microseconds, formatted only after an error. Needs no Node. */
import { ownUrl } from './own-url.ts'

/** Lines and columns are 1-based. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column?: number
}

/** A text in a user file that is sent unchanged: a position in the text is also a position in the file. */
export interface TextPlace extends Place {
  readonly text: string
}

/** An unformatted stack, and the file whose frame is meant. */
interface Capture {
  readonly holder: { readonly stack?: string }
  readonly file: string | undefined
}

interface Records {
  readonly written: WeakMap<object, Capture | Place | TextPlace>
  readonly originals: Map<string, (line: number, column: number) => Place | undefined>
}

/** Shared by all copies of ambix in a process: the models are declared with one, and read by another. */
const shared: unique symbol = Symbol.for('ambix.written')
const { written, originals } = ((globalThis as { [shared]?: Records })[shared] ??= {
  written: new WeakMap(),
  originals: new Map(),
})
/** The folder of ambix itself: its sources, or the build. */
const own = /^.*[/\\](?:src|dist)[/\\]/.exec(pathOf(ownUrl(import.meta.url)))?.[0] ?? pathOf(ownUrl(import.meta.url))

/** Number of frames kept: the call itself, those of ambix in between (a batch), and a helper or two. */
const depth = 4

/** The current stack, from the caller of `below` on. `file`: the file whose frame is meant, where the stack has it. */
export function captureCall(below: (...args: never) => unknown, file?: string): Capture {
  const holder: { stack?: string } = {}
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = depth
  // Not every browser has it, and a schema may be loaded in one.
  Error.captureStackTrace?.(holder, below)
  Error.stackTraceLimit = limit
  return { holder, file }
}

/** Records where `object` (an operation, an error) was written. The first record is kept. */
export function noteWritten(object: object, where: Capture | Place | TextPlace | undefined): void {
  if (where !== undefined && !written.has(object)) written.set(object, where)
}

/** The same object, recorded as declared at the current call in the user's code. */
export function declaredHere<T extends object>(object: T): T {
  noteWritten(object, captureCall(declaredHere))
  return object
}

/** Records that the objects of `to` were written where `from` was. */
export function passWritten<T extends object>(from: object, to: readonly T[]): readonly T[] {
  const where = written.get(from)
  if (where !== undefined) for (const object of to) noteWritten(object, where)
  return to
}

/** The error, recorded as thrown about `from`. */
export function writtenIn(from: object, error: unknown): unknown {
  if (error instanceof Error) passWritten(from, [error])
  return error
}

/** Records how to find the source position of a position in evaluated code. */
export function noteOriginal(file: string, find: (line: number, column: number) => Place | undefined): void {
  originals.set(file, find)
}

/** Where `object` was written; with a position (1-based, in characters) in its text, that place. */
export function placeOf(object: object, position?: number): Place | undefined {
  const where = written.get(object)
  if (where === undefined) return undefined
  if ('holder' in where) return placeOfCall(where)
  return position === undefined || !('text' in where) ? where : within(where, position)
}

/** The file and line of a captured call; undefined where no frame is the user's. */
export const placeOfCall = (call: Capture): Place | undefined => placeInStack(call.holder.stack, call.file)

/** `file:line:column` of the error's own stack: the frame of `file`, else the first of the user's. */
export function placeInStack(stack: string | undefined, file?: string): Place | undefined {
  const frames = [...(stack ?? '').matchAll(frame)]
    .map(([, path, line, column]) => ({
      file: pathOf(path!),
      line: Number(line),
      ...(column === undefined ? {} : { column: Number(column) }),
    }))
    .filter((f) => !f.file.startsWith(own) && !/[\\/]node_modules[\\/]/.test(f.file))
  const found = frames.find((f) => f.file === file) ?? frames[0]
  if (found === undefined) return undefined
  return found.column === undefined ? found : (originals.get(found.file)?.(found.line, found.column) ?? found)
}

/**
 * Where the user's code threw the error, as a callback that was called from here, itself or in a package that it uses, with the name of the
 * function; undefined where ambix threw it, or a package for ambix.
 */
export function throwerOf(error: unknown): { readonly place: Place; readonly name: string | undefined } | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  for (const line of stack.split('\n')) {
    const path = line.matchAll(frame).next().value?.[1]
    if (path === undefined) continue
    const file = pathOf(path)
    if (file.startsWith(own)) return undefined
    const place = placeInStack(line, file)
    if (place !== undefined) return { place, name: /^\s*at (?:async )?(?:[\w$]+\.)*([\w$]+) \(/.exec(line)?.[1] }
  }
  return undefined
}

/** The file and line that an error is about: of the object itself, or of the object that it was derived from. */
export function placeOfError(error: Error): Place | undefined {
  return placeOf(error) ?? (error.cause instanceof Error ? placeOfError(error.cause) : undefined)
}

/** `migrations/x.ts:12:3`. */
export function placeText(place: Place): string {
  return `${place.file}:${place.line}${place.column === undefined ? '' : `:${place.column}`}`
}

const frame = /(?:^|\(|\s)((?:file:\/\/)?(?:\/|[A-Za-z]:[\\/])[^\n()]*?):(\d+)(?::(\d+))?(?=\)|\s|$)/gm

function pathOf(path: string): string {
  const plain = path.replace(/\?[^?]*$/, '')
  if (!plain.startsWith('file:')) return plain
  const decoded = decodeURIComponent(new URL(plain).pathname)
  return /^\/[A-Za-z]:/.test(decoded) ? decoded.slice(1).replaceAll('/', '\\') : decoded
}

function within(where: TextPlace, position: number): Place {
  const lines = [...where.text]
    .slice(0, position - 1)
    .join('')
    .split('\n')
  const last = lines.at(-1)!.length
  return {
    file: where.file,
    line: where.line + lines.length - 1,
    column: lines.length === 1 ? (where.column ?? 1) + last : last + 1,
  }
}
