/** `ambix merge` and `ambix rebase`. */
import { relative } from 'node:path'
import { comparisonText } from '../../commands/run/clash.ts'
import { merge, rebase } from '../../commands/merge.ts'
import { AmbixError } from '../../errors.ts'
import type { Run } from '../action.ts'

export const run: Run = async (action) => {
  const { printer, common } = action
  if (common.command === 'rebase') {
    const onto = action.value('onto')
    if (onto === undefined)
      throw new AmbixError('USAGE.INVALID', 'rebase needs --onto', {
        next: [{ text: 'For example', command: 'ambix rebase 3f2a --onto head' }],
      })
    const result = await rebase(action.config, action.words[0]!, onto, common)
    if (printer.json) printer.data(JSON.stringify(result, undefined, 2))
    else printer.say(`${result.revision} now stands on ${result.onto} (was ${result.from.join(', ') || '<base>'})`)
    return 0
  }
  const result = await merge(action.config, action.words, {
    ...common,
    message: action.value('message'),
    revId: action.value('rev-id'),
    branchLabels: action.values('branch-label'),
    splice: action.flag('splice'),
  })
  if (printer.json) printer.data(JSON.stringify(result, undefined, 2))
  else if (result.file === undefined)
    printer.say(
      `Nothing to merge: ${result.merged.length === 0 ? 'there is no revision' : action.words.length === 0 ? `${result.merged[0]} is the only head` : `${result.merged[0]} is the only revision that was named`}.`,
    )
  else {
    if (result.comparison !== undefined) printer.say(comparisonText(result.comparison))
    printer.data(relative(action.cwd, result.file))
  }
  return 0
}
