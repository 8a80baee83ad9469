/** `--targets` of current and check. */
import { readFleet } from '../../commands/fleet/read.ts'
import type { TargetReading } from '../../commands/fleet/read.ts'
import { renderOperation } from '../../revisions/write/render.ts'
import { visible } from './visible.ts'
import type { Action } from '../action.ts'
import { Progress, counted } from './progress.ts'
import { failure, limits, line } from './words.ts'

export async function read(action: Action, command: 'current' | 'check'): Promise<number> {
  const { printer, common } = action
  const progress = new Progress(action)
  const onTarget = (reading: TargetReading): void => {
    if (printer.json) return line(action, { event: 'target', ...reading })
    progress.clear()
    if (reading.error !== undefined) printer.say(failure(action, reading.target, reading.error))
    else if (command === 'current' && (printer.verbose || reading.atHeads === false))
      printer.data(
        `${visible(reading.target)}: ${reading.rows!.join(', ') || '<base>'}${reading.atHeads === true ? '' : ' (behind)'}`,
      )
    else if (command === 'check')
      for (const operation of reading.differences ?? [])
        printer.data(`${visible(reading.target)}: ${renderOperation(operation)}`)
    progress.count(reading.error !== undefined)
  }
  const result = await readFleet(action.config, command, {
    ...common,
    ...limits(action),
    database: action.flag('database'),
    onTarget,
    onTotal: (total) => (progress.total = total),
  }).finally(() => progress.clear())
  if (printer.json) line(action, { event: 'end', command, ...result })
  else {
    if (command === 'current')
      for (const { revision, targets } of result.revisions)
        printer.data(`${counted(targets, 'target')} at ${revision || '<base>'}`)
    printer.say(
      `${counted(result.targets, 'target')}: ${command === 'current' ? `${result.behind} behind` : `${result.differing} differ`}, ${result.failed} failed`,
    )
  }
  if (result.failed > 0) return 1
  return (command === 'check' ? result.differing : action.flag('check-heads') ? result.behind : 0) > 0 ? 2 : 0
}
