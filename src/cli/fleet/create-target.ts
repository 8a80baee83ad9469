/** `ambix create-target`. */
import { createTarget } from '../../commands/fleet/create-target.ts'
import type { Run } from '../action.ts'
import { jsonVersion } from '../print.ts'
import { counted } from './progress.ts'

export const run: Run = async (action) => {
  const { printer, common, words } = action
  const schema = action.value('schema')
  const targetUrl = action.value('target-url')
  const result = await createTarget(action.config, words[0]!, {
    ...common,
    ...(schema === undefined ? {} : { schema }),
    ...(targetUrl === undefined ? {} : { targetUrl }),
  })
  if (printer.json) printer.data(JSON.stringify({ version: jsonVersion, ...result }, undefined, 2))
  else
    printer.say(
      `Made ${result.target} at ${result.revisions.join(', ')}: ${counted(result.statements, 'statement')}, ${counted(result.rows, 'row')}`,
    )
  return 0
}
