import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { connect as connectTls } from 'node:tls'
import type { ConfigInput } from '@weirlb/model'

/** The line protocol of the examples: the first line, `HELLO <name>`, decides the server; then a tunnel. */
const source = readFileSync(new URL('../../examples/custom-protocol/protocol.ts', import.meta.url), 'utf8')

/** Servers that answer every line with their name, and a Weir configuration that pins clients to them. */
export class Farm {
  readonly servers: readonly { readonly name: string, readonly port: number }[]
  readonly #open: readonly Server[]
  readonly #sockets = new Set<Socket>()

  private constructor (open: readonly Server[], names: readonly string[], sockets: Set<Socket>) {
    this.#open = open
    this.#sockets = sockets
    this.servers = open.map((server, i) => ({ name: names[i]!, port: (server.address() as AddressInfo).port }))
  }

  static async start (...names: string[]): Promise<Farm> {
    const sockets = new Set<Socket>()
    const open = await Promise.all(names.map(async name => {
      const server = createServer(socket => {
        sockets.add(socket)
        socket.on('error', () => {})
        // readline passes on errors of its input.
        createInterface(socket).on('error', () => {}).on('line', line => { socket.write(`${name}: ${line}\n`) })
      })
      await once(server.listen(0, '127.0.0.1'), 'listening')
      return server
    }))
    return new Farm(open, names, sockets)
  }

  /** Let a server refuse connections, and cut those that it has. */
  async stop (name: string): Promise<void> {
    const server = this.#serverOf(name)
    for (const socket of this.#sockets)
      if (socket.localPort === (server.address() as AddressInfo).port) socket.destroy()
    server.close()
    await once(server, 'close')
  }

  /** Let it listen again, on the port that it had. */
  async restart (name: string, port: number): Promise<void> {
    await once(this.#serverOf(name).listen(port, '127.0.0.1'), 'listening')
  }

  #serverOf (name: string): Server { return this.#open[this.servers.findIndex(each => each.name === name)]! }

  close (): void {
    for (const server of this.#open) server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Round-robin, pinned by name. */
  config (port = 0): ConfigInput {
    return {
      // The tests of the example check its types.
      extensions: [{ name: 'hello', source, check: 'off' }],
      userProtocols: [{ name: 'HELLO', transport: 'tcp', extension: 'hello' }],
      services: this.servers.map(({ name, port }) => ({ name, address: '127.0.0.1', port })),
      lbVservers: [{
        name: 'lb',
        method: 'round-robin',
        persistence: { type: 'user-session', timeoutSeconds: 60 },
        services: this.servers.map(({ name }) => ({ name }))
      }],
      userVservers: [{ name: 'v', protocol: 'HELLO', address: '127.0.0.1', port, defaultLb: 'lb' }]
    }
  }
}

/** A client that said hello: who answered, and its connection. */
export class Client {
  /** Name of the server. */
  server = ''
  readonly #socket: Socket
  #text = ''
  #closed = false
  #wake: () => void = () => {}

  private constructor (socket: Socket) {
    this.#socket = socket
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => { this.#text += text; this.#wake() })
    // A reset is an end as well.
    socket.on('error', () => {})
    socket.on('close', () => { this.#closed = true; this.#wake() })
  }

  /** `servername`: over TLS, to a server of this name, whatever its certificate. */
  static async connect (port: number, name: string, servername?: string): Promise<Client> {
    const client = new Client(
      servername === undefined
        ? connect(port, '127.0.0.1')
        : connectTls({ port, host: '127.0.0.1', servername, rejectUnauthorized: false })
    )
    const answer = await client.say(`HELLO ${name}`)
    if (answer === undefined) throw new Error(`${name}: closed without an answer`)
    client.server = answer.split(':')[0]!
    return client
  }

  /** Say a line, answer what comes back; undefined when the connection is closed. */
  async say (line: string): Promise<string | undefined> {
    this.#socket.write(`${line}\n`)
    return await this.next()
  }

  /** The next line; undefined when the connection is closed. */
  async next (): Promise<string | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n')
      if (end >= 0) {
        const line = this.#text.slice(0, end)
        this.#text = this.#text.slice(end + 1)
        return line
      }
      if (this.#closed) return undefined
      await new Promise<void>(resolve => { this.#wake = resolve })
    }
  }

  close (): void { this.#socket.destroy() }
}

/** Connect and leave; answers the name of the server. */
export const serverOf = async (port: number, name: string, servername?: string): Promise<string> => {
  const client = await Client.connect(port, name, servername)
  client.close()
  return client.server
}
