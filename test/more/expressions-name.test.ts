/** The cases that test/live/expressions-name.test.ts leaves out. */
import '../live/expressions-name.test.ts'
