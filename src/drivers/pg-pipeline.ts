/** Several simple queries on their way at once, through a client of `pg` that knows one at a time. */
import { append } from '../util/append.ts'
import type { OnRows, Rows } from './driver.ts'
import { type Joined, locate, positionOf } from './join-script.ts'

type Listen = (message: object) => void

/** The part of `pg`'s client that is used: a query object of one's own, and the events of its connection. */
interface Events {
  on(event: string, listener: Listen): void
  listeners?(event: string): unknown[]
  removeAllListeners?(event: string): unknown
  emit?(event: string, message: object): unknown
  query?(text: string): void
  readonly stream?: { cork?(): void; uncork?(): void }
}

/** What the client does with the answers to a query; the connection is another where the client is not `pg`'s own. */
const answers = ['rowDescription', 'dataRow', 'commandComplete', 'emptyQuery', 'errorMessage', 'readyForQuery'] as const

const nothing = (): void => {}
/** What a query of `pg`'s must answer to, and a simple query without COPY data does not get. */
const unused = {
  handlePortalSuspended: nothing,
  handleCopyInResponse: (connection: { sendCopyFail(why: string): void }) =>
    connection.sendCopyFail('there is nothing to copy from'),
  handleCopyData: nothing,
}

export function canPipeline(client: { readonly connection: object }): boolean {
  const { listeners, removeAllListeners, emit, query } = client.connection as Events
  return (
    typeof removeAllListeners === 'function' &&
    typeof emit === 'function' &&
    typeof query === 'function' &&
    typeof listeners === 'function' &&
    listeners.call(client.connection, 'readyForQuery').length > 0
  )
}

/** What is told while messages are on their way; `onDone`, `onFailed` and `more` as in `Connection.pipeline`. */
export interface Exchange {
  onSend(text: string): void
  onDone(at: number): void
  /** Where the server's error is. */
  note(error: object, place: ReturnType<typeof locate>): void
  readonly onFailed?: ((at: number, error: unknown) => void) | undefined
  readonly more?: (() => Promise<readonly Joined[]>) | undefined
}

/**
 * The client sees one query, from the first message to the last answer: what is answered in between is read here. Throws the error
 * of the first message that failed, after `note` has told its place; with `onFailed` none but that of a lost connection.
 */
export async function sendAll(
  client: { readonly connection: object; query(query: never): unknown },
  first: readonly Joined[],
  { onSend, onDone, note, onFailed, more }: Exchange,
): Promise<void> {
  const events = client.connection as Required<Omit<Events, 'stream'>> & Pick<Events, 'stream'>
  const kept = answers.map((event) => [event, events.listeners(event) as Listen[]] as const)
  const giveBack = (): void => {
    for (const [event, listeners] of kept) {
      events.removeAllListeners(event)
      for (const listener of listeners) events.on(event, listener)
    }
  }
  /** Those without an answer. */
  const due: Joined[] = []
  let at = 0
  let completed = 0
  let failure: { readonly error: unknown } | undefined
  let thrown: { readonly error: unknown } | undefined
  let open = more !== undefined
  const write = (messages: readonly Joined[]): void => {
    append(due, messages)
    for (const { text } of messages) onSend(text)
    // As one write: the server is woken, and the system called, once.
    events.stream?.cork?.()
    for (const { text } of messages) events.query(text)
    events.stream?.uncork?.()
  }
  /** The last answer is for the client, which goes on with its own. */
  let ready: object | undefined
  const end = (): void => {
    if (due.length > 0 || ready === undefined || (open && failure === undefined)) return
    const last = ready
    ready = undefined
    open = false
    giveBack()
    events.emit('readyForQuery', last)
  }
  const follow = async (): Promise<void> => {
    while (open) {
      const messages = await more!().catch((error: unknown) => {
        thrown ??= { error }
        return []
      })
      if (!open) return
      open = messages.length > 0 && failure === undefined
      if (open) write(messages)
    }
    end()
  }
  const read: Partial<Record<(typeof answers)[number], Listen>> = {
    commandComplete: () => void completed++,
    errorMessage: (error) => {
      if (failure !== undefined) return
      failure = { error }
      note(error, locate(due[0]!, positionOf(error), completed))
    },
    readyForQuery: (message) => {
      try {
        if (failure === undefined) onDone(at)
        else if (onFailed !== undefined) {
          const { error } = failure
          failure = undefined
          onFailed(at, error)
        }
      } catch (error) {
        thrown ??= { error }
      }
      completed = 0
      at++
      due.shift()
      ready = message
      end()
    },
  }
  await new Promise<void>((resolve, reject) => {
    const query = {
      submit: () => {
        for (const event of answers) {
          events.removeAllListeners(event)
          events.on(event, read[event] ?? nothing)
        }
        write(first)
        void follow()
      },
      handleReadyForQuery: () => {
        const failed = failure ?? thrown
        if (failed === undefined) resolve()
        else reject(failed.error as Error)
      },
      // The connection is lost.
      handleError: (error: Error) => {
        open = false
        giveBack()
        reject((failure?.error as Error | undefined) ?? error)
      },
      handleRowDescription: nothing,
      handleDataRow: nothing,
      handleCommandComplete: nothing,
      handleEmptyQuery: nothing,
      ...unused,
    }
    client.query(query as never)
  })
}

interface Once {
  once?(event: string, listener: () => void): unknown
}

/**
 * The rows of each statement of a text, as the client reads them from the wire: it would make another array of each, with a call for each value.
 * Throws the server's error, once the client can send again: what follows is then on its way before this process does something else.
 */
export function rowsOfAll(
  client: { query(query: never): unknown },
  text: string,
  onRows?: OnRows,
): Promise<readonly Rows[]> {
  return new Promise((resolve, reject) => {
    const results: Rows[] = []
    let told = 0
    let rows: (readonly (string | null)[])[] = []
    const completed = (): void => {
      if (onRows === undefined) results.push(rows)
      else onRows(told++, rows)
      rows = []
    }
    const query = {
      submit: (connection: { query(text: string): void }) => connection.query(text),
      handleRowDescription: nothing,
      handleDataRow: ({ fields }: { readonly fields: readonly (string | null)[] }) => void rows.push(fields),
      handleCommandComplete: completed,
      handleEmptyQuery: completed,
      handleReadyForQuery: () => resolve(results),
      handleError: (error: Error, connection?: Once) => {
        const failed = (): void => reject(error)
        // A connection that is lost, or ended by this very error, gets ready no more.
        if (!('severity' in error) || connection?.once === undefined) return failed()
        connection.once('readyForQuery', failed)
        connection.once('end', failed)
      },
      ...unused,
    }
    client.query(query as never)
  })
}
