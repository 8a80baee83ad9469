/** `ambix stamp`, `ambix ensure-version` and `ambix repair`. */
import { ensureVersion, stamp } from '../../commands/stamp.ts'
import { resultsJson } from '../print.ts'
import type { Action, Run } from '../action.ts'

export const run: Run = async (action) => {
  const { printer, common } = action
  if (common.command === 'repair') return repairEdited(action)
  if (common.command === 'ensure-version') {
    const result = await ensureVersion(action.config, { ...common, sql: action.flag('sql') })
    if (printer.json) printer.data(JSON.stringify(result, undefined, 2))
    else if (result.script !== undefined) printer.data(result.script)
    else printer.say(result.created ? 'The version table was created.' : 'The version table already exists.')
    return 0
  }
  const results = await stamp(action.config, action.words, {
    ...common,
    sql: action.flag('sql'),
    tag: action.value('tag'),
    purge: action.flag('purge'),
    verify: action.flag('verify'),
  })
  if (printer.json) printer.data(resultsJson(results))
  else
    for (const result of results) {
      if (result.script !== undefined) printer.data(result.script)
      else printer.say(`The database is marked as being at ${result.to.join(', ') || 'base'}.`)
    }
  return 0
}

async function repairEdited({ words, common, printer, config }: Action): Promise<number> {
  const { repair } = await import('../../commands/project/repair.ts')
  const result = await repair(config, words, common)
  if (printer.json) printer.data(JSON.stringify(result, undefined, 2))
  else
    printer.say(
      result.accepted.length === 0
        ? 'No applied revision was edited.'
        : `Accepted as they are now: ${result.accepted.join(', ')}`,
    )
  return 0
}
