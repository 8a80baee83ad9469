/** The cases that test/live/enum-helper-names.test.ts leaves out. */
import '../live/enum-helper-names.test.ts'
