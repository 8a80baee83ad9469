/** K6 at every third statement; test/long/crash-points.test.ts takes all. */
import { scriptCuts } from './script-cuts-on.ts'

scriptCuts(() => {}, false)
