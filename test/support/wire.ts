/** A proxy before the test server that counts what a client sends, so that figures about the wire are exact and free of noise. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface Wire {
  /** The same database through the proxy. */
  readonly url: string
  /** Since the last call: connections, statements sent (simple queries and executions) and their texts. */
  counted(): { readonly connections: number; readonly statements: number; readonly texts: readonly string[] }
  /** Since the last call: how often the client sent something while no answer was due (PostgreSQL, simple queries). */
  turns(): number
  /** Since the last call: the most queries that were on their way at once. */
  atOnce(): number
  close(): Promise<void>
}

/** Counts on the way to the server of `url`, which speaks PostgreSQL's protocol or MySQL's. */
export async function countingProxy(url: string): Promise<Wire> {
  const messages = /^(?:mysql|mariadb):/.test(url) ? mysqlMessages : postgresMessages
  const target = new URL(url)
  let connections = 0
  let statements = 0
  let texts: string[] = []
  let turns = 0
  let most = 0
  const sockets = new Set<Socket>()
  const proxy = createServer((client) => {
    connections++
    const server = connect({ host: target.hostname, port: Number(target.port) })
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(from)
      from.setNoDelay(true)
      from.on('error', () => to.destroy())
      from.on('close', () => sockets.delete(from))
    }
    let due = 0
    // ReadyForQuery; the first one follows the log-in.
    const answered = postgresMessages((type) => {
      if (type === 'Z' && due > 0) due--
    }, true)
    server.on('data', (data: Buffer) => {
      if (messages === postgresMessages) answered(data)
      client.write(data)
    })
    server.on('end', () => client.end())
    const read = messages((type, body) => {
      if (type === 'Q' && due++ === 0) turns++
      most = Math.max(most, due)
      if (type !== 'Q' && type !== 'E') return
      statements++
      if (type === 'Q') texts.push(body.toString('utf8', 0, body.length - 1))
    })
    client.on('data', (data: Buffer) => {
      read(data)
      server.write(data)
    })
    client.on('end', () => server.end())
  })
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done))
  const through = new URL(url)
  through.port = String((proxy.address() as AddressInfo).port)
  return {
    url: through.href,
    counted() {
      const found = { connections, statements, texts }
      connections = statements = 0
      texts = []
      return found
    },
    turns() {
      const found = turns
      turns = 0
      return found
    },
    atOnce() {
      const found = most
      most = 0
      return found
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => proxy.close(done))
    },
  }
}

/** Cuts bytes into messages of the protocol (manual, 55.7). A client's first has no type, and requests for encryption come before it. */
function postgresMessages(seen: (type: string, body: Buffer) => void, started = false): (data: Buffer) => void {
  let rest = Buffer.alloc(0)
  return (data) => {
    rest = Buffer.concat([rest, data])
    for (;;) {
      const head = started ? 1 : 0
      if (rest.length < head + 4) return
      const end = head + rest.readInt32BE(head)
      if (rest.length < end) return
      // 196608 is version 3.0 of the protocol.
      if (started) seen(String.fromCharCode(rest[0]!), rest.subarray(5, end))
      else started = rest.readInt32BE(4) === 196608
      rest = rest.subarray(end)
    }
  }
}

/** Cuts a client's bytes into packets of MySQL's protocol; only a command has the number 0, and 3 is a query (COM_QUERY). */
function mysqlMessages(seen: (type: string, body: Buffer) => void): (data: Buffer) => void {
  let rest = Buffer.alloc(0)
  return (data) => {
    rest = Buffer.concat([rest, data])
    while (rest.length >= 4) {
      const end = 4 + rest.readUIntLE(0, 3)
      if (rest.length < end) return
      // The text ends where the packet does; the other protocol has a zero byte there.
      if (rest[3] === 0 && rest[4] === 3) seen('Q', Buffer.concat([rest.subarray(5, end), Buffer.alloc(1)]))
      rest = rest.subarray(end)
    }
  }
}
