/** Input and output of a command line action. */
import type { ConfigInput } from '../config/load.ts'
import type { CommonOptions } from '../commands/project/project.ts'
import type { Parsed } from './args.ts'
import type { Printer } from './print.ts'

export interface Action {
  readonly words: readonly string[]
  flag(name: string): boolean
  value(name: string): string | undefined
  values(name: string): readonly string[]
  readonly printer: Printer
  readonly cwd: string
  /** A configuration given in code (an app that embeds the commands); else the file is looked for. */
  readonly config: ConfigInput
  /** Whether the command may prompt: stdin and stderr are terminals, and neither --json nor --quiet was given. */
  interactive(): boolean
  /** Config input, URL, environment, signal and listeners, as every command function takes them. */
  readonly common: CommonOptions
}

/** The exit code: 0 done, 1 failure (thrown), 2 a finding, 3 locked. */
export type Run = (action: Action) => Promise<number>

export function createAction(
  parsed: Parsed,
  rest: Pick<Action, 'printer' | 'cwd' | 'config' | 'interactive' | 'common'>,
): Action {
  return {
    words: parsed.positionals,
    flag: (name) => parsed.options.has(name),
    value: (name) => parsed.options.get(name)?.at(-1),
    values: (name) => parsed.options.get(name) ?? [],
    ...rest,
  }
}
