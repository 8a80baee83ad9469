/** Projects with many schemas of one database, for the tests of fleets. */
import pg from 'pg'
import { onTestFinished } from 'vitest'
import type { Config, Target } from '../../src/config/config.ts'
import { fleet } from '../../src/commands/fleet/move.ts'
import type { FleetCommand, FleetOptions } from '../../src/commands/fleet/move.ts'
import type { FleetEvent, FleetSummary } from '../../src/commands/fleet/many.ts'
import { revisionFile } from '../cli/sandbox.ts'
import { folderOf } from '../support/folder.ts'
import type { TestServer } from '../support/server.ts'

export const first = revisionFile('aaaaaaaaaaaa', null, {
  message: 'first',
  up: `op.execute('CREATE TABLE users (id integer PRIMARY KEY)')\n  op.execute('CREATE TABLE runs (n integer)')`,
  down: `op.execute('DROP TABLE runs')\n  op.execute('DROP TABLE users')`,
})
/** Adds a row each time that it is run: what ran twice is seen. */
export const second = revisionFile('bbbbbbbbbbbb', 'aaaaaaaaaaaa', {
  message: 'second',
  up: `op.execute('ALTER TABLE users ADD COLUMN name text')\n  op.execute('INSERT INTO runs VALUES (2)')`,
  down: `op.execute('ALTER TABLE users DROP COLUMN name')\n  op.execute('DELETE FROM runs')`,
})

export interface Fleet {
  readonly url: string
  readonly dir: string
  readonly ids: readonly string[]
  readonly config: Config
  run(
    command: FleetCommand,
    goal: string,
    options?: FleetOptions,
    config?: Partial<Config>,
  ): Promise<FleetSummary & { readonly events: readonly FleetEvent[] }>
  sql(text: string, params?: readonly unknown[]): Promise<string[][]>
  /** Of all schemas, the rows of a query on one: `%` stands for the schema. */
  everywhere(text: string): Promise<string[][]>
}

export const idOf = (i: number): string => `t${String(i).padStart(4, '0')}`

/** A database with so many empty schemas, and a project with two revisions. */
export async function fleetOf(
  server: TestServer,
  count: number,
  options: { readonly files?: Readonly<Record<string, string>>; readonly tags?: (i: number) => readonly string[] } = {},
): Promise<Fleet> {
  const database = await server.createDatabase()
  onTestFinished(() => database.drop())
  const client = new pg.Client({ connectionString: database.url })
  client.on('error', () => {})
  await client.connect()
  onTestFinished(() => client.end())
  const ids = Array.from({ length: count }, (_, i) => idOf(i))
  if (count > 0) await client.query(ids.map((id) => `CREATE SCHEMA ${id}`).join(';'))
  const files = options.files ?? { 'migrations/a.ts': first, 'migrations/b.ts': second }
  const dir = folderOf({ 'package.json': '{ "type": "module" }', ...files })
  const config: Config = {
    root: dir,
    url: database.url,
    targets: ids.map((id, i): Target => ({ id, schema: id, tags: options.tags?.(i) ?? [] })),
  }
  const rows = async (text: string, params: readonly unknown[] = []): Promise<string[][]> =>
    (await client.query<string[]>({ text, values: [...params], rowMode: 'array' })).rows.map((r) => r.map(String))
  return {
    url: database.url,
    dir,
    ids,
    config,
    run: async (command, goal, more = {}, changed = {}) => {
      const events: FleetEvent[] = []
      const summary = await fleet({ ...config, ...changed }, command, goal, {
        cwd: dir,
        ...more,
        onEvent: (event) => {
          events.push(event)
          more.onEvent?.(event)
        },
      })
      return { ...summary, events }
    },
    sql: rows,
    everywhere: async (text) =>
      (await rows(ids.map((id) => text.replaceAll('%', id)).join(' UNION ALL '))).toSorted((a, b) =>
        a.join().localeCompare(b.join()),
      ),
  }
}
