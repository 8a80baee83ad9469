/** The cases that test/live/retypes.test.ts leaves out. */
import '../live/retypes.test.ts'
