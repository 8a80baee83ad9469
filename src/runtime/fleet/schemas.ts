/** Reads the current revisions of many schemas of one database, in two round trips for all: their tables, then the rows. */
import type { FleetTables, SessionDialect } from '../../dialects/dialect.ts'
import type { Connection } from '../../drivers/driver.ts'
import { Bookkeeping } from '../bookkeeping.ts'
import { distrust, exposureOf, inspect, pooledBy, statementError } from '../history.ts'
import { readCheckedState, type Recorded } from '../read-state.ts'
import { rowsOf } from '../together.ts'
import type { Inspection, RuntimeSettings } from '../types.ts'
import { hash } from '../../util/hash.ts'

/** The current revisions of a target, as read before its lock is held. */
export interface TargetState {
  readonly heads: readonly string[]
  readonly seen: Inspection
  /** Equal wherever the same revisions were run in the same order. */
  readonly digest: string
  /** What was run, by revision; read only where the run has not seen the digest yet. */
  readonly records: () => Promise<ReadonlyMap<string, readonly Recorded[]>>
}

/** By schema: its tables, or why they cannot be trusted; nothing where the schema does not exist. Throws the driver's errors. */
export async function inspectSchemas(
  connection: Connection,
  dialect: SessionDialect,
  settings: RuntimeSettings,
  schemas: readonly string[],
): Promise<ReadonlyMap<string, Inspection | Error>> {
  const { names, all } = new Bookkeeping(dialect, settings)
  const { fleet, own } = dialect.session
  let backend: string | null | undefined
  const asked = { statements: [own!.enter, fleet!.inspectMany(schemas, all), own!.leave], at: 1 }
  const rows = await rowsOf(connection, dialect, asked, (last) => (backend = last))
  const pooled = pooledBy(connection, backend)
  const found = new Map<string, Inspection>()
  const problems = new Map<string, Error>()
  for (const row of rows) {
    const [name, schema, problem, width] = row
    const before = found.get(schema!) ?? {
      schema: schema!,
      version: false,
      history: false,
      journal: false,
      exposed: false,
      ...pooled,
    }
    if (name !== null && name !== undefined && problem !== null && problem !== undefined)
      problems.set(schema!, distrust(`${schema}.${name}`, problem))
    const exposure = exposureOf([row])
    const held = before.held === 'tables' ? before.held : (exposure.held ?? before.held)
    found.set(schema!, {
      ...before,
      version: before.version || name === names.version,
      history: before.history || name === names.history,
      journal: before.journal || name === names.journal,
      exposed: before.exposed || exposure.exposed,
      ...(held === undefined ? {} : { held }),
      ...(name === names.version && width !== null && width !== undefined ? { width: Number(width) } : {}),
    })
  }
  return new Map<string, Inspection | Error>([...found, ...problems])
}

/** The states of schemas that were inspected, or why one cannot be read. Throws the driver's errors where that is not about a single one. */
export async function readInspected(
  connection: Connection,
  dialect: SessionDialect,
  settings: RuntimeSettings,
  inspected: readonly Inspection[],
): Promise<ReadonlyMap<string, TargetState | Error>> {
  const { names, all } = new Bookkeeping(dialect, settings)
  const heads = new Map<string, string[]>()
  const digests = new Map<string, string>()
  const lone: string[] = []
  const places = inspected
    .filter((s) => s.version)
    .map((s) => ({
      schema: s.schema,
      version: names.version,
      exposed: s.exposed,
      ...(s.held === undefined ? {} : { held: s.held }),
      ...(s.history ? { history: names.history } : {}),
    }))
  const read = async (some: readonly FleetTables[]): Promise<void> => {
    const rows = await rowsOf(connection, dialect, dialect.session.fleet!.readMany(some, all)).catch(
      (error: unknown) => {
        if (connection.closed) throw error
      },
    )
    if (rows === undefined) {
      // One that cannot be read is no reason for the others to fail: it is looked for by halves.
      if (some.length === 1) return void lone.push(some[0]!.schema)
      const half = Math.ceil(some.length / 2)
      await read(some.slice(0, half))
      return read(some.slice(half))
    }
    for (const [schema, version, digest] of rows) {
      if (digest !== null && digest !== undefined) digests.set(schema!, digest)
      if (version !== null && version !== undefined) heads.set(schema!, [...(heads.get(schema!) ?? []), version])
    }
  }
  if (places.length > 0) await read(places)
  const states = new Map<string, TargetState | Error>()
  for (const schema of lone) states.set(schema, await readAlone(connection, dialect, settings, schema))
  return new Map(
    inspected.map((seen) => {
      const { schema } = seen
      const alone = states.get(schema)
      if (alone !== undefined) return [schema, alone] as const
      const records: TargetState['records'] = async () =>
        seen.history
          ? (await readCheckedState(connection, dialect, { ...settings, versionTableSchema: schema })).checksums
          : new Map()
      const state = { heads: (heads.get(schema) ?? []).sort(), seen, digest: digests.get(schema) ?? '', records }
      return [schema, state] as const
    }),
  )
}

/** As a single command reads it, which says what is wrong with it. Throws DATABASE.CONNECT. */
async function readAlone(
  connection: Connection,
  dialect: SessionDialect,
  settings: RuntimeSettings,
  schema: string,
): Promise<TargetState | Error> {
  try {
    return await readDatabase(connection, dialect, { ...settings, versionTableSchema: schema })
  } catch (error) {
    const told = statementError(connection, error, `The version table of the schema ${schema} cannot be read`, dialect)
    if (connection.closed || !(told instanceof Error)) throw told
    return told
  }
}

/** By schema: its state, why it cannot be read or trusted, or nothing where the schema does not exist. Throws the driver's errors. */
export async function readSchemas(
  connection: Connection,
  dialect: SessionDialect,
  settings: RuntimeSettings,
  schemas: readonly string[],
): Promise<ReadonlyMap<string, TargetState | Error>> {
  const inspected = await inspectSchemas(connection, dialect, settings, schemas)
  const tables = [...inspected.values()].filter((s): s is Inspection => !(s instanceof Error))
  const states = await readInspected(connection, dialect, settings, tables)
  const problems = [...inspected].filter((found): found is [string, Error] => found[1] instanceof Error)
  return new Map<string, TargetState | Error>([...states, ...problems])
}

/** The same for a database as a whole, without a given schema. */
export async function readDatabase(
  connection: Connection,
  dialect: SessionDialect,
  settings: RuntimeSettings,
): Promise<TargetState> {
  const state = await readCheckedState(connection, dialect, settings)
  const rows = [...state.checksums].flatMap(([id, recorded]) => recorded.map((r) => ({ id, ...r })))
  const ran = rows.toSorted((a, b) => a.row - b.row).map((r) => `${r.id}:${r.checksum}`)
  return {
    heads: state.heads,
    seen: await inspect(connection, dialect, settings),
    digest: ran.length === 0 ? '' : hash('sha256', ran.join(',')),
    records: async () => state.checksums,
  }
}
