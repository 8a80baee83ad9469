/** The pages that test/docs/pages.test.ts leaves out. */
import '../../docs/pages.test.ts'
