/** The target schema against the database: read, normalized, compared, with questions about rows answered. */
import { refuseOwnSchema } from './own-schema.ts'
import { answerOf } from '../../config/answer.ts'
import type { Dialect, Scope } from '../../dialects/dialect.ts'
import { diffFacts } from '../../diff/model/facts.ts'
import { diff } from '../../diff/diff.ts'
import type { Difference, DiffOptions, Hint, RowAnswers } from '../../diff/model/types.ts'
import type { Connection } from '../../drivers/driver.ts'
import { formerSchemas, schemasOf } from '../../schema/resolve/collect.ts'
import { keyOf, parseRef, tableKey } from '../../schema/keys.ts'
import type { Ref, Schema } from '../../schema/model.ts'
import { leaveToOthers } from '../../sources/adopt.ts'
import { answerQuestions } from '../../sources/answers.ts'
import { alignSpelling, spellSchema } from '../../sources/spell.ts'
import { targetName } from '../../sources/target-name.ts'
import type { SchemaSource, Scratch } from '../../sources/source.ts'
import { located } from '../../sources/refused-schema.ts'
import type { ConfigureOptions } from '../project/environment.ts'
import { leaveAlone } from './leave-alone.ts'
import { withOwnDifferences } from './own-differences.ts'
import type { Project } from '../project/project.ts'
import { scratchOf } from '../project/scratch.ts'
import { isOtherTools, scopeOf, serverMajor, withDeclared } from '../project/scope.ts'
import { sourceFor } from '../project/source.ts'

export interface Comparison {
  readonly dialect: Dialect
  readonly connection: Connection
  readonly serverVersion: number | undefined
  readonly current: Schema
  readonly wished: Schema
  readonly difference: Difference
  readonly diffOptions: DiffOptions
  /** An error about the schema with the place of the declaration. */
  located(error: unknown): unknown
  /** Opened at most once; closed with the comparison. */
  scratch(): Promise<Scratch>
  close(): Promise<void>
}

export interface CompareOptions {
  readonly hints: readonly Hint[]
  readonly online?: boolean
  /** `check` does not count rows. */
  readonly askRows: boolean
  /** Where the schema was built in a scratch database, its routines that do not compile are noted. */
  readonly bodies?: boolean
  readonly configured: ConfigureOptions
}

/** Compares; the caller closes. Throws SCHEMA.*, DATABASE.*, DIFF.REFUSED, HINTS.*. */
export async function compare(project: Project, options: CompareOptions): Promise<Comparison> {
  const { connection, dialect } = await project.database()
  project.interruptible()
  const { settings } = project
  let opened: Promise<Scratch> | undefined
  const scratch = (): Promise<Scratch> =>
    (opened ??= scratchOf(project, (text) => {
      // Before anything runs in a scratch database.
      project.checkInterrupt()
      project.warn(text)
    }))
  const source = sourceFor(settings)
  const at = (error: unknown): unknown => located(error, source, settings.dir)
  const close = async (): Promise<void> => {
    const place = await opened?.catch(() => undefined)
    await place?.close()
  }
  try {
    const defaultSchema = async (): Promise<string | undefined> => {
      const { currentSchema } = dialect.session
      return currentSchema === undefined ? undefined : ((await connection.values(currentSchema))[0]?.[0] ?? undefined)
    }
    // The database is queried while the models are resolved.
    let early: { readonly scope: Scope; readonly schema: Promise<Schema> } | undefined
    const read = await source
      .read({
        dialect,
        projectDir: settings.dir,
        scope: scopeOf(project),
        scratch,
        database: () => targetName(connection, dialect),
        defaultSchema,
        async onSchemas(names) {
          if (connection.valuesOfAll === undefined) return
          const scope = scopeFor(project, source, names)
          early = { scope, schema: dialect.reflect(connection, scope) }
          // Awaited below; errors in the models are reported first.
          early.schema.catch(() => {})
          await new Promise((sent) => void setImmediate(sent))
        },
      })
      .catch(async (error: unknown) => {
        await early?.schema.catch(() => {})
        throw error
      })
    project.checkInterrupt()
    await refuseOwnSchema(connection, dialect, read)
    const broken =
      options.bodies === true && opened !== undefined && source.spelled
        ? ((await dialect.brokenBodies?.((await opened).connection)) ?? [])
        : []
    // A transaction on the target itself would block all its readers.
    await (await opened)?.release?.()
    const named = schemasOf(read.objects.values())
    const hinted = hintedSchemas(options.hints, named)
    const formers = new Map([...formerSchemas(read.objects.values()), ...hinted])
    const all = [...new Set([...named, ...formers.keys()])]
    const before = early !== undefined && hinted.size === 0 ? early.scope : scopeFor(project, source, all)
    const wide = withDeclared(before, read.objects.values())
    const serverVersion = await serverMajor(project)
    const already = await early?.schema
    const first = already !== undefined && wide === early?.scope ? already : await dialect.reflect(connection, wide)
    const hasSchema = (name: string): boolean => first.objects.has(keyOf({ kind: 'schema', name }))
    // After the rename, a schema with the old name is another one, and not the models' to drop.
    const another = [...formers].some(([old, now]) => !named.includes(old) && hasSchema(old) && hasSchema(now))
    const scope = another ? withDeclared(scopeFor(project, source, named), read.objects.values()) : wide
    const reflected = another ? await dialect.reflect(connection, scope) : first
    // Models have `5` where the catalog may have '5'::bigint: both are brought to one form.
    const plain = source.spelled ? reflected : dialect.normalize(reflected)
    const current = dialect.adopt?.(plain, read) ?? plain
    // Schemas that the source names may be created by the revision itself.
    const kept = booksOfSource(source.books ?? [], source.books?.length ? await defaultSchema() : undefined).filter(
      (key) => !read.objects.has(key),
    )
    const books = new Set([...booksOfOthers(current, read)].filter((key) => !kept.includes(key)))
    const include = without(includeFilter(project), new Set([...books, ...kept]))
    const base: DiffOptions = {
      hints: options.hints,
      unmanaged: unmanagedKinds(project, source),
      serverVersion,
      keepClosed: true,
      online: options.online,
      ...diffFacts(dialect.facts),
      ...(include === undefined ? {} : { include }),
    }
    const spelling = { dialect, current, scratch, scope, options: base }
    const spelled = !source.spelled
      ? await spellSchema({ ...spelling, wished: dialect.normalize(read, { given: reflected, normal: plain }) })
      : opened === undefined
        ? leaveToOthers(read, current, base.unmanaged ?? [])
        : await alignSpelling({ ...spelling, wished: leaveToOthers(read, current, base.unmanaged ?? []) })
    await (await opened)?.release?.()
    const aligned = dialect.align?.(current, spelled, { models: !source.spelled }) ?? spelled
    const wished = leaveAlone(current, aligned, options.configured)
    project.checkInterrupt()
    let answers: RowAnswers = new Map()
    let difference = diff(current, wished, options.askRows ? { ...base, answers } : base)
    // Each round answers the last one's questions; new answers may raise new questions, but never the same.
    while (options.askRows && difference.questions.length > 0) {
      answers = new Map([
        ...answers,
        ...(await answerQuestions(connection, dialect, difference.questions, serverVersion)),
      ])
      difference = diff(current, wished, { ...base, answers })
    }
    const unread = read.uncovered.filter((name) => !current.uncovered.includes(name))
    if (unread.length > 0) {
      const told = unread.map(
        (name) =>
          `${name} is in the schema and not in the database: ambix does not write such objects; create it by hand`,
      )
      difference = { ...difference, notes: [...difference.notes, ...told] }
    }
    if (broken.length > 0) difference = { ...difference, notes: [...difference.notes, ...broken] }
    if (books.size > 0) {
      const told = [...books].map((key) => `${key.replace(':', ' ')} is left alone: another tool keeps its books in it`)
      difference = { ...difference, notes: [...difference.notes, ...told] }
    }
    const place = { current, wished, connection, dialect: dialect.name }
    difference = await withOwnDifferences(project, difference, place, await source.beside?.(connection, dialect))
    return {
      dialect,
      connection,
      serverVersion,
      current,
      wished,
      difference,
      diffOptions: options.askRows ? { ...base, answers } : base,
      scratch,
      located: at,
      close,
    }
  } catch (error) {
    await close()
    throw at(error)
  }
}

/** Schemas that hints rename to one of the target's, with their new names: they are read, too. */
function hintedSchemas(hints: readonly Hint[], named: readonly string[]): ReadonlyMap<string, string> {
  const plain = (said: string): string => parseRef(said)?.name ?? said
  return new Map(
    hints.flatMap((hint) => {
      if (!('rename' in hint) || hint.rename !== 'schema') return []
      const to = [hint.to, plain(hint.to)].find((name) => named.includes(name))
      // Said as it is, or in quotes.
      return to === undefined ? [] : [...new Set([hint.from, plain(hint.from)])].map((from) => [from, to] as const)
    }),
  )
}

/** DDL manages the whole database; models manage their own schemas, as in Alembic (E13), unless the configuration lists more. */
function scopeFor(project: Project, source: SchemaSource, named: readonly string[]): Scope {
  const scope = scopeOf(project)
  const { schemas } = project.settings
  if (schemas === undefined)
    return source.spelled && source.ownSchemas !== true
      ? scope
      : { ...scope, schemas: named.filter((name) => name !== '') }
  // A list of schemas means exactly these: the connection's own is read only if the target schema has objects in it.
  return schemas === 'all' || named.includes('') ? scope : { ...scope, listOnly: true }
}

/** Bookkeeping tables of other tools, recognized by their columns; not where the target schema declares them. */
const booksOfOthers = (current: Schema, read: Schema): ReadonlySet<string> =>
  new Set(
    [...current.objects]
      .filter(([key, object]) => object.kind === 'table' && !read.objects.has(key) && isOtherTools(object))
      .map(([key]) => key),
  )

/** Keys do not name the connection's own schema. */
const booksOfSource = (books: readonly Ref[], own: string | undefined): readonly string[] =>
  books.map(({ schema, name }) => tableKey(schema === undefined || schema === own ? { name } : { schema, name }))

const without = (include: DiffOptions['include'], keys: ReadonlySet<string>): DiffOptions['include'] =>
  keys.size === 0 ? include : (item, reflected) => !keys.has(item.key) && (include?.(item, reflected) ?? true)

function unmanagedKinds(project: Project, source: SchemaSource): string[] {
  const { manage } = project.settings
  const kinds = new Set(source.unmanaged)
  for (const [kind, managed] of Object.entries(manage)) {
    if (managed) kinds.delete(kind)
    else kinds.add(kind)
  }
  return [...kinds]
}

/**
 * `includeObject` and `includeName` of the config as the diff calls them (E14, E15), as Alembic documents them: `includeName` gets
 * names that the database has, first the schema's (null: the default one); `includeObject` gets an object on the side where it is.
 */
export function includeFilter(project: Project): DiffOptions['include'] {
  const { includeObject, includeName, versionTableSchema } = project.settings
  if (includeObject === undefined && includeName === undefined && versionTableSchema === undefined) return undefined
  const schemas = new Map<string | null, boolean>()
  const inSchema = (name: string | null): boolean => {
    const known = schemas.get(name)
    if (known !== undefined || includeName === undefined) return known ?? true
    const answer = answerOf('includeName', includeName(name, 'schema', {}))
    schemas.set(name, answer)
    return answer
  }
  return ({ key, kind, name, schema, table, object, counterpart }, reflected) => {
    // The schema of the version table, made by ambix where no revision makes it.
    if (kind === 'schema' && reflected && name === versionTableSchema && counterpart === undefined) return false
    const ownSchema = kind === 'schema' ? name : (schema ?? null)
    // Extensions and other such objects are in no schema.
    if (kind !== 'extension' && (kind !== 'definition' || schema !== undefined) && !inSchema(ownSchema)) return false
    const parents = { ...(schema === undefined ? {} : { schema }), ...(table === undefined ? {} : { table }) }
    if (reflected && kind !== 'schema' && !answerOf('includeName', includeName?.(name, kind, parents))) return false
    return answerOf('includeObject', includeObject?.({ kind, name, ...parents, reflected, key, object, counterpart }))
  }
}
