/** Before each test file: what its modules leave behind is cleared after it. */
import { clearAfterFile } from './after-file.ts'

clearAfterFile()
