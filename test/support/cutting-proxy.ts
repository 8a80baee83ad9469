/** A proxy before the test server that lets a client die at the n-th statement, in one of the ways in which clients die. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/**
 * `kill`: the process is gone before the statement is sent: every connection ends, and none can be made.
 * `unheard`: gone after the server has done it, before the answer came. `during`: gone just after it was sent.
 * `cut`: only this connection is lost, before; `cut-after`: after. `terminate`: the server ends the session when it was sent.
 */
export const deaths = ['kill', 'unheard', 'during', 'cut', 'cut-after', 'terminate'] as const
export type Death = (typeof deaths)[number]

export interface CuttingProxy {
  readonly url: string
  /** Statements that went by so far. */
  readonly seen: number
  /** Whether the death came. */
  readonly died: boolean
  close(): Promise<void>
}

export async function cuttingProxy(
  url: string,
  at: number,
  death: Death,
  terminate: (pid: number) => Promise<void>,
): Promise<CuttingProxy> {
  const target = new URL(url)
  let seen = 0
  let died = false
  let dead = false
  const sockets = new Set<Socket>()
  const proxy = createServer((client) => {
    if (dead) return void client.destroy()
    const server = connect({ host: target.hostname, port: Number(target.port) })
    let pid = 0
    let deaf = false
    const end = (all: boolean): void => {
      died = true
      dead ||= all
      for (const socket of all ? sockets : [client, server]) socket.destroy()
    }
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        ;(socket === client ? server : client).destroy()
      })
    }
    const answers = frames(true, (type, frame) => {
      if (type === 'K') pid = frame.readInt32BE(5)
      if (!deaf) client.write(frame)
      // ReadyForQuery: the server is done with it.
      else if (type === 'Z') end(death === 'unheard')
    })
    server.on('data', answers)
    const asks = frames(false, (type, frame) => {
      const counts = type === 'Q' || type === 'P'
      if (counts) seen++
      if (counts && seen === at && !died) {
        if (death === 'kill' || death === 'cut') return end(death === 'kill')
        if (death === 'unheard' || death === 'cut-after') deaf = true
        if (death === 'during') return void server.write(frame, () => setImmediate(() => end(true)))
        if (death === 'terminate') {
          died = true
          server.write(frame)
          return void terminate(pid)
        }
      }
      // A statement with parameters is several messages: it is done when its Sync is answered.
      if (!server.destroyed) server.write(frame)
    })
    client.on('data', asks)
  })
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done))
  const through = new URL(url)
  through.port = String((proxy.address() as AddressInfo).port)
  return {
    url: through.href,
    get seen() {
      return seen
    },
    get died() {
      return died
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => proxy.close(done))
    },
  }
}

/** Cuts bytes into messages of the protocol (manual, 55.7); a client's first ones have no type. */
function frames(typed: boolean, seen: (type: string, frame: Buffer) => void): (data: Buffer) => void {
  let rest = Buffer.alloc(0)
  let started = typed
  return (data) => {
    rest = Buffer.concat([rest, data])
    for (;;) {
      const head = started ? 1 : 0
      if (rest.length < head + 4) return
      const end = head + rest.readInt32BE(head)
      if (rest.length < end) return
      const frame = Buffer.from(rest.subarray(0, end))
      rest = Buffer.from(rest.subarray(end))
      // 196608 is version 3.0 of the protocol.
      if (started) seen(String.fromCharCode(frame[0]!), frame)
      else {
        started = frame.readInt32BE(4) === 196608
        seen('', frame)
      }
    }
  }
}
