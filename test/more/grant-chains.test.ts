/** The cases that test/live/grant-chains.test.ts leaves out. */
import '../live/grant-chains.test.ts'
