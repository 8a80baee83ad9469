/** `ambix import alembic`. */
import { relative } from 'node:path'
import { importAlembic } from '../../commands/import.ts'
import { AmbixError } from '../../errors.ts'
import type { Run } from '../action.ts'

export const run: Run = async (action) => {
  const { printer, common, words } = action
  if (words[0] !== 'alembic')
    throw new AmbixError('USAGE.INVALID', `ambix cannot import from ${words[0]}`, {
      next: [{ text: 'It imports from Alembic', command: 'ambix import alembic <folder>' }],
    })
  const result = await importAlembic(action.config, words.slice(1), { ...common, script: action.value('script') })
  if (printer.json) printer.data(JSON.stringify(result, undefined, 2))
  else {
    for (const file of result.files) printer.data(relative(action.cwd, file))
    if (result.stubs.length > 0) {
      printer.say(
        `${result.stubs.length} of ${result.revisions.length} have no statements, and are good only where they are applied; to fill them: alembic upgrade head --sql > script.sql, and --script script.sql`,
      )
    }
    printer.say(`To go on with the database that Alembic managed: versionTable: 'alembic_version' in ambix.config.ts`)
  }
  return 0
}
