/** The environment of a fleet: the project without a database of its own, the control database, the connections to the targets. */
import type { ConfigInput } from '../../config/load.ts'
import type { Target } from '../../config/config.ts'
import { fleetSettings } from '../../config/fleet.ts'
import type { FleetSettings } from '../../config/fleet.ts'
import { findDialect, findDriver, findSessionDialect } from '../../config/registry.ts'
import type { Dialect, SessionDialect } from '../../dialects/dialect.ts'
import type { Connection } from '../../drivers/driver.ts'
import { AmbixError } from '../../errors.ts'
import { Pool } from '../../runtime/fleet/pool.ts'
import type { Lent, PoolLimits } from '../../runtime/fleet/pool.ts'
import { FleetState } from '../../runtime/fleet/state.ts'
import { applicationName } from '../../runtime/lock.ts'
import type { RuntimeSettings } from '../../runtime/types.ts'
import { shown } from '../../schema/shapes.ts'
import { capabilitiesOf } from '../project/capabilities.ts'
import { openProject } from '../project/project.ts'
import type { CommonOptions, Project } from '../project/project.ts'
import { runtimeSettings } from '../project/state.ts'
import { targetReader } from './targets.ts'
import type { TargetReader } from './targets.ts'
import type { Place } from './plans.ts'

export interface FleetPlace {
  readonly project: Project
  readonly fleet: FleetSettings
  /** Throws FLEET.TARGETS where the configuration has none. */
  readonly reader: TargetReader
  readonly limits: PoolLimits
  /** The project with the settings of a target, with a schema or without one. */
  projectOf(target: Target): Project
  urlOf(target: Target): Promise<string>
  /** Lends a connection, with its dialect; with `next` before all that wait for one. */
  use<T>(target: Target, work: (place: Place) => Promise<T>, next?: boolean): Promise<T>
  /** Where another target of the same database runs on that connection. */
  placeOf(place: Place, target: Target): Place
  /** A separate connection to the same database. */
  another(target: Target): Promise<Connection>
  /** Settings in which the bookkeeping tables are in the target's schema. */
  settingsOf(target: Target): RuntimeSettings
  /** The dialect of targets at that URL, as far as the runtime needs it. */
  sessionDialect(url: string): Promise<SessionDialect>
  /** Undefined where it does not exist and `create` is false. Throws FLEET.CONTROL. */
  state(create: boolean): Promise<FleetState | undefined>
}

export interface FleetLimits {
  /** Targets processed in parallel; default 8. */
  readonly parallel?: number
  /** Of these, on one server; default 4. */
  readonly perHost?: number
}

/** Opens the connections, calls the function, closes them. Throws CONFIG.*, FLEET.*. */
export async function withFleet<T>(
  input: ConfigInput,
  options: CommonOptions & FleetLimits,
  run: (place: FleetPlace) => Promise<T>,
): Promise<T> {
  checkNumber('parallel', options.parallel)
  checkNumber('perHost', options.perHost)
  const project = await openProject(input, options)
  const { settings } = project
  if (settings.envFile !== undefined)
    throw new AmbixError(
      'FLEET.TARGETS',
      `${settings.envFile} says which databases there are, and so does \`targets\``,
      {
        why: 'env.ts is not run for the targets of a fleet.',
        next: ['Move what it says into `targets` of the configuration, and remove it'],
      },
    )
  const fleet = fleetSettings(settings)
  const open = async (url: string): Promise<Connection> => {
    const driver = await findDriver(url, settings.driver, settings.dialect)
    return driver.open(url, {
      projectDir: settings.dir,
      applicationName: applicationName(),
      ...(options.onSql === undefined ? {} : { onSql: options.onSql }),
    })
  }
  const nameOf = async (url: string): Promise<string> =>
    settings.dialect ?? (await findDriver(url, settings.driver)).dialect
  let opened: Promise<Connection> | undefined
  const control = async (): Promise<{ readonly connection: Connection; readonly dialect: SessionDialect }> => {
    const url = await fleet.url()
    const connection = await (opened ??= open(url))
    if (connection.singleSession === true)
      throw new AmbixError('FLEET.CONTROL', 'An embedded database cannot be the control database of a fleet', {
        why: 'It has one session, and runners need one of their own beside those of the targets.',
        next: ['Name a PostgreSQL server: `fleet: { url }` or `url` in the configuration'],
      })
    return {
      connection,
      dialect: await findSessionDialect((await findDriver(url, settings.driver)).dialect),
    }
  }
  const limits = { parallel: options.parallel ?? 8, perHost: options.perHost ?? 4 }
  // An import for each target, even of a module that is loaded, takes a fifth of what the client does for it.
  const dialectOf = recent(async (url) => findDialect(await nameOf(url)))
  const serverOf = new WeakMap<Connection, Promise<Server>>()
  const inspectServer = async (named: Dialect, connection: Connection): Promise<Server> => {
    const { serverVersion, serverText } = connection
    const dialect = named.forServer?.(serverVersion, serverText) ?? named
    return { dialect, serverVersion, capabilities: await capabilitiesOf(settings, connection, dialect) }
  }
  const inSchema: Project = { ...project, settings: { ...settings, schemas: [], versionTableSchema: undefined } }
  const { signal } = options
  const pool = new Pool({ ...limits, ...(signal === undefined ? {} : { signal }) }, open)
  const defaultUrl = once(async () => settings.url())
  const urlOf = async (target: Target): Promise<string> => target.url ?? (await defaultUrl())
  const basic = runtimeSettings(project)
  const pathOf = ({ schema }: Target): readonly string[] | undefined =>
    schema === undefined ? undefined : [schema, ...fleet.searchPath.filter((s) => s !== schema)]
  let reader: TargetReader | undefined
  const place: FleetPlace = {
    project,
    fleet,
    limits,
    get reader() {
      return (reader ??= targetReader(settings, async () => {
        const { connection, dialect } = await control()
        if (dialect.session.fleet === undefined)
          throw new AmbixError('FLEET.TARGETS', `\`targets: { sql }\` cannot be asked of ${dialect.name}`, {
            next: ['Name a PostgreSQL database in `fleet.url`, or give the targets as a function or a file'],
          })
        return { connection, sql: dialect.session.fleet }
      }))
    },
    projectOf: ({ schema }) => (schema === undefined ? project : inSchema),
    urlOf,
    use: async (target, work, next) => {
      const url = await urlOf(target)
      const named = await dialectOf(url)
      if (target.schema !== undefined && named.session.fleet === undefined)
        throw new AmbixError(
          'FLEET.TARGETS',
          `The target ${target.id} has a schema, which ${named.name} does not look names up in`,
          {
            next: ['Give the target a `url` of its own, without `schema`'],
          },
        )
      const run = async (lent: Lent): ReturnType<typeof work> => {
        const { connection } = lent
        const server = serverOf.get(connection) ?? inspectServer(named, connection)
        serverOf.set(connection, server)
        return work({ target, lent, path: pathOf(target), ...(await server) })
      }
      return pool.use(url, run, next)
    },
    placeOf: (at, target) => ({ ...at, target, path: pathOf(target) }),
    another: async (target) => pool.another(await urlOf(target)),
    settingsOf: ({ schema }) => (schema === undefined ? basic : { ...basic, versionTableSchema: schema }),
    sessionDialect: async (url) => findSessionDialect(await nameOf(url)),
    state: async (create) => {
      const { connection, dialect } = await control()
      return FleetState.open(connection, dialect, { create, leaseMs: fleet.leaseMs })
    },
  }
  try {
    return await run(place)
  } finally {
    await pool.close()
    const connection = await opened?.catch(() => undefined)
    if (connection !== undefined && !connection.closed) await connection.close()
    await project.close()
  }
}

/** Throws USAGE.INVALID: with none at once a run would wait for ever. */
export function checkNumber(name: string, value: unknown): void {
  if (value === undefined || value === Infinity || (Number.isInteger(value) && (value as number) > 0)) return
  throw new AmbixError('USAGE.INVALID', `${name} must be a whole number above 0, not ${shown(value)}`)
}

type Server = Pick<Place, 'dialect' | 'serverVersion' | 'capabilities'>

/** Remembers what was made of the last URLs: many targets have one, and many may have one each. */
function recent<T>(make: (url: string) => Promise<T>): (url: string) => Promise<T> {
  const made = new Map<string, Promise<T>>()
  return (url) => {
    const known = made.get(url) ?? make(url)
    if (made.size >= 64) made.clear()
    made.set(url, known)
    return known
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => (made ??= make())
}
