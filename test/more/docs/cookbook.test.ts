/** The pages that test/docs/cookbook.test.ts leaves out. */
import '../../docs/cookbook.test.ts'
