/** Finds what a function leaves running when it returns: timers and requests that are not awaited. */
import { createHook } from 'node:async_hooks'
import { ownUrl } from './own-url.ts'

/** The kinds of resources that keep the process alive now, each as often as it occurs; empty where the runtime does not report it. */
function active(): readonly string[] {
  // Node counts its own immediates too (a collected object creates one at any time): the hook counts the user's.
  return (process.getActiveResourcesInfo?.() ?? []).filter((kind) => kind !== 'Immediate')
}

function added(before: readonly string[], after: readonly string[]): readonly string[] {
  const left = [...before]
  return after.filter((kind) => {
    const at = left.indexOf(kind)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

export interface Called<T> {
  readonly result: T
  /** Kinds (`Timeout`, `Immediate`, …) that the call started and that are pending when it is done. */
  readonly pending: readonly string[]
}

/**
 * Calls `fn` and waits for it. What a synchronous one started is known exactly, since nothing else runs meanwhile;
 * of an asynchronous one only timers count that the code of `file` (or of no package) started: a pool that it used may keep its own timers.
 * `startsNothing`: the caller knows it, and is spared the hooks.
 */
export async function callAndLook<T>(
  fn: () => T,
  file: string | undefined,
  startsNothing = false,
): Promise<Called<Awaited<T>>> {
  if (startsNothing) return { result: await fn(), pending: [] }
  const before = active()
  const timers = watchTimers(file)
  try {
    const given = fn()
    if (!isPromise(given))
      return { result: given as Awaited<T>, pending: [...added(before, active()), ...timers.immediates()] }
    const result = await given
    // A timer that has run is reported one tick later.
    for (let i = 0; i < 2; i++) await new Promise((resolve) => void setImmediate(resolve))
    return { result, pending: timers.pending() }
  } finally {
    timers.stop()
  }
}

function isPromise(x: unknown): x is Promise<unknown> {
  return typeof x === 'object' && x !== null && 'then' in x && typeof x.then === 'function'
}

/** Timers that the user's code starts from now on: code of `file`, or of any file outside packages. */
function watchTimers(file: string | undefined): {
  pending(): readonly string[]
  /** Of any file. */
  immediates(): readonly string[]
  stop(): void
} {
  const immediates = new Set<number>()
  const pending = new Map<number, string>()
  const hook = createHook({
    init: (id, type) => {
      if (type === 'Immediate') immediates.add(id)
      if ((type === 'Timeout' || type === 'Immediate') && startedBy(file)) pending.set(id, type)
    },
    destroy: (id) => {
      pending.delete(id)
      immediates.delete(id)
    },
  }).enable()
  return {
    pending: () => [...pending.values()],
    immediates: () => [...immediates].map(() => 'Immediate'),
    stop: () => void hook.disable(),
  }
}

/** By the frame that called Node's function: the first one after Node's own. */
function startedBy(file: string | undefined): boolean {
  const frames = (new Error('where').stack ?? '').split('\n').slice(1)
  const node = frames.findIndex((f) => f.includes('node:'))
  const first = frames.slice(Math.max(node, 0)).find((f) => !f.includes('node:') && !f.includes('<anonymous>'))
  // In a program that is bundled into one file, all code is in the same file as this.
  if (first === undefined || fileOf(first) === fileOf(frames[0]!)) return false
  return file === undefined ? !/[\\/]node_modules[\\/]/.test(first) && !first.includes(ambix) : first.includes(file)
}

const fileOf = (frame: string): string | undefined => /([^\s(]+?):\d+:\d+\)?$/.exec(frame)?.[1]

/** The folder of ambix itself. */
const ambix = new URL('..', ownUrl(import.meta.url)).pathname
