/** Ctrl-C while statements are at work. */
import type { Connection } from '../../drivers/driver.ts'

/** Cancels what the connection runs once the signal comes; the answer ends that, after a request that is under way. */
export function cancelling(connection: Connection, signal: AbortSignal | undefined): () => Promise<void> {
  let stopping: Promise<void> | undefined
  const stop = (): void => void (stopping = connection.cancel?.().catch(() => {}))
  signal?.addEventListener('abort', stop, { once: true })
  return async () => {
    signal?.removeEventListener('abort', stop)
    await stopping // Else the request could reach what the session does next.
  }
}
