/** `ambix import`: from Alembic by its Python files, from the others by theirs. */
import { relative } from 'node:path'
import { importAlembic } from '../../commands/import/alembic.ts'
import { AmbixError } from '../../errors.ts'
import type { Action, Run } from '../action.ts'

export const run: Run = async (action) => {
  const [tool = '', ...folders] = action.words
  if (tool === 'alembic') return fromAlembic(action, folders)
  const { importHistory } = await import('../../commands/import/history.ts')
  if (folders.length > 1) {
    throw new AmbixError('USAGE.INVALID', `${tool} has one folder of migrations, and ${folders.length} were named`, {
      next: [{ text: 'Name one', command: `ambix import ${tool} ${folders[0]}` }],
    })
  }
  refuse(action, tool, ['script'])
  const { printer, common } = action
  const result = await importHistory(action.config, tool, folders[0]!, {
    ...common,
    stamp: action.flag('stamp'),
    table: action.value('table'),
    withDowngrades: action.flag('with-downgrades'),
    record: action.flag('record'),
  })
  if (printer.json) {
    printer.data(JSON.stringify(result, undefined, 2))
    return 0
  }
  for (const file of result.files) printer.data(relative(action.cwd, file))
  if (result.files.length === 0) printer.say('Everything in the folder was imported before.')
  for (const { revision, why } of result.withoutDowngrade) printer.say(`${revision} has no downgrade: ${why}`)
  if (result.stubs.length > 0) {
    printer.say(
      `${result.stubs.length} of ${result.revisions.length} are code: they are good only where they are applied. To keep their SQL, import with --record; to start from the database instead: ambix pull`,
    )
  }
  printer.say(
    result.stamped !== undefined
      ? `The database is marked as being at ${result.stamped}.`
      : action.flag('stamp')
        ? 'Nothing is applied yet.'
        : `To mark what is applied: ambix import ${tool} ${folders[0]} --stamp`,
  )
  return 0
}

async function fromAlembic(action: Action, folders: readonly string[]): Promise<number> {
  refuse(action, 'alembic', ['stamp', 'table', 'with-downgrades', 'record'])
  const { printer, common } = action
  const result = await importAlembic(action.config, folders, { ...common, script: action.value('script') })
  if (printer.json) {
    printer.data(JSON.stringify(result, undefined, 2))
    return 0
  }
  for (const file of result.files) printer.data(relative(action.cwd, file))
  if (result.stubs.length > 0) {
    printer.say(
      `${result.stubs.length} of ${result.revisions.length} have no statements, and are good only where they are applied; to fill them: alembic upgrade head --sql > script.sql, and --script script.sql`,
    )
  }
  printer.say(`To go on with the database that Alembic managed: versionTable: 'alembic_version' in ambix.config.ts`)
  return 0
}

/** Options that the tool's import does not use. Throws USAGE.INVALID. */
function refuse(action: Action, tool: string, names: readonly string[]): void {
  const given = names.find((name) => action.flag(name) || action.value(name) !== undefined)
  if (given === undefined) return
  throw new AmbixError('USAGE.INVALID', `An import from ${tool} has no --${given}`, {
    next: [`Leave it out: ambix import ${[tool, ...action.words.slice(1)].join(' ')}`],
  })
}
