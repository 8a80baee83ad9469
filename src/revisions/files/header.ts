/** Reads the header of a revision file without importing it: a few KB, one linear scan, no evaluation. */
import { thrownText } from '../../util/redact.ts'
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { AmbixError, isAmbixError } from '../../errors.ts'
import { conflictLine, resolveConflict, saysConflict } from '../../util/modules/conflict-marks.ts'
import { scanModuleHeader, scanUsualHeader } from './module-header.ts'
import type { Revision } from '../revision.ts'
import { scanSqlHeader } from './sql-header.ts'

const ending = /\.(?:[cm]?[jt]s|sql)$/
const declarations = /\.d\.[cm]?ts$/

/** Whether a file is a revision, by its extension; declaration files are not. */
export function isRevisionFile(name: string): boolean {
  return ending.test(name) && !name.startsWith('.') && !declarations.test(name)
}

const firstBytes = 4096
/** Most headers end within these; decoding more costs more than the rest of the scan. */
const decodedBytes = 1024

/** Called with each file that was read whole; the bytes are valid until it returns. */
export type WholeFileListener = (file: string, bytes: Buffer) => void

/**
 * Reads headers of many files through one buffer: at most 4 KB of each, and the whole file only where the header is not
 * complete in them. Throws REVISION.HEADER (file, line and what is missing) and FILES.READ.
 */
export function headerReader(onWhole?: WholeFileListener): (file: string) => Revision {
  const buffer = Buffer.allocUnsafe(firstBytes)
  const words = new Map<string, Buffer>()
  return (file) => {
    const length = readStart(file, buffer)
    const whole = length < firstBytes
    if (whole) onWhole?.(file, buffer.subarray(0, length))
    if (!file.endsWith('.sql')) {
      const start = buffer.toString('latin1', 0, Math.min(length, decodedBytes))
      const follows = (word: string, from: number): boolean => {
        if (!whole) return true
        if (start.includes(word, from)) return true
        if (length <= decodedBytes) return false
        let bytes = words.get(word)
        if (bytes === undefined) words.set(word, (bytes = Buffer.from(word)))
        const at = buffer.indexOf(bytes, from)
        // The bytes after `length` belong to another file.
        return at >= 0 && at < length
      }
      const usual = scanUsualHeader(start, file, follows)
      // Bytes beyond ASCII can only be in the comment, and must be decoded properly.
      if (usual !== undefined && !/[\u0080-\uffff]/.test(usual.doc)) return usual
    }
    const text = buffer.toString('utf8', 0, length)
    const revision = parseHeader(text, file, whole)
    return revision ?? parseHeader(readWhole(file), file, true)!
  }
}

/** Reads the header of one file. Throws as `headerReader`. */
export function readHeader(file: string): Revision {
  return headerReader()(file)
}

/**
 * Parses the header of a revision from its text. `whole` false means that the text is only the beginning of the file:
 * then undefined is returned where the header is not complete in it. Throws REVISION.HEADER.
 */
export function parseHeader(text: string, file: string, whole = true): Revision | undefined {
  try {
    return file.endsWith('.sql') ? scanSqlHeader(text, file, whole) : scanModuleHeader(text, file, whole)
  } catch (cause) {
    const line = isAmbixError(cause, 'REVISION.HEADER') ? conflictLine(text) : undefined
    if (line === undefined) throw cause
    throw new AmbixError('REVISION.HEADER', `The header of ${file}:${line} cannot be read`, {
      why: saysConflict(file, line),
      next: [resolveConflict],
      data: { file, line },
      cause,
    })
  }
}

/** The number of bytes read; `firstBytes` where there may be more. */
function readStart(file: string, buffer: Buffer): number {
  let handle: number | undefined
  try {
    // A named pipe without a writer would be waited for.
    handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
    const length = readSync(handle, buffer, 0, firstBytes, 0)
    // A device gives nothing, or has no end: a look at each of thousands of files would cost a third of opening it.
    if ((length === 0 || length === firstBytes) && !fstatSync(handle).isFile()) throw new Error(notFile)
    return length
  } catch (cause) {
    throw unreadable(file, handle === undefined || fstatSync(handle).isFile() ? cause : new Error(notFile))
  } finally {
    if (handle !== undefined) closeSync(handle)
  }
}

const notFile = 'It is not a file.'

function readWhole(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw unreadable(file, cause)
  }
}

function unreadable(file: string, cause: unknown): AmbixError {
  return new AmbixError('FILES.READ', `The revision file ${file} cannot be read.`, {
    why: thrownText(cause),
    cause,
    data: { file },
  })
}
