/** Passwords stand in no output, row or title; the long form runs every command in every place. */
import { server } from '../support/live.ts'
import { leaks } from './leaks-on.ts'

leaks({ commands: 1 }, server)
