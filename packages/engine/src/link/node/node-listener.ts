import { Server } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import type { TLSSocket } from 'node:tls'
import { WeirError } from '@weir/model'
import type { Peer } from '../byte-link.ts'
import { listenError } from '../listen-error.ts'
import type { Listener, ListenerEvents, ListenOptions, TlsServerOptions } from '../transport.ts'
import { Certificates } from './certificates.ts'
import { HIGH_WATER } from './node-link.ts'
import { PlainSocket, sharedRead } from './socket-owner.ts'
import { TcpLink } from './tcp-link.ts'
import { TlsLink } from './tls-link.ts'

/** Connections that the kernel completes before we take them; it caps this at net.core.somaxconn (4096 by default on Linux). */
const BACKLOG = 4096
const HANDSHAKE_TIMEOUT_MS = 10_000

/** What we use of Node's TCP handle beyond its public types. */
interface TcpHandle {
  getpeername (out: { address?: string, port?: number }): number
  setNoDelay (on: boolean): number
  close (): void
}
interface ListeningServer { _handle: { onconnection: (status: number, handle: TcpHandle | undefined) => void } }

/** IPv4 clients of an IPv6 listener in their own notation. */
const plainAddress = (address: string): string => address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address

const peerOf = (address: string, port: number, serverName: string | undefined): Peer => ({ address: plainAddress(address), port, serverName })

const bind = (server: Server, options: ListenOptions): Promise<void> => new Promise((resolve, reject) => {
  const onError = (error: Error): void => { reject(listenError(options, (error as NodeJS.ErrnoException).code ?? '', error)) }
  server.once('error', onError)
  server.listen({ host: options.address, port: options.port, reusePort: options.reusePort, backlog: BACKLOG, exclusive: true }, () => {
    server.off('error', onError)
    // Failed accepts (out of file descriptors): libuv drops the connection and goes on. Without a listener Node would end the process.
    server.on('error', () => {})
    resolve()
  })
})

class NodeListener implements Listener {
  readonly address: string
  readonly port: number
  readonly #server: Server
  readonly #setTls: (options: TlsServerOptions) => void

  constructor (server: Server, setTls: (options: TlsServerOptions) => void) {
    const { address, port } = server.address() as AddressInfo
    this.address = address
    this.port = port
    this.#server = server
    this.#setTls = setTls
  }

  setTls (options: TlsServerOptions): void { this.#setTls(options) }
  close (): void { this.#server.close() }
}

const listenTcp = async (options: ListenOptions, events: ListenerEvents): Promise<Listener> => {
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
  return new NodeListener(server, () => { throw new WeirError('internal', 'setTls on a listener without TLS') })
}

/** The plain socket under an accepted TLS socket; Node has no public way to it. */
const rawOf = (socket: TLSSocket): Socket => (socket as unknown as { _parent: Socket })._parent

const listenTls = async (options: ListenOptions, tls: TlsServerOptions, events: ListenerEvents): Promise<Listener> => {
  let certificates = new Certificates(tls)
  const server = new TlsServer({
    ...certificates.defaults,
    noDelay: true,
    highWaterMark: HIGH_WATER,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    SNICallback (serverName, done) { done(null, certificates.find(serverName)) }
  })
  // Asked for here and remembered by the socket: after a failed handshake the kernel knows the peer no more.
  server.on('connection', (raw: Socket) => { if (raw.remoteAddress === undefined) raw.destroy() })
  server.on('secureConnection', socket => {
    const raw = rawOf(socket)
    // Closed while the handshake ran.
    if (!server.listening || raw.remoteAddress === undefined || raw.remotePort === undefined) {
      socket.destroy()
      return
    }
    // Not earlier: a client that hangs up inside the handshake is to be closed then, not when the handshake times out.
    socket.allowHalfOpen = true
    raw.allowHalfOpen = true
    // Node answers false where a client sent no name.
    const serverName = typeof socket.servername === 'string' ? socket.servername : undefined
    events.onLink(new TlsLink(socket, raw, peerOf(raw.remoteAddress, raw.remotePort, serverName)))
  })
  server.on('tlsClientError', (error, socket) => {
    const address = rawOf(socket).remoteAddress
    socket.destroy()
    if (server.listening) events.onHandshakeFailed(address === undefined ? '' : plainAddress(address), error.message)
  })
  await bind(server, options)
  return new NodeListener(server, next => {
    certificates = new Certificates(next)
    server.setSecureContext(certificates.defaults)
  })
}

/** Listen on an address; rejects as `Transport.listen` promises. */
export const listen = (options: ListenOptions, events: ListenerEvents): Promise<Listener> =>
  options.tls === undefined ? listenTcp(options, events) : listenTls(options, options.tls, events)
