/** What of the database a project looks at, and how new its server is. */
import { isDeepStrictEqual } from 'node:util'
import type { Scope } from '../../dialects/dialect.ts'
import { bookkeepingTables } from '../../runtime/history.ts'
import type { SchemaObject, Table } from '../../schema/model.ts'
import type { Project } from './project.ts'
import { runtimeSettings } from './state.ts'

/** Where other migration tools keep their books, by the names that they have by default. */
export const otherTools: readonly string[] = [
  '_prisma_migrations',
  '__drizzle_migrations',
  'knex_migrations',
  'knex_migrations_lock',
  'SequelizeMeta',
  'SequelizeData',
  'kysely_migration',
  'kysely_migration_lock',
  'mikro_orm_migrations',
  'pgmigrations',
  'schema_migrations',
  'ar_internal_metadata',
  'flyway_schema_history',
  'databasechangelog',
  'databasechangeloglock',
  'alembic_version',
  'goose_db_version',
  'gorp_migrations',
  '__diesel_schema_migrations',
  '_sqlx_migrations',
  '__EFMigrationsHistory',
  'atlas_schema_revisions',
]

/** TypeORM's tables have names that a project might choose itself: they are recognized by their columns as well. */
const typeormTables: readonly { readonly name: string; readonly columns: readonly string[] }[] = [
  { name: 'migrations', columns: ['id', 'timestamp', 'name'] },
  { name: 'typeorm_metadata', columns: ['type', 'database', 'schema', 'table', 'name', 'value'] },
]

/** Whether a table, read with its columns, is where another tool keeps its books. */
export function isOtherTools(table: Table): boolean {
  const columns = table.columns.map((c) => c.name).toSorted()
  return typeormTables.some((t) => t.name === table.name && isDeepStrictEqual(t.columns.toSorted(), columns))
}

/** The scope of a comparison with a schema that declares such tables itself: who declares one manages it. */
export function withDeclared(scope: Scope, declared: Iterable<SchemaObject>): Scope {
  const own = new Set<string>()
  for (const object of declared) if (object.kind === 'table' && otherTools.includes(object.name)) own.add(object.name)
  return own.size === 0 ? scope : { ...scope, excludeTables: (scope.excludeTables ?? []).filter((n) => !own.has(n)) }
}

/** What reflection of a running project looks at: everything but the tool's own tables. */
export function scopeOf(project: Project): Scope {
  const { settings } = project
  // Environments may share a database: each one's version table is nobody's table.
  const others = Object.values(settings.raw.environments ?? {}).flatMap((e) =>
    e.versionTable === undefined ? [] : bookkeepingTables({ versionTable: e.versionTable }),
  )
  return {
    schemas: settings.schemas ?? 'all',
    excludeTables: [...bookkeepingTables(runtimeSettings(project)), ...others, ...otherTools],
    privileges: settings.privileges,
  }
}

/** The major version of the server, for spellings that differ; undefined where the dialect does not say. */
export async function serverMajor(project: Project): Promise<number | undefined> {
  const { connection, dialect } = await project.session()
  const told = connection.serverVersion ?? (await connection.values(dialect.session.serverVersion))[0]?.[0]
  const number = Number.parseInt(String(told ?? ''), 10)
  return Number.isFinite(number) ? (number >= 10_000 ? Math.floor(number / 10_000) : number) : undefined
}
