/** `ambix heads`, `branches` and `show`. */
import { branches, heads, show } from '../../commands/heads.ts'
import type { Run } from '../action.ts'
import { printRevisions, revisionLine } from '../listing.ts'

export const run: Run = async (action) => {
  const { printer, common } = action
  switch (common.command) {
    case 'heads': {
      const list = await heads(action.config, { ...common, resolveDependencies: action.flag('resolve-dependencies') })
      const dependencies = !action.flag('resolve-dependencies') && list.some((i) => !i.effectiveHead)
      printRevisions(list, printer, { parents: false, dependencies })
      if (list.length === 0) printer.say('There are no revisions.')
      return 0
    }
    case 'branches': {
      const list = await branches(action.config, common)
      if (printer.json || printer.verbose) printRevisions(list, printer)
      else
        for (const info of list) {
          printer.data(revisionLine(info, printer))
          for (const child of info.children) printer.data(`    -> ${child}`)
        }
      return 0
    }
    default: {
      const list = await show(action.config, action.words, common)
      printRevisions(list, printer, { verbose: true })
      if (list.length === 0) printer.say('base is not a revision: nothing is applied there.')
      return 0
    }
  }
}
