/** The cases that test/live/planted.test.ts leaves out. */
import '../live/planted.test.ts'
