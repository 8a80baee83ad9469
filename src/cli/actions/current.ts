/** `ambix current`. */
import { current } from '../../commands/current.ts'
import { changedIds } from '../../commands/project/file-change.ts'
import type { Run } from '../action.ts'
import { resultsJson } from '../print.ts'
import { revisionLine, revisionStory } from '../listing.ts'

export const run: Run = async (action) => {
  const { printer, common } = action
  const results = await current(action.config, { ...common, verbose: printer.verbose })
  const behind = results.some((r) => !r.atHeads)
  if (printer.json) printer.data(resultsJson(results))
  else
    for (const result of results) {
      if (printer.verbose || results.length > 1) printer.data(`Current revision(s) for ${result.database}:`)
      for (const info of result.revisions)
        printer.data(
          printer.verbose ? revisionStory(info, printer) : revisionLine({ ...info, current: false }, printer, false),
        )
      if (result.revisions.length === 0) printer.say('Nothing is applied yet.')
      for (const change of result.changes ?? [])
        printer.warn(`${change.text}; accept it with: ambix repair ${changedIds([change]).join(' ')}`.trimEnd())
    }
  if (!action.flag('check-heads') || !behind) return 0
  printer.say('The database is not at the head of the revisions.')
  return 2
}
