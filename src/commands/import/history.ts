/** Imports the history of another tool: its files become revisions, and its table tells which of them are applied. */
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import type { ConfigInput } from '../../config/load.ts'
import { AmbixError } from '../../errors.ts'
import { createDate, fileName } from '../../revisions/files/file-names.ts'
import { writeNewFiles } from '../../revisions/files/write.ts'
import type { NewFile } from '../../revisions/files/write.ts'
import { buildGraph } from '../../revisions/graph/graph.ts'
import { findFormat, importableTools } from '../../revisions/import/formats.ts'
import type { ForeignMigration, FoundFile, HistoryFormat, TableRows } from '../../revisions/import/history.ts'
import { parseRef } from '../../schema/keys.ts'
import { createRevision } from '../../revisions/revision.ts'
import { closest } from '../../util/closest.ts'
import { withProject } from '../project/project.ts'
import type { CommonOptions, Project } from '../project/project.ts'

export interface ImportHistoryOptions extends CommonOptions {
  /** Sets ambix's version rows to what the tool's own table records as applied. That table is read, never written. */
  readonly stamp?: boolean
  /** That table, where the tool is configured to use another name: `my_migrations`, `app.my_migrations`. */
  readonly table?: string
  /** Derives the downgrade of each imported revision in a scratch database, where the tool has none. */
  readonly withDowngrades?: boolean
  /** Runs migrations that are code on a connection that records, and writes their SQL. */
  readonly record?: boolean
}

export interface ImportedHistory {
  readonly tool: string
  readonly revisions: readonly string[]
  readonly files: readonly string[]
  /** Code that was not recorded: can only be recorded as applied. */
  readonly stubs: readonly string[]
  /** Imported revisions without a downgrade, with the reason. */
  readonly withoutDowngrade: readonly { readonly revision: string; readonly why: string }[]
  /** With `stamp`: the revision that the database is at now; absent where nothing is applied. */
  readonly stamped?: string
}

interface Planned {
  readonly id: string
  readonly parent: string | undefined
  readonly migration: ForeignMigration
}

/**
 * Reads the folder and writes `.sql` revisions with the same order, names and dates. Revisions of an earlier import are kept,
 * so that an import can be repeated. Throws IMPORT.HISTORY, IMPORT.MISMATCH, REVISION.*, FILES.*.
 */
export async function importHistory(
  config: ConfigInput,
  tool: string,
  folder: string,
  options: ImportHistoryOptions = {},
): Promise<ImportedHistory> {
  if (options.table !== undefined && options.stamp !== true) {
    throw new AmbixError('USAGE.INVALID', '--table says which table --stamp reads, and --stamp was not given', {
      next: [`Run: ambix import ${tool} ${folder} --stamp --table ${options.table}`],
    })
  }
  const format = withTable(formatFor(tool), options.table)
  const body = async (project: Project): Promise<ImportedHistory> => {
    const root = resolve(options.cwd ?? process.cwd(), folder)
    let migrations = format.read(readFolder(root, format))
    if (migrations.length === 0) throw nothing(root, format)
    const applied = options.stamp === true ? await appliedOf(project, format, migrations) : undefined
    if (options.record === true && migrations.some((m) => m.up === undefined)) {
      const { recordMigrations } = await import('./recording.ts')
      migrations = await recordMigrations(project, format.tool, root, migrations)
    }
    const existing = project.graph()
    const planned = migrations.map((migration, n): Planned => ({
      id: idOf(format.tool, migration),
      parent: n === 0 ? undefined : idOf(format.tool, migrations[n - 1]!),
      migration,
    }))
    const fresh = planned.filter((p) => !existing.indexOf.has(p.id))
    // Checked as one graph with the existing revisions before anything is written.
    buildGraph([
      ...existing.revisions,
      ...fresh.map((p) => createRevision({ id: p.id, downRevision: p.parent === undefined ? [] : [p.parent] })),
    ])
    const downs = new Map<string, { readonly sql: string; readonly note?: string } | { readonly why: string }>()
    if (options.withDowngrades === true) {
      const { downgradesOf } = await import('./downgrades.ts')
      for (const [id, down] of await downgradesOf(project, planned)) downs.set(id, down)
    }
    const written: NewFile[] = []
    const withoutDowngrade: { readonly revision: string; readonly why: string }[] = []
    for (const { id, parent, migration } of fresh) {
      const worked = downs.get(id)
      if (worked !== undefined && 'why' in worked) withoutDowngrade.push({ revision: id, why: worked.why })
      const down = migration.down ?? (worked !== undefined && 'sql' in worked ? worked.sql : undefined)
      const note = migration.down === undefined && worked !== undefined && 'sql' in worked ? worked.note : undefined
      const { timezone } = project.settings
      const text = sqlRevision(format.tool, { id, parent, migration }, { down, note, timezone })
      const name = fileName({
        rev: id,
        message: migration.name,
        date: migration.date ?? new Date(0),
        timezone,
        template:
          migration.date === undefined
            ? `${String(planned.findIndex((p) => p.id === id) + 1).padStart(4, '0')}_{slug}_{rev}`
            : project.settings.fileTemplate,
        slugLength: project.settings.slugLength,
        extension: '.sql',
      })
      written.push({ path: name, text })
    }
    const files = writeNewFiles(project.settings.locations.at(-1)!, written)
    project.rescan()
    return {
      tool: format.tool,
      revisions: fresh.map((p) => p.id),
      files,
      stubs: fresh.filter((p) => p.migration.up === undefined).map((p) => p.id),
      withoutDowngrade,
      ...(applied === undefined || applied === 0 ? {} : { stamped: planned[applied - 1]!.id }),
    }
  }
  const result = await withProject(config, options, body, { newFolders: true })
  if (options.stamp === true && result.stamped !== undefined) {
    const { stamp } = await import('../stamp.ts')
    await stamp(config, result.stamped, options)
  }
  return result
}

function formatFor(tool: string): HistoryFormat {
  const format = findFormat(tool)
  if (format !== undefined) return format
  const near = closest(tool, [...importableTools, 'alembic'])
  throw new AmbixError('USAGE.INVALID', `ambix cannot import from ${tool}`, {
    why: `It imports from alembic, ${importableTools.join(', ')}.`,
    next: near === undefined ? [] : [{ text: 'Did you mean', command: `ambix import ${near} <folder>` }],
  })
}

/** The format with another table name; in the tool's own schema where the name has none. Throws USAGE.INVALID. */
function withTable(format: HistoryFormat, table: string | undefined): HistoryFormat {
  if (table === undefined) return format
  const ref = parseRef(table)
  if (ref === undefined) {
    throw new AmbixError('USAGE.INVALID', `${table} is no name of a table`, {
      next: ['For example `my_migrations` or `app.my_migrations`; a name with a dot in it stands in double quotes'],
    })
  }
  return { ...format, tables: format.tables.slice(0, 1).map((usual) => ({ ...usual, ...ref })) }
}

/** A stable name: an import can be repeated, and gives the same names on every machine. */
const idOf = (tool: string, migration: ForeignMigration): string =>
  createHash('sha256').update(`${tool}\n${migration.key}`).digest('hex').slice(0, 12)

function readFolder(root: string, format: HistoryFormat): FoundFile[] {
  let names: string[]
  try {
    names = readdirSync(root, { recursive: true, encoding: 'utf8' })
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const next = [`Name the folder of ${format.tool}'s migrations, usually ${format.usual}`]
    if (code === 'ENOENT') throw new AmbixError('IMPORT.HISTORY', `There is no folder ${root}`, { next, cause })
    if (code === 'ENOTDIR') throw new AmbixError('IMPORT.HISTORY', `${root} is a file, not a folder`, { next, cause })
    throw new AmbixError('IMPORT.HISTORY', `The folder ${root} cannot be read`, { why: message, next, cause })
  }
  return names
    .filter((n) => /\.(?:sql|[cm]?[jt]s|json|go)$/.test(n) && !/(?:^|[\\/])node_modules[\\/]/.test(n))
    .map((n) => ({ path: n.replaceAll('\\', '/'), text: readFileSync(join(root, n), 'utf8').replace(/^\uFEFF/, '') }))
}

function nothing(root: string, format: HistoryFormat): AmbixError {
  return new AmbixError('IMPORT.HISTORY', `There is no migration of ${format.tool} in ${root}`, {
    next: [`Name the folder of ${format.tool}'s migrations, usually ${format.usual}`],
    data: { folder: root, tool: format.tool },
  })
}

/** How many of the migrations, from the first, are applied. Throws IMPORT.MISMATCH if the applied ones are not the first files. */
async function appliedOf(
  project: Project,
  format: HistoryFormat,
  migrations: readonly ForeignMigration[],
): Promise<number> {
  const rows = await tableRows(project, format)
  const same = (key: string): string => key.replace(/\.(?:[cm]?[jt]s|sql)$/, '')
  const applied = new Set(format.applied(rows, migrations).map(same))
  const known = new Set(migrations.map((m) => same(m.key)))
  const mismatch = (message: string, why: string, next: string): AmbixError =>
    new AmbixError('IMPORT.MISMATCH', message, { why, next: [next], data: { tool: format.tool } })
  const missing = [...applied].filter((key) => !known.has(key))
  if (missing.length > 0) {
    throw mismatch(
      `The table of ${format.tool} names ${missing.length === 1 ? 'a migration' : `${missing.length} migrations`} that the folder does not have`,
      `Applied, and without a file: ${missing.slice(0, 10).join(', ')}${missing.length > 10 ? ', …' : ''}.`,
      'Restore the files, or name the right folder; nothing was written',
    )
  }
  const count = migrations.findIndex((m) => !applied.has(same(m.key)))
  const length = count < 0 ? migrations.length : count
  const late = migrations.slice(length).find((m) => applied.has(same(m.key)))
  if (late !== undefined) {
    throw mismatch(
      `The table of ${format.tool} and the folder disagree: ${migrations[length]!.key} is not applied, and ${late.key}, which comes after it, is`,
      'A history has an order; this one has a hole.',
      `Apply the missing one with ${format.tool} first; nothing was written`,
    )
  }
  for (const m of migrations.slice(0, length)) {
    const kept = format.kept?.(rows, m)
    if (m.checksum !== undefined && kept !== undefined && kept !== null && kept !== m.checksum) {
      throw mismatch(
        `${m.path} was edited after ${format.tool} applied it`,
        `The table keeps the checksum ${shown(kept)}, and the file has ${shown(m.checksum)}.`,
        'Restore the file from version control; nothing was written',
      )
    }
  }
  return length
}

const shown = (checksum: string): string => (checksum.length > 20 ? `${checksum.slice(0, 20)}…` : checksum)

async function tableRows(project: Project, format: HistoryFormat): Promise<TableRows> {
  const { connection, dialect } = await project.database()
  let last: { readonly table: string; readonly said: string } | undefined
  for (const table of format.tables) {
    const name = [table.schema, table.name]
      .filter((part) => part !== undefined)
      .map((part) => dialect.quote(part))
      .join('.')
    const columns = table.columns.map((column) => dialect.quote(column)).join(', ')
    try {
      const rows = await connection.values(`SELECT ${columns} FROM ${name}`)
      return rows.map((row) => Object.fromEntries(table.columns.map((column, n) => [column, row[n] ?? null])))
    } catch (error) {
      const said = connection.describeError(error)
      if (said === undefined) throw error
      last = { table: name, said: said.message }
    }
  }
  throw new AmbixError('IMPORT.MISMATCH', `The table in which ${format.tool} notes what it applied cannot be read`, {
    why: `${last?.table ?? ''}: ${last?.said ?? ''}`,
    next: [
      'Name the database that the tool migrated with --url, or leave --stamp out',
      `Where the settings of ${format.tool} give its table another name, name it with --table`,
    ],
    data: { tool: format.tool },
  })
}

function sqlRevision(
  tool: string,
  { id, parent, migration }: Planned,
  options: { readonly down: string | undefined; readonly note: string | undefined; readonly timezone: string },
): string {
  const part = (text: string): string[] => [
    ...(migration.transaction ? [] : ['-- ambix:no-transaction']),
    withoutMarkers(text).trim(),
    '',
  ]
  return [
    `-- ${migration.name.replaceAll('\n', ' ')}`,
    '--',
    `-- Imported from ${tool}: ${relative('.', migration.path)}`,
    '--',
    `-- revision: ${id}`,
    `-- down_revision: ${parent ?? 'none'}`,
    `-- create_date: ${createDate(migration.date ?? new Date(0), options.timezone)}`,
    '',
    '-- upgrade',
    ...(migration.up === undefined
      ? ['-- ambix:applied-only', '-- It is code: good for databases where it is applied already.', '']
      : part(migration.up)),
    ...(options.down === undefined
      ? []
      : ['-- downgrade', ...(options.note === undefined ? [] : [`-- ${options.note}`]), ...part(options.down)]),
  ].join('\n')
}

/** Lines that would begin a part of an ambix file. */
const withoutMarkers = (text: string): string =>
  text.replaceAll(/^--[ \t]*((?:upgrade|downgrade)[ \t]*:?|migrate:(?:up|down)\b.*)$/gim, '-- ($1)')
