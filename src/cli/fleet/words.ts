/** What the commands of --targets have in common: their limits, their lines, how a failure is told. */
import type { TargetError } from '../../commands/fleet/many.ts'
import { AmbixError } from '../../errors.ts'
import type { Action } from '../action.ts'
import { visible, visibleLines } from './visible.ts'
import { actionLines, jsonVersion } from '../print.ts'

export function line({ printer }: Action, event: object): void {
  printer.data(JSON.stringify({ version: jsonVersion, ...event }))
}

export function failure({ printer }: Action, target: string, { code, message, why, next = [] }: TargetError): string {
  const head = `${printer.styleErr(['red', 'bold'], 'failed:')} ${visible(target)}: ${visibleLines(message)} ${printer.styleErr('dim', `[${code}]`)}`
  const reason = why === undefined ? [] : visibleLines(why).split('\n')
  const actions = next.flatMap(({ text, command }) =>
    actionLines(
      { text: visibleLines(text), ...(command === undefined ? {} : { command: visible(command) }) },
      printer.styleErr,
      printer.command,
    ),
  )
  return [head, ...reason.map((l) => `  ${l}`), ...actions].join('\n')
}

export function limits(action: Action): { readonly parallel?: number; readonly perHost?: number } {
  const parallel = number(action, 'parallel')
  const perHost = number(action, 'per-host')
  return { ...(parallel === undefined ? {} : { parallel }), ...(perHost === undefined ? {} : { perHost }) }
}

export function number(action: Action, name: string): number | undefined {
  const text = action.value(name)
  if (text === undefined) return undefined
  const value = Number(text)
  if (/^\d+$/.test(text) && value > 0) return value
  throw new AmbixError('USAGE.INVALID', `--${name} takes a whole number above 0, not ${text}`)
}
