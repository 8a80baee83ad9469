/** Whether a failure means that the session is gone, which says nothing about the statement that met it. */
import { isAmbixError } from '../errors.ts'

/** Whether the server ends the session with such an error (manual, appendix A: classes 08 and 57P, and timeouts of idle sessions). */
export const endsSession = (code: string | undefined): boolean =>
  code !== undefined && (/^(?:08|57P)/.test(code) || code === '25P03' || code === '25P04')

/** By what the driver says of it, or by what the server said before it closed. */
export const isSessionEnd = (
  db: { describeError(error: unknown): { readonly code?: string } | undefined },
  error: unknown,
): boolean => isAmbixError(error, 'DATABASE.CONNECT') || endsSession(db.describeError(error)?.code)
