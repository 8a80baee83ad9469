/** Resumes a revision that stopped in a statement of which it is not known whether it took effect. */
import type { ConfigInput } from '../config/load.ts'
import { AmbixError } from '../errors.ts'
import { settle } from '../runtime/resume.ts'
import type { Settled } from '../runtime/resume.ts'
import { downgrade, upgrade } from './move.ts'
import { inEnvironment } from './project/environment.ts'
import { withProject } from './project/project.ts'
import { runtimeSettings } from './project/state.ts'
import type { MoveOptions, MoveResult } from './run/types.ts'

export interface ResumeResult {
  readonly settled: readonly Settled[]
  readonly results: readonly MoveResult[]
}

/**
 * Takes the part (`revision:number`; absent: the only one) as done or as never begun, and finishes its revision.
 * Throws RUN.UNFINISHED where no part waits for an answer, and what `upgrade` throws.
 */
export async function resume(
  config: ConfigInput,
  as: 'done' | 'again',
  part?: string,
  options: MoveOptions = {},
): Promise<ResumeResult> {
  if (as !== 'done' && as !== 'again')
    throw new AmbixError('USAGE.INVALID', 'resume must be told whether the statement was done', {
      next: ["Write 'done' if the database has its effect, 'again' if it has not"],
    })
  const settled = await withProject(config, options, async (project) =>
    inEnvironment(project, { tag: options.tag }, async ({ project: run }) => {
      const { connection, dialect } = await run.session()
      return settle({ connection, dialect, settings: runtimeSettings(run), signal: options.signal }, as, part)
    }),
  )
  const results: MoveResult[] = []
  for (const { revision, direction } of settled)
    results.push(
      ...(direction === 'downgrade'
        ? await downgrade(config, `${revision}-1`, options)
        : await upgrade(config, revision, options)),
    )
  return { settled, results }
}
