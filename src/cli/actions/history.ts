/** `ambix history`. */
import { widest } from '../../util/append.ts'
import { history } from '../../commands/history.ts'
import type { Action, Run } from '../action.ts'
import { printRevisions } from '../listing.ts'
import { shortened } from '../print.ts'
import type { AppliedEntry } from '../../commands/project/applied.ts'

export const run: Run = async (action) => {
  const { printer, common } = action
  if (action.flag('applied')) return showApplied(action)
  const width = (process.stdout as { columns?: number }).columns ?? 80
  const result = await history(action.config, {
    ...common,
    range: action.value('rev-range'),
    indicateCurrent: action.flag('indicate-current'),
    ...(action.flag('graph') ? { graph: { width } } : {}),
  })
  if (result.drawing !== undefined && !printer.json) printer.data(result.drawing)
  else printRevisions(result.revisions, printer)
  if (result.revisions.length === 0) printer.say('There are no revisions.')
  return 0
}

async function showApplied({ printer, common, config }: Action): Promise<number> {
  const { applied } = await import('../../commands/project/applied.ts')
  const entries = await applied(config, common)
  if (printer.json) printer.data(JSON.stringify(entries, undefined, 2))
  else {
    const width = (of: (e: AppliedEntry) => string): number => widest(entries.map(of))
    const [revision, actor] = [width((e) => e.revision), width((e) => e.actor)]
    for (const [i, e] of entries.entries()) {
      if (e.database !== undefined && e.database !== entries[i - 1]?.database) printer.data(`${e.database}:`)
      const took =
        e.finishedAt === undefined ? '' : ` (${Math.max(0, Date.parse(e.finishedAt) - Date.parse(e.startedAt))} ms)`
      const status = e.status === 'done' ? '' : ` ${printer.style('red', `failed: ${e.error ?? ''}`)}`
      const message = e.message === undefined || e.message === '' ? '' : `  ${shortened(e.message)}`
      printer.data(
        `${e.startedAt}  ${e.direction.padEnd(9)}  ${printer.style('yellow', e.revision.padEnd(revision))}  ${e.actor.padEnd(actor)}  ambix ${e.toolVersion}${took}${message}${status}`,
      )
    }
  }
  if (entries.length === 0) printer.say('The database has no history yet.')
  return 0
}
