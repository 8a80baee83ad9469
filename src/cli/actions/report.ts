/** `ambix report`. */
import { resolve } from 'node:path'
import { report } from '../../commands/report.ts'
import { writeGenerated } from '../../revisions/files/write.ts'
import type { Run } from '../action.ts'
import { page } from '../page.ts'

export const run: Run = async (action) => {
  const { printer, common, cwd } = action
  const data = await report(action.config, { ...common, offline: action.flag('offline') })
  if (printer.json) {
    printer.data(JSON.stringify(data, undefined, 2))
    return 0
  }
  const name = action.value('html') ?? 'ambix-report.html'
  if (name === '-') {
    printer.data(page(data))
    return 0
  }
  writeGenerated(resolve(cwd, name), page(data), '<title>ambix</title>')
  if (data.databaseProblem !== undefined) printer.warn(`The database was not asked: ${data.databaseProblem}`)
  printer.data(name)
  return 0
}
