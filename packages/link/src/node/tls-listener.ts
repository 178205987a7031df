import { Server } from 'node:net'
import type { Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import type { SecureContextOptions, TLSSocket } from 'node:tls'
import type { Listener, ListenerEvents, ListenOptions, TlsServerOptions } from '../transport.ts'
import { Certificates } from './certificates.ts'
import { bind, NodeListener, peerOf, plainAddress } from './node-listener.ts'
import { HIGH_WATER } from './node-link.ts'
import type { HelloEvents } from './pending-hello.ts'
import { PendingHello } from './pending-hello.ts'
import { TlsLink } from './tls-link.ts'

const HANDSHAKE_TIMEOUT_MS = 10_000

/** The plain socket under an accepted TLS socket; Node has no public way to it. */
const rawOf = (socket: TLSSocket): Socket => (socket as unknown as { _parent: Socket })._parent

/**
 * The handshakes of one listener, by one of Node's TLS servers for each choice of certificates. None of them listens: a client is handed to the one for its name.
 * Node's own `SNICallback` cannot do that: of a context with several certificates it takes the last one added, whatever the client can verify.
 */
class Handshakes implements HelloEvents {
  readonly #server: Server
  readonly #events: ListenerEvents
  #certificates!: Certificates
  #byChoice: readonly TlsServer[] = []

  constructor (server: Server, events: ListenerEvents, tls: TlsServerOptions) {
    this.#server = server
    this.#events = events
    this.serve(tls)
    server.on('connection', (raw: Socket) => { this.#accepted(raw) })
  }

  /** Serve these certificates to handshakes to come. */
  serve (tls: TlsServerOptions): void {
    const certificates = new Certificates(tls)
    this.#byChoice = certificates.choices.map(choice => this.#handshaker(choice))
    this.#certificates = certificates
  }

  #accepted (raw: Socket): void {
    // Asked for here and remembered by the socket: after a failed handshake the kernel knows the peer no more.
    if (raw.remoteAddress === undefined) raw.destroy()
    else if (this.#byChoice.length === 1) this.#byChoice[0]!.emit('connection', raw)
    else void new PendingHello(raw, this)
  }

  onHello (raw: Socket, serverName: string): void {
    if (this.#server.listening) this.#byChoice[this.#certificates.find(serverName)]!.emit('connection', raw)
    else raw.destroy()
  }

  onNoHello (raw: Socket, why: string): void { this.#failed(raw, why) }

  #handshaker (choice: SecureContextOptions): TlsServer {
    const server = new TlsServer({ ...choice, handshakeTimeout: HANDSHAKE_TIMEOUT_MS })
    server.on('secureConnection', socket => { this.#secured(socket) })
    server.on('tlsClientError', (error, socket) => {
      socket.destroy()
      this.#failed(rawOf(socket), error.message)
    })
    return server
  }

  #secured (socket: TLSSocket): void {
    const raw = rawOf(socket)
    // Closed while the handshake ran.
    if (!this.#server.listening || raw.remoteAddress === undefined || raw.remotePort === undefined) {
      socket.destroy()
      return
    }
    // Not earlier: a client that hangs up inside the handshake is to be closed then, not when the handshake times out.
    socket.allowHalfOpen = true
    raw.allowHalfOpen = true
    // Node answers false where a client sent no name.
    const serverName = typeof socket.servername === 'string' ? socket.servername : undefined
    this.#events.onLink(new TlsLink(socket, raw, peerOf(raw.remoteAddress, raw.remotePort, serverName)))
  }

  #failed (raw: Socket, why: string): void {
    if (this.#server.listening) this.#events.onHandshakeFailed(raw.remoteAddress === undefined ? '' : plainAddress(raw.remoteAddress), why, raw.bytesRead === 0)
  }
}

/** Listen for TLS; rejects as `Transport.listen` promises. */
export const listenTls = async (options: ListenOptions, tls: TlsServerOptions, events: ListenerEvents): Promise<Listener> => {
  const server = new Server({ noDelay: true, highWaterMark: HIGH_WATER })
  const handshakes = new Handshakes(server, events, tls)
  await bind(server, options)
  return new NodeListener(server, next => { handshakes.serve(next) }, options)
}
