import { Server } from 'node:net'
import type { AddressInfo } from 'node:net'
import { WeirError } from '@weirlb/model'
import type { Peer } from '../byte-link.ts'
import { listenError } from '../listen-error.ts'
import type { KeepAlive, Listener, ListenerEvents, ListenOptions, TlsServerOptions } from '../transport.ts'
import { HIGH_WATER } from './node-link.ts'
import { PlainSocket, sharedRead } from './socket-owner.ts'
import { TcpLink } from './tcp-link.ts'

/** Connections that the kernel completes before we take them; it caps this at net.core.somaxconn (4096 by default on Linux). */
const BACKLOG = 4096

/** What we use of Node's TCP handle beyond its public types. */
interface TcpHandle {
  getpeername (out: { address?: string, port?: number }): number
  setNoDelay (on: boolean): number
  close (): void
}
interface ListeningServer { _handle: { onconnection: (status: number, handle: TcpHandle | undefined) => void } }

/** IPv4 clients of an IPv6 listener in their own notation. */
export const plainAddress = (address: string): string => address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address

/** Who a socket is connected to. */
export const peerOf = (address: string, port: number, serverName: string | undefined): Peer => ({ address: plainAddress(address), port, serverName })

/** Start to listen; rejects as `Transport.listen` promises. */
export const bind = (server: Server, options: ListenOptions): Promise<void> => new Promise((resolve, reject) => {
  const onError = (error: Error): void => { reject(listenError(options, (error as NodeJS.ErrnoException).code ?? '', error)) }
  server.once('error', onError)
  server.listen({ host: options.address, port: options.port, reusePort: options.reusePort, backlog: BACKLOG, exclusive: true }, () => {
    server.off('error', onError)
    // Failed accepts (out of file descriptors): libuv drops the connection and goes on. Without a listener Node would end the process.
    server.on('error', () => {})
    resolve()
  })
})

/** What we use of a listening handle beyond Node's public types. On Linux accepted sockets inherit its options, so a client costs no call. */
interface ListeningHandle { setKeepAlive (on: boolean, idleSeconds: number, intervalSeconds: number, probes: number): number }

const keepAlive = (server: Server, { idleSeconds, intervalSeconds, probes }: KeepAlive): void => {
  const { _handle: handle } = server as unknown as { readonly _handle: ListeningHandle }
  handle.setKeepAlive(idleSeconds > 0, idleSeconds, intervalSeconds, probes)
}

/** A listening server of Node's. */
export class NodeListener implements Listener {
  readonly address: string
  readonly port: number
  readonly #server: Server
  readonly #setTls: (options: TlsServerOptions) => void

  constructor (server: Server, setTls: (options: TlsServerOptions) => void, options: ListenOptions) {
    const { address, port } = server.address() as AddressInfo
    this.address = address
    this.port = port
    this.#server = server
    this.#setTls = setTls
    if (options.keepAlive !== undefined) this.setKeepAlive(options.keepAlive)
  }

  setTls (options: TlsServerOptions): void { this.#setTls(options) }
  setKeepAlive (options: KeepAlive): void { keepAlive(this.#server, options) }
  close (): void { this.#server.close() }
}

/** Listen for plain TCP; rejects as `Transport.listen` promises. */
export const listenTcp = async (options: ListenOptions, events: ListenerEvents): Promise<Listener> => {
  const server = new Server()
  await bind(server, options)
  // net.Server makes its own Socket of each accepted handle, without `onread`, and there is no option to pass it through. Wrapping the handle a second
  // time would pay for two sockets per client, so we stand where net.Server's own accept function stands and make the one socket we want.
  ;(server as unknown as ListeningServer)._handle.onconnection = (status, handle) => {
    if (status !== 0 || handle === undefined) return
    const name: { address?: string, port?: number } = {}
    if (handle.getpeername(name) !== 0 || name.address === undefined || name.port === undefined) {
      // Reset between the handshake and the accept: there is nobody to serve.
      handle.close()
      return
    }
    handle.setNoDelay(true)
    const socket = new PlainSocket({ handle, onread: sharedRead, allowHalfOpen: true, writableHighWaterMark: HIGH_WATER } as object)
    events.onLink(new TcpLink(socket, peerOf(name.address, name.port, undefined)))
  }
  return new NodeListener(server, () => { throw new WeirError('internal', 'setTls on a listener without TLS') }, options)
}
