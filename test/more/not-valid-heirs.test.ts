/** The cases that test/live/not-valid-heirs.test.ts leaves out. */
import '../live/not-valid-heirs.test.ts'
