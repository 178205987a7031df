import { isIP } from 'node:net'
import type { Socket } from 'node:net'
import { connect, createSecureContext } from 'node:tls'
import type { SecureContext, TLSSocket } from 'node:tls'
import type { ByteLink, LinkError } from '../../byte-link.ts'
import type { ClientFacts } from '../../client-facts.ts'
import { internalFault } from '../../internal-fault.ts'
import type { SocketOwner } from '../../node/socket-owner.ts'
import { own, ownSecureConnect } from '../../node/socket-owner.ts'
import { StreamLink } from '../../node/stream-link.ts'
import type { DialAbout, DialLayer, LayerEvents, Opening } from '../layer.ts'
import { nodeSocketOf } from '../node-socket.ts'
import type { TlsClientOptions } from './tls-options.ts'
import { TlsRequest } from './tls-request.ts'

const nothing: Opening = { cancel () {} }

const CONTEXTS = 64
const contexts = new Map<string, SecureContext>()

/**
 * Parsing a CA bundle takes milliseconds, so the contexts in use are kept. Throws when something of it cannot be read.
 */
const contextFor = ({ ca, revoked = [], cert, key }: TlsClientOptions): SecureContext => {
  const id = JSON.stringify([ca, revoked, cert, key])
  let context = contexts.get(id)
  if (context === undefined) {
    context = createSecureContext({
      minVersion: 'TLSv1.2',
      ...(ca === undefined ? {} : { ca }),
      ...(revoked.length === 0 ? {} : { crl: [...revoked] }),
      ...(cert === undefined || key === undefined ? {} : { cert, key })
    })
    if (contexts.size === CONTEXTS) contexts.delete(contexts.keys().next().value!)
    contexts.set(id, context)
  }
  return context
}

/** The chain suffices: any certificate of the authority is accepted, whatever its name. */
const anyName = (): undefined => undefined

/** Our handshake with one server: it owns the socket until there is a link. */
class ClientHandshake implements Opening, SocketOwner {
  readonly #raw: Socket
  readonly #peer: ClientFacts
  readonly #events: LayerEvents
  #socket: TLSSocket | undefined = undefined
  #over = false

  constructor (below: ByteLink, events: LayerEvents) {
    this.#peer = below.peer
    this.#raw = nodeSocketOf(below)
    this.#events = events
  }

  begin (options: TlsClientOptions, address: string): void {
    const { serverName: asked, verify, alpn = [] } = options
    // SNI carries names only (RFC 6066 §3); a certificate for an IP address is verified against `host`.
    const name = asked ?? (isIP(address) === 0 ? address : undefined)
    // A fully qualified name is sent, and compared with the certificate, without its dot.
    const serverName = name?.endsWith('.') === true ? name.slice(0, -1) : name
    try {
      this.#socket = connect({
        socket: this.#raw,
        host: serverName ?? address,
        secureContext: contextFor(options),
        rejectUnauthorized: verify !== 'off',
        ...(verify === 'full' ? { checkServerIdentity: anyName } : {}),
        ...(alpn.length === 0 ? {} : { ALPNProtocols: [...alpn] }),
        ...(serverName === undefined || isIP(serverName) !== 0 ? {} : { servername: serverName })
      })
    } catch (error) {
      this.#fail({ kind: 'tls', message: (error as Error).message })
      return
    }
    own(this.#socket, this)
    ownSecureConnect(this.#socket)
  }

  cancel (): void {
    this.#over = true
    this.#destroy()
  }

  onSocketConnect (): void {
    if (this.#over) return
    this.#over = true
    const link = new StreamLink(this.#socket!, this.#raw, this.#peer)
    this.#events.onOpen(link)
    link.start()
  }

  onSocketError (error: Error): void { this.#fail({ kind: 'tls', message: error.message }) }
  // A socket that is destroyed without an error, before there was a link.
  onSocketClose (): void {
    this.#fail({ kind: 'other', message: 'the connection was closed before it was established' })
  }
  onSocketBytes (): void {}
  onSocketWriteFailed (): void {}
  onSocketEnd (): void {}
  onSocketDrain (): void {}
  onSocketFault (error: unknown): void {
    if (this.#over) throw error
    this.#fail(internalFault(error))
  }

  #fail (error: LinkError): void {
    if (this.#over) return
    this.#over = true
    const silent = this.#raw.bytesRead === 0
    this.#destroy()
    this.#events.onFailed(error, silent)
  }

  #destroy (): void {
    this.#socket?.destroy()
    this.#raw.destroy()
  }
}

/** TLS to a server. */
export class TlsDialLayer implements DialLayer {
  readonly name = 'tls'
  readonly what = 'TLS handshake'
  readonly options: TlsClientOptions
  /** TLS begins inside the protocol. */
  readonly inside: boolean

  constructor (options: TlsClientOptions, inside = false) {
    this.options = options
    this.inside = inside
  }

  open (below: ByteLink, { server: { address }, client }: DialAbout, events: LayerEvents): Opening {
    if (!this.inside) return this.#begin(below, address, events)
    if (client !== undefined)
      return new TlsRequest(below, client.declaration.serverTls ?? [], events, () =>
        this.#begin(below, address, events))
    // A monitor, which has no protocol.
    events.onOpen(below)
    return nothing
  }

  #begin (below: ByteLink, address: string, events: LayerEvents): Opening {
    const handshake = new ClientHandshake(below, events)
    handshake.begin(this.options, address)
    return handshake
  }
}
