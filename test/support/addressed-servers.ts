import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { atEnd } from './engine-bench.ts'

/** Servers on several addresses of loopback and one port; each answers every line with its address. */
export class AddressedServers {
  readonly port: number
  readonly #servers: ReadonlyMap<string, Server>
  readonly #sockets = new Map<string, Set<Socket>>()

  private constructor (port: number, servers: ReadonlyMap<string, Server>) {
    this.port = port
    this.#servers = servers
    for (const [address, server] of servers) {
      const sockets = new Set<Socket>()
      this.#sockets.set(address, sockets)
      server.on('connection', socket => {
        sockets.add(socket)
        socket.on('error', () => {}).on('close', () => { sockets.delete(socket) })
        // readline passes on errors of its input.
        createInterface(socket).on('error', () => {}).on('line', line => { socket.write(`${address}: ${line}\n`) })
      })
    }
    atEnd(() => { this.close() })
  }

  static async start (...addresses: string[]): Promise<AddressedServers> {
    for (;;) {
      const servers = new Map<string, Server>()
      let port = 0
      try {
        for (const address of addresses) {
          const server = createServer()
          servers.set(address, server)
          await once(server.listen(port, address), 'listening')
          port = (server.address() as AddressInfo).port
        }
        return new AddressedServers(port, servers)
      } catch {
        // The port of the first address is taken on another.
        for (const server of servers.values()) server.close()
      }
    }
  }

  /** Open connections. */
  connections (address: string): number { return this.#sockets.get(address)!.size }

  /** Nothing is accepted on this address any more; connections stay. */
  stop (address: string): void { this.#servers.get(address)!.close() }

  close (): void {
    for (const server of this.#servers.values()) server.close()
    for (const sockets of this.#sockets.values()) for (const socket of sockets) socket.destroy()
  }
}
