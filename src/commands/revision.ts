/** Writing a new revision: empty, or with the difference between the schema and the database, verified. */
import { append } from '../util/append.ts'
import { readFileSync } from 'node:fs'
import type { Safe } from '../config/config.ts'
import type { RevisionDirective, RevisionProcessor } from '../config/hooks.ts'
import type { ConfigInput } from '../config/load.ts'
import type { Hazard, Statement } from '../dialects/dialect.ts'
import { diff } from '../diff/diff.ts'
import type { Decision, Difference, Hint } from '../diff/model/types.ts'
import { AmbixError } from '../errors.ts'
import { shown } from '../schema/shapes.ts'
import type { Operation } from '../operations/kinds.ts'
import { lean, renderRevision, renderTemplate } from '../revisions/write/render.ts'
import type { RevisionContents } from '../revisions/write/render.ts'
import { isAtHeads } from '../revisions/steps/rows.ts'
import type { Schema } from '../schema/model.ts'
import { schemaRefused } from '../sources/refused-schema.ts'
import { verifyPlan } from '../runtime/verify.ts'
import { compare } from './autogenerate/compare.ts'
import type { Comparison } from './autogenerate/compare.ts'
import { inEnvironment } from './project/environment.ts'
import type { ConfigureOptions, EnvironmentRun } from './project/environment.ts'
import { runHooks } from './project/hooks.ts'
import { downRevision, planRevision, writeRevision } from './project/new-revision.ts'
import type { NewRevision, NewRevisionOptions } from './project/new-revision.ts'
import { withProject } from './project/project.ts'
import type { CommonOptions, Project } from './project/project.ts'
import { inSafeForms } from './autogenerate/safe-forms.ts'
import { readHints } from './autogenerate/read-hints.ts'
import { remarksOf } from './autogenerate/remarks.ts'
import { checkKnown, readRows } from './project/state.ts'

export interface RevisionOptions extends CommonOptions, NewRevisionOptions {
  readonly autogenerate?: boolean
  /** Answers to decisions: hints, or a file with a JSON array of them. */
  readonly hints?: readonly Hint[] | string
  /** Asked for each decision that no hint answers; undefined means: not answered. */
  readonly ask?: (decision: Decision) => Promise<Hint | undefined>
  /** Default true. */
  readonly verify?: boolean
  readonly online?: boolean
  /** Which tables get the forms that do not block other sessions; overrides the configuration. */
  readonly safe?: Safe
  /** Default: `format` of the configuration, else `ts`. */
  readonly format?: 'ts' | 'sql'
}

export interface RevisionResult {
  /** Absent: nothing differs, and no file was written. */
  readonly revision?: string
  readonly file?: string
  readonly message: string
  readonly downRevision: readonly string[]
  readonly upgrade: readonly Operation[]
  readonly downgrade: readonly Operation[]
  readonly hazards: readonly Hazard[]
  readonly notes: readonly string[]
}

/**
 * Writes a revision. Throws DIFF.DECISION_NEEDED with the decisions (exit 2), DIFF.REFUSED, DIFF.NOT_VERIFIED,
 * REVISION.NOT_UP_TO_DATE, SCHEMA.*, HINTS.*, FILES.*; nothing is written then.
 */
export async function revision(config?: ConfigInput, options: RevisionOptions = {}): Promise<RevisionResult[]> {
  const write = async (project: Project): Promise<RevisionResult[]> => {
    const formatted = { ...options, format: options.format ?? project.settings.revisionFormat }
    if (options.autogenerate !== true) return [await empty(project, formatted)]
    return (await inEnvironment(project, {}, async (run) => autogenerate(run, formatted))).flat()
  }
  return withProject(config, options, write, { newFolders: true })
}

async function empty(project: Project, options: RevisionOptions): Promise<RevisionResult> {
  const planned = planRevision(project, options)
  const file = write(project, planned, { upgrade: [], downgrade: [] }, { upgrade: [], downgrade: [] }, options.format)
  return {
    revision: planned.id,
    file,
    message: planned.message,
    downRevision: planned.downRevision,
    upgrade: [],
    downgrade: [],
    hazards: [],
    notes: [],
  }
}

async function autogenerate(
  { project, configured }: EnvironmentRun,
  options: RevisionOptions,
): Promise<RevisionResult[]> {
  const planned = planRevision(project, options)
  const hints = [...readHints(options.hints)]
  await requireUpToDate(project, planned)
  let comparison = await compare(project, { hints, online: options.online, askRows: true, configured })
  try {
    comparison = await decide(project, comparison, hints, options, configured)
    const difference = await inSafeForms(comparison, options.safe ?? project.settings.safe, project.settings)
    const found: RevisionDirective = {
      message: planned.message,
      revision: planned.id,
      upgrade: difference.upgrade,
      downgrade: difference.downgrade,
    }
    const directives = (await processDirectives(found, configured.processRevisionDirectives)).filter(
      (d) => d.upgrade.length > 0,
    )
    const [first] = directives
    if (first === undefined) {
      return [
        {
          message: planned.message,
          downRevision: planned.downRevision,
          upgrade: [],
          downgrade: [],
          hazards: [],
          notes: difference.notes,
        },
      ]
    }
    const untouched =
      directives.length === 1 && first.upgrade === difference.upgrade && first.downgrade === difference.downgrade
    const remaining = options.verify === false || !untouched ? [] : await verify(project, { ...comparison, difference })
    if (remaining.length > 0) throw notVerified(remaining)
    const compileOptions = {
      offline: options.format === 'sql',
      serverVersion: comparison.serverVersion,
      handlers: project.settings.handlers?.[comparison.dialect.name],
    }
    const results: RevisionResult[] = []
    let before: Schema | undefined = comparison.current
    for (const directive of directives) {
      // The first is the requested one; each added one has the one before it as parent, unless it gives another.
      const own = directive === first && directive.revision === planned.id
      const target: NewRevision = {
        ...(own
          ? planned
          : planRevision(
              project,
              { ...options, message: directive.message, revId: directive.revision, branchLabels: [], dependsOn: [] },
              directive.downRevision ?? (results.length === 0 ? planned.downRevision : [results.at(-1)!.revision!]),
            )),
        message: directive.message,
        ...(directive.branchLabels === undefined ? {} : { branchLabels: directive.branchLabels }),
        ...(directive.dependsOn === undefined ? {} : { dependsOn: directive.dependsOn }),
      }
      const after = directives.length === 1 ? comparison.wished : undefined
      const statements = {
        upgrade: comparison.dialect.compile(directive.upgrade, before, compileOptions),
        downgrade: comparison.dialect.compile(directive.downgrade, after, compileOptions),
      }
      const file = write(project, target, directive, statements, options.format, configured.renderItem)
      project.rescan()
      results.push({
        revision: target.id,
        file,
        message: target.message,
        downRevision: target.downRevision,
        upgrade: directive.upgrade,
        downgrade: directive.downgrade,
        hazards: statements.upgrade.flatMap((s) => s.hazards),
        notes: results.length === 0 ? difference.notes : [],
      })
      before = undefined
    }
    return results
  } finally {
    await comparison.close()
  }
}

/** Autogenerate compares with the schema after the parent: the database must be at it (C21). */
async function requireUpToDate(project: Project, planned: NewRevision): Promise<void> {
  const graph = project.graph()
  const rows = await readRows(project)
  await checkKnown(project, rows)
  const there =
    planned.downRevision.length === 0
      ? rows.length === 0 || planned.downRevision.length === 0
      : planned.downRevision.every((id) => rows.includes(id))
  if (
    there &&
    (planned.downRevision.length === 0 ||
      isAtHeads(graph, rows) ||
      planned.downRevision.every((id) => rows.includes(id)))
  )
    return
  throw new AmbixError(
    'REVISION.NOT_UP_TO_DATE',
    `The database is at ${rows.join(', ') || 'base'}, not at ${planned.downRevision.join(', ')}`,
    {
      why: 'Autogenerate writes the difference to what the parent revision left.',
      next: [{ text: 'Bring the database there first', command: 'ambix upgrade head' }],
      data: { rows, parents: planned.downRevision },
    },
  )
}

/** Asks until nothing is open, or throws with the list. */
async function decide(
  project: Project,
  first: Comparison,
  hints: Hint[],
  options: RevisionOptions,
  configured: EnvironmentRun['configured'],
): Promise<Comparison> {
  let comparison = first
  while (comparison.difference.decisions.length > 0) {
    const { decisions } = comparison.difference
    const answers: Hint[] = []
    if (options.ask !== undefined)
      for (const decision of decisions) {
        const answer = await options.ask(decision)
        if (answer === undefined) break
        append(answers, forAll(answer, decisions))
        if (isForAll(answer)) break
      }
    if (answers.length === 0) throw decisionNeeded(decisions)
    append(hints, answers)
    await comparison.close()
    comparison = await compare(project, { hints, online: options.online, askRows: true, configured })
  }
  return comparison
}

const isForAll = (hint: Hint): boolean =>
  ('rename' in hint && hint.rename === 'all') || ('distinct' in hint && hint.distinct === 'all')

/** "All of these" applies to the questions that were shown: later ones are asked again. */
function forAll(answer: Hint, decisions: readonly Decision[]): readonly Hint[] {
  if (!isForAll(answer)) return [answer]
  const verb = 'rename' in answer ? 'rename' : 'distinct'
  return decisions
    .filter((d) => d.kind === 'rename')
    .flatMap((d) => d.options.find((hint) => verb in hint && !isForAll(hint)) ?? [])
}

export function decisionNeeded(decisions: readonly Decision[]): AmbixError {
  const lines = decisions.flatMap((d) => [
    `${d.object}: ${d.question}`,
    ...d.options.filter((o) => !isForAll(o)).map((o) => `  ${JSON.stringify(o)}`),
  ])
  const all = [...new Set(decisions.flatMap((d) => d.options.filter(isForAll).map((o) => JSON.stringify(o))))]
  if (all.length > 0)
    lines.push(
      'One answer for all renames: rename each to the first candidate, or rename none.',
      ...all.map((o) => `  ${o}`),
    )
  return new AmbixError(
    'DIFF.DECISION_NEEDED',
    `${decisions.length === 1 ? 'One change' : `${decisions.length} changes`} can be read in more than one way`,
    {
      why: lines.join('\n'),
      next: [
        {
          text: 'Put the answers you mean into a JSON array, and name the file',
          command: 'ambix revision --autogenerate --hints hints.json …',
        },
      ],
      data: { decisions },
    },
  )
}

async function verify(project: Project, comparison: Comparison): Promise<readonly string[]> {
  project.say('Trying it in a scratch database: up, down, up')
  const scratch = await comparison.scratch()
  await scratch.reset()
  const result = await verifyPlan({
    dialect: comparison.dialect,
    start: comparison.current,
    wished: comparison.wished,
    // As the file will record them, not as the diff knows them.
    upgrade: comparison.difference.upgrade.map(lean),
    downgrade: comparison.difference.downgrade.map(lean),
    scratch,
    serverVersion: comparison.serverVersion,
    diff: (a, b) => diff(a, b, { ...comparison.diffOptions, hints: [], answers: undefined }),
  })
  if (result.skipped !== undefined) project.warn(`the revision could not be tried out: ${result.skipped}`)
  if (result.refused !== undefined) throw comparison.located(schemaRefused(result.refused))
  return result.problems
}

function notVerified(problems: readonly string[]): AmbixError {
  return new AmbixError('DIFF.NOT_VERIFIED', 'The generated revision does not do what it should: nothing was written', {
    why: problems.join('\n'),
    next: [
      { text: 'Write it all the same, and fix it by hand', command: 'ambix revision --autogenerate --no-verify …' },
      'Please report this: it is a bug of ambix',
    ],
    data: { problems },
  })
}

async function processDirectives(
  directive: RevisionDirective,
  given: RevisionProcessor | readonly RevisionProcessor[] | undefined,
): Promise<readonly RevisionDirective[]> {
  let list: RevisionDirective[] = [directive]
  for (const process of given === undefined ? [] : typeof given === 'function' ? [given] : given)
    list = directives((await process(list)) ?? list)
  return list
}

/** What a processor gave. Throws CONFIG.INVALID for what is no list. */
function directives(given: unknown): RevisionDirective[] {
  if (Array.isArray(given)) return given as RevisionDirective[]
  throw new AmbixError('CONFIG.INVALID', '`processRevisionDirectives` gives no list of directives', {
    why: `It gives ${shown(given)}`,
    next: [
      'Return the list that is to be written, an empty one for no revision, or nothing to keep it as it was changed',
    ],
  })
}

type RenderItem = ConfigureOptions['renderItem']

/** renderItem first, then how an operation of the project's own wants to be written. */
function ownRendering(project: Project, renderItem: RenderItem): RenderItem {
  const { operations } = project.settings.raw
  return (op) => {
    const text = renderItem?.(op)
    return text === undefined && op.kind === 'custom' ? operations?.[op.name]?.render?.(...op.args) : text
  }
}

function readTemplate(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new AmbixError('FILES.READ', `The template ${file} cannot be read`, {
      why: (cause as Error).message,
      next: ['Check `template` in the configuration'],
      cause,
    })
  }
}

type Compiled = readonly Pick<Statement, 'source' | 'sql' | 'hazards' | 'transaction'>[]

function write(
  project: Project,
  planned: NewRevision,
  directive: Pick<Difference, 'upgrade' | 'downgrade'>,
  statements: { readonly upgrade: Compiled; readonly downgrade: Compiled },
  format: 'ts' | 'sql' = 'ts',
  renderItem?: RenderItem,
): string {
  const contents: RevisionContents = {
    revision: planned.id,
    downRevision: downRevision(planned.downRevision),
    branchLabels: planned.branchLabels,
    dependsOn: planned.dependsOn,
    message: planned.message,
    createDate: planned.createDate,
    upgrade: directive.upgrade,
    downgrade: directive.downgrade,
    remarks: {
      upgrade: remarksOf(directive.upgrade, statements.upgrade),
      downgrade: remarksOf(directive.downgrade, statements.downgrade),
    },
    ...(format === 'sql'
      ? {
          format,
          sql: { upgrade: statements.upgrade.map((s) => s.sql), downgrade: statements.downgrade.map((s) => s.sql) },
        }
      : {}),
    renderItem: ownRendering(project, renderItem),
  }
  const { template } = project.settings
  const text =
    template === undefined || format === 'sql'
      ? renderRevision(contents)
      : renderTemplate(readTemplate(template), contents)
  const file = writeRevision(project, planned, text, `.${format}`)
  runHooks(project, [file])
  return file
}
