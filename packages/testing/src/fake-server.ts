import net from 'node:net'

/** Returns a fake server's bytes for a chunk. */
export type Answer = (chunk: Buffer, socket: net.Socket) => Uint8Array | string | undefined

/** A TCP server on loopback that keeps what it got, by connection. */
export class FakeServer {
  /** Connections in the order in which they came. */
  readonly sockets: net.Socket[] = []
  /** Bytes received on each connection. */
  readonly received: Buffer[] = []
  /** Which of them have ended their stream. */
  readonly ended: boolean[] = []
  readonly #server: net.Server

  private constructor (server: net.Server) { this.#server = server }

  /** Listen. `answer` is called with each chunk, and its result is sent back; without it the server only records. */
  static async listen (answer: Answer = () => undefined, port = 0): Promise<FakeServer> {
    const server = net.createServer({ allowHalfOpen: true })
    const fake = new FakeServer(server)
    server.on('connection', socket => {
      const i = fake.sockets.push(socket) - 1
      fake.received[i] = Buffer.alloc(0)
      fake.ended[i] = false
      socket.on('data', chunk => {
        fake.received[i] = Buffer.concat([fake.received[i]!, chunk])
        const back = answer(chunk, socket)
        if (back !== undefined) socket.write(back)
      })
      socket.on('end', () => { fake.ended[i] = true; socket.end() })
      socket.on('error', () => {})
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', resolve)
    })
    return fake
  }

  /** Listen, and echo all bytes. */
  static async echo (port = 0): Promise<FakeServer> { return await FakeServer.listen(chunk => chunk, port) }

  get port (): number { return (this.#server.address() as net.AddressInfo).port }

  /** Bytes received on one connection, one character per byte. */
  text (i = 0): string { return this.received[i]?.toString('latin1') ?? '' }

  /** Stop listening and reset every connection. */
  async close (): Promise<void> {
    for (const socket of this.sockets) socket.resetAndDestroy()
    if (this.#server.listening) await new Promise(resolve => this.#server.close(resolve))
  }
}
