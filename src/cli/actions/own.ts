/** A command of the project's own. */
import { loadSettings } from '../../config/load.ts'
import { AmbixError } from '../../errors.ts'
import type { Run } from '../action.ts'

export const run: Run = async (action) => {
  const { common, printer } = action
  const settings = await loadSettings(action.config, common)
  const name = common.command!
  const command = settings.raw.commands?.[name]
  if (command === undefined) throw new AmbixError('USAGE.UNKNOWN_COMMAND', `There is no command ${name}`)
  const code = await command.run({
    words: action.words,
    flag: (option) => action.flag(option),
    value: (option) => action.value(option),
    values: (option) => action.values(option),
    config: settings.file === undefined ? undefined : { file: settings.file },
    options: { ...common },
    print: (text) => printer.data(text),
    say: (text) => printer.say(text),
  })
  return typeof code === 'number' ? code : 0
}
