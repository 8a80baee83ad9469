/** `ambix/commander`: the whole command line as one subcommand of an application's own command line, as Flask-Migrate adds `db` to Flask. */
import { Command } from 'commander'
import { main } from './cli/main.ts'
import { commandSpecs } from './cli/specs.ts'
import type { ConfigInput } from './config/load.ts'

/**
 * @example program.addCommand(ambixCommand({ schema: './src/schema.ts' })) // app db migrate -m "…", app db upgrade
 */
export function ambixCommand(config?: ConfigInput, name = 'db'): Command {
  // ambix reads the arguments after the name: commander must be told so before any subcommand is added.
  const command = new Command(name).description('Database migrations (ambix)').enablePositionalOptions()
  const run = async (words: readonly string[]): Promise<void> => {
    process.exitCode = await main(words, { config, program: pathOf(command) })
  }
  for (const spec of commandSpecs) {
    command
      .command(spec.name)
      .description(spec.summary)
      .argument('[words...]')
      .helpOption(false)
      .allowUnknownOption()
      .passThroughOptions()
      .action(async (_words: readonly string[], _options: unknown, self: Command) => run([spec.name, ...self.args]))
  }
  // Options before the command, `--help`, commands of the project's own, and errors.
  return command
    .argument('[words...]')
    .helpOption(false)
    .helpCommand(false)
    .allowUnknownOption()
    .action(async (_words: readonly string[], _options: unknown, self: Command) => run(self.args))
}

function pathOf(command: Command): string {
  const names: string[] = []
  for (let at: Command | null = command; at !== null; at = at.parent) names.unshift(at.name())
  return names.join(' ')
}
