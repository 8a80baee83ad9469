/** `ambix bundle`. */
import { bundle } from '../../commands/bundle.ts'
import type { Run } from '../action.ts'

export const run: Run = async (action) => {
  const { printer, common } = action
  const check = action.flag('check')
  const { text: _, ...result } = await bundle(action.config, { ...common, out: action.value('out'), check })
  const stale = check && !result.upToDate
  if (printer.json) printer.data(JSON.stringify(result, undefined, 2))
  else if (stale) printer.say(`${result.file} is out of date: write it anew with \`ambix bundle\``)
  else {
    const held = `${result.revisions} revision${result.revisions === 1 ? '' : 's'}`
    printer.say(result.upToDate ? `${result.file} is up to date` : `wrote ${result.file} with ${held}`)
  }
  return stale ? 2 : 0
}
