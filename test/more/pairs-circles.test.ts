/** The cases that test/live/pairs-circles.test.ts leaves out. */
import '../live/pairs-circles.test.ts'
