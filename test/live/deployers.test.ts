/** C1, C2, I7, I12 of specs/reliability.md: six processes at once, in a fifth of the scenarios; test/more has the others, and PgBouncer; `npm run test:long` takes twenty, and many trials. */
import { scenarios } from '../support/deployers.ts'
import { describeLive } from '../support/live.ts'
import { tableOf } from '../support/table-of.ts'
import { deployers } from './deployers-on.ts'

describeLive('deployers at once, direct', () => deployers('direct', 6, 1, tableOf(scenarios)))
