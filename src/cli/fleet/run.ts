/** `--targets` of upgrade, downgrade, stamp, current and check. */
import { fleet } from '../../commands/fleet/move.ts'
import type { FleetCommand } from '../../commands/fleet/move.ts'
import type { FleetEvent, FleetSummary, TargetError } from '../../commands/fleet/many.ts'
import { readFleet } from '../../commands/fleet/read.ts'
import type { TargetReading } from '../../commands/fleet/read.ts'
import { AmbixError } from '../../errors.ts'
import { renderOperation } from '../../revisions/write/render.ts'
import type { Action, Run } from '../action.ts'
import { jsonVersion } from '../print.ts'
import { Progress, counted } from './progress.ts'

export const run: Run = async (action) => {
  const { command } = action.common
  refuse(action)
  return command === 'current' || command === 'check' ? read(action, command) : move(action, command as FleetCommand)
}

async function move(action: Action, command: FleetCommand): Promise<number> {
  const { printer, common } = action
  const progress = new Progress(action)
  const goal = action.words[0] ?? (command === 'downgrade' ? '-1' : 'head')
  const maxFailures = number(action, 'max-failures')
  const stages = action.value('stages')
  const onEvent = (event: FleetEvent): void => {
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
          `${event.target}: ${event.applied.length === 0 ? 'nothing to do' : event.applied.join(', ')} (${event.ms} ms)`,
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

async function read(action: Action, command: 'current' | 'check'): Promise<number> {
  const { printer, common } = action
  const progress = new Progress(action)
  const onTarget = (reading: TargetReading): void => {
    if (printer.json) return line(action, { event: 'target', ...reading })
    progress.clear()
    if (reading.error !== undefined) printer.say(failure(action, reading.target, reading.error))
    else if (command === 'current' && (printer.verbose || reading.atHeads === false))
      printer.data(
        `${reading.target}: ${reading.rows!.join(', ') || '<base>'}${reading.atHeads === true ? '' : ' (behind)'}`,
      )
    else if (command === 'check')
      for (const operation of reading.differences ?? [])
        printer.data(`${reading.target}: ${renderOperation(operation)}`)
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

function line({ printer }: Action, event: object): void {
  printer.data(JSON.stringify({ version: jsonVersion, ...event }))
}

function failure({ printer }: Action, target: string, { code, message, why }: TargetError): string {
  const head = `${printer.styleErr(['red', 'bold'], 'failed:')} ${target}: ${message} ${printer.styleErr('dim', `[${code}]`)}`
  return why === undefined
    ? head
    : `${head}\n${why
        .split('\n')
        .map((l) => `  ${l}`)
        .join('\n')}`
}

function limits(action: Action): { readonly parallel?: number; readonly perHost?: number } {
  const parallel = number(action, 'parallel')
  const perHost = number(action, 'per-host')
  return { ...(parallel === undefined ? {} : { parallel }), ...(perHost === undefined ? {} : { perHost }) }
}

function number(action: Action, name: string): number | undefined {
  const text = action.value(name)
  if (text === undefined) return undefined
  const value = Number(text)
  if (/^\d+$/.test(text) && value > 0) return value
  throw new AmbixError('USAGE.INVALID', `--${name} takes a whole number above 0, not ${text}`)
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
