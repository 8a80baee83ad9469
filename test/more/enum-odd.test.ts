/** The cases that test/live/enum-odd.test.ts leaves out. */
import '../live/enum-odd.test.ts'
