/** The cases that test/live/enum-cases.test.ts leaves out. */
import '../live/enum-cases.test.ts'
