/** K1 with every third statement of each history, in the next way to die; test/long/crash-points.test.ts takes all of them in all ways. */
import { crashPoints } from './crash-points-on.ts'

crashPoints(() => {}, false)
