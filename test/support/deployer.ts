/**
 * A deployer in a process of its own, kept for many trials: it is told what to do by its parent, begins at the instant that it is given,
 * and answers with what came of it.
 */
import { downgrade, upgrade } from '../../src/commands/move.ts'
import type { Config } from '../../src/config/config.ts'
import { isAmbixError } from '../../src/errors.ts'
import type { MoveOptions } from '../../src/commands/run/types.ts'

export interface Task {
  readonly id: number
  readonly config: Config
  readonly direction: 'upgrade' | 'downgrade'
  readonly target: string
  readonly options?: MoveOptions
  /** When all begin, in milliseconds of the clock. */
  readonly at: number
}

export interface Outcome {
  readonly id: number
  /** `ok`, the code of an error of ambix, or `thrown` for anything else. */
  readonly end: string
  readonly message: string
  readonly applied: readonly string[]
}

async function perform(task: Task): Promise<Outcome> {
  const pause = task.at - Date.now()
  if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause))
  const { id, config, direction, target, options } = task
  try {
    const results = await (direction === 'upgrade' ? upgrade : downgrade)(config, target, options)
    return { id, end: 'ok', message: '', applied: results.flatMap((r) => r.applied.map((a) => a.revision)) }
  } catch (error) {
    const known = isAmbixError(error)
    const message = known ? `${error.message}\n${error.why ?? ''}` : String((error as Error).stack)
    return { id, end: known ? error.code : 'thrown', message, applied: [] }
  }
}

if (process.send !== undefined) {
  process.on('message', (task: Task) => {
    void perform(task).then((outcome) => process.send!(outcome))
  })
  process.on('disconnect', () => process.exit(0))
  process.send('ready')
}
