/** `ambix check`. */
import { check } from '../../commands/check.ts'
import { comparisonText } from '../../commands/run/clash.ts'
import { renderOperation } from '../../revisions/write/render.ts'
import type { Run } from '../action.ts'
import { resultsJson } from '../print.ts'

export const run: Run = async (action) => {
  const { printer, common } = action
  const database = action.flag('database')
  const results = await check(action.config, { ...common, hints: action.value('hints'), database })
  if (printer.json) printer.data(resultsJson(results))
  let found = false
  const same = database
    ? 'No drift: the database has what its revisions make.'
    : 'No changes: the database has what the schema says.'
  for (const result of results) {
    const needed = result.differences.length > 0 || result.decisions.length > 0
    const differs = needed || (database && result.columnOrder.length > 0)
    found ||= differs
    if (printer.json) continue
    for (const note of result.notes) printer.say(`note: ${note}`)
    for (const order of printer.verbose || database ? result.columnOrder : [])
      printer.say(
        `order of columns: ${order.table} has ${order.database.join(', ')}; ${database ? 'the revisions make' : 'the schema says'} ${order.schema.join(', ')}`,
      )
    for (const thing of result.uncovered) printer.say(`not compared: ${thing}`)
    if (!result.atHeads) printer.say('note: the database is not at the head of the revisions')
    if (result.branches !== undefined) printer.say(comparisonText(result.branches))
    if (!differs) printer.say(same)
    else if (needed) {
      printer.say(
        `${result.differences.length} difference${result.differences.length === 1 ? '' : 's'}: the database would need`,
      )
      for (const op of result.differences) printer.data(`  ${renderOperation(op)}`)
      for (const d of result.decisions) printer.data(`  decide: ${d.object}: ${d.question}`)
    }
  }
  return found ? 2 : 0
}
