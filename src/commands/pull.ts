/** From a live database to a project: its models, as TypeScript or SQL, and a first revision that creates the current schema. */
import { append } from '../util/append.ts'
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import type { Config } from '../config/config.ts'
import type { ConfigInput } from '../config/load.ts'
import type { Settings } from '../config/settings.ts'
import type { Dialect } from '../dialects/dialect.ts'
import { diffFacts } from '../diff/model/facts.ts'
import { diff } from '../diff/diff.ts'
import { AmbixError } from '../errors.ts'
import { leadsOut } from '../revisions/files/files.ts'
import { isTaken, refuseForeign, refuseTaken, writeGenerated, writeNewFiles } from '../revisions/files/write.ts'
import { renderModels } from '../revisions/write/models.ts'
import { lean, renderRevision } from '../revisions/write/render.ts'
import { plainStrings, refuseClosed } from '../runtime/session-settings.ts'
import { verifyPlan } from '../runtime/verify.ts'
import { emptySchema, type Schema } from '../schema/model.ts'
import { redactUrl } from '../util/redact.ts'
import { planRevision, writeRevision } from './project/new-revision.ts'
import { withProject } from './project/project.ts'
import { scratchOf } from './project/scratch.ts'
import type { CommonOptions, Project } from './project/project.ts'
import { scopeOf, serverMajor, withoutBooks } from './project/scope.ts'
import { isDdl } from './project/source.ts'
import { stamp } from './stamp.ts'
import { writesSql } from './init/templates.ts'
import { readRows } from './project/state.ts'

export interface PullOptions extends CommonOptions {
  /** Default: what the configured schema is. */
  readonly models?: 'ts' | 'sql'
  /** The file to write, `-` for none. Default: the configured schema, where that is one file that a pull has written, or none yet. */
  readonly out?: string
}

export interface PullResult {
  readonly text: string
  /** The written files, relative to the project's folder. */
  readonly file?: string
  /** Objects that the models cannot express. */
  readonly notes: readonly string[]
}

const mark = 'Written by `ambix pull`'

/**
 * The models of the current database. Throws FILES.EXISTS for a file that was not generated and not named,
 * FILES.WRITE, DATABASE.*.
 */
export async function pull(config?: ConfigInput, options: PullOptions = {}): Promise<PullResult> {
  return withProject(config, options, async (project) => {
    const { settings } = project
    const own = schemaFile(settings)
    const models = options.models ?? (own === undefined ? kindOf(options.out) : own.models)
    const out = options.out ?? (own?.models === models ? own.path : undefined)
    const { dialect, connection } = await project.database()
    // A list of schemas says where to look.
    if (!Array.isArray(settings.schemas)) await refuseClosed(connection, dialect, settings)
    const schema = withoutBooks(await dialect.reflect(connection, scopeOf(project)), settings.versionTableSchema)
    const { text, notes } = modelsOf(schema, dialect, models, settings, await serverMajor(project))
    for (const note of notes) project.warn(note)
    if (out === undefined || out === '-') return { text, notes }
    const file = resolve(settings.dir, out)
    const there = refuseForeign(file)
    if (options.out === undefined && there !== undefined && !readFileSync(file, 'utf8').slice(0, 400).includes(mark)) {
      throw new AmbixError('FILES.EXISTS', `${out} was not written by ambix pull: nothing was changed`, {
        next: [
          { text: 'Print what the database has', command: 'ambix pull --out -' },
          { text: 'Or overwrite it', command: `ambix pull --out ${out}` },
        ],
      })
    }
    writeGenerated(file, text)
    return { text, file: relative(settings.dir, file), notes }
  })
}

const kindOf = (out: string | undefined): 'ts' | 'sql' => (out?.endsWith('.sql') === true ? 'sql' : 'ts')

/** The file of the configured schema, where it is one, and its language. */
function schemaFile(settings: Settings): { readonly path: string; readonly models: 'ts' | 'sql' } | undefined {
  const { schema, dir } = settings
  if (typeof schema !== 'string' || /[*?[\]{}]/.test(schema)) return undefined
  const models = isDdl(schema, dir) ? 'sql' : 'ts'
  return /\.(?:sql|[cm]?[jt]s)$/.test(schema) ? { path: schema, models } : undefined
}

function modelsOf(
  schema: Schema,
  dialect: Dialect,
  models: 'ts' | 'sql',
  settings: Settings,
  serverVersion: number | undefined,
): { readonly text: string; readonly notes: readonly string[] } {
  const heading = `${mark} from the database as it was then; yours to change.`
  if (models === 'ts')
    return renderModels(schema, {
      heading: [heading],
      everyName: settings.namingConvention !== undefined,
      primaryKeyName: dialect.facts.primaryKeyName,
    })
  const notes = schema.uncovered.map((name) => `${name}: ambix does not read such objects`)
  const { upgrade } = diff(emptySchema, schema, { ...diffFacts(dialect.facts), hints: [], serverVersion })
  const statements = dialect.compile(upgrade, emptySchema, { offline: true, serverVersion })
  const head = [heading, ...notes].map((l) => `-- ${l}`)
  // Bodies may refer to tables that are created later, as in a dump.
  const { bodiesLater } = dialect.session
  if (bodiesLater !== undefined && [...schema.objects.values()].some((o) => o.kind === 'routine'))
    head.push('', `${bodiesLater};`)
  const texts = statements.map((s) => s.sql)
  for (const set of plainStrings(dialect.session, texts)) head.push('', `${set};`)
  return {
    text: `${[...head, '', ...statements.map((s) => `${s.sql.trim().replace(/;$/, '')};\n`)].join('\n').trimEnd()}\n`,
    notes,
  }
}

export interface InitFromDatabaseOptions extends CommonOptions {
  /** Folder of the revisions; default `migrations`. */
  readonly folder?: string
  readonly models?: 'ts' | 'sql'
  /** The format of the baseline and all later revisions; default `ts`. */
  readonly format?: 'ts' | 'sql'
}

export interface InitFromDatabaseResult {
  readonly root: string
  readonly written: readonly string[]
  /** There already, and left alone. */
  readonly kept: readonly string[]
  readonly revision: string
  readonly notes: readonly string[]
}

/**
 * Starts a project from an existing database: config, models, and a baseline revision that would create all of it,
 * under which the database is stamped; nothing else in it changes. Throws FILES.EXISTS, FILES.UNSAFE_PATH, DATABASE.*,
 * VERSION.* when the database has been migrated by revisions already.
 */
export async function initFromDatabase(options: InitFromDatabaseOptions = {}): Promise<InitFromDatabaseResult> {
  const root = resolve(options.cwd ?? process.cwd())
  const models = options.models ?? 'ts'
  const migrations = relative(root, resolve(root, options.folder ?? 'migrations')).replaceAll('\\', '/')
  if (leadsOut(root, resolve(root, migrations))) {
    throw new AmbixError('FILES.UNSAFE_PATH', `The folder of the revisions must lie inside ${root}`, {
      next: [{ text: 'For example', command: 'ambix init --from-database migrations' }],
    })
  }
  const schemaPath = models === 'sql' ? 'schema.sql' : 'src/schema.ts'
  for (const path of ['ambix.config.ts', schemaPath]) if (isTaken(join(root, path))) throw taken(path)
  refuseTaken(root, [schemaPath, `${migrations}/.ambix-tmp`])
  if (existsSync(join(root, migrations)) && readdirSync(join(root, migrations)).length > 0) throw taken(migrations)
  const format = options.format ?? 'ts'
  const config: Config = {
    root,
    schema: `./${schemaPath}`,
    migrations: `./${migrations}`,
    ...(format === 'sql' ? { format } : {}),
  }
  const common = { ...options, cwd: root }
  return withProject(
    config,
    common,
    async (project) => {
      const { dialect, connection, url } = await project.database()
      const rows = await readRows(project)
      if (rows.length > 0) {
        throw new AmbixError('VERSION.UNKNOWN_REVISION', `The database is at ${rows.join(', ')} already`, {
          why: 'Revisions of another project have made it.',
          next: ['Go on in that project, or, if it is gone, empty the version table first'],
        })
      }
      const schema = withoutBooks(
        await dialect.reflect(connection, scopeOf(project)),
        project.settings.versionTableSchema,
      )
      const serverVersion = await serverMajor(project)
      const made = modelsOf(schema, dialect, models, project.settings, serverVersion)
      const notes = [...made.notes]
      const shown = redactUrl(url)
      if (shown !== url)
        notes.push('the URL holds a password and is not written into the config: keep it in DATABASE_URL')
      const baseline = await baselineOf(project, schema, serverVersion)
      append(notes, baseline.notes)
      const files = [
        { path: 'ambix.config.ts', text: configText(config, shown !== url ? undefined : url) },
        { path: schemaPath, text: made.text },
        { path: '.gitignore', text: '.ambix/\nnode_modules/\n.env\n.env.*\n!.env.example\n', keep: true },
      ]
      const kept = files.filter((f) => f.keep === true && isTaken(join(root, f.path))).map((f) => f.path)
      const fresh = files.filter((f) => !kept.includes(f.path))
      const written = writeNewFiles(root, fresh).map((file) => relative(root, file))
      mkdirSync(join(root, migrations), { recursive: true })
      const planned = planRevision(project, { message: 'baseline', head: 'base' })
      const text = renderRevision({
        revision: planned.id,
        downRevision: null,
        message: planned.message,
        createDate: planned.createDate,
        upgrade: baseline.upgrade,
        downgrade: baseline.downgrade,
        ...(format === 'sql'
          ? {
              format,
              sql: {
                upgrade: compiled(dialect, baseline.upgrade, emptySchema, serverVersion),
                downgrade: compiled(dialect, baseline.downgrade, schema, serverVersion),
              },
            }
          : {}),
      })
      written.push(relative(root, writeRevision(project, planned, text, `.${format}`)))
      await stamp(config, [planned.id], { ...common, connection })
      for (const note of notes) project.warn(note)
      return { root, written, kept, revision: planned.id, notes }
    },
    { newFolders: true },
  )
}

const compiled = (
  dialect: Dialect,
  operations: ReturnType<typeof diff>['upgrade'],
  before: Schema,
  serverVersion: number | undefined,
): readonly string[] => dialect.compile(operations, before, { offline: true, serverVersion }).map((s) => s.sql)

function taken(path: string): AmbixError {
  return new AmbixError('FILES.EXISTS', `${path} already exists: nothing was written`, {
    next: [
      { text: 'This project already exists: rewrite its models', command: 'ambix pull' },
      'Or move the file away first',
    ],
  })
}

/** The operations that create the whole schema, tried out where that is possible. */
async function baselineOf(
  project: Project,
  schema: Schema,
  serverVersion: number | undefined,
): Promise<{
  readonly upgrade: ReturnType<typeof diff>['upgrade']
  readonly downgrade: ReturnType<typeof diff>['downgrade']
  readonly notes: readonly string[]
}> {
  const { dialect } = await project.database()
  const { upgrade, downgrade } = diff(emptySchema, schema, { ...diffFacts(dialect.facts), hints: [], serverVersion })
  const scratch = await scratchOf(project)
  try {
    const tried = await verifyPlan({
      dialect,
      start: emptySchema,
      wished: schema,
      upgrade: upgrade.map(lean),
      downgrade: downgrade.map(lean),
      scratch,
      serverVersion,
    })
    const notes = [...tried.problems, ...(tried.skipped === undefined ? [] : [tried.skipped])]
    return { upgrade, downgrade, notes: notes.map((n) => `the baseline does not recreate all of it: ${n}`) }
  } finally {
    await scratch.close()
  }
}

function configText(config: Config, url: string | undefined): string {
  const named =
    url === undefined
      ? '  url: process.env.DATABASE_URL,\n'
      : `  url: ${JSON.stringify(url).replace(/^"(.*)"$/, "'$1'")},\n`
  return `import { defineConfig } from 'ambix'

export default defineConfig({
  // The schema that the database should have.
  schema: '${String(config.schema)}',
  migrations: '${String(config.migrations)}',
${config.format === 'sql' ? writesSql : ''}${named}})
`
}
