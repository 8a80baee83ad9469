/** The cases that test/acceptance/enum-scenarios.test.ts leaves out. */
import '../acceptance/enum-scenarios.test.ts'
