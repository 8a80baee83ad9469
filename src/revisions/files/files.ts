/** The revision files on disk: finds them in their folders, reads their headers, and writes each file atomically. */
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { AmbixError, type Code } from '../../errors.ts'
import { headerReader, isRevisionFile } from './header.ts'
import type { WholeFileListener } from './header.ts'
import type { Revision } from '../revision.ts'

export interface Locations {
  /** Folders, absolute or relative to the working directory; the order matters for ties only. */
  readonly folders: readonly string[]
  /** Search subfolders too (F7). Default false. */
  readonly recursive?: boolean
}

/** Reads the headers of all revision files of the folders (F6). Throws REVISION.HEADER and FILES.READ; a missing folder is empty. */
export function scanRevisions(locations: Locations, onWhole?: WholeFileListener): Revision[] {
  const read = headerReader(onWhole)
  return revisionFiles(locations).map(read)
}

const notRevision = /^(?:_|env\.)/

/**
 * The paths of all revision files: folder by folder, by name in code-unit order, whatever order the system gives.
 * Hidden files, declaration files, `env.*` and files whose name begins with `_` are not revisions. Throws FILES.READ.
 */
export function revisionFiles(locations: Locations): string[] {
  const files: string[] = []
  const seen = new Set<string>()
  const overlap = locations.folders.length > 1
  const visit = (folder: string): void => {
    // `join` for each of 5,000 names would cost as much as reading the directory.
    const base = join(folder, sep)
    const folders: string[] = []
    let names: string[]
    try {
      if (locations.recursive === true) {
        const entries = readdirSync(folder, { withFileTypes: true })
        names = entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name)
        for (const entry of entries)
          if (entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
            folders.push(entry.name)
      } else names = readdirSync(folder)
    } catch (cause) {
      if (hasCode(cause, 'ENOENT')) return
      throw fileError('FILES.READ', `The folder ${folder} cannot be read.`, cause)
    }
    for (const name of names.sort()) {
      if (!isRevisionFile(name) || notRevision.test(name)) continue
      const file = base + name
      if (overlap && seen.has(file)) continue
      if (overlap) seen.add(file)
      files.push(file)
    }
    for (const name of folders.sort()) visit(join(folder, name))
  }
  for (const folder of locations.folders) visit(folder)
  return files
}

/** The text of a revision file. Throws FILES.READ. */
export function readRevisionText(file: string): string {
  try {
    // A byte order mark is not part of the text.
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '')
  } catch (cause) {
    throw fileError('FILES.READ', `The file ${file} cannot be read.`, cause)
  }
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
    if (hasCode(cause, 'EEXIST')) {
      throw new AmbixError('FILES.EXISTS', `The file ${file} already exists.`, { data: { file }, cause })
    }
    // A file system without hard links: O_EXCL prevents writing over another file, but not a half-written one.
    writeOrThrow(file, text, 'wx')
  } finally {
    rmSync(temporary, { force: true })
  }
  return file
}

/** Replaces the text of an existing file atomically; its mode is kept. Throws FILES.WRITE and FILES.READ. */
export function replaceFile(file: string, text: string): void {
  let real: string
  let mode: number
  try {
    real = realpathSync(file)
    mode = statSync(real).mode
  } catch (cause) {
    throw fileError('FILES.READ', `The file ${file} cannot be read.`, cause)
  }
  const temporary = writeTemporary(real, text, mode & 0o777)
  try {
    renameSync(temporary, real)
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
    if (hasCode(cause, 'EEXIST')) throw new AmbixError('FILES.EXISTS', `The file ${shown} already exists.`, { cause })
    throw fileError('FILES.WRITE', `The file ${shown} cannot be written.`, cause)
  }
}

/** Whether a folder, which may be missing yet, is not below another: by its path, or through a link. */
export function leadsOut(root: string, folder: string): boolean {
  if (!isInside(root, folder)) return true
  let there = folder
  while (!existsSync(there)) there = dirname(there)
  const [real, above] = [realpathSync(there), realpathSync(root)]
  return real !== above && !isInside(above, real)
}

function isInside(folder: string, file: string): boolean {
  const way = relative(folder, file)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && resolve(folder, way) === file
}

function unsafe(file: string, folder: string): AmbixError {
  return new AmbixError('FILES.UNSAFE_PATH', `${file} does not lie in ${folder}.`, { data: { file, folder } })
}

const plainWords: Readonly<Record<string, string>> = {
  EACCES: 'You may not do that there; look at the permissions of the file and its folder.',
  EPERM: 'You may not do that there; look at the permissions of the file and its folder.',
  EROFS: 'The file system is read-only.',
  ENOSPC: 'The disk is full.',
  EDQUOT: 'Your disk quota is used up.',
  ENOTDIR: 'A part of the path is a file, not a folder.',
  EISDIR: 'It is a folder, not a file.',
  ENOENT: 'It is not there.',
  ENAMETOOLONG: 'The name is too long for the file system.',
  EMFILE: 'Too many files are open.',
}

function fileError(code: Code, message: string, cause: unknown): AmbixError {
  const errno = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : ''
  const why = plainWords[errno] ?? (cause instanceof Error ? cause.message : String(cause))
  return new AmbixError(code, message, { why, cause, data: { errno } })
}

function hasCode(cause: unknown, errno: string): boolean {
  return typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === errno
}
