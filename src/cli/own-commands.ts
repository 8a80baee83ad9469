/** The commands that a project's configuration adds, as the table of commands has them. */
import { loadSettings } from '../config/load.ts'
import type { ConfigInput } from '../config/load.ts'
import { type AmbixError, isAmbixError } from '../errors.ts'
import type { CommandSpec } from './args.ts'

/** None where the configuration cannot be read, which `unread` is told: the command that needs it reports the error. */
export async function ownCommandSpecs(
  argv: readonly string[],
  config: ConfigInput,
  cwd: string | undefined,
  unread?: (error: AmbixError) => void,
): Promise<readonly CommandSpec[]> {
  const at = argv.findIndex((word) => word === '-c' || word === '--config')
  const file = at >= 0 ? argv[at + 1] : argv.find((word) => word.startsWith('--config='))?.slice('--config='.length)
  try {
    const { raw } = await loadSettings(config, { cwd, file })
    return Object.entries(raw.commands ?? {}).map(([name, command]) => ({
      name,
      summary: command.summary,
      ...(command.description === undefined ? {} : { description: command.description }),
      positionals: command.positionals ?? [],
      options: command.options ?? [],
      example: command.example ?? `ambix ${name}`,
    }))
  } catch (error) {
    if (!isAmbixError(error)) throw error
    unread?.(error)
    return []
  }
}
