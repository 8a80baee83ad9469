/** The cases that test/live/enum-dialects.test.ts leaves out. */
import '../live/enum-dialects.test.ts'
