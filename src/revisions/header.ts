/** Reads the head of a revision file without importing it: a few KB, one linear scan, never an evaluation. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { AmbixError } from '../errors.ts'
import { scanModuleHeader } from './module-header.ts'
import type { Revision } from './revision.ts'
import { scanSqlHeader } from './sql-header.ts'

/** Names of files that are revisions, by their ending; declaration files are not. */
export function isRevisionFile(name: string): boolean {
  return /\.(?:[cm]?[jt]s|sql)$/.test(name) && !/\.d\.[cm]?ts$/.test(name) && !name.startsWith('.')
}

const firstBytes = 4096

/**
 * Reads heads of many files through one buffer: at most 4 KB of each, and the whole file only where the header is not
 * complete in them. Throws REVISION.HEADER (file, line and what is missing) and FILES.READ.
 */
export function headerReader(): (file: string) => Revision {
  const buffer = Buffer.allocUnsafe(firstBytes)
  return (file) => {
    const { text, whole } = readStart(file, buffer)
    const revision = parseHeader(text, file, whole)
    return revision ?? parseHeader(readWhole(file), file, true)!
  }
}

/** Reads the head of one file. Throws as `headerReader`. */
export function readHeader(file: string): Revision {
  return headerReader()(file)
}

/**
 * Parses the head of a revision from its text. `whole` false says that the text is only the beginning of the file:
 * then undefined is returned where the header is not complete in it. Throws REVISION.HEADER.
 */
export function parseHeader(text: string, file: string, whole = true): Revision | undefined {
  return file.endsWith('.sql') ? scanSqlHeader(text, file, whole) : scanModuleHeader(text, file, whole)
}

function readStart(file: string, buffer: Buffer): { text: string; whole: boolean } {
  let handle: number | undefined
  try {
    handle = openSync(file, 'r')
    const length = readSync(handle, buffer, 0, firstBytes, 0)
    return { text: buffer.toString('utf8', 0, length), whole: length < firstBytes }
  } catch (cause) {
    throw unreadable(file, cause)
  } finally {
    if (handle !== undefined) closeSync(handle)
  }
}

function readWhole(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw unreadable(file, cause)
  }
}

function unreadable(file: string, cause: unknown): AmbixError {
  return new AmbixError('FILES.READ', `The revision file ${file} cannot be read.`, {
    why: cause instanceof Error ? cause.message : String(cause),
    cause,
    data: { file },
  })
}
