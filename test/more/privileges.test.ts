/** The cases that test/live/privileges.test.ts leaves out. */
import '../live/privileges.test.ts'
