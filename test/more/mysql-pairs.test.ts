/** The cases that test/mysql/pairs.test.ts leaves out. */
import '../mysql/pairs.test.ts'
