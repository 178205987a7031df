import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** A place before a server, through which one node reaches it: the link may be slow, or cut. */
export class StoreProxy {
  /** Delay of each piece in each direction, in milliseconds. */
  delayMs = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #lost = new WeakSet<Socket>()
  /** Pieces on their way, in their order: one never overtakes another. */
  readonly #waiting = new WeakMap<Socket, { readonly piece: Buffer, readonly due: number }[]>()
  #cut = false

  private constructor (to: () => number) {
    this.#server = createServer(client => {
      if (this.#cut) {
        client.destroy()
        return
      }
      const server = connect(to(), '127.0.0.1')
      for (const [from, other] of [[client, server], [server, client]] as const) {
        this.#sockets.add(from)
        from.setNoDelay(true)
        from.on('error', () => {})
        from.on('data', piece => { this.#pass(piece, other) })
        from.on('close', () => {
          this.#sockets.delete(from)
          other.destroy()
        })
      }
    })
  }

  static async start (to: () => number): Promise<StoreProxy> {
    const proxy = new StoreProxy(to)
    await once(proxy.#server.listen(0, '127.0.0.1'), 'listening')
    return proxy
  }

  get port (): number { return (this.#server.address() as AddressInfo).port }

  /** True: pieces are dropped, as by a network that has fallen apart, and nobody gets through. */
  set cut (cut: boolean) {
    this.#cut = cut
    // What was lost in between cannot be made up: the links end.
    if (!cut) for (const socket of this.#sockets) socket.destroy()
  }

  /** What goes over the links that are there is lost from now on, and nobody is told; new ones work. */
  lose (): void { for (const socket of this.#sockets) this.#lost.add(socket) }

  close (): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #pass (piece: Buffer, to: Socket): void {
    if (this.#cut || this.#lost.has(to)) return
    const waiting = this.#waiting.get(to) ?? []
    if (this.delayMs === 0 && waiting.length === 0) {
      to.write(piece)
      return
    }
    this.#waiting.set(to, waiting)
    if (waiting.push({ piece, due: performance.now() + this.delayMs }) === 1) this.#later(to, waiting)
  }

  #later (to: Socket, waiting: { readonly piece: Buffer, readonly due: number }[]): void {
    setTimeout(() => {
      while (waiting.length > 0 && waiting[0]!.due <= performance.now()) {
        const { piece } = waiting.shift()!
        if (!this.#cut) to.write(piece)
      }
      if (waiting.length > 0) this.#later(to, waiting)
    }, waiting[0]!.due - performance.now())
  }
}
