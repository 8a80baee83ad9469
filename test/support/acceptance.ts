/** Runs a case the way a user would: a database as it was, the wished schema as schema.sql, the command line. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import pg from 'pg'
import { main } from '../../src/cli/main.ts'
import { splitStatements } from '../../src/util/split-sql.ts'

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

/** Every user object as a line; names of constraints and indexes taken out, as the acceptance does. */
export async function catalog(url: string, names = false): Promise<string[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const results = (await client.query(catalogSql)) as unknown as
      | pg.QueryResult<{ line: string }>[]
      | pg.QueryResult<{ line: string }>
    const last = Array.isArray(results) ? results.at(-1)! : results
    return catalogLines(
      last.rows.map((r) => r.line),
      names,
    )
  } finally {
    await client.end()
  }
}

function withoutNames(line: string): string {
  return line
    .replace(/^( {2}constraint \S+) ("(?:[^"]|"")*"|\S+) /, '$1 ')
    .replace(/^( {2}index CREATE (?:UNIQUE )?INDEX) ("(?:[^"]|"")*"|\S+) ON/, '$1 ON')
}

export async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

export async function value(url: string, sql: string): Promise<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, unknown>>({ text: sql })
    return String(Object.values(rows[0] ?? {})[0])
  } finally {
    await client.end()
  }
}

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
  /** A new, empty database. */
  readonly create: () => Promise<{ readonly url: string; drop(): Promise<void> }>
  /** Feed the offline scripts to the database instead of upgrading and downgrading. */
  readonly offline?: boolean
  /** Compare the names of constraints and indexes too. */
  readonly names?: boolean
  /** The wished schema as models in TypeScript, as `pull` writes them, in place of schema.sql. */
  readonly models?: boolean
}

/** A project folder whose schema is a module of models, pulled from a database that has that schema. */
async function projectOfModels(url: string, schema: string, create: CaseSetup['create']): Promise<Cli> {
  const wished = await create()
  try {
    await execute(wished.url, schema)
    const cli = project(url, '', JSON.stringify({ schema: './schema.ts' }))
    const pulled = await cli.run('pull', '--models', 'ts', '--out', 'schema.ts', '--url', wished.url)
    if (pulled.code !== 0) throw new Error(`pull: ${pulled.stderr}`)
    return cli
  } finally {
    await wished.drop()
  }
}

/** Up, compare, check, down, compare, up again. Returns what went wrong, empty when nothing did. */
export async function runScenario(scenario: Scenario, setup: CaseSetup): Promise<string[]> {
  const problems: string[] = []
  const database = await setup.create()
  const reference = await setup.create()
  const wished = scenario.wanted_schema ?? scenario.after_schema
  const cli =
    setup.models === true ? await projectOfModels(database.url, wished, setup.create) : project(database.url, wished)
  try {
    await execute(database.url, scenario.before_schema)
    if (scenario.rows !== null) await execute(database.url, scenario.rows)
    const start = await catalog(database.url, setup.names)
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
      const after = await catalog(database.url, setup.names)
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
    const file = join(cli.dir, made.stdout.trim())
    const shown = (): string => `\n${readFileSync(file, 'utf8')}`
    await execute(reference.url, scenario.after_schema)
    const goal = await catalog(reference.url, setup.names)
    const up = async (what: string): Promise<boolean> => {
      if (setup.offline === true) {
        const script = await cli.run('upgrade', 'head', '--sql')
        if (script.code !== 0)
          return (problems.push(`${what} --sql: exit ${script.code}\n${script.stderr}${shown()}`), false)
        try {
          await feed(database.url, script.stdout)
        } catch (error) {
          return (problems.push(`${what}, offline: ${(error as Error).message}\n${script.stdout}`), false)
        }
      } else {
        const done = await cli.run('upgrade', 'head')
        if (done.code !== 0) return (problems.push(`${what}: exit ${done.code}\n${done.stderr}${shown()}`), false)
      }
      const got = await catalog(database.url, setup.names)
      if (difference(got, goal) !== '')
        return (problems.push(`${what}: the catalog differs\n${difference(got, goal)}${shown()}`), false)
      return true
    }
    if (!(await up('upgrade'))) return problems
    for (const sql of dataSteps(scenario)) await execute(database.url, sql)
    for (const v of scenario.verify_up ?? []) {
      const got = await value(database.url, v.sql)
      if (got !== v.equals) problems.push(`after the upgrade, ${v.sql} gives ${got}, not ${v.equals}`)
    }
    const checked = await cli.run('check')
    if (checked.code !== 0) problems.push(`check: exit ${checked.code}\n${checked.stdout}${checked.stderr}`)
    if (setup.offline === true) {
      const script = await cli.run('downgrade', 'c1:base', '--sql')
      if (script.code !== 0) return [...problems, `downgrade --sql: exit ${script.code}\n${script.stderr}${shown()}`]
      try {
        await feed(database.url, script.stdout)
      } catch (error) {
        return [...problems, `downgrade, offline: ${(error as Error).message}\n${script.stdout}`]
      }
    } else {
      const down = await cli.run('downgrade', 'base')
      if (down.code !== 0) return [...problems, `downgrade: exit ${down.code}\n${down.stderr}${shown()}`]
    }
    const back = await catalog(database.url, setup.names)
    if (scenario.expect.down_compare !== false && difference(back, start) !== '')
      problems.push(`downgrade: the catalog is not what it was\n${difference(back, start)}${shown()}`)
    for (const v of scenario.verify_down ?? []) {
      const got = await value(database.url, v.sql)
      if (got !== v.equals) problems.push(`after the downgrade, ${v.sql} gives ${got}, not ${v.equals}`)
    }
    await up('upgrade again')
    return problems
  } finally {
    cli.close()
    await database.drop()
    await reference.drop()
  }
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
