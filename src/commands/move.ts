/** Upgrade and downgrade: the same steps in two directions, run on a database, written as SQL, or only listed. */
import type { ConfigInput } from '../config/load.ts'
import { AmbixError } from '../errors.ts'
import { isRange, parseRange } from '../revisions/targets/refs.ts'
import { revisionText } from '../revisions/files/files.ts'
import type { WholeFileListener } from '../revisions/files/header.ts'
import { ancestryOf, noticeEdited, readFileChecksums } from './project/edited.ts'
import { inEnvironment } from './project/environment.ts'
import type { EnvironmentRun } from './project/environment.ts'
import { stepsTo } from './run/steps.ts'
import type { MoveDirection, MoveOptions, MoveResult } from './run/types.ts'
import { meanwhile } from '../runtime/read-state.ts'
import { withProject } from './project/project.ts'
import { checkKnown, noticeUnfinished, noTarget, readCheckedDatabaseState } from './project/state.ts'

/** Goes up to `target` (default `head`). Throws REVISION.*, VERSION.*, DATABASE.*, DIFF.REFUSED, RUN.INTERRUPTED. */
export async function upgrade(config?: ConfigInput, target = 'head', options: MoveOptions = {}): Promise<MoveResult[]> {
  return move(config, 'upgrade', target, options)
}

/** Goes down to `target` (default `-1`). Throws as `upgrade`, and REVISION.IRREVERSIBLE before anything is run. */
export async function downgrade(config?: ConfigInput, target = '-1', options: MoveOptions = {}): Promise<MoveResult[]> {
  return move(config, 'downgrade', target, options)
}

async function move(
  config: ConfigInput,
  direction: MoveDirection,
  target: string,
  options: MoveOptions,
): Promise<MoveResult[]> {
  if (typeof target !== 'string') throw noTarget(direction, target)
  return withProject(config, options, async (project) => {
    const facts = { offline: options.sql === true, tag: options.tag, destination: target }
    return inEnvironment(project, facts, async (run) =>
      options.sql === true
        ? (await import('./run/offline.ts')).offline(run, direction, target)
        : online(run, direction, target, options),
    )
  })
}

/** Finding that there is nothing to do takes only the files' headers and one statement: modules that run revisions are loaded later. */
async function online(
  run: EnvironmentRun,
  direction: MoveDirection,
  target: string,
  options: MoveOptions,
): Promise<MoveResult> {
  if (isRange(target)) {
    parseRange(target)
    throw new AmbixError('REVISION.RANGE', `${target} is a range, which only --sql takes`, {
      next: [
        {
          text: `Name where to go; the database knows where it is`,
          command: `ambix ${direction} ${target.split(':')[1]}`,
        },
      ],
    })
  }
  const { project } = run
  const { shownUrl } = await project.session()
  const ignored = project.settings.edited === 'ignore'
  // A downgrade loads all of its files before it begins: they are read once.
  const texts = new Map<string, string>()
  const keep: WholeFileListener | undefined =
    direction === 'downgrade' ? (file, bytes) => texts.set(file, revisionText(bytes)) : undefined
  const [{ heads, checksums, unfinished }, files] = await meanwhile(readCheckedDatabaseState(project), () => {
    if (!ignored) return readFileChecksums(project, keep)
    project.graphAndFiles((...file) => keep?.(...file))
    return undefined
  })
  await checkKnown(project, heads)
  const steps = await stepsTo(project, direction, heads, target)
  const ancestry = ignored ? undefined : await ancestryOf(project, checksums, files)
  await noticeEdited(project, heads, ancestry, true)
  // A revision among the steps that was begun is resumed.
  await noticeUnfinished(
    project,
    unfinished.filter((u) => !steps.some((step) => step.revision.id === u.revision)),
  )
  if (steps.length === 0) return { database: shownUrl, from: heads, to: heads, applied: [] }
  const { runMove } = await import('./run/run.ts')
  return runMove(run, { direction, target, options, heads, steps, ancestry, texts })
}
