/** The cases that test/live/safe-forms.test.ts leaves out. */
import '../live/safe-forms.test.ts'
