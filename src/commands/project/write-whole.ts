/** Writes a file so that a reader never sees half of it. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { AmbixError } from '../../errors.ts'

/** Makes its folder where it is missing. Throws FILES.WRITE. */
export function writeWhole(file: string, text: string): void {
  const draft = `${file}.${process.pid}.tmp`
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(draft, text)
    renameSync(draft, file)
  } catch (cause) {
    throw new AmbixError('FILES.WRITE', `${file} cannot be written`, { why: (cause as Error).message, cause })
  }
}
