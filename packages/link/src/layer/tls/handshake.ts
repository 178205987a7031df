import type { Socket } from 'node:net'
import type { Server as TlsServer, TLSSocket } from 'node:tls'
import type { ByteLink, LinkError } from '../../byte-link.ts'
import type { IdentifiedTls, LayeredClient } from '../../client-facts.ts'
import { internalFault } from '../../internal-fault.ts'
import { StreamLink } from '../../node/stream-link.ts'
import { wheel, WheelTimer } from '../../timers/wheel.ts'
import { resetSocket } from '../../reset-socket.ts'
import type { HelloAnswer, LayerEvents, Opening } from '../layer.ts'
import { identifyClient, type ClientTrust } from './client-identity.ts'
import type { ClientHello } from './client-hello.ts'
import { PendingHello, type HelloEvents } from './pending-hello.ts'
import { showHello } from './show-hello.ts'
import { sessionIdentity } from './session-identity.ts'

const HANDSHAKE = Symbol('handshake')

/** A plain socket that TLS is being put on. */
type HandshakingSocket = Socket & { [HANDSHAKE]?: Handshake | undefined }

/** A handshake's interface of its listener. */
export interface Handshakes {
  readonly trust: ClientTrust
  readonly timeoutMs: number
  /** The client's hello must be read before TLS reads it. */
  readonly byHello: boolean
  /** Returns the server for clients that request this name; or why there is none. */
  serverFor (serverName: string): TlsServer | HelloRefusal
  /** Returns the server for a client whose hello was not read; its name is looked at when the handshake is over. */
  serverForUnread (): TlsServer | HelloRefusal
  /** The same for an authority that validates the name (RFC 8737). */
  challengeServerFor (serverName: string): TlsServer | HelloRefusal
  /** One is over, however it ended. */
  onOver (): void
}

/** Why a client is refused by its hello. `alert`: the record with it. */
export interface HelloRefusal { readonly message: string, readonly alert: Uint8Array }

/** A fatal alert (RFC 8446 §6), in the record that a client takes before anything is agreed. */
const fatal = (description: number): Uint8Array => Uint8Array.of(21, 3, 3, 0, 2, 2, description)
/** Alerts of refusals. */
export const alerts = {
  handshakeFailure: fatal(40),
  accessDenied: fatal(49),
  unrecognizedName: fatal(112),
  noApplicationProtocol: fatal(120)
} as const

/** A client's facts about itself may be any text. */
export const shownName = (text: string): string => JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text)

/** The plain socket under an accepted TLS socket; Node has no public way to it. */
const rawOf = (socket: TLSSocket): HandshakingSocket => (socket as unknown as { _parent: HandshakingSocket })._parent

/** The handshake that a TLS socket of Node's belongs to, while it lasts. */
export const handshakeOf = (socket: TLSSocket): Handshake | undefined => rawOf(socket)[HANDSHAKE]

const NOTHING = Buffer.alloc(0)

/** One text for all clients of a version. */
const versions: Readonly<Record<string, string>> = { 'TLSv1.2': 'TLSv1.2', 'TLSv1.3': 'TLSv1.3' }

/** The names of cipher suites: one text for all clients. */
const ciphers = new Map<string, string>()

/** Node has no cipher for a socket that is closed. */
const cipherName = (socket: TLSSocket): string | undefined => {
  const { name } = (socket.getCipher() as { readonly name: string } | undefined) ?? {}
  if (name === undefined) return undefined
  const known = ciphers.get(name) ?? name
  ciphers.set(name, known)
  return known
}

/** Computed when it is asked for: only some LB vservers keep clients by their session. */
class Tls12Identity implements IdentifiedTls {
  readonly #socket: TLSSocket
  constructor (socket: TLSSocket) { this.#socket = socket }

  get session (): string | undefined {
    const session = this.#socket.getSession()
    return session === undefined ? undefined : sessionIdentity(session)
  }
}

/** One client's handshake. */
export class Handshake extends WheelTimer implements Opening, HelloEvents {
  readonly raw: HandshakingSocket
  /** Identity of the pre-shared key that OpenSSL was last given. */
  pskIdentity: string | undefined = undefined
  readonly #below: ByteLink
  readonly #owner: Handshakes
  readonly #client: LayeredClient
  readonly #events: LayerEvents
  #hello: PendingHello | undefined = undefined
  #unread = false
  #over = false

  /** `raw`: the socket of `below`. */
  constructor (below: ByteLink, raw: Socket, owner: Handshakes, client: LayeredClient, events: LayerEvents) {
    super()
    this.#below = below
    this.raw = raw
    this.#owner = owner
    this.#client = client
    this.#events = events
    this.raw[HANDSHAKE] = this
    // A client that hangs up inside the handshake is to be closed then, not when the handshake times out.
    raw.allowHalfOpen = false
    wheel.arm(this, owner.timeoutMs)
  }

  begin (): void {
    if (this.raw.writableLength === 0) {
      this.#begin()
      return
    }
    // TLS writes past Node's queue: what was written in the clear leaves first.
    this.raw.write(NOTHING, error => {
      if (this.#over) return
      if (error) this.#fail({ kind: 'reset', message: error.message })
      else this.#begin()
    })
  }

  #begin (): void {
    if (this.#owner.byHello || this.#wantsHello) this.#hello = new PendingHello(this.raw, this)
    else this.#give(this.#owner.serverFor(''))
  }

  /** Nobody has looked at it in a layer below. */
  get #wantsHello (): boolean { return !this.#client.helloSeen && this.#events.wantsHellos === true }

  onHello ({ serverName, validates, unread }: ClientHello, bytes: Uint8Array): void {
    this.#hello = undefined
    if (this.#over) return
    this.#unread = unread
    // Authorities come whatever the rules say, and get nothing but an answer.
    if (!unread && !validates && this.#wantsHello && this.#isRefused(bytes)) return
    if (unread) this.#give(this.#owner.serverForUnread())
    else this.#give(validates ? this.#owner.challengeServerFor(serverName) : this.#owner.serverFor(serverName))
  }

  #give (to: TlsServer | HelloRefusal): void {
    if ('alert' in to) this.#fail({ kind: 'tls', message: to.message }, to.alert)
    else to.emit('connection', this.raw)
  }

  onNoHello (why: string): void { this.#fail({ kind: 'tls', message: why }) }

  override onTimeout (): void {
    this.#hello?.leave()
    this.#fail({ kind: 'timeout', message: `no end of the TLS handshake within ${this.#owner.timeoutMs / 1000} s` })
  }

  override onFault (error: unknown): void {
    this.#hello?.leave()
    this.#fail(internalFault(error))
  }

  /** Node has it done; whether the client is taken is another question. */
  secured (socket: TLSSocket): void {
    if (this.#over || socket.destroyed) return
    const { certificate, psk, refused } = identifyClient(socket, this.#owner.trust, this.pskIdentity, Date.now())
    if (refused !== undefined) {
      // OpenSSL is at work on it up the stack: what is below may not be taken from it here.
      socket.destroy()
      this.#refuse({ kind: 'unverified', message: refused })
      return
    }
    const served = this.#unread
      ? this.#owner.serverFor(typeof socket.servername === 'string' ? socket.servername : '')
      : undefined
    if (served !== undefined && 'alert' in served) {
      socket.destroy()
      this.#refuse({ kind: 'tls', message: served.message })
      return
    }
    this.#end()
    socket.allowHalfOpen = true
    this.raw.allowHalfOpen = true
    const client = this.#client
    // Node returns false if a client sent no name, and if none was agreed.
    if (typeof socket.servername === 'string') client.serverName = socket.servername
    if (typeof socket.alpnProtocol === 'string') client.alpn = socket.alpnProtocol
    client.tlsVersion = versions[socket.getProtocol() ?? '']
    client.cipher = cipherName(socket)
    client.certificate = certificate
    client.psk = psk
    if (client.tlsVersion === 'TLSv1.2') client.secured(new Tls12Identity(socket))
    const link = new StreamLink(socket, this.raw, client)
    // Bytes of the protocol that came and went before TLS was started.
    link.bytesRead = this.#below.bytesRead
    link.bytesWritten = this.#below.bytesWritten
    this.#events.onOpen(link)
    link.start()
  }

  /** An authority has seen what it came for; whoever calls closes the socket. */
  validated (): void {
    if (!this.#end()) this.#events.onServed?.(this.raw.bytesRead, this.raw.bytesWritten)
  }

  /** Node gave it up, and has destroyed the socket. */
  failed (error: Error, socket: TLSSocket): void {
    // Null if there was nothing to verify. Node's error then only reports that the socket hung up.
    const unverified = socket.authorizationError as Error | string | null | undefined
    if (unverified !== undefined && unverified !== null)
      this.#refuse({ kind: 'unverified', message: `its certificate was not verified: ${String(unverified)}` })
    else if ((error as NodeJS.ErrnoException).code === NO_CERTIFICATE)
      this.#refuse({ kind: 'unverified', message: 'it has no certificate' })
    else this.#refuse({ kind: 'tls', message: reasonOf(error) })
  }

  cancel (): void {
    this.#hello?.leave()
    this.#end()
    this.raw.destroy()
  }

  /** True for a client that is refused by its hello, and has been. */
  #isRefused (bytes: Uint8Array): boolean {
    let refusal: HelloAnswer | undefined
    try {
      refusal = showHello(this.#client, bytes, this.#events)
    } catch (error) {
      this.#fail(internalFault(error))
      return true
    }
    if (refusal === undefined) return false
    const error = { kind: refusal.kind, message: refusal.detail }
    if (refusal.alert) this.#fail(error, alerts.accessDenied)
    else {
      resetSocket(this.raw, this.raw)
      this.#refuse(error)
    }
    return true
  }

  /** `alert`: a record sent to the client as its last. */
  #fail (error: LinkError, alert?: Uint8Array): void {
    if (alert === undefined) this.raw.destroy()
    else {
      this.raw.on('error', () => {})
      this.raw.end(alert)
      this.raw.destroySoon()
    }
    this.#refuse(error)
  }

  #refuse (error: LinkError): void {
    if (!this.#end()) this.#events.onFailed(error, this.raw.bytesRead === 0)
  }

  /** True when it was over before. */
  #end (): boolean {
    if (this.#over) return true
    this.#over = true
    wheel.cancel(this)
    this.raw[HANDSHAKE] = undefined
    this.#owner.onOver()
    return false
  }
}

/** OpenSSL's error for a missing client certificate. */
const NO_CERTIFICATE = 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE'

/** Returns OpenSSL's own text, without numbers and files. */
const reasonOf = (error: Error): string => (error as Error & { readonly reason?: string }).reason ?? error.message
