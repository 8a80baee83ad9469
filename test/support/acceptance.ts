/** Runs a case the way a user would: a database as it was, the wished schema as schema.sql, the command line. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import pg from 'pg'
import { main } from '../../src/cli/main.ts'
import { splitStatements } from '../../src/util/split-sql.ts'
import { afterFile } from './after-file.ts'
import type { TestServer } from './server.ts'
import { wiped } from './wiped.ts'

export interface Scenario {
  readonly id: string
  readonly title: string
  readonly before_schema: string
  readonly after_schema: string
  readonly wanted_schema?: string
  readonly rows: string | null
  readonly verify_up?: readonly { readonly sql: string; readonly equals: string }[]
  readonly verify_down?: readonly { readonly sql: string; readonly equals: string }[]
  /** The hints as they are, in place of intents. */
  readonly hints?: readonly unknown[]
  /** What a refusal must name. */
  readonly says?: readonly string[]
  readonly expect: {
    readonly intent?: readonly Readonly<Record<string, unknown>>[]
    readonly empty_diff?: boolean
    readonly must_refuse?: boolean
    readonly down_compare?: boolean
  }
}

/** The intents of the scenarios in the words of `--hints` (issue "Enums", item 4). */
export function hintsOf(scenario: Scenario): readonly unknown[] {
  if (scenario.hints !== undefined) return scenario.hints
  const hints = (scenario.expect.intent ?? []).flatMap((i): unknown[] => {
    switch (i['kind']) {
      case 'rename_value':
        return [{ rename: 'value', enum: i['type'], from: i['from'], to: i['to'] }]
      case 'swap_values':
        return [
          { rename: 'value', enum: i['type'], from: i['a'], to: i['b'] },
          { rename: 'value', enum: i['type'], from: i['b'], to: i['a'] },
        ]
      case 'remap_value':
        return [{ remap: 'value', enum: i['type'], from: i['from'], to: i['to'] }]
      case 'remove_from_arrays':
        return [{ remap: 'value', enum: i['type'], from: i['value'], to: null }]
      case 'not_a_rename':
        return [{ distinct: 'value', enum: i['type'], from: i['removed'], to: i['added'] }]
      case 'move_type':
        return [{ rename: 'enum', from: i['type'], to: `${String(i['to_schema'])}.${String(i['type'])}` }]
      case 'rename_type':
        return [{ rename: 'enum', from: i['from'], to: i['to'] }]
      case 'using':
        return [{ using: i['column'] ?? 'posts.status', up: i['up'], down: i['down'] }]
      case 'map_values':
        return [{ map: i['column'], values: i['map'] }]
      case 'backfill':
        return [{ backfill: i['column'] ?? 'posts.status', value: i['value'] }]
      case 'data_step':
        // The rows then hold the new label: the way back must be told what becomes of them (rule 7).
        return [{ remap: 'value', enum: 'status', from: 'old', to: 'archived', direction: 'down' }]
      default:
        throw new Error(`unknown intent ${JSON.stringify(i)}`)
    }
  })
  return hints
}

export const dataSteps = (scenario: Scenario): string[] =>
  (scenario.expect.intent ?? []).flatMap((i) => (i['kind'] === 'data_step' ? [String(i['sql'])] : []))

/** The query that prints a database's canonical catalog, without psql's own commands. */
export const catalogSql: string = readFileSync(new URL('../fixtures/catalog.sql', import.meta.url), 'utf8').replace(
  /^\\.*$/gm,
  '',
)

/** The catalog's lines from an answer of any client. */
export function catalogLines(lines: readonly string[], names = false): string[] {
  return names ? [...lines] : lines.map(withoutNames).sort()
}

const catalogParts = splitStatements(catalogSql).map(({ text }) => text)

/** DISCARD ALL (manual, its notes) without what it forgets of plans and prepared statements: the catalog's query keeps its own. */
const forget = `CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *; SELECT pg_catalog.pg_advisory_unlock_all();
  DISCARD TEMP; DISCARD SEQUENCES`

/** A session that is kept: each new one costs the server a process, which reads the catalogs anew. */
export class Session {
  readonly #client: pg.Client
  #knows = false

  private constructor(client: pg.Client) {
    this.#client = client
  }

  static async open(url: string): Promise<Session> {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    return new Session(client)
  }

  /** Every user object as a line; names of constraints and indexes taken out, as the acceptance does. */
  async catalog(names = false): Promise<string[]> {
    const [settings, query] = catalogParts
    // Half of what it costs is its plan, which a session keeps.
    const prepare = this.#knows ? '' : `PREPARE ambix_test_catalog AS ${query};`
    const results = (await this.#client.query(
      `${settings}; ${prepare} EXECUTE ambix_test_catalog; RESET search_path`,
    )) as unknown as pg.QueryResult<{ line: string }>[]
    this.#knows = true
    const rows = results.find((result) => result.fields.length > 0)!.rows
    return catalogLines(
      rows.map((row) => row.line),
      names,
    )
  }

  /** Runs statements; what they set for their session is gone afterwards. */
  async execute(sql: string): Promise<void> {
    await this.#client.query(sql)
    await this.#client.query(forget)
  }

  async value(sql: string): Promise<string> {
    const { rows } = await this.#client.query<Record<string, unknown>>({ text: sql })
    return String(Object.values(rows[0] ?? {})[0])
  }

  /** Empties the database; false where something is left. */
  wiped(): Promise<boolean> {
    return wiped({
      script: (sql) => this.#client.query(sql),
      values: async (text) => (await this.#client.query<unknown[]>({ text, rowMode: 'array' })).rows,
    })
  }

  close(): Promise<void> {
    return this.#client.end()
  }
}

async function once<T>(url: string, ask: (session: Session) => Promise<T>): Promise<T> {
  const session = await Session.open(url)
  try {
    return await ask(session)
  } finally {
    await session.close()
  }
}

export const catalog = (url: string, names = false): Promise<string[]> => once(url, (s) => s.catalog(names))

function withoutNames(line: string): string {
  return line
    .replace(/^( {2}constraint \S+) ("(?:[^"]|"")*"|\S+) /, '$1 ')
    .replace(/^( {2}index CREATE (?:UNIQUE )?INDEX) ("(?:[^"]|"")*"|\S+) ON/, '$1 ON')
}

export const execute = (url: string, sql: string): Promise<void> => once(url, (s) => s.execute(sql))

export const value = (url: string, sql: string): Promise<string> => once(url, (s) => s.value(sql))

export interface Cli {
  readonly dir: string
  run(...args: string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>
  close(): void
}

/** A project folder with a schema.sql, and the command line in it, in this process. */
export function project(url: string, schema: string, config = ''): Cli {
  const dir = mkdtempSync(join(tmpdir(), 'ambix-case-'))
  writeFileSync(join(dir, 'schema.sql'), schema)
  writeFileSync(
    join(dir, 'ambix.config.json'),
    JSON.stringify({ schema: './schema.sql', url, ...(config === '' ? {} : JSON.parse(config)) }),
  )
  return {
    dir,
    run: async (...args) => {
      const out: string[] = []
      const err: string[] = []
      const sink = (list: string[]): Writable =>
        new Writable({ write: (chunk: Buffer, _encoding, done) => (list.push(chunk.toString()), done()) })
      const code = await main(args, { cwd: dir, streams: { stdout: sink(out), stderr: sink(err) } })
      return { code, stdout: out.join(''), stderr: err.join('') }
    },
    close: () => rmSync(dir, { recursive: true, force: true }),
  }
}

const difference = (got: readonly string[], wanted: readonly string[]): string =>
  [
    ...wanted.filter((l) => !got.includes(l)).map((l) => `  missing: ${l}`),
    ...got.filter((l) => !wanted.includes(l)).map((l) => `  extra:   ${l}`),
  ].join('\n')

export interface CaseSetup {
  readonly server: TestServer
  /** Lead a second database with the same rows by the offline scripts; what it comes to must be the same, names too. */
  readonly offline?: boolean
  /** Compare the names of constraints and indexes too. */
  readonly names?: boolean
  /** The wished schema as models in TypeScript, as `pull` writes them, in place of schema.sql. */
  readonly models?: boolean
  /** Revisions that were led both ways without a problem, by scenario. One with the same text is upgraded and checked, no more. */
  readonly led?: Map<string, string>
}

/** A project folder whose schema is a module of models, pulled from a database that has that schema. */
async function projectOfModels(url: string, schema: string, server: TestServer): Promise<Cli> {
  const wished = await Place.of(server, schema)
  try {
    const cli = project(url, '', JSON.stringify({ schema: './schema.ts' }))
    const pulled = await cli.run('pull', '--models', 'ts', '--out', 'schema.ts', '--url', wished.url)
    if (pulled.code !== 0) throw new Error(`pull: ${pulled.stderr}`)
    return cli
  } finally {
    await wished.leave()
  }
}

/** A database as a scenario has it before, with its rows. The next one is the same, emptied: its session knows the catalogs already. */
class Place {
  readonly url: string
  readonly session: Session
  readonly #server: TestServer
  readonly #drop: () => Promise<void>

  private constructor(server: TestServer, url: string, session: Session, drop: () => Promise<void>) {
    this.#server = server
    this.url = url
    this.session = session
    this.#drop = drop
  }

  static async of(server: TestServer, schema: string, rows: string | null = null): Promise<Place> {
    const place = idle.get(server)?.pop() ?? (await Place.#create(server))
    try {
      await place.session.execute(schema)
      if (rows !== null) await place.session.execute(rows)
      return place
    } catch (error) {
      await place.drop()
      throw error
    }
  }

  static async #create(server: TestServer): Promise<Place> {
    const { url, drop } = await server.createDatabase()
    return new Place(server, url, await Session.open(url), drop)
  }

  async leave(): Promise<void> {
    if (await this.session.wiped()) idle.set(this.#server, [...(idle.get(this.#server) ?? []), this])
    else await this.drop()
  }

  async drop(): Promise<void> {
    await this.session.close()
    await this.#drop()
  }
}
const idle = new Map<TestServer, Place[]>()
afterFile(async () => {
  for (const places of idle.values()) for (const place of places.splice(0)) await place.drop()
})

/** Up, compare, check, down, compare, up again. Returns what went wrong, empty when nothing did. */
export async function runScenario(scenario: Scenario, setup: CaseSetup): Promise<string[]> {
  const problems: string[] = []
  const place = await Place.of(setup.server, scenario.before_schema, scenario.rows)
  const wished = scenario.wanted_schema ?? scenario.after_schema
  const cli =
    setup.models === true ? await projectOfModels(place.url, wished, setup.server) : project(place.url, wished)
  try {
    const start = await place.session.catalog(setup.names)
    const hints = hintsOf(scenario)
    if (hints.length > 0) writeFileSync(join(cli.dir, 'hints.json'), JSON.stringify(hints))
    const made = await cli.run(
      'revision',
      '--autogenerate',
      '-m',
      'change',
      '--rev-id',
      'c1',
      ...(hints.length > 0 ? ['--hints', join(cli.dir, 'hints.json')] : []),
    )
    if (scenario.expect.must_refuse === true) {
      if (made.code === 0) problems.push(`revision did not refuse: ${made.stdout}${made.stderr}`)
      if (made.stderr.includes('internal error')) problems.push(made.stderr)
      for (const word of scenario.says ?? [])
        if (!made.stderr.includes(word)) problems.push(`the refusal does not name ${word}: ${made.stderr}`)
      const after = await place.session.catalog(setup.names)
      if (after.join('\n') !== start.join('\n'))
        problems.push(`the refusal changed the database:\n${difference(after, start)}`)
      return problems
    }
    if (made.code !== 0) return [`revision: exit ${made.code}\n${made.stderr}`]
    if (scenario.expect.empty_diff === true) {
      if (made.stdout !== '') problems.push(`a revision was written although nothing changed: ${made.stdout}`)
      return problems
    }
    if (made.stdout === '') return ['no revision was written']
    const text = readFileSync(join(cli.dir, made.stdout.trim()), 'utf8').replaceAll(
      /\d{4}-\d\d-\d\d[T ][\d:.]+/g,
      '<time>',
    )
    if (setup.led?.get(scenario.id) === text) {
      const done = await cli.run('upgrade', 'head')
      if (done.code !== 0) return [`upgrade: exit ${done.code}\n${done.stderr}\n${text}`]
      return await checked(cli)
    }
    const reference = await Place.of(setup.server, scenario.after_schema)
    const goals: Goals = {
      start,
      reached: await reference.session.catalog(setup.names),
      names: setup.names ?? false,
      text,
    }
    await reference.leave()
    const online: Way = {
      up: () => cli.run('upgrade', 'head'),
      down: () => cli.run('downgrade', 'base'),
      check: () => checked(cli),
    }
    const led = await lead(scenario, place, online, goals)
    problems.push(...led.problems)
    if (setup.offline === true && problems.length === 0) {
      const second = await Place.of(setup.server, scenario.before_schema, scenario.rows)
      try {
        const script = async (...words: readonly string[]): ReturnType<Cli['run']> => {
          const written = await cli.run(...words, '--sql')
          if (written.code !== 0) return written
          try {
            await feed(second.url, written.stdout)
            return written
          } catch (error) {
            return { ...written, code: 1, stderr: `${(error as Error).message}\n${written.stdout}` }
          }
        }
        // It must come to what was checked, names and all.
        const offline: Way = {
          up: () => script('upgrade', 'head'),
          down: () => script('downgrade', 'c1:base'),
          check: async () => {
            const differs = difference(await second.session.catalog(true), led.checked)
            return differs === '' ? [] : [`not what the upgrade comes to\n${differs}`]
          },
        }
        const { problems: more } = await lead(scenario, second, offline, goals)
        problems.push(...more.map((p) => `offline, ${p}`))
      } finally {
        await second.leave()
      }
    }
    if (problems.length === 0) setup.led?.set(scenario.id, text)
    return problems
  } finally {
    cli.close()
    await place.leave()
  }
}

async function checked(cli: Cli): Promise<string[]> {
  const { code, stdout, stderr } = await cli.run('check')
  return code === 0 ? [] : [`check: exit ${code}\n${stdout}${stderr}`]
}

interface Way {
  readonly up: () => ReturnType<Cli['run']>
  readonly down: () => ReturnType<Cli['run']>
  readonly check: () => Promise<readonly string[]>
}
interface Goals {
  readonly start: readonly string[]
  readonly reached: readonly string[]
  readonly names: boolean
  /** The revision, to be shown beside what went wrong. */
  readonly text: string
}

/** Leads a place up, down and up again; `checked` is its catalog at the check, names and all. */
async function lead(
  scenario: Scenario,
  { session }: Place,
  way: Way,
  goals: Goals,
): Promise<{ readonly problems: string[]; readonly checked: readonly string[] }> {
  const problems: string[] = []
  let checked: readonly string[] = []
  const up = async (what: string): Promise<boolean> => {
    const done = await way.up()
    if (done.code !== 0) return (problems.push(`${what}: exit ${done.code}\n${done.stderr}\n${goals.text}`), false)
    checked = await session.catalog(true)
    const differs = difference(catalogLines(checked, goals.names), goals.reached)
    if (differs !== '') problems.push(`${what}: the catalog differs\n${differs}\n${goals.text}`)
    return differs === ''
  }
  const verify = async (when: string, list: Scenario['verify_up']): Promise<void> => {
    for (const v of list ?? []) {
      const got = await session.value(v.sql)
      if (got !== v.equals) problems.push(`after the ${when}, ${v.sql} gives ${got}, not ${v.equals}`)
    }
  }
  if (!(await up('upgrade'))) return { problems, checked }
  for (const sql of dataSteps(scenario)) await session.execute(sql)
  await verify('upgrade', scenario.verify_up)
  problems.push(...(await way.check()))
  const there = checked
  const down = await way.down()
  if (down.code !== 0)
    return { problems: [...problems, `downgrade: exit ${down.code}\n${down.stderr}\n${goals.text}`], checked }
  const differs = difference(await session.catalog(goals.names), goals.start)
  if (scenario.expect.down_compare !== false && differs !== '')
    problems.push(`downgrade: the catalog is not what it was\n${differs}\n${goals.text}`)
  await verify('downgrade', scenario.verify_down)
  await up('upgrade again')
  return { problems, checked: there }
}

/** Runs a script as psql does: statement by statement, each on its own unless the script says BEGIN; stops at the first error. */
async function feed(url: string, script: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    for (const { text } of splitStatements(script)) await client.query(text)
  } finally {
    await client.end()
  }
}
