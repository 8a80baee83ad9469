/** C1, C2, I7, I12 of specs/reliability.md: six processes at once in twelve scenarios; through PgBouncer in test/more; `npm run test:long` takes twenty, and many trials. */
import { describeLive } from '../support/live.ts'
import { deployers } from './deployers-on.ts'

describeLive('deployers at once, direct', () => deployers('direct', 6, 1))
