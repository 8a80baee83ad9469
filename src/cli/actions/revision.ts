/** `ambix revision` and `ambix migrate`. */
import { relative } from 'node:path'
import { revision } from '../../commands/revision.ts'
import { AmbixError } from '../../errors.ts'
import type { Run } from '../action.ts'
import { resultsJson } from '../print.ts'
import { askDecision } from '../ask.ts'

export const run: Run = async (action) => {
  const { printer, common } = action
  const autogenerate = action.flag('autogenerate') || common.command === 'migrate'
  const format = action.value('format')
  if (format !== undefined && format !== 'ts' && format !== 'sql')
    throw new AmbixError('USAGE.INVALID', `--format is ts or sql, not ${format}`)
  if (action.flag('sql') && autogenerate)
    throw new AmbixError(
      'USAGE.INVALID',
      'revision --autogenerate needs the database: it cannot be combined with --sql',
    )
  const [safe, short] = [action.flag('safe'), action.flag('no-safe')]
  if (safe && short) throw new AmbixError('USAGE.INVALID', `${common.command} takes one of --safe and --no-safe`)
  const results = await revision(action.config, {
    ...common,
    autogenerate,
    message: action.value('message'),
    revId: action.value('rev-id'),
    head: action.value('head'),
    splice: action.flag('splice'),
    branchLabels: action.values('branch-label'),
    dependsOn: action.values('depends-on'),
    versionPath: action.value('version-path'),
    hints: action.value('hints'),
    verify: !action.flag('no-verify'),
    online: action.flag('online'),
    ...(safe || short ? { safe } : {}),
    format,
    ...(action.interactive() ? { ask: askDecision } : {}),
  })
  if (printer.json) printer.data(resultsJson(results))
  for (const result of results) {
    if (!printer.json) {
      for (const note of result.notes) printer.say(`note: ${note}`)
      if (result.file === undefined)
        printer.say('No changes: the database has what the schema says. No file was written.')
      else {
        for (const hazard of new Set(result.hazards.filter((h) => h.code === 'DATA_LOSS').map((h) => h.message)))
          printer.warn(hazard)
        printer.data(relative(action.cwd, result.file))
      }
    }
  }
  return 0
}
