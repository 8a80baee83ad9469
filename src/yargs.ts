/** `ambix/yargs`: the whole command line as one command module of an application's own command line. */
import { main } from './cli/main.ts'
import type { ConfigInput } from './config/load.ts'

/** The part of a yargs command module that is used here; yargs itself is not imported. */
export interface YargsCommand {
  readonly command: string
  readonly describe: string
  readonly builder: <Y extends YargsBuilder>(yargs: Y) => Y
  readonly handler: (args: { readonly $0: string }) => Promise<void>
}
interface YargsBuilder {
  help(enabled: boolean): unknown
  version(enabled: boolean): unknown
  strict(enabled: boolean): unknown
}

/**
 * @example yargs(hideBin(process.argv)).command(ambixYargs({ schema: './src/schema.ts' })) // app db migrate -m "…"
 */
export function ambixYargs(config?: ConfigInput, name = 'db'): YargsCommand {
  return {
    command: `${name} [words..]`,
    describe: 'Database migrations (ambix)',
    builder: (yargs) => {
      yargs.help(false)
      yargs.version(false)
      yargs.strict(false)
      return yargs
    },
    // The arguments are read as they were typed: yargs parses `-1` and repeated flags differently.
    handler: async ({ $0 }) => {
      const typed = process.argv.slice(2)
      process.exitCode = await main(typed.slice(typed.indexOf(name) + 1), { config, program: `${$0} ${name}` })
    },
  }
}
