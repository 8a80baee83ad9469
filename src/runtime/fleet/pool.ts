/** The connection pool of a fleet: limited in total and per server; connections are kept for their database, and cleaned between uses. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isNoneFree, type Connection } from '../../drivers/driver.ts'

export interface PoolLimits {
  readonly parallel: number
  readonly perHost: number
}

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

/** In milliseconds: longer than most steps of a target take. */
const patience = 15_000

export class Pool {
  readonly #limits: PoolLimits
  readonly #open: (url: string) => Promise<Connection>
  readonly #idle: Held[] = []
  readonly #busy = new Map<string, number>()
  readonly #waiting: { readonly host: string; readonly go: () => void }[] = []
  /** Servers that took no connection when last asked, and since when. */
  readonly #full = new Map<string, number>()
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
    return this.#all < this.#limits.parallel && (this.#busy.get(host) ?? 0) < this.#limits.perHost
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

  async #take(url: string, host: string): Promise<Held> {
    for (let at = this.#idleAt(url); at >= 0; at = this.#idleAt(url)) {
      const [held] = this.#idle.splice(at, 1)
      if (!held!.connection.closed) return held!
    }
    // Idle connections count towards the limits too: one to another database is closed.
    const own = this.#idle.filter((h) => h.host === host)
    if (own.length + (this.#busy.get(host) ?? 0) > this.#limits.perHost) await this.#drop(own[0]!)
    else if (this.#idle.length + this.#all > this.#limits.parallel) await this.#drop(this.#idle[0]!)
    return { connection: await this.#opened(url, host), url, host }
  }

  /**
   * A server that takes no more connections: an idle one of the pool's own is closed for it; else it is asked again while others of the pool
   * are at work there, for a bounded time.
   */
  async #opened(url: string, host: string): Promise<Connection> {
    for (let wait = 50; ; wait = Math.min(1000, wait * 2)) {
      try {
        const connection = await this.#open(url)
        this.#full.delete(host)
        return connection
      } catch (error) {
        if (!isNoneFree(error)) throw error
        const own = this.#idle.find((h) => h.host === host)
        if (own !== undefined) await this.#drop(own)
        else {
          const since = this.#full.get(host) ?? Date.now()
          this.#full.set(host, since)
          if ((this.#busy.get(host) ?? 0) <= 1 || Date.now() - since > patience) throw error
          await sleep(wait)
        }
      }
    }
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
