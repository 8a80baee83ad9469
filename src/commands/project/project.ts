/** A project that is open for one command: its settings, its revisions, its database; opened once, always closed. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { loadSettings } from '../../config/load.ts'
import type { ConfigInput } from '../../config/load.ts'
import { adoptGiven, findDialect, findDriver, findSessionDialect, givenKinds, usualUrl } from '../../config/registry.ts'
import type { Settings } from '../../config/settings.ts'
import type { Dialect, SessionDialect } from '../../dialects/dialect.ts'
import type { Adopted, Connection, Driver, GivenConnection, OpenOptions } from '../../drivers/driver.ts'
import { AmbixError, isAmbixError } from '../../errors.ts'
import { closest } from '../../util/closest.ts'
import { refreshModules } from '../../util/loaded.ts'
import { redactUrl } from '../../util/redact.ts'
import { scanRevisions } from '../../revisions/files/files.ts'
import type { WholeFileListener } from '../../revisions/files/header.ts'
import { createRevision } from '../../revisions/revision.ts'
import { buildGraph } from '../../revisions/graph/graph.ts'
import type { IfLocked } from '../../runtime/types.ts'
import { applicationName } from '../../runtime/lock.ts'
import type { RevisionGraph } from '../../revisions/graph/graph.ts'

/** The options of every command function in addition to its own arguments. */
export interface CommonOptions {
  readonly cwd?: string
  /** `--config`. */
  readonly file?: string
  /** `-n`. */
  readonly environment?: string
  /** `--url`. */
  readonly url?: string
  /** `-x KEY=VALUE`, for env.ts. */
  readonly x?: readonly string[]
  readonly signal?: AbortSignal
  /** The command's name, for env.ts. */
  readonly command?: string
  /** Called with progress and notes. */
  readonly say?: (text: string) => void
  readonly warn?: (text: string) => void
  readonly onSql?: (sql: string) => void
  /** Called with the configuration (F16); `file` is absent where it was passed in code or is all defaults. */
  readonly onConfig?: (read: { readonly file?: string; readonly environment?: string }) => void
  /** Called with the URL of each database, without its password: env.ts may choose several. */
  readonly onDatabase?: (shownUrl: string) => void
  /** How long to wait for another deployer, in milliseconds; overrides the configured time. */
  readonly lockWaitMs?: number
  /** How long a statement that blocks clients may wait for its lock, in milliseconds; overrides the configured time; 0: no limit. */
  readonly lockTimeoutMs?: number
  /** What to do while another deployer has the lock; absent: wait. */
  readonly ifLocked?: IfLocked
  /** A live connection, pool or client to use instead of opening one; it is not closed. */
  readonly connection?: GivenConnection
}

/** An open connection with the part of its dialect that reading and running need. */
export interface Session {
  readonly connection: Connection
  readonly driver: Driver
  readonly dialect: SessionDialect
  readonly url: string
  readonly shownUrl: string
}

export interface Database extends Session {
  readonly dialect: Dialect
}

export interface Project {
  readonly settings: Settings
  readonly options: CommonOptions
  graph(): RevisionGraph
  /** The same; where the folders are not read yet, the listener is called with each file that is read completely. */
  graphAndFiles(onWhole: WholeFileListener): RevisionGraph
  /** Reads the folders again: after a file was written. */
  rescan(): RevisionGraph
  dialect(): Promise<Dialect>
  /** Opens the connection once; loads no compiler or reflection. */
  session(): Promise<Session>
  /** The same connection with the whole dialect. */
  database(): Promise<Database>
  /** Another connection to the same database; the caller closes it. */
  connect(): Promise<Connection>
  /** From here on an interruption cancels the queries of the connections; code that runs steps handles it itself. */
  interruptible(): void
  /** Throws RUN.INTERRUPTED after an interruption. */
  checkInterrupt(): void
  say(text: string): void
  warn(text: string): void
  /** An error of the server that has no code of its own yet, as DATABASE.STATEMENT or DATABASE.CONNECT; any other error unchanged. */
  told(error: unknown): Promise<unknown>
  close(): Promise<void>
}

export interface ProjectNeeds {
  /** The folders of the revisions may be missing: the command creates them; `default`: the folder that no configuration names. */
  readonly newFolders?: boolean | 'default'
}

export async function openProject(
  input: ConfigInput,
  options: CommonOptions,
  needs: ProjectNeeds = {},
): Promise<Project> {
  refreshModules()
  const settings = await loadSettings(input, options)
  options.onConfig?.(settings)
  return projectOf({ ...settings, newFolders: needs.newFolders }, options)
}

export function projectOf(settings: Settings, options: CommonOptions): Project {
  let graph: RevisionGraph | undefined
  let session: Promise<Session> | undefined
  const scan = (onWhole?: WholeFileListener): RevisionGraph => {
    if (settings.bundle !== undefined)
      return buildGraph(settings.bundle.revisions.map((r) => createRevision({ ...r, body: r })))
    if (settings.newFolders !== true && !(settings.newFolders === 'default' && settings.raw.migrations === undefined))
      requireFolders(settings)
    return buildGraph(scanRevisions({ folders: settings.locations, recursive: settings.recursive }, onWhole))
  }
  const dialectOf = async (): Promise<Dialect> => {
    if (settings.dialect !== undefined) return findDialect(settings.dialect)
    // Nothing is opened: without a configured database, the dialect is that of the embedded one.
    return findDialect((await findDriver(await settings.url({ embedded: true }), settings.driver)).dialect)
  }
  let told = false
  const watched = new Set<Connection>()
  const watching = (driver: Driver): Driver => ({
    name: driver.name,
    dialect: driver.dialect,
    open: async (url, given) => {
      const connection = await driver.open(url, given)
      watched.add(connection)
      return connection
    },
  })
  const giveUp = (): void => {
    for (const connection of watched) if (!connection.closed) connection.cancel?.().catch(() => {})
  }
  const open = async (): Promise<{ connection: Connection; driver: Driver; url: string }> => {
    const url = await settings.url()
    const driver = watching(await findDriver(url, settings.driver, settings.dialect))
    if (!told) options.onDatabase?.(redactUrl(url))
    told = true
    const connection = await driver.open(url, {
      projectDir: settings.dir,
      applicationName: applicationName(),
      onSql: options.onSql,
      ...lockWaitOf(settings, options),
    })
    return { connection, driver, url }
  }
  let adopted: Promise<Pick<Adopted, 'connection' | 'driver' | 'url'> & Partial<Adopted>> | undefined
  const givenConnection = (given: GivenConnection): NonNullable<typeof adopted> =>
    (adopted ??= adopt(given, {
      projectDir: settings.dir,
      ...(options.onSql === undefined ? {} : { onSql: options.onSql }),
    }))
  /** Another connection to the same database as the given one, as far as its options are known. */
  const openBeside = async (given: GivenConnection): Promise<Connection> => {
    const { driver, url } = await givenConnection(given)
    if (driver === undefined || url === undefined) return (await open()).connection
    return watching(driver).open(url, { projectDir: settings.dir, applicationName: applicationName() })
  }
  const openSession = async (): Promise<Session> => {
    if (options.connection !== undefined) {
      const given = await givenConnection(options.connection)
      const url = given.url ?? (await settings.url({ embedded: true }).catch(() => ''))
      const driver = given.driver ?? (await findDriver(url === '' ? usualUrl : url, settings.driver, settings.dialect))
      const dialect = await findSessionDialect(settings.dialect ?? driver.dialect)
      if (given.release !== undefined) await refuseTransaction(given.connection, dialect)
      return {
        connection: given.connection,
        driver,
        dialect,
        url,
        shownUrl: redactUrl(url),
      }
    }
    const { connection, driver, url } = await open()
    return {
      connection,
      driver,
      dialect: await findSessionDialect(settings.dialect ?? driver.dialect),
      url,
      shownUrl: redactUrl(url),
    }
  }
  /** Also a passed one, where the session has it already. */
  const connectionsOpened = async (): Promise<readonly Connection[]> => {
    const given = options.connection === undefined ? undefined : await session?.catch(() => undefined)
    return [...watched, ...(given === undefined ? [] : [given.connection])]
  }
  return {
    settings,
    options,
    graph: () => (graph ??= scan()),
    graphAndFiles: (onWhole) => (graph ??= scan(onWhole)),
    rescan: () => (graph = scan()),
    dialect: dialectOf,
    session: () => (session ??= openSession()),
    database: async () => {
      const opened = await (session ??= openSession())
      const named = await findDialect(settings.dialect ?? opened.driver.dialect)
      return {
        ...opened,
        dialect: named.forServer?.(opened.connection.serverVersion, opened.connection.serverText) ?? named,
      }
    },
    connect: async () =>
      options.connection === undefined ? (await open()).connection : openBeside(options.connection),
    interruptible: () => {
      options.signal?.addEventListener('abort', giveUp)
    },
    checkInterrupt: () => {
      if (options.signal?.aborted === true)
        throw new AmbixError('RUN.INTERRUPTED', 'The run was interrupted', {
          why: 'Nothing was changed or written.',
          next: ['Run the same command again'],
        })
    },
    told: async (error) => {
      if (isAmbixError(error)) return error
      const connection = (await connectionsOpened()).find((c) => c.describeError(error) !== undefined)
      if (connection === undefined) return error
      const { statementError } = await import('../../runtime/history.ts')
      return statementError(connection, error, 'The database refused a statement', await dialectOf())
    },
    say: (text) => options.say?.(text),
    warn: (text) => options.warn?.(text),
    close: async () => {
      options.signal?.removeEventListener('abort', giveUp)
      if (options.connection !== undefined) return (await adopted?.catch(() => undefined))?.release?.()
      if (session === undefined) return
      const opened = await session.catch(() => undefined)
      if (opened !== undefined && !opened.connection.closed) await opened.connection.close()
    },
  }
}

/** Opens, runs, closes: used by every command. */
export async function withProject<T>(
  input: ConfigInput,
  options: CommonOptions,
  run: (project: Project) => Promise<T>,
  needs: ProjectNeeds = {},
): Promise<T> {
  const project = await openProject(input, options, needs)
  try {
    return await run(project)
  } catch (error) {
    throw await project.told(error)
  } finally {
    await project.close()
  }
}

/** `-x` arguments as a record: without `=` the value is empty, the last one wins (C4). */
export function xArguments(words: readonly string[]): Readonly<Record<string, string>> {
  const record: Record<string, string> = Object.create(null) as Record<string, string>
  for (const word of words) {
    const at = word.indexOf('=')
    record[at < 0 ? word : word.slice(0, at)] = at < 0 ? '' : word.slice(at + 1)
  }
  return record
}

/** An embedded database can be opened once: a second process waits for the configured time, else for its driver's default. */
function lockWaitOf(settings: Settings, options: CommonOptions): { readonly lockWaitMs?: number } {
  if (options.ifLocked === 'fail' || options.ifLocked === 'skip') return { lockWaitMs: 0 }
  const asked = options.lockWaitMs ?? (settings.raw.lockWait === undefined ? undefined : settings.lockWaitMs)
  return asked === undefined ? {} : { lockWaitMs: asked }
}

/** A missing folder has no revisions, and must not be mistaken for an empty one. Throws FILES.READ. */
function requireFolders({ locations, file, raw }: Settings): void {
  for (const folder of locations) {
    if (existsSync(folder)) continue
    const parent = dirname(folder)
    const beside = statSync(parent, { throwIfNoEntry: false })?.isDirectory()
      ? readdirSync(parent, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? [e.name] : []))
      : []
    const guess = closest(basename(folder), beside)
    const named = raw.migrations !== undefined
    throw new AmbixError('FILES.READ', `The folder of the revisions does not exist: ${folder}`, {
      why: named
        ? `\`migrations\` of ${file ?? 'the configuration'} names it.`
        : `${file ?? 'The configuration'} has no \`migrations\`, and this is the default.`,
      next: [
        ...(guess === undefined ? [] : [`Did you mean ${join(parent, guess)}?`]),
        `Correct \`migrations\`, or run the command where the folder is`,
        { text: 'Or write a first revision, which makes the folder', command: 'ambix revision -m "first"' },
      ],
      data: { folder },
    })
  }
}

/** A passed connection may be in its owner's transaction, which our COMMIT would end (E5). Throws CONFIG.INVALID. */
export async function refuseTransaction(connection: Connection, { session }: SessionDialect): Promise<void> {
  if (session.inTransaction === undefined) return
  const asked = await connection.script(session.inTransaction).catch((error: unknown) => {
    // A failed transaction accepts no more queries.
    if (connection.describeError(error)?.code !== '25P02') throw error
    return [1]
  })
  if (asked[0] !== 1) return
  throw new AmbixError('CONFIG.INVALID', 'The connection that was given is in a transaction', {
    why: 'Each revision has a transaction of its own: to commit it would commit yours.',
    next: ['Commit or roll back before, or give a connection of its own to the upgrade'],
  })
}

/** Returns ambix's own connection unchanged and adapts others by their shape. Throws CONFIG.INVALID for an unknown shape. */
async function adopt(
  given: GivenConnection,
  options: OpenOptions,
): Promise<Pick<Adopted, 'connection' | 'driver' | 'url'> & Partial<Adopted>> {
  const has = (name: keyof Connection): boolean => typeof (given as Partial<Connection> | null)?.[name] === 'function'
  if (has('query') && has('values') && has('script') && has('describeError')) return { connection: given as Connection }
  const known = typeof given === 'object' || typeof given === 'function'
  const adopted = known && given !== null ? await adoptGiven(given, options) : undefined
  if (adopted !== undefined) return adopted
  throw new AmbixError('CONFIG.INVALID', 'The `connection` that was given is not a connection of ambix', {
    why: 'It is neither one that a driver of ambix has opened, nor a pool, client or ORM that ambix knows by its shape.',
    next: [
      `Give ${givenKinds}`,
      "Or write `import { pg } from 'ambix/drivers/pg'`, and give `await pg.open(url, { projectDir: process.cwd() })`",
      'Or in env.ts `await context.connect(url)`',
    ],
  })
}
