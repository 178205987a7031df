import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** A place before a server through which its clients come: what there is of connections is cut, and comes back. */
export class CutProxy {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #cut = false

  private constructor (port: number) {
    this.#server = createServer(client => {
      if (this.#cut) {
        client.destroy()
        return
      }
      const server = connect(port, '127.0.0.1')
      for (const [from, to] of [[client, server], [server, client]] as const) {
        this.#sockets.add(from)
        from.on('error', () => {}).pipe(to)
        from.on('close', () => {
          this.#sockets.delete(from)
          to.destroy()
        })
      }
    })
  }

  static async start (port: number): Promise<CutProxy> {
    const proxy = new CutProxy(port)
    await once(proxy.#server.listen(0, '127.0.0.1'), 'listening')
    return proxy
  }

  get port (): number { return (this.#server.address() as AddressInfo).port }

  /** End every connection, and let nobody through until `mend`. */
  cut (): void {
    this.#cut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  mend (): void { this.#cut = false }

  close (): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }
}
