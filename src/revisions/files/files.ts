/** The revision files on disk: finds them in their folders and reads their headers. */
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { fileError, hasCode } from './file-error.ts'
import { headerReader, isRevisionFile } from './header.ts'
import type { WholeFileListener } from './header.ts'
import type { Revision } from '../revision.ts'
import { isInside } from './write.ts'

export interface Locations {
  /** Folders, absolute or relative to the working directory; the order matters for ties only. */
  readonly folders: readonly string[]
  /** Search subfolders too (F7). Default false. */
  readonly recursive?: boolean
}

/** Reads the headers of all revision files of the folders (F6). Throws REVISION.HEADER and FILES.READ; a missing folder is empty. */
export function scanRevisions(locations: Locations, onWhole?: WholeFileListener): Revision[] {
  const read = headerReader(onWhole)
  const revisions: Revision[] = []
  eachFile(locations, (file) => revisions.push(read(file)))
  return revisions
}

const notRevision = /^(?:_|env\.)/

/**
 * The paths of all revision files: folder by folder, by name in code-unit order, whatever order the system gives.
 * Hidden files, declaration files, `env.*` and files whose name begins with `_` are not revisions. Throws FILES.READ.
 */
export function revisionFiles(locations: Locations): string[] {
  const files: string[] = []
  eachFile(locations, (file) => files.push(file))
  return files
}

function eachFile(locations: Locations, found: (file: string) => void): void {
  const seen = new Set<string>()
  const overlap = locations.folders.length > 1
  const visit = (folder: string): void => {
    // `join` for each of 5,000 names would cost as much as reading the directory.
    const base = join(folder, sep)
    const folders: string[] = []
    let names: string[]
    try {
      // What each of them is, is asked for only where it is needed: with it, reading the folder takes twice as long.
      names =
        locations.recursive === true
          ? readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
              const { name } = entry
              if (!entry.isDirectory()) return [name]
              if (!name.startsWith('.') && name !== 'node_modules') folders.push(name)
              return []
            })
          : readdirSync(folder)
    } catch (cause) {
      if (hasCode(cause, 'ENOENT')) return
      throw fileError('FILES.READ', `The folder ${folder} cannot be read.`, cause)
    }
    for (const name of names.sort()) {
      if (!isRevisionFile(name) || notRevision.test(name)) continue
      const file = base + name
      if (overlap && seen.has(file)) continue
      if (overlap) seen.add(file)
      found(file)
    }
    for (const name of folders.sort()) visit(join(folder, name))
  }
  for (const folder of locations.folders) visit(folder)
}

/** The text of a revision file. Throws FILES.READ. */
export function readRevisionText(file: string): string {
  try {
    return revisionText(readFileSync(file))
  } catch (cause) {
    throw fileError('FILES.READ', `The file ${file} cannot be read.`, cause)
  }
}

/** A byte order mark is not part of the text. */
export const revisionText = (bytes: Buffer): string =>
  bytes.toString('utf8', bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0)

/** Whether a folder, which may be missing yet, is not below another: by its path, or through a link. */
export function leadsOut(root: string, folder: string): boolean {
  if (!isInside(root, folder)) return true
  let there = folder
  while (!existsSync(there)) there = dirname(there)
  const [real, above] = [realpathSync(there), realpathSync(root)]
  return real !== above && !isInside(above, real)
}
