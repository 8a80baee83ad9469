/** The state of a fleet in its control database: which targets a run has done, which runner has which, and until when. */
import { randomBytes } from 'node:crypto'
import type { FleetClaim, FleetResult, FleetSql, SessionDialect } from '../../dialects/dialect.ts'
import type { Connection, Rows } from '../../drivers/driver.ts'
import { AmbixError, isAmbixError } from '../../errors.ts'
import { fleetTable } from '../bookkeeping.ts'
import { distrust, exposureOf, guardedRows, isDuplicate, statementError } from '../history.ts'
import { applicationName, isGone } from '../lock.ts'
import { asOwn, rowsOf, together } from '../together.ts'
import type { Inspection } from '../types.ts'

/** The identity of a run: runs of the same command to the same goal are one run, until it is done. */
export interface RunKey {
  readonly command: string
  readonly goal: string
}

export interface Claimed {
  readonly target: string
  /** 1-based. */
  readonly attempt: number
}

export interface Holders {
  /** Targets that other runners work on. */
  readonly others: number
  /** Targets whose runner has ended, or whose lease has expired. */
  readonly free: number
}

export interface Failure {
  readonly target: string
  readonly revision: string
  readonly error: string
  readonly attempts: number
  readonly ended: string
}

/** One query at a time, since all work of the runner shares the connection. */
export class FleetState {
  readonly #connection: Connection
  readonly #dialect: SessionDialect
  readonly #sql: FleetSql
  readonly #table: string
  readonly #leaseMs: number
  /** Locks and inspects the table again in each transaction, where another role could change it. */
  readonly #guard: readonly string[]
  readonly runner = `${applicationName()} #${randomBytes(4).toString('hex')}`
  run = 0
  #gone: readonly string[] = []

  private constructor(
    connection: Connection,
    dialect: SessionDialect,
    sql: FleetSql,
    place: { readonly table: string; readonly guard: readonly string[] },
    leaseMs: number,
  ) {
    this.#connection = connection
    this.#dialect = dialect
    this.#sql = sql
    this.#table = place.table
    this.#guard = place.guard
    this.#leaseMs = leaseMs
  }

  /** Inspects the table first, and creates it with `create`; undefined where it does not exist. Throws FLEET.CONTROL, VERSION.TABLE. */
  static async open(
    connection: Connection,
    dialect: SessionDialect,
    options: { readonly create: boolean; readonly leaseMs: number },
  ): Promise<FleetState | undefined> {
    const { fleet: sql, own } = dialect.session
    if (sql === undefined || own === undefined)
      throw new AmbixError('FLEET.CONTROL', `The state of a fleet cannot be kept in a database of ${dialect.name}`, {
        why: 'Runners share its rows by leases, which ambix writes for PostgreSQL alone. The targets may be of any dialect.',
        next: ['Name a PostgreSQL database for it: `fleet: { url }` in the configuration'],
      })
    const look = async (): Promise<Pick<Inspection, 'schema' | 'exposed' | 'held'> & { readonly there: boolean }> => {
      const rows = await rowsOf(connection, dialect, own.inspect(undefined, [fleetTable]))
      const problem = rows.find((r) => r[0] !== null && r[2] !== null)
      if (problem !== undefined) throw distrust(fleetTable, problem[2]!)
      const there = rows.find((r) => r[0] === fleetTable)
      const schema = (there ?? rows.find((r) => r[0] === null))?.[1] ?? ''
      return { schema, there: there !== undefined, ...exposureOf(rows) }
    }
    try {
      const { schema, there, exposed, held } = await look()
      if (schema === '')
        throw new AmbixError('FLEET.CONTROL', 'There is no schema to keep the state of the fleet in', {
          next: ['Give the URL of `fleet` a search_path that names a schema that exists'],
        })
      const table = `${dialect.quote(schema)}.${dialect.quote(fleetTable)}`
      if (!there && !options.create) return undefined
      if (!there)
        await together(connection, dialect, asOwn(dialect, [sql.createState(table)])).catch((error: unknown) => {
          // Another runner was faster.
          if (!isDuplicate(connection, error)) throw error
        })
      const guard = exposed ? own.guard(schema, [fleetTable], [table], held) : []
      return new FleetState(connection, dialect, sql, { table, guard }, options.leaseMs)
    } catch (error) {
      throw control(connection, error)
    }
  }

  get leaseMs(): number {
    return this.#leaseMs
  }

  /** Continues the open run of that key, or begins one; `resumed`: targets that others have done are not done again. */
  async join(key: RunKey, fresh: boolean): Promise<{ readonly resumed: boolean }> {
    for (let again = fresh; ; again = false) {
      const [last] = await this.#ask(this.#sql.lastRun(this.#table))
      const [run, command, goal, status] = last ?? []
      if (!again && status === 'open' && command === key.command && goal === key.goal) {
        this.run = Number(run)
        await this.#look()
        // A runner that joins a run without active runners retries the failed targets.
        const adopted = await this.#ask(this.#sql.adopt(this.#table, this.#claim))
        if (adopted.length > 0) await this.#ask(this.#sql.retry(this.#table, this.run))
        return { resumed: (await this.counts()).size > 0 }
      }
      await this.#ask(this.#sql.begin(this.#table, { run: Number(run ?? 0) + 1, ...key }))
    }
  }

  async claim(targets: readonly string[]): Promise<readonly Claimed[]> {
    if (targets.length === 0) return []
    // In one order everywhere, so that no two runners wait for each other.
    const rows = await this.#ask(this.#sql.claim(this.#table, targets.toSorted(), this.#claim))
    return rows.map((r) => ({ target: r[0]!, attempt: Number(r[1]) }))
  }

  async renew(): Promise<void> {
    await this.#ask(this.#sql.renew(this.#table, this.#claim))
  }

  async record(results: readonly FleetResult[]): Promise<void> {
    if (results.length > 0) await this.#ask(this.#sql.record(this.#table, results, this.#claim))
  }

  async counts(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#ask(this.#sql.counts(this.#table, this.run))
    return new Map(rows.map((r) => [r[0]!, Number(r[1])]))
  }

  /** The active runners; targets of ended ones may be claimed. */
  async holders(): Promise<Holders> {
    const rows = await this.#look()
    let [others, free] = [0, 0]
    for (const [runner, count, left] of rows) {
      if (runner === this.runner) continue
      if (Number(left) === 0 || this.#gone.includes(runner ?? '')) free += Number(count)
      else others += Number(count)
    }
    return { others, free }
  }

  async end(complete: boolean): Promise<void> {
    await this.#ask(this.#sql.end(this.#table, this.run, complete, this.runner))
  }

  async lastRun(): Promise<Rows[number] | undefined> {
    return (await this.#ask(this.#sql.lastRun(this.#table)))[0]
  }

  /** The revisions as the rows have them, and how many targets last ended at each. */
  async histogram(): Promise<readonly { readonly revision: string; readonly targets: number }[]> {
    const rows = await this.#ask(this.#sql.histogram(this.#table))
    return rows.map((r) => ({ revision: r[0]!, targets: Number(r[1]) }))
  }

  async failures(limit: number): Promise<readonly Failure[]> {
    const rows = await this.#ask(this.#sql.failures(this.#table, limit))
    return rows.map((r) => ({
      target: r[0]!,
      revision: r[1] ?? '',
      error: r[2] ?? '',
      attempts: Number(r[3]),
      ended: r[4] ?? '',
    }))
  }

  async #look(): Promise<Rows> {
    const rows = await this.#ask(this.#sql.holders(this.#table, this.run))
    const last = await this.lastRun()
    const runners = [...rows.map((r) => r[0]), last?.[4]]
    this.#gone = runners.flatMap((r) => (r !== null && r !== undefined && runnerIsGone(r) ? [r] : []))
    return rows
  }

  get #claim(): FleetClaim {
    return { run: this.run, runner: this.runner, leaseMs: this.#leaseMs, gone: this.#gone }
  }

  async #ask(query: string): Promise<Rows> {
    try {
      return await guardedRows(this.#connection, this.#dialect, this.#guard, query)
    } catch (error) {
      throw control(this.#connection, error)
    }
  }
}

/** Whether the process of a runner is known to have ended: it ran on this machine. */
const runnerIsGone = (runner: string): boolean => isGone({ application: runner.replace(/ #[0-9a-f]+$/, '') })

function control(connection: Connection, error: unknown): unknown {
  const told = statementError(connection, error, 'The state of the fleet cannot be read or written')
  if (!isAmbixError(told) || told.code.startsWith('FLEET.') || told.code === 'VERSION.TABLE') return told
  return new AmbixError('FLEET.CONTROL', 'The control database does not keep the state of the fleet', {
    why: [told.message, told.why].filter(Boolean).join('\n'),
    next: [
      'Look at the database of `fleet.url` (without it, of `url`), and run the same command again: it goes on where it was',
    ],
    data: told.data,
    cause: error,
  })
}
