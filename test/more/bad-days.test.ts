/** The cases that test/live/bad-days.test.ts leaves out. */
import '../live/bad-days.test.ts'
