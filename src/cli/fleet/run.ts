/** `--targets` of upgrade, downgrade, stamp, current and check. */
import { fleet } from '../../commands/fleet/move.ts'
import type { FleetCommand } from '../../commands/fleet/move.ts'
import type { FleetEvent, FleetSummary } from '../../commands/fleet/many.ts'
import { AmbixError } from '../../errors.ts'
import { visible } from './visible.ts'
import type { Action, Run } from '../action.ts'
import { levelMemory } from './level-memory.ts'
import { Progress, counted } from './progress.ts'
import { failure, limits, line, number } from './words.ts'

export const run: Run = async (action) => {
  const { command } = action.common
  refuse(action)
  if (command !== 'current' && command !== 'check') return move(action, command as FleetCommand)
  const { read } = await import('./read.ts')
  return read(action, command)
}

async function move(action: Action, command: FleetCommand): Promise<number> {
  const { printer, common } = action
  const progress = new Progress(action)
  const goal = action.words[0] ?? (command === 'downgrade' ? '-1' : 'head')
  const maxFailures = number(action, 'max-failures')
  const stages = action.value('stages')
  const level = levelMemory()
  const onEvent = (event: FleetEvent): void => {
    level()
    if (printer.json) return line(action, event)
    progress.clear()
    if (event.event === 'run') {
      progress.total = event.total
      if (event.resumed) printer.say(`Going on with run ${event.run} (${event.command} to ${event.goal})`)
    } else if (event.event === 'stage') {
      printer.say(`Stage ${event.stage}`)
    } else if (event.event === 'waiting') printer.say(`Waiting for ${counted(event.others, 'target')} of other runners`)
    else {
      if (event.status === 'failed') printer.say(failure(action, event.target, event.error))
      else if (printer.verbose)
        printer.say(
          `${visible(event.target)}: ${event.applied.length === 0 ? 'nothing to do' : event.applied.join(', ')} (${event.ms} ms)`,
        )
      progress.count(event.status === 'failed')
    }
  }
  let summary: FleetSummary
  try {
    summary = await fleet(action.config, command, goal, {
      ...common,
      ...limits(action),
      ...(maxFailures === undefined ? {} : { maxFailures }),
      ...(stages === undefined ? {} : { stages }),
      restart: action.flag('restart'),
      allow: action.values('allow'),
      onEvent,
    })
  } finally {
    progress.clear()
  }
  const { run: id, done, failed, left, stopped, ms } = summary
  if (printer.json) line(action, { event: 'end', ...summary })
  else {
    printer.data(
      `Run ${id}: ${counted(done, 'target')} done, ${failed} failed${left === 0 ? '' : `, ${left} left`}, in ${(ms / 1000).toFixed(1)} s`,
    )
    if (stopped !== undefined) printer.say(`Stopped: ${stopped}. The same command goes on where it was.`)
    else if (failed > 0) printer.say('The same command tries again those that failed.')
  }
  return failed > 0 || stopped !== undefined ? 1 : 0
}

/** Options for a single database. Throws USAGE.INVALID. */
function refuse(action: Action): void {
  for (const name of ['sql', 'dry-run', 'tag', 'purge', 'verify', 'hints'])
    if (action.flag(name) || action.value(name) !== undefined)
      throw new AmbixError('USAGE.INVALID', `--${name} is about one database, and --targets about many`, {
        next: [`Leave one of them out`],
      })
  if (action.words.length > 1)
    throw new AmbixError('USAGE.INVALID', `--targets goes to one revision, not ${action.words.join(' ')}`)
}
