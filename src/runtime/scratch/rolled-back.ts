/** A connection inside a transaction that must never be committed: BEGIN and COMMIT become savepoints, and nothing is done concurrently. */
import type { Connection, ServerError } from '../../drivers/driver.ts'

const point = 'ambix_scratch_step'

/** What refuses to run in a transaction only for the sake of other sessions, which see nothing of this one. */
const concurrently =
  /^(\s*(?:create\s+(?:unique\s+)?index|drop\s+index|reindex\s+(?:index|table|schema))|\s*alter\s+table\s[^;]*\sdetach\s+partition\s[^;]*)\s+concurrently\b/i

export class RolledBack implements Connection {
  readonly native: unknown
  readonly #inner: Connection
  #depth = 0
  /** The savepoints that replace a transaction that only read, whose settings end with it. */
  readonly #readOnly: boolean[] = []

  constructor(inner: Connection) {
    this.#inner = inner
    this.native = inner.native
  }

  get closed(): boolean {
    return this.#inner.closed
  }

  get role(): string | undefined {
    return this.#inner.role
  }

  get serverVersion(): number | undefined {
    return this.#inner.serverVersion
  }

  /** BEGIN, COMMIT and ROLLBACK as the savepoint commands that replace them; CONCURRENTLY left out; any other statement unchanged. */
  #translate(sql: string): string {
    const word = /^\s*(begin|start\s+transaction|commit|end|rollback|abort)\b(?!\s+(?:work\s+|transaction\s+)?to\b)/i
      .exec(sql)?.[1]
      ?.toLowerCase()
    if (word === undefined) return sql.replace(concurrently, '$1')
    if (word === 'begin' || word.startsWith('start')) {
      this.#depth++
      this.#readOnly[this.#depth] = /\bread\s+only\b/i.test(sql)
      return `SAVEPOINT ${point}${this.#depth}`
    }
    if (this.#depth === 0) return 'SELECT 1'
    const name = `${point}${this.#depth}`
    this.#depth--
    const keeps = (word === 'commit' || word === 'end') && this.#readOnly[this.#depth + 1] !== true
    return keeps ? `RELEASE SAVEPOINT ${name}` : `ROLLBACK TO SAVEPOINT ${name}; RELEASE SAVEPOINT ${name}`
  }

  async query<Row>(sql: string, params?: readonly unknown[]): Promise<readonly Row[]> {
    return this.#inner.query<Row>(this.#translate(sql), params)
  }

  async values(sql: string, params?: readonly unknown[]): Promise<readonly (readonly (string | null)[])[]> {
    return this.#inner.values(this.#translate(sql), params)
  }

  async script(sql: string | readonly string[]): Promise<readonly number[]> {
    return this.#inner.script(typeof sql === 'string' ? this.#translate(sql) : sql.map((s) => this.#translate(s)))
  }

  describeError(error: unknown): ServerError | undefined {
    return this.#inner.describeError(error)
  }

  async close(): Promise<void> {
    // The owner of the transaction ends it.
  }
}
