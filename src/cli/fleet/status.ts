/** `ambix fleet status`. */
import { fleetStatus } from '../../commands/fleet/status.ts'
import { AmbixError } from '../../errors.ts'
import { visible, visibleLines } from './visible.ts'
import type { Run } from '../action.ts'
import { jsonVersion } from '../print.ts'
import { counted } from './progress.ts'

export const run: Run = async (action) => {
  const { printer, common, words } = action
  if (words[0] !== 'status')
    throw new AmbixError('USAGE.INVALID', `fleet does not understand ${words[0]}`, {
      next: [{ text: 'What there is', command: 'ambix fleet status' }],
    })
  const status = await fleetStatus(action.config, common)
  if (printer.json) {
    printer.data(JSON.stringify({ version: jsonVersion, ...status }, undefined, 2))
    return 0
  }
  if (status.run === undefined) {
    printer.say('No run of a fleet is recorded yet.')
    return 0
  }
  const { run: id, command, goal, targets } = status.run
  printer.data(
    `Run ${id}, ${command} to ${goal}: ${Object.entries(targets)
      .map(([state, count]) => `${count} ${state}`)
      .join(', ')}`,
  )
  for (const { revision, targets: count, behind } of status.revisions)
    printer.data(`${counted(count, 'target')} at ${revision || '<base>'}${behind ? ' (behind)' : ''}`)
  for (const { target, error, attempts } of status.failed)
    printer.data(
      `failed: ${visible(target)} (${counted(attempts, 'attempt')}): ${visibleLines(error).split('\n').join('\n  ')}`,
    )
  return 0
}
