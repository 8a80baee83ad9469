/** The cases that test/live/names.test.ts leaves out. */
import '../live/names.test.ts'
