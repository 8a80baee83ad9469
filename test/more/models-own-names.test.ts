/** The cases that test/live/models-own-names.test.ts leaves out. */
import '../live/models-own-names.test.ts'
