/** `ambix diff`. */
import { diffDatabase } from '../../commands/diff.ts'
import type { DiffDirection } from '../../commands/diff.ts'
import { renderOperation } from '../../revisions/write/render.ts'
import type { Run } from '../action.ts'
import { resultsJson } from '../print.ts'

export const run: Run = async (action) => {
  const { printer, common } = action
  const results = await diffDatabase(action.config, { ...common, hints: action.value('hints') })
  if (printer.json) {
    printer.data(resultsJson(results))
    return 0
  }
  const body = (direction: DiffDirection): string[] =>
    action.flag('sql')
      ? direction.sql.map((s) => (/;\s*$/.test(s) ? s : `${s.trimEnd()};`))
      : direction.operations.map((op) => renderOperation(op))
  const mark = action.flag('sql') ? '--' : '//'
  for (const { database, upgrade, downgrade, notes } of results) {
    for (const note of notes) printer.say(`note: ${note}`)
    if (upgrade.operations.length === 0) {
      printer.say('No changes: the database has what the schema says.')
      continue
    }
    if (results.length > 1) printer.data(`${mark} ${database}`)
    printer.data([`${mark} upgrade`, ...body(upgrade), '', `${mark} downgrade`, ...body(downgrade)].join('\n'))
  }
  return 0
}
