/** S1 in full: 500 random texts at eleven places. */
import { hostileTexts } from '../live/hostile-texts-on.ts'
import { describeLive } from '../support/live.ts'

describeLive('hostile texts', () => hostileTexts(500, 20))
