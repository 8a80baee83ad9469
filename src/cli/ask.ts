/** Asks questions about the plan at a terminal. */
import type { Decision, Hint } from '../diff/model/types.ts'

/** One question as a list to choose from; undefined when the user cancels (Escape, Ctrl-C): nothing is assumed then. */
export async function askDecision(decision: Decision): Promise<Hint | undefined> {
  const { isCancel, select } = await import('@clack/prompts')
  const answer = await select({
    message: `${decision.object}: ${decision.question}`,
    options: [
      ...decision.options.map((hint) => ({ value: hint as Hint | undefined, label: hintText(hint) })),
      { value: undefined, label: 'stop here' },
    ],
    output: process.stderr,
  })
  return isCancel(answer) ? undefined : answer
}

function hintText(hint: Hint): string {
  if ('rename' in hint && hint.rename === 'all')
    return 'all of these are renamed, each to the first that is offered for it'
  if ('distinct' in hint && hint.distinct === 'all')
    return 'none of these is a rename: all are dropped, and others created'
  if ('rename' in hint) return `renamed: ${hint.from} is now ${hint.to}`
  if ('remap' in hint)
    return hint.to === null ? `rows with ${hint.from} get NULL` : `rows with ${hint.from} get ${hint.to}`
  if ('distinct' in hint)
    return hint.to === undefined
      ? `not a rename: ${hint.from} is dropped`
      : `not a rename: ${hint.from} is dropped, ${hint.to} is new`
  return JSON.stringify(hint)
}
