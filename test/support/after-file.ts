/** What the tests' modules clear after each test file: they are loaded once for all files of a worker, and hooks count for one file. */
import { afterAll } from 'vitest'

const duties: (() => Promise<void>)[] = []

/** `clear` is called after the tests of each file that this module's worker runs. */
export function afterFile(clear: () => Promise<void>): void {
  duties.push(clear)
}

/** Called by the setup file, which is run for each test file. */
export function clearAfterFile(): void {
  afterAll(async () => {
    for (const clear of duties) await clear()
  })
}
