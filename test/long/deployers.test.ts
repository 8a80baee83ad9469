/** C1 of specs/reliability.md in full: twenty processes at once, twelve scenarios, five trials of each, direct and through PgBouncer. */
import { deployers } from '../live/deployers-on.ts'
import { describeLive } from '../support/live.ts'
import { describePooler } from '../support/pgbouncer.ts'

describeLive('deployers at once, direct', () => deployers('direct', 20, 5))
describePooler('deployers at once, through PgBouncer', () => deployers('PgBouncer', 20, 5))
