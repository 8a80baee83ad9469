/** Finds the hazards of revisions, without a database. */
import { append } from '../util/append.ts'
import type { ConfigInput } from '../config/load.ts'
import type { Operation } from '../operations/kinds.ts'
import { fold } from '../operations/operation.ts'
import type { RevisionGraph } from '../revisions/graph/graph.ts'
import { ancestors } from '../revisions/graph/walk.ts'
import { upgradeSteps } from '../revisions/steps/path.ts'
import { isRange, needsRows, parseRange, parseRef } from '../revisions/targets/refs.ts'
import { resolveRef } from '../revisions/targets/resolve.ts'
import type { Schema } from '../schema/model.ts'
import { inEnvironment, rowsInEnvironment } from './project/environment.ts'
import type { EnvironmentRun } from './project/environment.ts'
import { withProject } from './project/project.ts'
import type { CommonOptions, Project } from './project/project.ts'
import { loadOperations } from './run/bodies.ts'
import { isRefused, lintRevision } from './run/lint-revisions.ts'
import type { LintFinding } from './run/lint-revisions.ts'
import { schemaBefore } from './run/schema-before.ts'

export interface LintOptions extends CommonOptions {
  /** A revision, or `FROM:TO` as for an upgrade; default: all. */
  readonly range?: string
  /** Hazards to accept: `CODE` or `CODE:object`. */
  readonly allow?: readonly string[]
  /** Also tell what is not dangerous to run and often regretted. */
  readonly style?: boolean
}

export interface LintResult {
  /** Ids of the checked revisions, oldest first. */
  readonly revisions: readonly string[]
  readonly findings: readonly LintFinding[]
  /** How many of the findings are hazards that are not allowed. */
  readonly refused: number
}

/** Lints revisions. Only `current` in the range needs the database. Throws REVISION.*. */
export async function lint(config?: ConfigInput, options: LintOptions = {}): Promise<LintResult> {
  return withProject(config, options, async (project) => {
    const chosen = await chosenRevisions(project, options.range)
    const runs = await inEnvironment(project, { offline: true }, async (run) => findingsOf(run, chosen, options))
    const seen = new Map(runs.flat().map((f) => [JSON.stringify([f.revision, f.line, f.code, f.object]), f]))
    const findings = [...seen.values()]
    const revisions = inOrder(project.graph()).filter((id) => chosen.has(id))
    return { revisions, findings, refused: findings.filter(isRefused).length }
  })
}

const inOrder = (graph: RevisionGraph): string[] => [...graph.topological].map((i) => graph.revisions[i]!.id)

async function chosenRevisions(project: Project, range: string | undefined): Promise<ReadonlySet<string>> {
  const graph = project.graph()
  if (range === undefined) return new Set(inOrder(graph))
  const rows = needsRows(isRange(range) ? parseRange(range) : parseRef(range))
    ? await rowsInEnvironment(project)
    : undefined
  const asked = rows === undefined ? {} : { rows }
  if (!isRange(range)) return new Set(resolveRef(graph, parseRef(range), { purpose: 'show', ...asked }).ids)
  const { from, to } = parseRange(range)
  const start = from === undefined ? [] : resolveRef(graph, from, { purpose: 'show', ...asked }).ids
  return new Set(upgradeSteps(graph, start, to?.text ?? 'heads').map((step) => step.revision.id))
}

async function findingsOf(
  { project, args }: EnvironmentRun,
  chosen: ReadonlySet<string>,
  options: LintOptions,
): Promise<readonly LintFinding[]> {
  const graph = project.graph()
  const dialect = await project.dialect()
  // As online: neither shows what `op.run` does, which must not end the list.
  const request = { project, dialect, offline: false }
  const needed = new Set(ancestors(graph, [...chosen]))
  const after = new Map<string, Schema>()
  const done = new Map<string, readonly Operation[]>()
  const findings: LintFinding[] = []
  for (const index of graph.topological) {
    const revision = graph.revisions[index]!
    if (!needed.has(revision.id) && !chosen.has(revision.id)) continue
    const before = schemaBefore(revision.downRevision, after, done, graph)
    const operations = await loadOperations(
      revision,
      'upgrade',
      args,
      project.settings.operations,
      dialect.session.text,
    )
    if (chosen.has(revision.id)) {
      const below = new Set(ancestors(graph, revision.downRevision))
      const history = async (): Promise<readonly Operation[]> =>
        [...done].flatMap(([id, operations]) => (below.has(id) ? operations : []))
      const finds = { allowed: options.allow ?? [], style: options.style ?? false }
      append(findings, await lintRevision(request, revision, operations, before, history, finds))
    }
    after.set(revision.id, fold(before, operations, { blind: true }).schema)
    done.set(revision.id, operations)
  }
  return findings
}
