/** S1: 24 random texts at eleven places; test/long/hostile-texts.test.ts takes 500, which are 5,500 round trips. */
import { describeLive } from '../support/live.ts'
import { hostileTexts } from './hostile-texts-on.ts'

describeLive('hostile texts', () => hostileTexts(24, 12))
