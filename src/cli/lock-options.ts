/** The command line's options about the lock: how long to wait, and what to do when another session has it. */
import { duration } from '../config/keys.ts'
import { AmbixError } from '../errors.ts'
import type { IfLocked } from '../runtime/types.ts'

const choices: readonly IfLocked[] = ['wait', 'fail', 'skip', 'terminate']

/** Throws USAGE.INVALID. */
export function lockOptions(value: (name: string) => string | undefined): {
  readonly lockWaitMs?: number
  readonly ifLocked?: IfLocked
  readonly lockTimeoutMs?: number
} {
  const wait = value('lock-wait')
  const lockWaitMs = wait === undefined ? undefined : duration(wait)
  if (wait !== undefined && lockWaitMs === undefined)
    throw new AmbixError('USAGE.INVALID', `--lock-wait takes a time such as 60s, not ${wait}`)
  const limit = value('lock-timeout')
  const lockTimeoutMs = limit === undefined ? undefined : duration(limit)
  if (limit !== undefined && lockTimeoutMs === undefined)
    throw new AmbixError('USAGE.INVALID', `--lock-timeout takes a time such as 3s, not ${limit}`)
  const given = value('if-locked')
  const ifLocked = choices.find((choice) => choice === given)
  if (given !== undefined && ifLocked === undefined)
    throw new AmbixError('USAGE.INVALID', `--if-locked takes ${choices.join(', ')}, not ${given}`)
  return {
    ...(lockWaitMs === undefined ? {} : { lockWaitMs }),
    ...(ifLocked === undefined ? {} : { ifLocked }),
    ...(lockTimeoutMs === undefined ? {} : { lockTimeoutMs }),
  }
}
