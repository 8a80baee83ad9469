/** The scenarios of test/live/deployers.test.ts, six processes at once, through PgBouncer. */
import { describePooler } from '../support/pgbouncer.ts'
import { deployers } from '../live/deployers-on.ts'

describePooler('deployers at once, through PgBouncer', () => deployers('PgBouncer', 6, 1))
