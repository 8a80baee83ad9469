/** The cases that test/live/hazard-rules.test.ts leaves out. */
import '../live/hazard-rules.test.ts'
