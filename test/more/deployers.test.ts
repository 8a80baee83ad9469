/** The scenarios that test/live/deployers.test.ts leaves out, and all of them through PgBouncer. */
import '../live/deployers.test.ts'
import { describePooler } from '../support/pgbouncer.ts'
import { deployers } from '../live/deployers-on.ts'

describePooler('deployers at once, through PgBouncer', () => deployers('PgBouncer', 6, 1))
