/** The laws of test/operations/laws.test.ts with more random cases. */
import '../operations/laws.test.ts'
