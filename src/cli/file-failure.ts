/** File errors of the operating system, wherever they happened: one sentence, without a stack. */
import { AmbixError } from '../errors.ts'

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EBUSY: 'it is in use',
  EEXIST: 'it is there already',
  EISDIR: 'it is a folder',
  ELOOP: 'its links lead in a circle',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'its name is too long',
  ENOENT: 'it is not there',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is no folder',
  ENOTEMPTY: 'it is not empty',
  EPERM: 'it is not permitted',
  EROFS: 'the file system is read-only',
}

const writing = new Set([
  'mkdir',
  'write',
  'rename',
  'unlink',
  'rmdir',
  'rm',
  'copyfile',
  'symlink',
  'chmod',
  'ftruncate',
])

/** FILES.READ or FILES.WRITE; undefined for anything that is no refusal of a path. */
export function fileFailure(error: unknown): AmbixError | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, path, syscall } = error as NodeJS.ErrnoException
  const reason = code === undefined ? undefined : reasons[code]
  if (reason === undefined || typeof path !== 'string' || syscall === undefined) return undefined
  const writes = writing.has(syscall) || code === 'EROFS' || code === 'ENOSPC'
  return new AmbixError(
    writes ? 'FILES.WRITE' : 'FILES.READ',
    `${path} cannot be ${writes ? 'written' : 'read'}: ${reason}`,
    { why: error.message, data: { path, reason: code }, cause: error },
  )
}
