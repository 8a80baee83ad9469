/** Whether an error means that the session has ended, which is not the fault of the statement that failed. */
import { isAmbixError } from '../errors.ts'

/** Whether the server ends the session with such an error (manual, appendix A: classes 08 and 57P, and timeouts of idle sessions). */
export const endsSession = (code: string | undefined): boolean =>
  code !== undefined && (/^(?:08|57P)/.test(code) || code === '25P03' || code === '25P04')

/** By the driver's error, or by the server's last message before it closed. */
export const isSessionEnd = (
  db: { describeError(error: unknown): { readonly code?: string } | undefined },
  error: unknown,
): boolean => isAmbixError(error, 'DATABASE.CONNECT') || endsSession(db.describeError(error)?.code)
