import type { Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import type { SecureContextOptions, TLSSocket } from 'node:tls'
import type { ByteLink } from '../../byte-link.ts'
import type { LayeredClient } from '../../client-facts.ts'
import { StreamLink } from '../../node/stream-link.ts'
import type { LayerEvents, Opening, ServerLayer } from '../layer.ts'
import { nodeSocketOf } from '../node-socket.ts'
import { Certificates } from './certificates.ts'
import type { HelloEvents } from './pending-hello.ts'
import { PendingHello } from './pending-hello.ts'
import type { TlsServerOptions } from './tls-options.ts'

const HANDSHAKE_TIMEOUT_MS = 10_000

/** The plain socket under an accepted TLS socket; Node has no public way to it. */
const rawOf = (socket: TLSSocket): Socket => (socket as unknown as { _parent: Socket })._parent

/** One client's handshake. */
class Handshake implements Opening, HelloEvents {
  readonly raw: Socket
  readonly #layer: TlsServerLayer
  readonly #client: LayeredClient
  readonly #events: LayerEvents
  #over = false

  constructor (raw: Socket, layer: TlsServerLayer, client: LayeredClient, events: LayerEvents) {
    this.raw = raw
    this.#layer = layer
    this.#client = client
    this.#events = events
    // A client that hangs up inside the handshake is to be closed then, not when the handshake times out.
    raw.allowHalfOpen = false
  }

  onHello (_raw: Socket, serverName: string): void {
    if (!this.#over) this.#layer.serverFor(serverName).emit('connection', this.raw)
  }

  onNoHello (_raw: Socket, why: string): void { this.failed(why) }

  secured (socket: TLSSocket): void {
    if (this.#end()) return
    if (socket.destroyed) {
      this.#events.onFailed({ kind: 'tls', message: 'the connection was closed during the TLS handshake' }, false)
      return
    }
    socket.allowHalfOpen = true
    this.raw.allowHalfOpen = true
    const client = this.#client
    // Node answers false where a client sent no name.
    if (typeof socket.servername === 'string') client.serverName = socket.servername
    const link = new StreamLink(socket, this.raw, client)
    this.#events.onOpen(link)
    link.start()
  }

  failed (message: string): void {
    const silent = this.raw.bytesRead === 0
    this.raw.destroy()
    if (!this.#end()) this.#events.onFailed({ kind: 'tls', message }, silent)
  }

  cancel (): void {
    this.#end()
    this.raw.destroy()
  }

  /** True when it was over before. */
  #end (): boolean {
    const before = this.#over
    this.#over = true
    this.#layer.handshakes.delete(this.raw)
    return before
  }
}

/**
 * TLS for the clients of a listener, by one of Node's TLS servers for each choice of certificates. None of them listens: a client is handed to the one for its name.
 * Node's own `SNICallback` cannot do that: of a context with several certificates it takes the last one added, whatever the client can verify.
 */
export class TlsServerLayer implements ServerLayer {
  readonly name = 'tls'
  /** Those under way, by their plain sockets: as many private keys are, or will be, at work. */
  readonly handshakes = new Map<Socket, Handshake>()
  readonly #certificates: Certificates
  readonly #byChoice: readonly TlsServer[]

  /** Throws WeirError certificate-invalid when a client could not be served with these. */
  constructor (options: TlsServerOptions) {
    this.#certificates = new Certificates(options)
    this.#byChoice = this.#certificates.choices.map(choice => this.#server(choice))
  }

  open (below: ByteLink, client: LayeredClient, events: LayerEvents): Opening {
    const raw = nodeSocketOf(below)
    const handshake = new Handshake(raw, this, client, events)
    this.handshakes.set(raw, handshake)
    if (this.#byChoice.length === 1) this.#byChoice[0]!.emit('connection', raw)
    else void new PendingHello(raw, handshake)
    return handshake
  }

  /** Who serves clients that ask for this name. */
  serverFor (serverName: string): TlsServer { return this.#byChoice[this.#certificates.find(serverName)]! }

  #server (choice: SecureContextOptions): TlsServer {
    const server = new TlsServer({ ...choice, handshakeTimeout: HANDSHAKE_TIMEOUT_MS })
    server.on('secureConnection', socket => { this.handshakes.get(rawOf(socket))?.secured(socket) })
    server.on('tlsClientError', (error, socket) => {
      socket.destroy()
      this.handshakes.get(rawOf(socket))?.failed(error.message)
    })
    return server
  }
}
