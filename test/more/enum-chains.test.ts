/** The chain that test/live/enum-chains.test.ts leaves out. */
import '../live/enum-chains.test.ts'
