/** The part of the database that a project compares, and the server's version. */
import { isDeepStrictEqual } from 'node:util'
import type { Scope } from '../../dialects/dialect.ts'
import { bookkeepingTables } from '../../runtime/history.ts'
import type { Schema, SchemaObject, Table } from '../../schema/model.ts'
import type { Project } from './project.ts'
import { runtimeSettings } from './state.ts'

/** The bookkeeping tables of other migration tools, by their default names. */
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

interface Bookkeeping {
  /** Only where a project might choose the same name itself; absent where the tool lets its users choose the name. */
  readonly name?: string
  readonly columns: readonly string[]
  /** The types of all columns, where names alone are not enough. */
  readonly kind?: string
}

/**
 * Bookkeeping tables of other tools that are recognized by their columns. Those of Sequelize and dbmate have one column, and
 * under a name other than the default they could be any project's.
 */
const known: readonly Bookkeeping[] = [
  { name: 'migrations', columns: ['id', 'timestamp', 'name'] },
  { name: 'typeorm_metadata', columns: ['type', 'database', 'schema', 'table', 'name', 'value'] },
  // Knex, and its lock.
  { columns: ['id', 'name', 'batch', 'migration_time'] },
  { columns: ['index', 'is_locked'] },
  // Kysely, and its lock.
  { columns: ['name', 'timestamp'], kind: 'varchar' },
  { columns: ['id', 'is_locked'] },
  // MikroORM, node-pg-migrate, golang-migrate, goose, Flyway.
  { columns: ['id', 'name', 'executed_at'] },
  { columns: ['id', 'name', 'run_on'] },
  { columns: ['version', 'dirty'] },
  { columns: ['id', 'version_id', 'is_applied', 'tstamp'] },
  {
    columns: [
      'installed_rank',
      'version',
      'description',
      'type',
      'script',
      'checksum',
      'installed_by',
      'installed_on',
      'execution_time',
      'success',
    ],
  },
]

/** Whether a table with these columns is another tool's bookkeeping table. */
export function isOtherTools(table: Table): boolean {
  const columns = table.columns.map((c) => c.name).toSorted()
  return known.some(
    (t) =>
      (t.name ?? table.name) === table.name &&
      isDeepStrictEqual(t.columns.toSorted(), columns) &&
      (t.kind === undefined || table.columns.every((c) => c.type.kind === t.kind)),
  )
}

/** A database without other tools' bookkeeping tables, and without the schema that has only ambix's, for commands that import its schema. */
export function withoutBooks(schema: Schema, versionTableSchema?: string): Schema {
  const used = [...schema.objects.values()].some((o) => 'schema' in o && o.schema === versionTableSchema)
  const books = [...schema.objects].flatMap(([key, o]) =>
    (o.kind === 'table' && isOtherTools(o)) || (o.kind === 'schema' && o.name === versionTableSchema && !used)
      ? [key]
      : [],
  )
  if (books.length === 0) return schema
  const objects = new Map(schema.objects)
  const dependencies = new Map(schema.dependencies)
  for (const key of books) {
    objects.delete(key)
    dependencies.delete(key)
  }
  return { ...schema, objects, dependencies }
}

/** The scope of a comparison with a schema that declares such tables itself: they are then managed. */
export function withDeclared(scope: Scope, declared: Iterable<SchemaObject>): Scope {
  const own = new Set<string>()
  for (const object of declared) if (object.kind === 'table' && otherTools.includes(object.name)) own.add(object.name)
  return own.size === 0 ? scope : { ...scope, excludeTables: (scope.excludeTables ?? []).filter((n) => !own.has(n)) }
}

/** The scope of reflection: everything but ambix's own tables. */
export function scopeOf(project: Project): Scope {
  const { settings } = project
  // Environments may share a database: the version table of none of them is a user's table.
  const others = Object.values(settings.raw.environments ?? {}).flatMap((e) =>
    e.versionTable === undefined ? [] : bookkeepingTables({ versionTable: e.versionTable }),
  )
  return {
    schemas: settings.schemas ?? 'all',
    excludeTables: [...bookkeepingTables(runtimeSettings(project)), ...others, ...otherTools],
    privileges: settings.privileges,
  }
}

/** The major version of the server, where the dialect depends on it; undefined where the dialect does not tell it. */
export async function serverMajor(project: Project): Promise<number | undefined> {
  const { connection, dialect } = await project.session()
  const told = connection.serverVersion ?? (await connection.values(dialect.session.serverVersion))[0]?.[0]
  const number = Number.parseInt(String(told ?? ''), 10)
  return Number.isFinite(number) ? (number >= 10_000 ? Math.floor(number / 10_000) : number) : undefined
}
