/** How ambix writes files: whole or not at all, under a name of their own folder, and never through or over what is no file of its own. */
import type { Stats } from 'node:fs'
import {
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { AmbixError } from '../../errors.ts'
import { fileError, hasCode, plainWords } from './file-error.ts'

export interface NewFile {
  /** Below the folder, with slashes. */
  readonly path: string
  readonly text: string
}

/**
 * Writes a new file under a folder, which is created if missing: complete or not at all, never over another, never through a
 * link out of the folder. Returns its path. Throws FILES.EXISTS, FILES.UNSAFE_PATH and FILES.WRITE.
 */
export function writeNewFile(folder: string, name: string, text: string): string {
  const file = resolve(folder, name)
  if (!isInside(resolve(folder), file)) throw unsafe(file, folder)
  try {
    mkdirSync(dirname(file), { recursive: true })
  } catch (cause) {
    throw fileError('FILES.WRITE', `The folder ${dirname(file)} cannot be made.`, cause)
  }
  if (!isInside(realpathSync(folder), join(realpathSync(dirname(file)), basename(file)))) throw unsafe(file, folder)
  const temporary = writeTemporary(file, text)
  try {
    // A hard link fails where the name exists; a rename does not.
    linkSync(temporary, file)
  } catch (cause) {
    if (hasCode(cause, 'EEXIST')) throw existing([file], cause)
    // A file system without hard links: O_EXCL prevents writing over another file, but not a half-written one.
    writeOrThrow(file, text, 'wx')
  } finally {
    rmSync(temporary, { force: true })
  }
  return file
}

/**
 * Several new files: looks at the place of each before the first is written, and takes back those that were written where a later one
 * fails. Returns their paths. Throws as `writeNewFile`.
 */
export function writeNewFiles(folder: string, files: readonly NewFile[]): readonly string[] {
  refuseTaken(
    folder,
    files.map((file) => file.path),
  )
  const written: string[] = []
  try {
    for (const { path, text } of files) written.push(writeNewFile(folder, path, text))
  } catch (error) {
    for (const file of written) rmSync(file, { force: true })
    throw error
  }
  return written
}

/** Throws FILES.EXISTS, FILES.UNSAFE_PATH and FILES.WRITE where a new file of this name could not be written; writes nothing. */
export function refuseTaken(folder: string, names: readonly string[]): void {
  const root = resolve(folder)
  const files = names.map((name) => resolve(root, name))
  for (const file of files) {
    if (!isInside(root, file)) throw unsafe(file, folder)
    let above = dirname(file)
    while (statOf(above) === undefined) above = dirname(above)
    let real: string
    try {
      real = realpathSync(above)
    } catch (cause) {
      throw fileError('FILES.UNSAFE_PATH', `${above} is a symbolic link that leads nowhere.`, cause)
    }
    if (!lstatSync(real).isDirectory())
      throw new AmbixError('FILES.WRITE', `The folder ${dirname(file)} cannot be made.`, { why: `${above} is a file.` })
    if (isInside(root, above) && !isInside(realpathSync(root), real)) throw unsafe(file, folder)
  }
  const taken = files.filter((file) => statOf(file) !== undefined)
  if (taken.length > 0) throw existing(taken)
}

/** Whether anything has this name, a link that leads nowhere too. */
export const isTaken = (file: string): boolean => statOf(file) !== undefined

/** Replaces the text of an existing file atomically; its mode is kept. Throws FILES.UNSAFE_PATH, FILES.WRITE and FILES.READ. */
export function replaceFile(file: string, text: string): void {
  const there = plainFile(file)
  if (there === undefined)
    throw new AmbixError('FILES.READ', `The file ${file} cannot be read.`, { why: plainWords['ENOENT']! })
  put(file, text, there.mode & 0o777)
}

/**
 * Writes a file that a command writes again each time. `mark`: what tells within its first 400 characters that a file of that name was
 * written by that command; absent where the user has named the file to be overwritten. Throws FILES.UNSAFE_PATH, FILES.EXISTS, FILES.WRITE.
 */
export function writeGenerated(file: string, text: string, mark?: string): void {
  const there = refuseForeign(file, mark)
  try {
    mkdirSync(dirname(file), { recursive: true })
  } catch (cause) {
    throw fileError('FILES.WRITE', `The folder ${dirname(file)} cannot be made.`, cause)
  }
  put(file, text, there === undefined ? undefined : there.mode & 0o777)
}

/**
 * The file that may be overwritten; undefined where there is none. Throws FILES.UNSAFE_PATH for a link, a pipe, a device, a folder, and
 * FILES.EXISTS for a file without the mark.
 */
export function refuseForeign(file: string, mark?: string): Stats | undefined {
  const there = plainFile(file)
  if (there === undefined || there.size === 0 || mark === undefined || beginning(file).includes(mark)) return there
  throw new AmbixError('FILES.EXISTS', `${file} was not written by this command: nothing was changed`, {
    why: `Such a file has the words "${mark}" in its first lines.`,
    next: ['Name another file', 'Or move the file away first'],
    data: { file },
  })
}

/** A regular file of this name; undefined where nothing has it. Throws FILES.UNSAFE_PATH for anything else: it would be written through. */
function plainFile(file: string): Stats | undefined {
  const there = statOf(file)
  if (there === undefined || there.isFile()) return there
  const kind = there.isSymbolicLink()
    ? 'a symbolic link'
    : there.isDirectory()
      ? 'a folder'
      : there.isFIFO()
        ? 'a named pipe'
        : there.isSocket()
          ? 'a socket'
          : 'a device'
  throw new AmbixError('FILES.UNSAFE_PATH', `${file} is ${kind}, not a file: nothing was written`, {
    next: [
      there.isSymbolicLink() ? 'Name the file that the link leads to, or remove the link' : 'Name a file',
      ...(there.isDirectory() || there.isSymbolicLink() ? [] : ['Or print to stdout, where the command takes `-`']),
    ],
    data: { file },
  })
}

function statOf(file: string): Stats | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false })
  } catch (cause) {
    // A part of the path is a file.
    if (hasCode(cause, 'ENOTDIR')) return undefined
    throw fileError('FILES.WRITE', `The file ${file} cannot be written.`, cause)
  }
}

function beginning(file: string): string {
  const buffer = Buffer.alloc(1600)
  try {
    const handle = openSync(file, 'r')
    try {
      return buffer.toString('utf8', 0, readSync(handle, buffer)).slice(0, 400)
    } finally {
      closeSync(handle)
    }
  } catch (cause) {
    throw fileError('FILES.READ', `The file ${file} cannot be read.`, cause)
  }
}

/** Beside it first: a reader sees the old file or the new one, and a full disk leaves the old one. */
function put(file: string, text: string, mode: number | undefined): void {
  const temporary = writeTemporary(file, text, mode)
  try {
    renameSync(temporary, file)
  } catch (cause) {
    rmSync(temporary, { force: true })
    throw fileError('FILES.WRITE', `The file ${file} cannot be written.`, cause)
  }
}

function writeTemporary(file: string, text: string, mode?: number): string {
  const temporary = join(dirname(file), `.${globalThis.crypto.randomUUID().slice(0, 8)}.ambix-tmp`)
  writeOrThrow(temporary, text, 'wx', file, mode)
  return temporary
}

function writeOrThrow(path: string, text: string, flag: 'wx', shown = path, mode = 0o644): void {
  try {
    writeFileSync(path, text, { flag, mode })
  } catch (cause) {
    if (path !== shown) rmSync(path, { force: true })
    if (hasCode(cause, 'EEXIST')) throw existing([shown], cause)
    throw fileError('FILES.WRITE', `The file ${shown} cannot be written.`, cause)
  }
}

function existing(files: readonly string[], cause?: unknown): AmbixError {
  const message =
    files.length === 1 ? `The file ${files[0]} already exists.` : `The files ${files.join(', ')} already exist.`
  return new AmbixError('FILES.EXISTS', message, { data: { file: files[0]! }, cause })
}

export function isInside(folder: string, file: string): boolean {
  const way = relative(folder, file)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && resolve(folder, way) === file
}

function unsafe(file: string, folder: string): AmbixError {
  return new AmbixError('FILES.UNSAFE_PATH', `${file} does not lie in ${folder}.`, { data: { file, folder } })
}
