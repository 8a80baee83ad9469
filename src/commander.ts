/** `ambix/commander`: the whole command line as one command of an app's own, as Flask-Migrate gives Flask its `db`. */
import { Command } from 'commander'
import { main } from './cli/main.ts'
import { commandSpecs } from './cli/specs.ts'
import type { ConfigInput } from './config/load.ts'

/**
 * @example program.addCommand(ambixCommand({ schema: './src/schema.ts' })) // app db migrate -m "…", app db upgrade
 */
export function ambixCommand(config?: ConfigInput, name = 'db'): Command {
  // What stands behind the subcommand is ambix's to read: commander wants that said before there are any.
  const command = new Command(name).description('Database migrations (ambix)').enablePositionalOptions()
  for (const spec of commandSpecs) {
    command
      .command(spec.name)
      .description(spec.summary)
      .argument('[words...]')
      .helpOption(false)
      .allowUnknownOption()
      .passThroughOptions()
      .action(async (_words: readonly string[], _options: unknown, self: Command) => {
        process.exitCode = await main([spec.name, ...self.args], { config })
      })
  }
  return command
}
