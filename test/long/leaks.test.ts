/** Every place of a password with every way to write it and every command. */
import { leaks } from '../cli/leaks-on.ts'
import { server } from '../support/live.ts'

leaks({}, server)
