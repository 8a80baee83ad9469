/** `ambix types`. */
import { types } from '../../commands/types.ts'
import { AmbixError } from '../../errors.ts'
import type { Run } from '../action.ts'

export const run: Run = async (action) => {
  const { printer, common } = action
  const kysely = action.value('kysely')
  const from = action.value('from')
  const next = [{ text: 'For example', command: 'ambix types --kysely src/database.ts' }]
  if (kysely === undefined) throw new AmbixError('USAGE.INVALID', 'What to write is not said: --kysely FILE', { next })
  if (from !== undefined && from !== 'database' && from !== 'schema')
    throw new AmbixError('USAGE.INVALID', `--from is database or schema, not ${from}`, { next })
  const map = Object.fromEntries(
    action.values('map').map((pair) => {
      const at = pair.indexOf('=')
      if (at > 0 && at < pair.length - 1) return [pair.slice(0, at), pair.slice(at + 1)]
      throw new AmbixError('USAGE.INVALID', `--map is TYPE=TYPESCRIPT, not ${pair}`, {
        next: [{ text: 'For example', command: `${next[0]!.command} --map bigint=number` }],
      })
    }),
  )
  const enums = action.values('enums')
  const result = await types(action.config, {
    ...common,
    kysely,
    from,
    at: action.value('at'),
    map,
    ...(enums.length === 0 ? {} : { enums: enums.length === 1 ? enums[0]! : enums }),
    camelCase: action.flag('camel-case'),
    check: action.flag('check'),
  })
  const stale = action.flag('check') && result.upToDate === false
  if (printer.json) printer.data(JSON.stringify(result, undefined, 2))
  else if (result.file === undefined) printer.data(result.text.trimEnd())
  else if (stale)
    printer.say(
      `${result.file} is out of date: write it again with \`ambix types --kysely ${result.file}\` and its options`,
    )
  else printer.say(result.upToDate === true ? `${result.file} is up to date` : `wrote ${result.file}`)
  return stale ? 2 : 0
}
