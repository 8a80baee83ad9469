/** The cases that test/live/enum-online.test.ts leaves out. */
import '../live/enum-online.test.ts'
