/** The cases that test/mysql/offline.test.ts leaves out. */
import '../mysql/offline.test.ts'
