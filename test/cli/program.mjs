// Starts the command line from the source, as bin/ambix.js starts the built one.
import { end } from '../../bin/end.js'
import { main } from '../../src/cli/main.ts'

end(await main(process.argv.slice(2)))
