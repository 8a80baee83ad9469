/** The cases that test/hazards/lossy.test.ts leaves out. */
import '../hazards/lossy.test.ts'
