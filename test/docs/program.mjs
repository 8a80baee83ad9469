// Starts the command line from the source, with its talk in its place among the results, as a terminal shows both.
import { main } from '../../src/cli/main.ts'

process.exitCode = await main(process.argv.slice(2), { streams: { stdout: process.stdout, stderr: process.stdout } })
