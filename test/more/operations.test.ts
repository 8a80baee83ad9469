/** The cases that test/live/operations.test.ts leaves out. */
import '../live/operations.test.ts'
