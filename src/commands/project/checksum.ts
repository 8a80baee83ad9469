/** The checksum of a revision file in the history: of its text, its place, and everything below it. */
import { readRevisionText } from '../../revisions/files/files.ts'
import type { Revision } from '../../revisions/revision.ts'
import { hash } from '../../util/hash.ts'

/** SHA-256 of the file with LF line ends and without a byte order mark, so that checkouts on all systems agree. Throws FILES.READ. */
export function checksumOf(revision: Revision): string {
  return revision.body?.checksum ?? checksumOfText(readRevisionText(revision.file))
}

export function checksumOfText(text: string): string {
  return hash('sha256', plainText(text))
}

const plainText = (text: string): string => text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')

/** The same from a file's bytes, which are decoded only where another encoding of the text is possible. */
export function checksumOfBytes(bytes: Uint8Array): string {
  return bytes[0] === 0xef || bytes.includes(13)
    ? checksumOfText(Buffer.from(bytes).toString('utf8'))
    : hash('sha256', bytes)
}

/** A file's checksum in a row of the history: `<file>.<place>.<body>.<chain>`, 127 characters; earlier builds stored only the file's. */
export interface FileRecord {
  readonly file: string
  /** Of its id, parents and dependencies. */
  readonly place?: string
  /** Of the text without the header lines with its id, parents and dependencies. */
  readonly body?: string
  /** Of the file, its place, and the chains of its parents and dependencies: it covers everything below. */
  readonly chain?: string
}

export function readRecord(checksum: string): FileRecord {
  const [file = '', place, body, chain] = checksum.split('.')
  return place === undefined || body === undefined || chain === undefined ? { file } : { file, place, body, chain }
}

export const writeRecord = ({ file, place, body, chain }: Required<FileRecord>): string =>
  [file, place, body, chain].join('.')

/** Ids of a revision's parents and dependencies, as one text and as its hash. */
export function placeOf(id: string, parents: readonly string[], dependencies: readonly string[]): string {
  const text = [id, parents.toSorted().join(','), dependencies.toSorted().join(',')].join('\0')
  return hash('sha256', text).slice(0, 12)
}

/** `id` is not part of it, so that it is the same for another id. */
export function bodyOf(text: string, id: string): string {
  const header =
    /^[ \t]*(?:\/?\*+|--)?[ \t]*(?:export[ \t]+(?:const|let|var)[ \t]+|(?:module\.)?exports\.)?(?:revision|revision id|down[ _-]?revision|revises|depends[ _-]?on)[ \t]*[:=][^\n]*\n/gim
  return hash('sha256', plainText(text).replace(header, '').split(id).join('')).slice(0, 16)
}
