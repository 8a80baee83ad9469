// Starts the command line from the source, as bin/ambix.js starts the built one.
import { main } from '../../src/cli/main.ts'

process.exitCode = await main(process.argv.slice(2))
