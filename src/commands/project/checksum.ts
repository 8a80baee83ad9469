/** The checksum of a revision file, as the history keeps it. */
import { readRevisionText } from '../../revisions/files/files.ts'
import type { Revision } from '../../revisions/revision.ts'
import { hash } from '../../util/hash.ts'

/** SHA-256 of the file with LF line ends and without a byte order mark, so that a checkout on another system is no edit. Throws FILES.READ. */
export function checksumOf(revision: Revision): string {
  return checksumOfText(readRevisionText(revision.file))
}

export function checksumOfText(text: string): string {
  return hash('sha256', text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n'))
}
