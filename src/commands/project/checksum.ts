/** The checksum of a revision file, as the history keeps it: of its text, its place, and everything that it is built on. */
import { readRevisionText } from '../../revisions/files/files.ts'
import type { Revision } from '../../revisions/revision.ts'
import { hash } from '../../util/hash.ts'

/** SHA-256 of the file with LF line ends and without a byte order mark, so that a checkout on another system is no edit. Throws FILES.READ. */
export function checksumOf(revision: Revision): string {
  return revision.body?.checksum ?? checksumOfText(readRevisionText(revision.file))
}

export function checksumOfText(text: string): string {
  return hash('sha256', plainText(text))
}

const plainText = (text: string): string => text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')

/** The same from a file's bytes, which are decoded only where they could be another encoding of the text. */
export function checksumOfBytes(bytes: Uint8Array): string {
  return bytes[0] === 0xef || bytes.includes(13)
    ? checksumOfText(Buffer.from(bytes).toString('utf8'))
    : hash('sha256', bytes)
}

/** What a row of the history says of a file: `<file>.<place>.<body>.<chain>`, 127 characters; earlier builds kept the file's alone. */
export interface FileRecord {
  readonly file: string
  /** Of its id, parents and dependencies. */
  readonly place?: string
  /** Of the text without the lines of its header that say who it is and what it follows. */
  readonly body?: string
  /** Of the file, its place, and the chains of its parents and dependencies: it commits to everything below. */
  readonly chain?: string
}

export function readRecord(checksum: string): FileRecord {
  const [file = '', place, body, chain] = checksum.split('.')
  return place === undefined || body === undefined || chain === undefined ? { file } : { file, place, body, chain }
}

export const writeRecord = ({ file, place, body, chain }: Required<FileRecord>): string =>
  [file, place, body, chain].join('.')

/** Ids of what a revision follows and what it depends on, as one text and as its hash. */
export function placeOf(id: string, parents: readonly string[], dependencies: readonly string[]): string {
  const text = [id, parents.toSorted().join(','), dependencies.toSorted().join(',')].join('\0')
  return hash('sha256', text).slice(0, 12)
}

/** `id` is left out of it, so that it stays the same under another one. */
export function bodyOf(text: string, id: string): string {
  const header =
    /^[ \t]*(?:\/?\*+|--)?[ \t]*(?:export[ \t]+(?:const|let|var)[ \t]+|(?:module\.)?exports\.)?(?:revision|revision id|down[ _-]?revision|revises|depends[ _-]?on)[ \t]*[:=][^\n]*\n/gim
  return hash('sha256', plainText(text).replace(header, '').split(id).join('')).slice(0, 16)
}
