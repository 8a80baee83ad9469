/** The cases that test/live/planted-races.test.ts leaves out. */
import '../live/planted-races.test.ts'
