/** Which dialects and drivers there are, by the names and URLs that a project uses; each loaded when first used. */
import type { Dialect, SessionDialect } from '../dialects/dialect.ts'
import type { Adopted, Driver, OpenOptions } from '../drivers/driver.ts'
import { AmbixError } from '../errors.ts'

const drivers: Readonly<Record<string, () => Promise<Driver>>> = {
  pg: async () => (await import('../drivers/pg.ts')).pg,
  postgres: async () => (await import('../drivers/postgres-js.ts')).postgresJs,
  pglite: async () => (await import('../drivers/pglite.ts')).pglite,
  'node-sqlite': async () => (await import('../drivers/node-sqlite.ts')).nodeSqlite,
  'better-sqlite3': async () => (await import('../drivers/better-sqlite3.ts')).betterSqlite3,
  libsql: async () => (await import('../drivers/better-sqlite3.ts')).libsql,
  mysql2: async () => (await import('../drivers/mysql2.ts')).mysql2,
  'mysql2-mariadb': async () => (await import('../drivers/mysql2.ts')).mysql2ForMariadb,
}
/** The names for `driver` in the configuration. */
export const driverNames: readonly string[] = Object.keys(drivers)

/** Drivers that open the URLs of another one. */
const alike: Readonly<Record<string, string>> = {
  postgres: 'pg',
  'better-sqlite3': 'node-sqlite',
  libsql: 'node-sqlite',
}
interface Loaders {
  readonly whole: () => Promise<Dialect>
  readonly session: () => Promise<SessionDialect>
}
const dialects: Readonly<Record<string, Loaders>> = {
  postgres: {
    whole: async () => (await import('../dialects/postgres/index.ts')).postgres,
    session: async () => (await import('../dialects/postgres/session/session-dialect.ts')).postgresSession,
  },
  sqlite: {
    whole: async () => (await import('../dialects/sqlite/index.ts')).sqlite,
    session: async () => (await import('../dialects/sqlite/session-dialect.ts')).sqliteSession,
  },
  mysql: {
    whole: async () => (await import('../dialects/mysql/index.ts')).mysql,
    session: async () => (await import('../dialects/mysql/session/session-dialect.ts')).mysqlSession,
  },
  mariadb: {
    whole: async () => (await import('../dialects/mysql/index.ts')).mariadb,
    session: async () => (await import('../dialects/mysql/session/session-dialect.ts')).mysqlSession,
  },
}
/** Other names of a dialect. */
const aliases: Readonly<Record<string, string>> = { postgresql: 'postgres', sqlite3: 'sqlite' }

/** A dialect by our own name for it. */
export const dialectName = (name: string): string => aliases[name.toLowerCase()] ?? name

/** URL scheme -> driver. */
const schemes: Readonly<Record<string, string>> = {
  postgres: 'pg',
  postgresql: 'pg',
  pglite: 'pglite',
  sqlite: 'node-sqlite',
  sqlite3: 'node-sqlite',
  file: 'node-sqlite',
  mysql: 'mysql2',
  mariadb: 'mysql2-mariadb',
}
/** Schemes whose URLs name a server. */
const slashes: ReadonlySet<string> = new Set(['postgres', 'postgresql'])
/** The driver that a dialect gets when only the dialect is known. */
const usual: Readonly<Record<string, string>> = {
  postgres: 'pg',
  sqlite: 'node-sqlite',
  mysql: 'mysql2',
  mariadb: 'mysql2-mariadb',
}

/** Where a dialect keeps its database when no URL is configured: a folder, or a file in it. */
const embedded: Readonly<Record<string, (folder: string) => string>> = {
  postgres: (folder) => `pglite:${folder}/pg`,
  sqlite: (folder) => `sqlite:${folder}/database.sqlite`,
}

/** How a new project of one dialect begins. */
export interface Start {
  /** Of the default database where none is configured: embedded, or a server's on this machine. */
  readonly url: string
  /** The embedded database, as a message describes it. */
  readonly embedded: string
  /** The package that connects to it, where Node and ambix do not; and the command that creates it. */
  readonly driver?: string
  readonly create?: string
  readonly ddl: string
}

/** Of a server, which must be there: no MySQL or MariaDB is embedded. */
const serverStart = (scheme: 'mysql' | 'mariadb', name: string): Start => ({
  url: `${scheme}://root@127.0.0.1:3306/app`,
  embedded: `the database app of a ${name} at its usual local address`,
  driver: 'mysql2',
  create: `mysql -u root -e 'CREATE DATABASE app CHARACTER SET utf8mb4'`,
  ddl: `-- The target schema: plain DDL, in any order that ${name} accepts.
CREATE TABLE users (
  id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  email varchar(120) NOT NULL UNIQUE,
  created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP
);
`,
})

const starts: Readonly<Record<string, Start>> = {
  postgres: {
    url: 'pglite:.ambix/pg',
    embedded: 'an embedded PostgreSQL in .ambix/pg',
    driver: '@electric-sql/pglite',
    ddl: `-- The target schema: plain DDL, in any order that PostgreSQL accepts.
CREATE TABLE users (
  id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  email varchar(120) NOT NULL UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now()
);
`,
  },
  sqlite: {
    url: 'sqlite:.ambix/database.sqlite',
    embedded: 'a SQLite file in .ambix',
    ddl: `-- The target schema: plain DDL, in any order that SQLite accepts.
CREATE TABLE users (
  id integer PRIMARY KEY,
  email varchar(120) NOT NULL UNIQUE,
  created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP
);
`,
  },
  mysql: serverStart('mysql', 'MySQL'),
  mariadb: serverStart('mariadb', 'MariaDB'),
}

/** Packages that a project has for one dialect, by the dialect that a new project then starts with. */
const packages: Readonly<Record<string, string>> = {
  pg: 'postgres',
  postgres: 'postgres',
  '@electric-sql/pglite': 'postgres',
  mysql2: 'mysql',
  mariadb: 'mariadb',
  'better-sqlite3': 'sqlite',
}
export const driverPackages: readonly string[] = Object.keys(packages)

/** The one dialect that all of these packages are for. */
export function dialectOfPackages(names: readonly string[]): string | undefined {
  const found = new Set(names.map((name) => packages[name]))
  return found.size === 1 ? [...found][0] : undefined
}

/** Packages that can open a URL, the usual one first; none where nothing must be installed. */
const openers: readonly (readonly [scheme: RegExp, packages: readonly string[]])[] = [
  [/^postgres(?:ql)?:/, ['pg', 'postgres']],
  [/^(?:mysql|mariadb):/, ['mysql2']],
  [/^pglite:/, ['@electric-sql/pglite']],
]
export const packagesFor = (url: string): readonly string[] => openers.find(([scheme]) => scheme.test(url))?.[1] ?? []

/** The dialect of a project that names nothing, a URL of it as an example, and the start of one that says no more. */
export const usualDialect = 'postgres'
export const exampleUrl = 'postgres://user@localhost:5432/app'
export const usualUrl = 'postgres://'

/** Of a database that is gone with its connection. */
export const isInMemory = (url: string): boolean => /^(?:sqlite|file|pglite):(?:\/\/)?:?memory:?\/?(?:\?|$)/i.test(url)

/** What a program may give as its connection, in words. */
export const givenKinds =
  'a Pool or a connected Client of pg, a PGlite, the sql of postgres.js, a Kysely, the db of Drizzle, a DataSource of TypeORM'

/** Dialects that a new project can be started for, the usual one first. */
export const startingDialects: readonly string[] = Object.keys(starts)

/** Undefined for a dialect that no project is started for. */
export const startOf = (dialect: string): Start | undefined => starts[dialectName(dialect)]

/** The URL of the embedded database, from the project's folder; an unknown dialect is refused later, by name. */
export function embeddedUrl(folder: string, dialect: string = usualDialect): string {
  return (embedded[dialectName(dialect)] ?? embedded[usualDialect]!)(folder)
}

/** Throws DATABASE.URL or DATABASE.DIALECT, naming what there is; never shows the URL itself. */
export async function findDriver(url: string, named?: string | Driver, given?: string): Promise<Driver> {
  const dialect = given === undefined ? undefined : dialectName(given)
  const driver = typeof named === 'object' ? named : await driverFor(url, named, dialect)
  if (dialect === undefined || driver.dialect === dialect) return driver
  loaders(dialect)
  throw new AmbixError('DATABASE.DIALECT', `The dialect is ${dialect}, but the database is of another one`, {
    why: `The ${typeof named === 'object' ? 'driver' : 'URL'} is for ${driver.dialect}.`,
    next: [`Leave \`dialect\` out of the configuration, or name a database of ${dialect}`],
  })
}

/** User and password, and an `@` once more: in the path, in the fragment, or in a query before its first value. */
const ambiguous = /^[a-z+]+:\/\/[^/?#:]{2,}:[^/?#]*@[^/?#]*(?:\/[^?#]*@|[^#]*#[^]*@|[^?#]*\?[^=#]*@)/i

async function driverFor(url: string, named?: string, dialect?: string): Promise<Driver> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase()
  const name =
    named ??
    (scheme === undefined ? undefined : schemes[scheme]) ??
    (dialect === undefined ? undefined : usual[dialect])
  const load = name === undefined ? undefined : drivers[name]
  if (load !== undefined) {
    const usualName = scheme === undefined ? undefined : schemes[scheme]
    if (usualName !== undefined && usualName !== (alike[name!] ?? name))
      throw new AmbixError('DATABASE.DIALECT', `The driver ${name} does not open ${scheme}: URLs`, {
        why: `${scheme}: URLs are opened by ${usualName}.`,
        next: [`Leave \`driver\` out of the configuration, or give a URL that ${name} opens`],
      })
    if (scheme !== undefined && slashes.has(scheme) && !/^[a-z+]+:\/\//i.test(url))
      throw new AmbixError('DATABASE.URL', `After ${scheme}: a URL goes on with two slashes`, {
        next: [`Write ${scheme}://user:password@host:5432/database`],
      })
    if (ambiguous.test(url))
      throw new AmbixError('DATABASE.URL', 'The database URL can be read in two ways: an @ stands behind its host', {
        why: 'A driver would take a part of the password for the host.',
        next: ['Percent-encode the password: @ is %40, / is %2F, ? is %3F, # is %23'],
      })
    return load()
  }
  if (name !== undefined) {
    throw new AmbixError('DATABASE.DIALECT', `There is no driver named ${name}`, {
      next: [`The drivers are ${driverNames.join(', ')}`],
    })
  }
  // SQLAlchemy names the driver behind a plus, JDBC itself before the scheme.
  const known = /^(?:jdbc:)?([a-z0-9]+)[:+]/i.exec(url)?.[1]?.toLowerCase()
  throw new AmbixError(
    'DATABASE.URL',
    scheme === undefined ? 'The database URL has no scheme' : `No driver speaks ${scheme}:// URLs`,
    {
      next: [
        ...(known === undefined || schemes[known] === undefined ? [] : [`Write the scheme as ${known}:`]),
        `URLs start with ${Object.keys(schemes)
          .map((s) => `${s}:`)
          .join(', ')}`,
      ],
    },
  )
}

/** A program's connection that is not ambix's own; undefined where its shape is unknown. Throws CONFIG.INVALID, DATABASE.CONNECT. */
export async function adoptGiven(given: object, options: OpenOptions): Promise<Adopted | undefined> {
  return (await import('../drivers/given.ts')).adoptConnection(given, options)
}

/** Throws DATABASE.DIALECT. */
export async function findDialect(name: string): Promise<Dialect> {
  return loaders(name).whole()
}

/** The small part that reading and running need. Throws DATABASE.DIALECT. */
export async function findSessionDialect(name: string): Promise<SessionDialect> {
  return loaders(name).session()
}

function loaders(name: string): Loaders {
  const found = dialects[dialectName(name)]
  if (found !== undefined) return found
  throw new AmbixError('DATABASE.DIALECT', `There is no dialect named ${name}`, {
    next: [`The dialects are ${Object.keys(dialects).join(', ')}`],
  })
}
