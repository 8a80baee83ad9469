/** The cases that test/live/odd-names.test.ts leaves out. */
import '../live/odd-names.test.ts'
