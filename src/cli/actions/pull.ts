/** `ambix pull`. */
import { pull } from '../../commands/pull.ts'
import { AmbixError } from '../../errors.ts'
import type { Run } from '../action.ts'

export const run: Run = async (action) => {
  const { printer, common } = action
  const models = action.value('models')
  if (models !== undefined && models !== 'ts' && models !== 'sql')
    throw new AmbixError('USAGE.INVALID', `--models is ts or sql, not ${models}`)
  const result = await pull(action.config, { ...common, models, out: action.value('out') })
  if (printer.json) printer.data(JSON.stringify(result, undefined, 2))
  else if (result.file === undefined) printer.data(result.text)
  else printer.say(`wrote ${result.file}`)
  return 0
}
