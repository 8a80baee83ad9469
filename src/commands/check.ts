/** Whether the database matches the schema. */
import type { ConfigInput } from '../config/load.ts'
import type { Decision, Hint } from '../diff/model/types.ts'
import { refText } from '../schema/keys.ts'
import type { Schema, Table } from '../schema/model.ts'
import type { Operation } from '../operations/kinds.ts'
import { isAtHeads } from '../revisions/steps/rows.ts'
import type { UnfinishedRevision } from '../runtime/read-state.ts'
import { compareHeads } from './run/clash.ts'
import type { BranchComparison } from './run/clash.ts'
import { compare } from './autogenerate/compare.ts'
import { readHints } from './autogenerate/read-hints.ts'
import { noticeEdited } from './project/edited.ts'
import { revisionsOf } from './project/file-change.ts'
import type { FileChange } from './project/file-change.ts'
import { inEnvironment } from './project/environment.ts'
import type { EnvironmentRun } from './project/environment.ts'
import type { Made } from './run/made.ts'
import { withProject } from './project/project.ts'
import type { CommonOptions, Project } from './project/project.ts'
import { checkKnown, noticeUnfinished, readStateAndJournal } from './project/state.ts'

export interface CheckOptions extends CommonOptions {
  readonly hints?: readonly Hint[] | string
  /** Compare with the schema that the applied revisions make, instead of the models; columns in another order are differences then. */
  readonly database?: boolean
}

/** The columns that both sides have, in the order of each. */
export interface ColumnOrder {
  readonly table: string
  readonly database: readonly string[]
  readonly schema: readonly string[]
}

export interface CheckResult {
  readonly database: string
  /** The operations that autogenerate would write; empty without differences. */
  readonly differences: readonly Operation[]
  readonly decisions: readonly Decision[]
  readonly notes: readonly string[]
  /** Objects in the database that ambix does not compare. */
  readonly uncovered: readonly string[]
  /** Tables whose columns are in another order than in the schema: not a difference (A25), and never altered. */
  readonly columnOrder: readonly ColumnOrder[]
  /** Applied revisions whose file has changed since. */
  readonly edited: readonly string[]
  /** The changes of these files. */
  readonly changes: readonly FileChange[]
  readonly atHeads: boolean
  /** Revisions that were begun and not finished. */
  readonly unfinished: readonly UnfinishedRevision[]
  /** With several heads: whether their branches commute. */
  readonly branches?: BranchComparison
}

/** Compares, writes nothing. Throws SCHEMA.*, DATABASE.*, VERSION.UNKNOWN_REVISION. */
export async function check(config?: ConfigInput, options: CheckOptions = {}): Promise<CheckResult[]> {
  // A schema can be compared before there is a revision.
  return withProject(
    config,
    options,
    async (project) => inEnvironment(project, {}, async (run) => checkOne(run, options)),
    { newFolders: 'default' },
  )
}

/** One database. Throws as `check`. */
export async function checkOne(
  { project: run, configured, args }: EnvironmentRun,
  options: Pick<CheckOptions, 'hints' | 'database'>,
): Promise<CheckResult> {
  const { heads: rows, unfinished } = await readStateAndJournal(run)
  await checkKnown(run, rows)
  const graph = run.graph()
  if (options.database === true) {
    const changes = await noticeEdited(run, rows)
    const { current, made, difference } = await driftOf(run, rows, args)
    return {
      database: (await run.session()).shownUrl,
      differences: difference.upgrade,
      decisions: difference.decisions,
      notes: difference.notes,
      uncovered: current.uncovered,
      columnOrder: columnOrder(current, made),
      edited: revisionsOf(changes),
      changes,
      atHeads: isAtHeads(graph, rows),
      unfinished: await noticeUnfinished(run, unfinished),
    }
  }
  const comparison = await compare(run, { hints: readHints(options.hints), askRows: false, bodies: true, configured })
  try {
    const changes = await noticeEdited(run, rows)
    return {
      database: (await run.session()).shownUrl,
      differences: comparison.difference.upgrade,
      decisions: comparison.difference.decisions,
      notes: comparison.difference.notes,
      uncovered: comparison.current.uncovered,
      columnOrder: columnOrder(comparison.current, comparison.wished),
      edited: revisionsOf(changes),
      changes,
      atHeads: isAtHeads(graph, rows),
      unfinished: await noticeUnfinished(run, unfinished),
      ...(graph.effectiveHeads.length > 1 ? { branches: await compareHeads(run, graph.effectiveHeads) } : {}),
    }
  } finally {
    await comparison.close()
  }
}

/** The operations that return the database to the schema of its revisions; objects that the project ignores are not changed. */
async function driftOf(
  project: Project,
  rows: readonly string[],
  args: Readonly<Record<string, unknown>>,
): Promise<Made> {
  const { compareWithRevisions } = await import('./run/made.ts')
  const { includeFilter } = await import('./autogenerate/compare.ts')
  const include = includeFilter(project)
  const diff = { hints: [], keepClosed: true, ...(include === undefined ? {} : { include }) }
  let broken: readonly string[] = []
  const made = await compareWithRevisions(project, rows, {
    run: true,
    diff,
    args,
    async onMade({ connection }) {
      const { dialect } = await project.database()
      broken = (await dialect.brokenBodies?.(connection)) ?? []
    },
  })
  return { ...made, difference: { ...made.difference, notes: [...made.difference.notes, ...broken] } }
}

function columnOrder(current: Schema, wished: Schema): readonly ColumnOrder[] {
  const found: ColumnOrder[] = []
  for (const [key, table] of wished.objects) {
    const had = current.objects.get(key)
    if (table.kind !== 'table' || had?.kind !== 'table' || had.columns === table.columns) continue
    if (had.columns.length === table.columns.length && had.columns.every((c, i) => c.name === table.columns[i]!.name))
      continue
    const names = (of: Table, other: Table): string[] =>
      of.columns.map((c) => c.name).filter((name) => other.columns.some((c) => c.name === name))
    const [database, schema] = [names(had, table), names(table, had)]
    if (database.join('\0') !== schema.join('\0')) found.push({ table: refText(table), database, schema })
  }
  return found
}
