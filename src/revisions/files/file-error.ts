/** What the system said about a file, in plain words. */
import { thrownText } from '../../util/redact.ts'
import { AmbixError, type Code } from '../../errors.ts'

export const plainWords: Readonly<Record<string, string>> = {
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

export function fileError(code: Code, message: string, cause: unknown): AmbixError {
  const errno = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : ''
  const why = plainWords[errno] ?? thrownText(cause)
  return new AmbixError(code, message, { why, cause, data: { errno } })
}

export function hasCode(cause: unknown, errno: string): boolean {
  return typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === errno
}
