/**
 * The connection pool of a fleet: limited in total and per server, and by what the server has left; connections are kept for their
 * database, and cleaned between uses.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../../drivers/driver.ts'
import { isAmbixError } from '../../errors.ts'

export interface PoolLimits {
  readonly parallel: number
  readonly perHost: number
  readonly signal?: AbortSignal
}

/** For how long a server that takes no more connections gets no more of them than it took; for how long one is waited for without any. */
const lowered = 5000
const patience = 30_000

/** A connection while it is in use. */
export interface Lent {
  readonly connection: Connection
  /** Records that the session may have been changed: before its next use that statement cleans it; without one it is closed. */
  changed(clean: string | undefined): void
}

interface Held {
  readonly connection: Connection
  readonly url: string
  readonly host: string
}

export class Pool {
  readonly #limits: PoolLimits
  readonly #open: (url: string) => Promise<Connection>
  readonly #idle: Held[] = []
  readonly #busy = new Map<string, number>()
  /** Servers that took no more. */
  readonly #full = new Map<string, { readonly most: number; readonly until: number }>()
  readonly #waiting: { readonly host: string; readonly go: () => void }[] = []
  #all = 0

  constructor(limits: PoolLimits, open: (url: string) => Promise<Connection>) {
    this.#limits = limits
    this.#open = open
  }

  /** Waits until the limits allow a connection, with `next` before all others that wait; always takes it back. Throws the errors of opening it and of `work`. */
  async use<T>(url: string, work: (lent: Lent) => Promise<T>, next = false): Promise<T> {
    const host = hostOf(url)
    await this.#turn(host, next)
    let held: Held | undefined
    let changed: { readonly clean: string | undefined } | undefined
    try {
      held = await this.#take(url, host)
      const { connection } = held
      return await work({
        connection,
        changed: (clean) => {
          changed = { clean }
        },
      })
    } finally {
      await this.#giveBack(held, changed)
      this.#leave(host)
    }
  }

  /** One more to the same database, beside that which is lent; where the server takes no more, idle ones are closed, and it is waited for. */
  async another(url: string): Promise<Connection> {
    const began = performance.now()
    for (let pause = 50; ; pause = Math.min(pause * 1.6, 1000)) {
      try {
        return await this.#open(url)
      } catch (error) {
        this.#refuseUnlessFull(error)
        await this.#makeRoom(hostOf(url), error, began, pause)
      }
    }
  }

  /** Closes idle connections. */
  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map(close))
  }

  async #turn(host: string, next: boolean): Promise<void> {
    if (this.#hasRoom(host)) return this.#enter(host)
    await new Promise<void>((go) => {
      if (next) this.#waiting.unshift({ host, go })
      else this.#waiting.push({ host, go })
    })
  }

  #hasRoom(host: string): boolean {
    const busy = this.#busy.get(host) ?? 0
    const full = this.#full.get(host)
    if (full !== undefined && performance.now() < full.until && busy >= full.most) return false
    return this.#all < this.#limits.parallel && busy < this.#limits.perHost
  }

  #enter(host: string): void {
    this.#all++
    this.#busy.set(host, (this.#busy.get(host) ?? 0) + 1)
  }

  #leave(host: string): void {
    this.#all--
    const left = (this.#busy.get(host) ?? 1) - 1
    if (left === 0) this.#busy.delete(host)
    else this.#busy.set(host, left)
    const next = this.#waiting.findIndex((w) => this.#hasRoom(w.host))
    if (next < 0) return
    const [woken] = this.#waiting.splice(next, 1)
    this.#enter(woken!.host)
    woken!.go()
  }

  /** Throws the errors of opening it. */
  async #take(url: string, host: string): Promise<Held> {
    const began = performance.now()
    for (let pause = 50; ;) {
      const kept = this.#kept(url)
      if (kept !== undefined) return kept
      // Idle connections count towards the limits too: one to another database is closed.
      const own = this.#idle.filter((h) => h.host === host)
      if (own.length + (this.#busy.get(host) ?? 0) > this.#limits.perHost) await this.#drop(own[0]!)
      else if (this.#idle.length + this.#all > this.#limits.parallel) await this.#drop(this.#idle[0]!)
      try {
        return { connection: await this.#open(url), url, host }
      } catch (error) {
        this.#refuseUnlessFull(error)
        const others = (this.#busy.get(host) ?? 1) - 1
        if (others > 0) {
          // What the others have is enough: one of theirs comes back.
          this.#full.set(host, { most: others, until: performance.now() + lowered })
          this.#leave(host)
          await this.#turn(host, true)
          continue
        }
        if (await this.#makeRoom(host, error, began, pause)) pause = Math.min(pause * 1.6, 1000)
      }
    }
  }

  #kept(url: string): Held | undefined {
    for (let at = this.#idleAt(url); at >= 0; at = this.#idleAt(url)) {
      const [held] = this.#idle.splice(at, 1)
      if (!held!.connection.closed) return held
    }
    return undefined
  }

  /** Throws any error but that of a server that takes no more connections, and that one too when the run is stopped. */
  #refuseUnlessFull(error: unknown): void {
    const full = isAmbixError(error) && error.data?.['full'] === true
    if (!full || this.#limits.signal?.aborted === true) throw error
  }

  /** Closes an idle connection to that server; true where none is left, and `pause` ms have passed. Throws `error` after the patience. */
  async #makeRoom(host: string, error: unknown, began: number, pause: number): Promise<boolean> {
    if (performance.now() - began > patience) throw error
    const idle = this.#idle.find((h) => h.host === host)
    if (idle !== undefined) await this.#drop(idle)
    else await sleep(pause, undefined, { signal: this.#limits.signal }).catch(() => {})
    return idle === undefined
  }

  #idleAt(url: string): number {
    return this.#idle.findLastIndex((h) => h.url === url)
  }

  async #drop(held: Held): Promise<void> {
    const at = this.#idle.indexOf(held)
    if (at >= 0) this.#idle.splice(at, 1)
    await close(held)
  }

  async #giveBack(held: Held | undefined, changed: { readonly clean: string | undefined } | undefined): Promise<void> {
    if (held === undefined || held.connection.closed) return
    if (changed !== undefined) {
      const { clean } = changed
      const cleaned =
        clean !== undefined &&
        (await held.connection.script([clean]).then(
          () => true,
          () => false,
        ))
      if (!cleaned) return close(held)
    }
    this.#idle.push(held)
  }
}

const close = async ({ connection }: Held): Promise<void> => {
  if (!connection.closed) await connection.close()
}

/** The server in a URL, whatever the user and the database. */
export function hostOf(url: string): string {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^?#]*)/i.exec(url)?.[1]
  if (authority === undefined) return url
  const at = authority.lastIndexOf('@')
  const host = authority.slice(at + 1).split('/')[0]!
  // A socket is given in the query.
  return host === '' ? url : host.toLowerCase()
}
