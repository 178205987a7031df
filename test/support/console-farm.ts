import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { lineProtocol } from './line-protocol.ts'
import { WeirProcess, type WeirProcessOptions } from './weir-process.ts'

/** A Weir that speaks lines, with two services that echo, for the console's tests. */
export class ConsoleFarm {
  readonly weir: WeirProcess
  readonly #server: Server
  readonly #clients = new Set<Socket>()

  private constructor (weir: WeirProcess, server: Server) {
    this.weir = weir
    this.#server = server
  }

  static async start (options: Partial<WeirProcessOptions> = {}): Promise<ConsoleFarm> {
    const server = createServer(socket => { socket.on('error', () => {}).pipe(socket) })
    await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
    const weir = await WeirProcess.start({ workers: 1, ...options }).catch((error: unknown) => {
      server.close()
      throw error
    })
    const { port } = server.address() as AddressInfo
    const { api } = weir
    await api.call('createExtension', { body: { name: 'lines', source: lineProtocol() } })
    await api.call('createUserProtocol', { body: { name: 'LINES', transport: 'tcp', extension: 'lines' } })
    for (const name of ['s1', 's2']) await api.call('createService', { body: { name, address: '127.0.0.1', port } })
    await api.call('createLbVserver', {
      body: { name: 'lb', services: [{ name: 's1' }, { name: 's2' }], persistence: { type: 'user-session' } }
    })
    await api.call('createUserVserver', {
      body: { name: 'lines', protocol: 'LINES', address: '127.0.0.1', port: 0, defaultLb: 'lb' }
    })
    return new ConsoleFarm(weir, server)
  }

  get base (): string { return this.weir.api.base }
  /** Where the services lead. */
  get serverPort (): number { return (this.#server.address() as AddressInfo).port }

  /** A client that has sent a line, `hello NAME` pins it by its name, and has the answer. */
  async client (line: string, userVserver = 'lines'): Promise<Socket> {
    const socket = connect(await this.weir.api.port(userVserver), '127.0.0.1').on('error', () => {})
    this.#clients.add(socket)
    socket.write(`${line}\n`)
    await new Promise<void>(resolve => { socket.once('data', () => { resolve() }) })
    return socket
  }

  async stop (): Promise<void> {
    for (const client of this.#clients) client.destroy()
    await this.weir.stop()
    this.#server.close()
  }
}
