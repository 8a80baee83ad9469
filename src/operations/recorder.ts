/** The `op` of a revision: every call is recorded as an operation, and nothing is sent anywhere. */
import { append } from '../util/append.ts'
import { AmbixError, isAmbixError } from '../errors.ts'
import { type BatchBody, type BatchOptions, runBatch } from './batch.ts'
import { inlineEnums, inlineLeftovers, inlineParts } from './inline.ts'
import { callAndLook } from '../util/left-behind.ts'
import { invalid } from './invalid.ts'
import type { Kind, Operation, OperationOf } from './kinds.ts'
import { type ArgsOf, createOperation, definitions, kinds } from './operation.ts'
import { meantOperation } from './meant.ts'
import { freeze } from './plain.ts'
import { shown } from '../schema/shapes.ts'
import { captureCall, noteWritten, type Place, placeInStack, placeOfCall } from '../util/written-at.ts'

type Methods = { readonly [K in Exclude<Kind, 'custom'>]: (...args: ArgsOf<K>) => void }

/**
 * The `op` of `upgrade(op)` and `downgrade(op)`: one method for each operation, by Alembic's names. Each call
 * records; nothing runs before the whole list is known. Throws OPERATION.INVALID for calls that are invalid as written.
 *
 * @example export function upgrade(op: Operations): void { op.addColumn('posts', 'title', varchar(120).notNull()) }
 */
export interface Operations extends Methods {
  /** An operation of the project's own, by the name under which the config defines it. */
  custom(name: string, ...args: readonly unknown[]): void
  /** SQL that is executed inside runs outside a transaction, each statement in a step of its own. */
  autocommitBlock(body: () => void): void
  /** The same under another name. */
  withoutTransaction(body: () => void): void
  /** Alembic's batch block: the changes of one table, without its name. A table is rebuilt once, and only where it must be. */
  batchAlterTable(table: string, body: BatchBody): void
  batchAlterTable(table: string, options: BatchOptions, body: BatchBody): void
  /** Records an operation that already exists as data. */
  invoke(operation: Operation): void
}

/** The result of an operation of the project's own: the operations that replace it, in order. */
export type CustomOperation = (...args: never) => Operation | readonly Operation[] | undefined

export interface RecordOptions {
  /** Operations of the project's own, by name: `op.<name>(…)`. Undefined as a result leaves it to the dialect's handler. */
  readonly operations?: Readonly<Record<string, CustomOperation>>
  /** The revision's file, for messages. */
  readonly file?: string
  /** The file whose code is called: timers that it leaves behind are refused. */
  readonly codeFile?: string
  /** Whether that code cannot start anything that runs later, by the names in it: then nothing is looked or waited for. */
  readonly startsNothing?: boolean
}

/** Records the operations that a function calls on `op`. Throws OPERATION.INVALID, also for an asynchronous function. */
export function record(fn: (op: Operations) => unknown, options: RecordOptions = {}): readonly Operation[] {
  const tape = new Tape(options)
  const result = tape.attempt(() => fn(tape.op))
  if (isPromise(result)) {
    // The promise is not awaited: its rejection must not end the process.
    void result.then(undefined, () => undefined)
    throw invalid(
      'record',
      'the function is asynchronous',
      'It was called where it cannot be awaited; use recordAsync.',
    )
  }
  return tape.end()
}

/**
 * As `record`, and waits for a function that returns a promise. What is recorded after the wait belongs to it.
 * Throws OPERATION.INVALID where it leaves a timer or a promise behind, which might call `op` when it is too late.
 */
export async function recordAsync(
  fn: (op: Operations) => unknown,
  options: RecordOptions = {},
): Promise<readonly Operation[]> {
  const tape = new Tape(options)
  let pending: readonly string[]
  try {
    const startsNothing = options.startsNothing === true && options.operations === undefined
    const called = await callAndLook(
      () => {
        const result = fn(tape.op)
        // Later calls of a synchronous function are not awaited.
        if (!isPromise(result)) tape.close()
        return result
      },
      options.codeFile,
      startsNothing,
    )
    if (startsNothing) return tape.end()
    pending = called.pending
  } catch (e) {
    throw tape.located(e)
  } finally {
    tape.close()
  }
  // Lets promises that are not awaited run.
  await new Promise((resolve) => void setImmediate(resolve))
  if (tape.late !== undefined) throw tape.late
  if (pending.length > 0)
    throw new AmbixError(
      'OPERATION.INVALID',
      `It has ended, but something that it started has not (${[...new Set(pending)].join(', ')})`,
      { why: 'What a timer, a callback or a promise that is not awaited calls comes too late: it is in no plan.' },
    )
  return tape.end()
}

const isSameDrop = (a: Operation, b: Operation): boolean =>
  a.kind === 'dropEnum' && b.kind === 'dropEnum' && a.enum.name === b.enum.name && a.enum.schema === b.enum.schema

function isPromise(x: unknown): x is Promise<unknown> {
  return typeof x === 'object' && x !== null && 'then' in x && typeof x.then === 'function'
}

type Method = (...args: readonly unknown[]) => void

const blocks = ['custom', 'autocommitBlock', 'withoutTransaction', 'batchAlterTable', 'invoke']

const isKind = (name: string): name is Kind => Object.hasOwn(definitions, name)

/** One recording. */
class Tape {
  readonly op: Operations
  readonly #recorded: Operation[] = []
  /** Enums that go with the columns they were declared with, when all is done. */
  readonly #leftovers: Operation[] = []
  readonly #options: RecordOptions
  #outside = 0
  /** The file and line of the call that is being recorded. */
  #site: ReturnType<typeof captureCall> | undefined
  #ended = false
  #settled = false
  /** The first call that came after the function had ended. */
  late: unknown

  constructor(options: RecordOptions) {
    this.#options = options
    this.op = this.#makeOp()
  }

  /** From here on a call is refused. */
  close(): void {
    if (!this.#ended)
      append(
        this.#recorded,
        this.#leftovers.filter((op) => !this.#recorded.some((r) => isSameDrop(r, op))),
      )
    this.#ended = true
  }

  end(): readonly Operation[] {
    this.close()
    this.#settled = true
    return Object.freeze(this.#recorded)
  }

  attempt<T>(work: () => T): T {
    try {
      return work()
    } catch (e) {
      throw this.located(e)
    }
  }

  /** Errors of a call's arguments before the call itself: a builder's error gets the place too. */
  located(e: unknown): unknown {
    if (!isAmbixError(e) || !/^(?:SCHEMA|ENUM)\./.test(e.code) || e.data?.['number'] !== undefined) return e
    return this.#located(e, undefined)
  }

  /** A method is made when it is first called: most revisions call two or three of sixty. */
  #makeOp(): Operations {
    const made = new Map<string, Method>()
    const get = (name: string): Method | undefined => {
      const known = made.get(name) ?? this.#method(name)
      if (known !== undefined) made.set(name, known)
      return known
    }
    const own = Object.keys(this.#options.operations ?? {})
    const taken = own.find((name) => name in definitions)
    if (taken !== undefined) throw invalid(taken, 'an operation of the config has the name of a built-in one')
    // One method for each kind, as in the type Operations; any other name is an error.
    return new Proxy(Object.freeze({}), {
      get: (target, name) => {
        const method = typeof name === 'symbol' ? undefined : get(name)
        if (method !== undefined || typeof name === 'symbol' || name in target || name === 'then' || name === 'toJSON')
          return method ?? (Reflect.get(target, name) as unknown)
        const meant = meantOperation(name, [...kinds, ...own, ...blocks])
        throw this.#located(
          invalid(name, `there is no such operation${meant === undefined ? '' : `; did you mean op.${meant}?`}`),
          name,
        )
      },
      has: (target, name) => name in target || (typeof name === 'string' && get(name) !== undefined),
    }) as unknown as Operations
  }

  /** The method of a name; undefined where there is none. */
  #method(name: string): Method | undefined {
    if (isKind(name) && name !== 'custom') {
      const method = (...args: readonly unknown[]): void => {
        this.#site = captureCall(method, this.#options.codeFile)
        this.#call(name, args)
      }
      return method
    }
    const own = this.#options.operations
    if (own !== undefined && Object.hasOwn(own, name)) return (...args) => this.#custom(name, own[name]!, args)
    if (name === 'custom') return (...[of, ...args]) => this.#custom(of as string, own?.[of as string], args)
    if (name === 'autocommitBlock' || name === 'withoutTransaction')
      return (...[body]) => this.#outsideTransaction(body as () => void)
    if (name === 'batchAlterTable')
      return (table, second, third) => {
        const [options, body] = typeof second === 'function' ? [{}, second] : [second ?? {}, third]
        try {
          // The arguments are the user's: invalid ones throw.
          runBatch(
            (kind, args) => this.#recordPart(kind, args),
            table as string,
            options as BatchOptions,
            body as BatchBody,
          )
        } catch (e) {
          throw isAmbixError(e) && e.data?.['number'] !== undefined ? e : this.#located(e, 'batchAlterTable')
        }
      }
    if (name !== 'invoke') return undefined
    const invoke = (...[operation]: readonly unknown[]): void => {
      this.#site = captureCall(invoke, this.#options.codeFile)
      this.#attempt('invoke', () => this.#push(freeze({ ...(operation as Operation) })))
    }
    return invoke
  }

  #recordPart(kind: Kind, args: readonly unknown[]): void {
    this.#site = captureCall(this.#recordPart, this.#options.codeFile)
    this.#call(kind, args)
  }

  #call(kind: Kind, args: readonly unknown[]): void {
    this.#attempt(kind, () => {
      for (const op of inlineEnums(kind, args)) this.#push(op)
      this.#push(created(kind, args))
      for (const op of inlineParts(kind, args)) this.#push(op)
      for (const op of inlineLeftovers(kind, args)) {
        noteWritten(op, this.#site)
        this.#leftovers.push(op)
      }
    })
  }

  #custom(name: string, make: CustomOperation | undefined, args: readonly unknown[]): void {
    this.#site = captureCall(this.#custom, this.#options.codeFile)
    this.#attempt(name, () => {
      // The function comes from the config, and its arguments from the revision: it checks them itself.
      const made =
        make === undefined ? undefined : (make as (...a: readonly unknown[]) => ReturnType<CustomOperation>)(...args)
      if (made === undefined) this.#push(createOperation('custom', name, ...args))
      else
        for (const op of Array.isArray(made) ? (made as readonly Operation[]) : [made as Operation])
          this.#push(freeze({ ...op }))
    })
  }

  #outsideTransaction(body: () => void): void {
    if (typeof body !== 'function')
      throw this.#located(invalid('autocommitBlock', 'it takes a function'), 'autocommitBlock')
    this.#outside++
    try {
      const result: unknown = body()
      if (isPromise(result))
        throw this.#located(invalid('autocommitBlock', 'its function must not be asynchronous'), 'autocommitBlock')
    } finally {
      this.#outside--
    }
  }

  #push(op: Operation): void {
    const marked = this.#outside > 0 && op.kind === 'execute' && op.autocommit !== true
    const recorded = marked ? Object.freeze<OperationOf<'execute'>>({ ...op, autocommit: true }) : op
    noteWritten(recorded, this.#site)
    this.#recorded.push(recorded)
  }

  #attempt(name: string, body: () => void): void {
    if (this.#ended) {
      this.late ??= this.#located(
        invalid(
          name,
          'it was called after the revision had ended',
          'What a timer, a callback or a promise that is not awaited calls comes too late: it is in no plan.',
        ),
        name,
      )
      // The recorder throws it; an unawaited promise must not end the process as well.
      if (!this.#settled) return
      throw this.late
    }
    const length = this.#recorded.length
    try {
      body()
      this.#site = undefined
    } catch (e) {
      this.#recorded.length = length
      throw this.#located(e, name)
    }
  }

  /** Where it happened: the call that was under way, or what the arguments of a call threw before it. */
  #place(e: AmbixError, name: string | undefined): Place | undefined {
    const { codeFile } = this.#options
    // An error of ambix has the stack of the call itself, where there is no capture: a name that `op` does not have.
    if (name === undefined || this.#site === undefined) return placeInStack(e.stack, codeFile)
    return placeOfCall(this.#site)
  }

  /** Says where it happened: the operation, its number, the file. Failures of the schema language become the operation's. */
  #located(e: unknown, name: string | undefined): unknown {
    if (!isAmbixError(e)) return e
    const number = this.#recorded.length + 1
    const { file } = this.#options
    const place = this.#place(e, name)
    this.#site = undefined
    const where = `operation ${number}${file === undefined ? '' : ` of ${file}`}`
    const message = name === undefined || e.message.startsWith(`op.${name}`) ? e.message : `op.${name}: ${e.message}`
    return new AmbixError(e.code.startsWith('SCHEMA.') ? 'OPERATION.INVALID' : e.code, `${message} (${where})`, {
      ...(e.why === undefined ? {} : { why: e.why }),
      next: e.next,
      data: {
        ...e.data,
        ...(name === undefined ? {} : { operation: name }),
        number,
        ...(file === undefined ? {} : { file }),
        ...place,
      },
      cause: e,
    })
  }
}

/** The arguments are the user's: create itself checks them, and what it could not read is told as theirs too. */
function created(kind: Kind, args: readonly unknown[]): Operation {
  try {
    return createOperation(kind, ...(args as unknown as ArgsOf<Kind>)) as Operation
  } catch (e) {
    if (isAmbixError(e)) throw e
    throw invalid(
      kind,
      'an argument is not what the operation takes',
      `${args.map(shown).join(', ') || 'Nothing'} was given.`,
    )
  }
}
