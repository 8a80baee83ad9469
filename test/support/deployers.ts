/** Many deployers at once, each a process of its own: what they are given, how they are started at one instant, and what must be true then. */
import { fork, type ChildProcess } from 'node:child_process'
import pg from 'pg'
import type { Config } from '../../src/config/config.ts'
import { stateOf } from './crash-points.ts'
import type { Outcome, Task } from './deployer.ts'

type Files = Readonly<Record<string, string>>
type Order = Pick<Task, 'direction' | 'target' | 'options'>

export interface Scenario {
  readonly name: string
  readonly files: Files
  readonly config?: Partial<Config>
  /** Statements before everything else. */
  readonly before?: string
  /** Where a lone deployer goes first, one run each. */
  readonly first?: readonly string[]
  /** What the deployer of that number does; absent: `upgrade head`. */
  readonly order?: (number: number) => Order
  /** Files that the deployer of that number has. */
  readonly filesOf?: (number: number) => Files
  /** Ends of a run beside success that the documentation names. */
  readonly mayEnd?: readonly string[]
  /** In place of comparing with what one deployer leaves: what is wrong with this state. */
  readonly wrong?: (state: readonly string[]) => string | undefined
  /** The process that is at work is killed as soon as it runs `pg_sleep`. */
  readonly kill?: true
}

const sql = (id: string, down: string, up: string, back = 'UPDATE ctr SET n = n - 1;'): string =>
  `-- ${id}\n-- revision: ${id}\n-- down_revision: ${down}\n-- upgrade\n${up}\n-- downgrade\n${back}\n`
const ts = (id: string, down: string | null, up: string): string =>
  `import { enumRef, integer, sql, text } from 'ambix/schema'\nexport const revision = '${id}'\nexport const downRevision = ${JSON.stringify(down)}\nexport function upgrade(op) {\n  ${up}\n}\nexport function downgrade() {}\n`
const id = (n: number): string => `r${String(n).padStart(2, '0')}`
const count = 'UPDATE ctr SET n = n + 1;'
/** `length` revisions in a line; `up` gives the statements of the n-th. */
const line = (length: number, up: (n: number) => string): Files =>
  Object.fromEntries(
    Array.from({ length }, (_, i) => [
      `migrations/${id(i + 1)}.sql`,
      sql(id(i + 1), i === 0 ? 'none' : id(i), up(i + 1)),
    ]),
  )

const table = 'CREATE TABLE ctr (n integer); INSERT INTO ctr VALUES (0); CREATE TABLE log (what text);'
const data = line(10, () => count)
const newer = { ...data, 'migrations/r11.sql': sql('r11', 'r10', count) }
const ctr = (state: readonly string[]): number => Number(/^ctr (-?\d+)$/m.exec(state.join('\n'))?.[1])
const version = (state: readonly string[]): string =>
  state
    .filter((l) => l.startsWith('version '))
    .map((l) => l.slice(8))
    .join()

export const scenarios: readonly Scenario[] = [
  { name: 'an empty database, tables', before: table, files: line(10, (n) => `CREATE TABLE t${n} (id int); ${count}`) },
  { name: 'an empty database, rows only', before: table, files: data },
  { name: 'behind, rows only', before: table, files: data, first: ['r01'] },
  { name: 'nothing to do', before: table, files: data, first: ['head'] },
  { name: 'one transaction for all', before: table, files: data, config: { transactionPerMigration: false } },
  {
    name: 'every third step concurrently',
    before: table,
    files: Object.fromEntries(
      Array.from({ length: 9 }, (_, i) => [
        `migrations/${id(i + 1)}.ts`,
        ts(
          id(i + 1),
          i === 0 ? null : id(i),
          `op.execute('${count}')${i % 3 === 2 ? `; op.createIndex('ctr_${i}', 'ctr', ['n'], { concurrently: true }); op.execute('${count}')` : ''}`,
        ),
      ]),
    ),
  },
  {
    name: 'a label added and used, and statements of their own transactions',
    before: table,
    files: {
      'migrations/r01.ts': ts('r01', null, `op.createEnum('mood', ['sad']); op.execute('${count}')`),
      'migrations/r02.ts': ts(
        'r02',
        'r01',
        `op.execute('${count}'); op.addEnumValue('mood', 'glad'); op.execute("INSERT INTO log VALUES ('glad'::mood::text)"); op.execute('${count}', { autocommit: true }); op.execute('${count}')`,
      ),
    },
  },
  {
    name: 'a backfill in batches',
    before: `${table} CREATE TABLE many (id integer PRIMARY KEY, n integer DEFAULT 0); INSERT INTO many SELECT generate_series(1, 1000);`,
    files: {
      'migrations/r01.ts': ts(
        'r01',
        null,
        `op.backfill('many', { set: { n: sql\`n + 1\` }, batchSize: 100, down: {} }); op.execute("INSERT INTO log SELECT 'backfilled ' || sum(n) FROM many"); op.execute('${count}')`,
      ),
    },
  },
  {
    name: 'two heads and their merge',
    before: table,
    first: ['a1', 'b1'],
    files: {
      'migrations/r01.sql': sql('r01', 'none', count),
      ...Object.fromEntries(
        ['a', 'b'].flatMap((branch) =>
          [1, 2, 3].map((n) => [
            `migrations/${branch}${n}.sql`,
            sql(`${branch}${n}`, n === 1 ? 'r01' : `${branch}${n - 1}`, count),
          ]),
        ),
      ),
      'migrations/m.sql': sql('m', 'a3, b3', count),
    },
  },
  {
    name: 'downgrades against upgrades',
    before: table,
    files: data,
    first: ['r05'],
    order: (n) => (n % 2 === 0 ? { direction: 'upgrade', target: 'head' } : { direction: 'downgrade', target: 'r03' }),
    // The target of a downgrade may be ahead by then; and two that undo each other may give up.
    mayEnd: ['REVISION.RANGE', 'REVISION.UNREACHABLE', 'DATABASE.LOCKED'],
    wrong: (state) =>
      version(state) === id(ctr(state))
        ? undefined
        : `${ctr(state)} steps have taken effect, and it is at ${version(state)}`,
  },
  {
    name: 'one deployer has a newer file',
    before: table,
    files: newer,
    filesOf: (n) => (n === 1 ? newer : data),
    first: ['r01'],
    mayEnd: ['VERSION.UNKNOWN_REVISION'],
  },
  {
    name: 'one is killed while the others wait',
    before: table,
    kill: true,
    files: line(6, (n) => (n === 3 ? `${count} SELECT pg_sleep(1);` : count)),
  },
]

/** Processes that are kept from trial to trial: to start one takes longer than what it does. */
export class Crew {
  readonly size: number
  readonly #workers: ChildProcess[] = []

  constructor(size: number) {
    this.size = size
  }

  async ready(): Promise<void> {
    while (this.#workers.length < this.size) {
      const child = fork(new URL('./deployer.ts', import.meta.url), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
      this.#workers.push(child)
      await new Promise<void>((resolve, reject) => {
        child.once('message', () => resolve())
        child.once('exit', (code) => reject(new Error(`a deployer ended with ${code} at its start`)))
      })
      child.removeAllListeners('exit')
    }
  }

  /** All at one instant. A process that was killed answers `killed`. */
  async run(tasks: readonly Omit<Task, 'id' | 'at'>[]): Promise<readonly Outcome[]> {
    await this.ready()
    const at = Date.now() + 100
    const outcomes = await Promise.all(
      tasks.map(async (task, number) => {
        const child = this.#workers[number]!
        return new Promise<Outcome>((resolve) => {
          const answered = (outcome: Outcome): void => {
            child.off('exit', gone)
            resolve(outcome)
          }
          const gone = (): void => {
            child.off('message', answered)
            resolve({ id: number, end: 'killed', message: '', applied: [] })
          }
          child.once('message', answered)
          child.once('exit', gone)
          child.send({ ...task, id: number, at })
        })
      }),
    )
    for (const [i, child] of [...this.#workers.entries()].toReversed())
      if (child.exitCode !== null || child.signalCode !== null) this.#workers.splice(i, 1)
    return outcomes
  }

  /** Kills the process of that number of the system, if it is one of these. */
  kill(pid: number): boolean {
    return this.#workers.find((w) => w.pid === pid)?.kill('SIGKILL') ?? false
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#workers.splice(0).map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return
        const gone = new Promise((resolve) => child.once('exit', resolve))
        child.disconnect()
        await gone
      }),
    )
  }
}

export interface Place {
  /** The database itself. */
  readonly direct: string
  /** What deployers connect to. */
  readonly url: string
  readonly admin: pg.Client
  readonly folder: (files: Files) => string
  /** Connections of the pooler to the server. */
  readonly pool?: number
}

/** One trial of a scenario; gives what is wrong. */
export async function trial(crew: Crew, scenario: Scenario, place: Place): Promise<readonly string[]> {
  const { admin } = place
  const config = (files: Files, url: string): Config => ({ root: place.folder(files), url, ...scenario.config })
  const lone = async (targets: readonly string[]): Promise<void> => {
    await admin.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
    if (scenario.before !== undefined) await admin.query(scenario.before)
    for (const target of targets) {
      const [outcome] = await crew.run([{ config: config(scenario.files, place.direct), direction: 'upgrade', target }])
      if (outcome!.end !== 'ok') throw new Error(`a lone deployer fails: ${outcome!.end} ${outcome!.message}`)
    }
  }
  await lone([...(scenario.first ?? []), 'head'])
  const wanted = await stateOf(admin)
  await lone(scenario.first ?? [])
  const wrong: string[] = []
  const usual: Order = { direction: 'upgrade', target: 'head' }
  const shared = config(scenario.files, place.url)
  const runs = crew.run(
    Array.from({ length: crew.size }, (_, n) => {
      const own = scenario.filesOf?.(n)
      return { config: own === undefined ? shared : config(own, place.url), ...(scenario.order?.(n) ?? usual) }
    }),
  )
  if (scenario.kill === true && !(await killOne(crew, admin))) wrong.push('nobody was killed')
  const outcomes = await runs
  for (const { id: number, end, message } of outcomes)
    if (end !== 'ok' && !(end === 'killed' && scenario.kill === true) && scenario.mayEnd?.includes(end) !== true)
      wrong.push(`deployer ${number} ends with ${end}: ${message}`)
  const killed = outcomes.filter((o) => o.end === 'killed').length
  if (killed > (scenario.kill === true ? 1 : 0)) wrong.push(`${killed} deployers were killed`)
  const state = await stateOf(admin)
  if (scenario.wrong !== undefined) {
    const found = scenario.wrong(state.split('\n'))
    if (found !== undefined) wrong.push(found)
  } else {
    if (state !== wanted) wrong.push(`the state is\n${state}\n\nbut should be\n${wanted}`)
    // Who says that it ran something, and what was recorded, is the same.
    const told = outcomes.flatMap((o) => o.applied)
    if (new Set(told).size !== told.length) wrong.push(`told twice: ${told.join()}`)
  }
  return [...wrong, ...(await leftovers(place))]
}

/** I7 and I12: locks, transactions and settings that outlive the runs, on the server's connections of the pooler too. */
async function leftovers({ admin, direct, url, pool = 5 }: Place): Promise<readonly string[]> {
  const wrong: string[] = []
  // A session that ended a moment ago is still to be seen.
  const mine = 'datname = current_database() AND pid <> pg_backend_pid()'
  const open = async (): Promise<readonly string[]> => {
    const { rows } = await admin.query<{ what: string }>(
      `SELECT concat_ws(' ', 'left open:', application_name, state, query) AS what FROM pg_stat_activity WHERE ${mine} AND xact_start IS NOT NULL AND backend_type = 'client backend'
       UNION ALL SELECT 'a lock is left: ' || l.locktype || ' of ' || l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE l.locktype = 'advisory' AND d.datname = current_database()`,
    )
    return rows.map((r) => r.what)
  }
  let left = await open()
  for (let n = 0; left.length > 0 && n < 40; n++) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    left = await open()
  }
  wrong.push(...left)
  if (url === direct) return wrong
  // Each gets a server's connection of its own while its transaction is open.
  const clients = await Promise.all(
    Array.from({ length: pool }, async () => {
      const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 20_000 })
      await client.connect()
      await client.query('BEGIN')
      return client
    }),
  )
  for (const client of clients) {
    const { rows } = await client.query<{ what: string }>(
      `SELECT name || ' = ' || setting AS what FROM pg_settings WHERE setting IS DISTINCT FROM reset_val AND source = 'session' AND name NOT IN ('application_name', 'transaction_isolation', 'client_encoding')`,
    )
    for (const { what } of rows) wrong.push(`a setting is left in the pool: ${what}`)
  }
  for (const client of clients) {
    await client.query('ROLLBACK')
    await client.end()
  }
  return wrong
}

async function killOne(crew: Crew, admin: pg.Client): Promise<boolean> {
  for (let n = 0; n < 600; n++) {
    const { rows } = await admin.query<{ pid: number }>(
      `SELECT substring(application_name FROM '^ambix (\\d+)@')::integer AS pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep' AND application_name LIKE 'ambix %'`,
    )
    if (rows[0] !== undefined) return crew.kill(rows[0].pid)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  return false
}
