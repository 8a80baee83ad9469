/** Records revisions in the version table without running them. */
import type { ConfigInput } from '../config/load.ts'
import { AmbixError } from '../errors.ts'
import { resolveRef } from '../revisions/targets/resolve.ts'
import { stampSteps } from '../revisions/steps/stamp.ts'
import { ensureVersionTable } from '../runtime/history.ts'
import { runSteps } from '../runtime/runner.ts'
import { versionTableScript, writeScript } from '../runtime/script.ts'
import type { RevisionStep } from '../runtime/types.ts'
import { Ancestry } from './project/ancestry.ts'
import { capabilitiesOf } from './project/capabilities.ts'
import { ancestryOf } from './project/edited.ts'
import { inEnvironment } from './project/environment.ts'
import { withProject } from './project/project.ts'
import type { CommonOptions, Project } from './project/project.ts'
import { checkKnown, noTarget, readRows, runtimeSettings } from './project/state.ts'
import { stampedSteps } from './run/stamped.ts'

export interface StampOptions extends CommonOptions {
  readonly sql?: boolean
  readonly tag?: string
  /** Forget all rows first, unknown ones too; only once the targets are known to exist (V26). */
  readonly purge?: boolean
  /** Refuse unless the database has the schema that the revisions up to the targets make. */
  readonly verify?: boolean
}

export interface StampResult {
  readonly database: string
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly script?: string
}

/** Writes the rows that the targets mean (V25). Throws REVISION.*, VERSION.*, DIFF.NOT_VERIFIED with `verify`. */
export async function stamp(
  config: ConfigInput,
  target: string | readonly string[],
  options: StampOptions = {},
): Promise<StampResult[]> {
  const targets = typeof target === 'string' ? [target] : target
  if (!Array.isArray(targets)) throw noTarget('stamp', targets)
  for (const one of targets as readonly unknown[]) if (typeof one !== 'string') throw noTarget('stamp', one)
  if (options.sql === true && options.purge === true) {
    throw new AmbixError('USAGE.INVALID', 'stamp --purge cannot be written as SQL: what is in the table is not known', {
      next: ['Run it on the database, or delete the rows by hand'],
    })
  }
  return withProject(config, options, async (project) =>
    inEnvironment(
      project,
      { offline: options.sql === true, tag: options.tag, destination: targets.join(' ') },
      async (run) => (options.sql === true ? offline(run.project, targets) : online(run.project, targets, options)),
    ),
  )
}

async function online(project: Project, targets: readonly string[], options: StampOptions): Promise<StampResult> {
  const graph = project.graph()
  const { connection, dialect, shownUrl } = await project.database()
  const ancestry = await ancestryOf(project)
  const plan = async (rows: readonly string[]): Promise<RevisionStep[]> => {
    if (options.purge !== true) await checkKnown(project, rows)
    return stampedSteps(stampSteps(graph, rows, targets, { purge: options.purge }), ancestry)
  }
  const rows = await readRows(project)
  await plan(rows)
  if (options.verify === true) await (await import('./stamp-verify.ts')).verifyStamp(project, targets)
  const capabilities = await capabilitiesOf(project.settings, connection, dialect)
  const result = await runSteps({
    connection,
    dialect,
    settings: { ...runtimeSettings(project), leaseLock: !capabilities.advisoryLock },
    plan,
    heads: rows,
    openAnother: () => project.connect(),
    signal: options.signal,
  })
  return { database: shownUrl, from: result.from, to: result.heads }
}

async function offline(project: Project, targets: readonly string[]): Promise<StampResult> {
  const graph = project.graph()
  // `from:to` gives the current rows; without it no revision is recorded yet (C30).
  const ranges = targets.map((t) => t.split(':'))
  if (ranges.some((r) => r.length > 2))
    throw new AmbixError('REVISION.RANGE', 'A range has one colon', {
      next: [{ text: 'Give both ends', command: 'ambix stamp <from>:<to> --sql' }],
    })
  const from = ranges.flatMap((r) =>
    r.length === 2 && r[0] !== '' ? resolveRef(graph, r[0]!, { purpose: 'stamp' }).ids : [],
  )
  if (from.length > 1) throw new AmbixError('REVISION.RANGE', 'stamp --sql takes one starting revision')
  const list = stampSteps(
    graph,
    from,
    ranges.map((r) => r.at(-1)!),
  )
  const script = await writeScript({
    dialect: await project.dialect(),
    settings: runtimeSettings(project),
    steps: stampedSteps(list, new Ancestry(graph, new Map())),
    from,
  })
  return { database: '', from, to: list.at(-1)?.rows ?? from, script }
}

/** Creates the version table if it is missing; true when it was created (C33). */
export async function ensureVersion(
  config?: ConfigInput,
  options: CommonOptions & { readonly sql?: boolean } = {},
): Promise<{ readonly created: boolean; readonly script?: string }> {
  return withProject(config, options, async (project) => {
    if (options.sql === true) {
      const scripts = await inEnvironment(project, { offline: true }, async ({ project: run }) =>
        versionTableScript(await run.dialect(), runtimeSettings(run)),
      )
      return { created: false, script: scripts.join('\n') }
    }
    const created = await inEnvironment(project, {}, async ({ project: run }) => {
      const { connection, dialect } = await run.database()
      return ensureVersionTable(connection, dialect, runtimeSettings(run))
    })
    return { created: created.includes(true) }
  })
}
