/** `ambix upgrade` and `ambix downgrade`. */
import { downgrade, upgrade } from '../../commands/move.ts'
import type { MoveResult } from '../../commands/run/types.ts'
import { AmbixError } from '../../errors.ts'
import type { BatchProgress, StepEvent } from '../../runtime/types.ts'
import { resultsJson, shortened } from '../print.ts'
import type { Action, Run } from '../action.ts'

export const run: Run = async (action) => {
  const { common } = action
  if (common.command === 'resume') return goOn(action)
  const reset = common.command === 'reset'
  const direction = reset || common.command === 'downgrade' ? 'downgrade' : 'upgrade'
  const options = {
    ...common,
    sql: action.flag('sql'),
    tag: action.value('tag'),
    dryRun: action.flag('dry-run'),
    allow: action.values('allow'),
    onStep: listener(action),
  }
  const results =
    direction === 'upgrade'
      ? await upgrade(action.config, action.words[0], options)
      : await downgrade(action.config, reset ? 'base' : action.words[0], options)
  if (action.printer.json) action.printer.data(resultsJson(results))
  else for (const result of results) report(action, result, direction)
  return 0
}

async function goOn(action: Action): Promise<number> {
  const { resume } = await import('../../commands/resume.ts')
  const [done, again] = [action.flag('done'), action.flag('again')]
  if (done === again)
    throw new AmbixError('USAGE.INVALID', 'resume takes one of --done and --again', {
      why: 'Only you can check whether the statement took effect before the connection was lost.',
      next: [
        { text: 'If the database has its effect', command: 'ambix resume --done' },
        { text: 'If it has not', command: 'ambix resume --again' },
      ],
    })
  const options = { ...action.common, onStep: listener(action) }
  const { settled, results } = await resume(action.config, done ? 'done' : 'again', action.words[0], options)
  if (action.printer.json) action.printer.data(JSON.stringify({ settled, results }, undefined, 2))
  else
    for (const result of results)
      report(action, result, settled[0]?.direction === 'downgrade' ? 'downgrade' : 'upgrade')
  return 0
}

function listener({ printer }: Action): (event: StepEvent) => void {
  let said = -Infinity
  return (event) => {
    const label = event.direction === 'upgrade' ? 'upgrade' : 'downgrade'
    const parents = event.down.length === 0 ? '<base>' : event.down.join(', ')
    const way = event.direction === 'upgrade' ? `${parents} -> ${event.revision}` : `${event.revision} -> ${parents}`
    const text = event.message === '' ? way : `${way}, ${shortened(event.message)}`
    if (event.phase === 'start') printer.say(`Running ${label} ${text}`)
    else if (event.phase === 'waiting')
      printer.say(`Another deployer holds the lock: waiting${event.holder === undefined ? '' : ` for ${event.holder}`}`)
    else if (event.phase === 'blocked')
      printer.say(
        `A lock was not had in time${event.holder === undefined ? '' : `: in the way is ${event.holder}`}; the revision was rolled back and is tried again`,
      )
    else if (event.phase === 'progress' && event.progress !== undefined) said = tell(event.progress, said, printer)
    else if (event.phase === 'done' && printer.verbose) printer.say(`  done in ${Math.round(event.ms)} ms`)
  }
}

/** Every two seconds at most; returns the time of the last output. */
function tell({ rows, about, perSecond, leftMs }: BatchProgress, said: number, printer: Action['printer']): number {
  const now = performance.now()
  if (now - said < 2000) return said
  const of = about === undefined || about < rows ? '' : ` of about ${about}`
  const left = leftMs === undefined ? '' : `, about ${Math.ceil(leftMs / 1000)} s left`
  printer.say(`  ${rows} rows${of}, ${Math.round(perSecond)} a second${left}`)
  return now
}

function report({ printer, flag }: Action, result: MoveResult, direction: 'upgrade' | 'downgrade'): void {
  // env.ts has taken the script (`output`).
  if (flag('sql') && result.script === undefined) return
  if (result.script !== undefined) {
    if (result.script.trim() === '') printer.say('Nothing to do: there is no step between the two.')
    return printer.data(result.script)
  }
  // env.ts took the script (`configure({ output })`).
  if (result.database === '') return
  if (result.plan !== undefined) {
    for (const revision of result.plan) {
      printer.data(`-- ${direction} ${revision.revision}${revision.message === '' ? '' : `, ${revision.message}`}`)
      for (const s of revision.statements) {
        for (const h of s.hazards)
          printer.data(`-- ${h.code} ${h.object}: ${h.message}${h.lock === undefined ? '' : ` (${h.lock})`}`)
        if (s.transaction === 'alone') printer.data('-- outside a transaction')
        printer.data(`${s.sql};`)
        if (s.transaction === 'commit-after') printer.data('-- commit')
      }
    }
    return
  }
  if (result.skipped === true)
    printer.say('Another deployer is at work: what was left is left to it (--if-locked=skip).')
  else if (result.applied.length === 0)
    printer.say(
      direction === 'upgrade'
        ? `Nothing to do: the database is at ${result.to.join(', ') || 'base'}.`
        : 'Nothing to do.',
    )
  else if (printer.verbose) printer.say(`The database is at ${result.to.join(', ') || 'base'}.`)
}
