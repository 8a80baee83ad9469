/** The cases that test/live/pairs-own.test.ts leaves out. */
import '../live/pairs-own.test.ts'
