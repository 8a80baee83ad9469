/** The cases that test/live/enum-carriers.test.ts leaves out. */
import '../live/enum-carriers.test.ts'
