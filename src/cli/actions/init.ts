/** `ambix init` and `ambix list-templates`. */
import { init } from '../../commands/init.ts'
import { templates } from '../../commands/init/templates.ts'
import { AmbixError } from '../../errors.ts'
import type { Action, Run } from '../action.ts'

/** How each package manager adds a package. */
const adding: Readonly<Record<string, string>> = {
  npm: 'npm install',
  pnpm: 'pnpm add',
  yarn: 'yarn add',
  bun: 'bun add',
}

export const run: Run = async (action) => {
  const { printer, common } = action
  if (common.command === 'list-templates') {
    if (printer.json)
      printer.data(
        JSON.stringify(
          templates.map(({ name, summary }) => ({ name, summary })),
          undefined,
          2,
        ),
      )
    else for (const t of templates) printer.data(`${t.name.padEnd(10)} ${t.summary}`)
    return 0
  }
  if (action.flag('from-database')) return fromDatabase(action)
  const result = await init({
    cwd: action.cwd,
    folder: action.words[0],
    template: action.value('template'),
    dialect: action.value('dialect'),
  })
  if (printer.json) printer.data(JSON.stringify(result, undefined, 2))
  const { orm, history, drivers, missingDriver, databaseUrl, packageManager } = result.found
  if (orm !== undefined) printer.say(`found ${orm.name}, with its models in ${orm.file}`)
  if (history !== undefined) printer.say(`found migrations of ${history.tool} in ${history.folder}`)
  if (drivers[0] !== undefined) printer.say(`found the driver ${drivers[0]}`)
  if (databaseUrl) printer.say('found DATABASE_URL')
  for (const file of result.written) printer.say(`wrote ${file}`)
  for (const file of result.kept) printer.say(`kept  ${file}`)
  printer.say('')
  printer.say('Next:')
  const next = (command: string): void => printer.say(`  ${printer.command(command)}`)
  const schema = result.written.concat(result.kept).find((f) => f.endsWith('schema.ts') || f.endsWith('schema.sql'))
  for (const command of result.needs) next(command)
  if (missingDriver !== undefined && !result.needs.some((n) => n.endsWith(` ${missingDriver}`)))
    printer.say(`  ${adding[packageManager] ?? adding['npm']} ${missingDriver}`)
  if (history !== undefined) next(history.command)
  // The schema of the migrations is the first schema.
  if (history !== undefined && schema !== undefined)
    next(`ambix pull --models ${schema.endsWith('.sql') ? 'sql' : 'ts'} --out ${schema}`)
  else if (schema !== undefined) printer.say(`  edit ${schema}`)
  if (orm !== undefined || history !== undefined) next('ambix check')
  if (history === undefined) {
    next('ambix revision --autogenerate -m "first tables"')
    next('ambix upgrade head')
  }
  return 0
}

async function fromDatabase(action: Action): Promise<number> {
  const { printer, common } = action
  const { initFromDatabase } = await import('../../commands/pull.ts')
  const template = action.value('template')
  if (template !== undefined && template !== 'sql' && template !== 'generic')
    throw new AmbixError('USAGE.INVALID', `--from-database does not go with the template ${template}`, {
      next: [{ text: 'Models and revisions in SQL', command: 'ambix init -t sql --from-database' }],
    })
  const result = await initFromDatabase({
    ...common,
    folder: action.words[0],
    models: (action.value('models') ?? template) === 'sql' ? 'sql' : 'ts',
    ...(template === 'sql' ? { format: 'sql' as const } : {}),
  })
  if (printer.json) printer.data(JSON.stringify(result, undefined, 2))
  for (const file of result.written) printer.say(`wrote ${file}`)
  printer.say(`The database is marked as being at ${result.revision}: nothing in it was changed.`)
  return 0
}
