/** `ambix edit`. */
import { edit } from '../../commands/edit.ts'
import type { Run } from '../action.ts'

export const run: Run = async ({ words, common, printer, config }) => {
  const files = await edit(config, words[0]!, common)
  if (printer.json) printer.data(JSON.stringify({ files }, undefined, 2))
  return 0
}
