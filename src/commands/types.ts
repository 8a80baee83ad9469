/** The interface that Kysely wants, written from the database or from the schema; and whether a written one is up to date. */
import { dirname, relative, resolve } from 'node:path'
import type { ConfigInput } from '../config/load.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { AmbixError } from '../errors.ts'
import { renderInterface } from '../kysely/interface.ts'
import { ownEnums } from '../kysely/own-enums.ts'
import type { OwnEnum, OwnModule } from '../kysely/own-enums.ts'
import { viewKey } from '../schema/keys.ts'
import { emptySchema } from '../schema/model.ts'
import type { Schema, SchemaObject } from '../schema/model.ts'
import { parseRef } from '../revisions/targets/refs.ts'
import { resolveRef } from '../revisions/targets/resolve.ts'
import { moduleFiles } from '../sources/modules.ts'
import { replaySource } from '../sources/replay.ts'
import type { SchemaSource, Scratch } from '../sources/source.ts'
import { spellSchema } from '../sources/spell.ts'
import { importModule } from '../util/import-module.ts'
import { runHooks } from './project/hooks.ts'
import { withProject } from './project/project.ts'
import { targetName } from '../sources/target-name.ts'
import { stepsTo } from './run/made.ts'
import { scratchOf } from './project/scratch.ts'
import type { CommonOptions, Project } from './project/project.ts'
import { scopeOf, withoutBooks } from './project/scope.ts'
import { isDdl, sourceFor } from './project/source.ts'
import { refuseForeign, writeGenerated } from '../revisions/files/write.ts'
import { says } from './project/says.ts'

export interface TypesOptions extends CommonOptions {
  /** The file to write, from the project's folder; `-` or nothing: none. */
  readonly kysely?: string
  /** Default: the database. */
  readonly from?: 'database' | 'schema'
  /** The schema that this revision leaves, for queries in its `op.run`; in place of `from`. */
  readonly at?: string
  /**
   * `union` (default): a union of the labels. `import`: the enums that the schema's own modules export. Else a path: the
   * module that exports them; several are a list.
   */
  readonly enums?: string | readonly string[]
  /** Names as Kysely's CamelCasePlugin has them. */
  readonly camelCase?: boolean
  /** TypeScript types for types of the database, for programs with parsers of their own: `{ bigint: 'number' }`. */
  readonly map?: Readonly<Record<string, string>>
  /** Writes nothing; `upToDate` tells. */
  readonly check?: boolean
}

export interface TypesResult {
  readonly text: string
  /** From the project's folder. */
  readonly file?: string
  /** Whether the file had the same content before; absent where no file was named. */
  readonly upToDate?: boolean
  /** Columns and types that could not be expressed. */
  readonly notes: readonly string[]
}

/**
 * Writes `export interface Database`. A file with the same content, however formatted, is not written.
 * Throws USAGE.INVALID for options that do not fit together, SCHEMA.*, DATABASE.*, FILES.WRITE, MODULE.LOAD.
 */
export async function types(config?: ConfigInput, options: TypesOptions = {}): Promise<TypesResult> {
  return withProject(
    config,
    options,
    async (project) => {
      const { settings } = project
      const out = options.kysely === undefined || options.kysely === '-' ? undefined : options.kysely
      const file = out === undefined ? undefined : resolve(settings.dir, out)
      if (options.check === true && file === undefined)
        throw new AmbixError('USAGE.INVALID', '--check needs the file to look at', {
          next: [{ text: 'For example', command: 'ambix types --kysely src/database.ts --check' }],
        })
      if (options.at !== undefined && options.from !== undefined)
        throw new AmbixError('USAGE.INVALID', '--at names a revision, and --from something else: only one of them', {
          next: [{ text: 'For example', command: 'ambix types --kysely src/database.ts --at head' }],
        })
      const { schema, dialect } =
        options.at !== undefined
          ? await fromSource(project, revisionSource(project, options.at))
          : options.from === 'schema'
            ? await fromSource(project, sourceFor(settings))
            : await fromDatabase(project)
      const own = await enumsOf(project, schema, options.enums ?? 'union', file ?? resolve(settings.dir, 'database.ts'))
      const given = Object.entries(options.map ?? {})
      const { text, notes } = renderInterface(schema, {
        dialect,
        heading: [
          `Written by \`ambix types --kysely${options.at === undefined ? '' : ` --at ${options.at}`}\`: run it again instead of changing it.`,
        ],
        camelCase: options.camelCase,
        ownEnums: own.found,
        types: new Map(given.map(([type, text]) => [dialect.writeType(dialect.parseType(type)), text])),
      })
      const told = [...own.notes, ...notes]
      for (const note of told) project.warn(note)
      if (file === undefined) return { text, notes: told }
      const mark = 'Written by `ambix types'
      refuseForeign(file, options.check === true ? undefined : mark)
      const upToDate = says(file, text)
      if (options.check !== true && !upToDate) {
        writeGenerated(file, text, mark)
        runHooks(project, [file])
      }
      return { text, file: relative(settings.dir, file), upToDate, notes: told }
    },
    { newFolders: true },
  )
}

interface Read {
  readonly schema: Schema
  readonly dialect: Dialect
}

async function fromDatabase(project: Project): Promise<Read> {
  const { dialect, connection } = await project.database()
  project.interruptible()
  const schema = withoutBooks(await dialect.reflect(connection, { ...scopeOf(project), privileges: false }))
  return {
    dialect,
    schema: withoutColumns(schema) ? withColumns(schema, await dialect.viewColumns?.(connection)) : schema,
  }
}

/** Models without views need no database; what is DDL is run in a scratch database, and so are views, whose columns only it knows. */
async function fromSource(project: Project, source: SchemaSource): Promise<Read> {
  const { settings } = project
  let opened: Promise<Scratch> | undefined
  const scratch = (): Promise<Scratch> => (opened ??= scratchOf(project))
  try {
    const named = await project.dialect()
    const scope = { ...scopeOf(project), privileges: false }
    const read = await source.read({
      dialect: named,
      projectDir: settings.dir,
      scope,
      scratch,
      database: async () => {
        const { connection, dialect } = await project.database()
        return targetName(connection, dialect)
      },
    })
    const dialect = opened === undefined ? named : (await project.database()).dialect
    const plain = source.spelled ? read : dialect.normalize(read)
    if (!withoutColumns(plain)) return { schema: plain, dialect }
    const built = source.spelled
      ? plain
      : await spellSchema({ dialect, current: emptySchema, wished: plain, scratch, scope })
    const told = withoutColumns(built) ? await dialect.viewColumns?.((await scratch()).connection) : undefined
    return { schema: withColumns(built, told), dialect }
  } finally {
    await (await opened?.catch(() => undefined))?.close()
  }
}

/** Without a database where operations tell all, else run in a scratch database. */
function revisionSource(project: Project, at: string): SchemaSource {
  const { ids } = resolveRef(project.graph(), parseRef(at), { purpose: 'show' })
  return replaySource(async () => stepsTo(project, ids), { run: false })
}

const withoutColumns = (schema: Schema): boolean =>
  [...schema.objects.values()].some((o) => o.kind === 'view' && o.columns === undefined)

type Columns = Awaited<ReturnType<NonNullable<Dialect['viewColumns']>>>

function withColumns(schema: Schema, found: Columns | undefined): Schema {
  if (found === undefined) return schema
  const known = (o: SchemaObject): SchemaObject =>
    o.kind === 'view' && o.columns === undefined ? { ...o, columns: found.get(viewKey(o)) } : o
  return { ...schema, objects: new Map([...schema.objects].map(([key, o]) => [key, known(o)])) }
}

/** The project's own enums that are used for those of the schema, and the enums without one. */
async function enumsOf(
  project: Project,
  schema: Schema,
  enums: string | readonly string[],
  file: string,
): Promise<{ readonly found: ReadonlyMap<string, OwnEnum>; readonly notes: readonly string[] }> {
  if (enums === 'union') return { found: new Map(), notes: [] }
  const { settings } = project
  const paths = enums === 'import' ? modelPaths(project) : typeof enums === 'string' ? [enums] : enums
  const modules: OwnModule[] = []
  for (const module of moduleFiles(paths, settings.dir))
    modules.push({ specifier: specifierOf(module, file), exports: await importModule(module) })
  const found = ownEnums(schema, modules)
  const notes = [...schema.objects].flatMap(([key, o]) =>
    o.kind === 'enum' && !found.has(key)
      ? [`${key.replace(':', ' ')}: no export of ${paths.join(', ')} has its labels; it is a union of them`]
      : [],
  )
  return { found, notes }
}

function modelPaths({ settings }: Project): readonly string[] {
  const { schema, dir } = settings
  const list: readonly unknown[] = Array.isArray(schema) ? schema : [schema]
  const paths = list.filter((s): s is string => typeof s === 'string' && !isDdl(s, dir) && !/^[a-z]\w+:/i.test(s))
  if (paths.length > 0) return paths
  throw new AmbixError(
    'USAGE.INVALID',
    '--enums import looks into the modules that `schema` names, and it names none',
    {
      next: [
        { text: 'Name the module that exports the enums', command: 'ambix types --kysely FILE --enums ./src/enums.ts' },
      ],
    },
  )
}

/** As every setting of `moduleResolution` finds it: `./enums.js` for enums.ts. */
function specifierOf(module: string, file: string): string {
  const path = relative(dirname(file), module)
    .replaceAll('\\', '/')
    .replace(/\.([cm]?)tsx?$/, '.$1js')
  return path.startsWith('.') ? path : `./${path}`
}
