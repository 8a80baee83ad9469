/** Statements of ambix's own that are the same for each revision but for their values: the server reads and plans each text once. */
import { append } from '../../util/append.ts'
import type { PreparedSql } from '../../dialects/dialect.ts'
import type { Connection } from '../../drivers/driver.ts'

/** A revision took them away (`DEALLOCATE ALL` in its transaction). It was rolled back, and is run again without any. */
export class Unprepared extends Error {}

/** Writes a value into a statement. */
export type Write = (value: string) => string

/** So many revisions are worth it. */
export const worthPreparing = 8

/** Texts differ with the number of heads: so many are kept, and the others sent as they are. */
const most = 16

export class Prepared {
  readonly #sql: PreparedSql
  readonly #literal: Write
  /** By text, those that are made by what was sent. */
  #names = new Map<string, string>()
  /** Those that may be there since what was sent failed, or not. */
  readonly #perhaps: string[] = []
  #count = 0
  /** So that a session's own statements are never called so. */
  readonly #run = globalThis.crypto.randomUUID().slice(0, 8)

  constructor(sql: PreparedSql, literal: Write) {
    this.#sql = sql
    this.#literal = literal
  }

  /** The statement that `text` builds with its values, and before it what prepares it where that was not sent yet. */
  statements(text: (value: Write) => string): { readonly make?: string; readonly run: string } {
    const values: string[] = []
    const built = text((value) => {
      values.push(this.#literal(value))
      return this.#sql.parameter(values.length)
    })
    const known = this.#names.get(built)
    if (known === undefined && this.#names.size >= most) return { run: text(this.#literal) }
    const name = known ?? `ambix_${this.#run}_${++this.#count}`
    if (known === undefined) this.#names.set(built, name)
    return {
      ...(known === undefined ? { make: this.#sql.make(name, built) } : {}),
      run: this.#sql.run(name, values),
    }
  }

  /** What takes all of them away, with the last transaction. */
  dropAll(): readonly string[] {
    const names = [...this.#names.values()]
    this.#names = new Map()
    append(this.#perhaps, names)
    return names.map((name) => this.#sql.drop(name))
  }

  /** The last transaction is committed, and took them away. */
  dropped(): void {
    this.#perhaps.length = 0
  }

  /** After a failure, it is not known which are there: others are made. */
  forget(): void {
    this.dropAll()
  }

  /** Leaves none behind in a session that somebody goes on with. */
  async clean(connection: Connection): Promise<void> {
    this.forget()
    for (const name of this.#perhaps.splice(0)) {
      if (connection.closed) return
      await connection.script(this.#sql.drop(name)).catch(() => {})
    }
  }

  /** Whether the error of one of these statements means that it is not there, or that its name is taken. */
  isGone(code: string | undefined): boolean {
    return code !== undefined && this.#sql.gone.includes(code)
  }
}
