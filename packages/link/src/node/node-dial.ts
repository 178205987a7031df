import { isIP } from 'node:net'
import type { LookupFunction, Socket } from 'node:net'
import { connect, createSecureContext } from 'node:tls'
import type { SecureContext, TLSSocket } from 'node:tls'
import { endpointText } from '@weirlb/model'
import { wheel, WheelTimer } from '../timers/wheel.ts'
import type { LinkError, Peer } from '../byte-link.ts'
import type { Dial, DialOptions, DialSink, TlsClientOptions } from '../transport.ts'
import { linkErrorFrom } from './link-error.ts'
import { HIGH_WATER } from './node-link.ts'
import type { SocketOwner } from './socket-owner.ts'
import { own, ownConnect, PlainSocket, sharedRead } from './socket-owner.ts'
import { TcpLink } from './tcp-link.ts'
import { TlsLink } from './tls-link.ts'

const CONTEXTS = 64
const contexts = new Map<string, SecureContext>()

/** Parsing a CA bundle takes milliseconds, so the contexts of the bundles in use are kept. Throws when the bundle cannot be read. */
const contextFor = (ca: string | undefined): SecureContext => {
  const key = ca ?? ''
  let context = contexts.get(key)
  if (context === undefined) {
    context = createSecureContext({ minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) })
    if (contexts.size === CONTEXTS) contexts.delete(contexts.keys().next().value!)
    contexts.set(key, context)
  }
  return context
}

/** A dial in flight: it owns the socket until there is a link, and times out on the wheel. */
export class NodeDial extends WheelTimer implements Dial, SocketOwner {
  readonly #options: DialOptions
  readonly #sink: DialSink
  /** The address is an IP address, not a name. */
  readonly #numeric: boolean
  readonly #raw: Socket
  #tls: TLSSocket | undefined = undefined
  #settled = false

  constructor (lookup: LookupFunction, options: DialOptions, sink: DialSink) {
    super()
    this.#options = options
    this.#sink = sink
    this.#numeric = isIP(options.address) !== 0
    this.#raw = new PlainSocket({
      allowHalfOpen: true,
      noDelay: true,
      writableHighWaterMark: HIGH_WATER,
      ...(options.tls === undefined ? { onread: sharedRead } : {})
    } as object)
    const { keepAlive } = options
    if (keepAlive !== undefined && keepAlive.idleSeconds > 0) {
      this.#raw.setKeepAlive(true, keepAlive.idleSeconds * 1000, keepAlive.intervalSeconds * 1000, keepAlive.probes)
    }
    own(this.#raw, this)
    ownConnect(this.#raw, 'connect')
    wheel.arm(this, options.timeoutMs)
    try {
      this.#raw.connect({ host: options.address, port: options.port, autoSelectFamily: !this.#numeric, lookup })
    } catch (error) {
      // What Node refuses at once (a name with a zero byte) fails like everything else, after dial() has returned.
      this.#raw.destroy(error as Error)
    }
  }

  cancel (): void {
    if (this.#settled) return
    this.#settle()
    this.#destroy()
  }

  override onTimeout (): void {
    const { address, port, timeoutMs } = this.#options
    const what = this.#tls === undefined ? 'connection' : 'TLS handshake'
    this.#fail({ kind: 'timeout', message: `no ${what} with ${endpointText(address, port)} within ${timeoutMs} ms` })
  }

  onSocketConnect (): void {
    if (this.#settled) return
    if (this.#options.tls === undefined || this.#tls !== undefined) this.#connected()
    else this.#handshake(this.#options.tls)
  }

  onSocketError (error: Error): void {
    if (this.#settled) return
    this.#fail(this.#tls === undefined ? linkErrorFrom(error) : { kind: 'tls', message: error.message })
  }

  // A socket that is destroyed without an error, before there was a link.
  onSocketClose (): void { this.#fail({ kind: 'other', message: 'the connection was closed before it was established' }) }
  onSocketBytes (): void {}
  onSocketWriteFailed (): void {}
  onSocketEnd (): void {}
  onSocketDrain (): void {}
  onSocketFault (error: unknown): void {
    if (this.#settled) throw error
    this.#fail({ kind: 'other', message: error instanceof Error ? error.message : String(error) })
  }

  #handshake (tls: TlsClientOptions): void {
    const { address } = this.#options
    // SNI carries names only (RFC 6066 §3); a certificate for an IP address is verified against `host`.
    const name = tls.serverName ?? (this.#numeric ? undefined : address)
    // A fully qualified name is sent, and looked for in the certificate, without its dot.
    const serverName = name?.endsWith('.') === true ? name.slice(0, -1) : name
    try {
      this.#tls = connect({
        socket: this.#raw,
        host: serverName ?? address,
        secureContext: contextFor(tls.ca),
        rejectUnauthorized: tls.verify,
        ...(serverName === undefined || isIP(serverName) !== 0 ? {} : { servername: serverName })
      })
    } catch (error) {
      this.#fail({ kind: 'tls', message: (error as Error).message })
      return
    }
    own(this.#tls, this)
    ownConnect(this.#tls, 'secureConnect')
  }

  #connected (): void {
    this.#settle()
    const { address, port } = this.#options
    const peer: Peer = {
      // Of an address it is known where the dial went: only a name is worth the system call that asks.
      address: this.#numeric ? address : this.#raw.remoteAddress ?? address,
      port,
      serverName: undefined
    }
    this.#sink.onConnected(this.#tls === undefined ? new TcpLink(this.#raw, peer) : new TlsLink(this.#tls, this.#raw, peer))
  }

  #fail (error: LinkError): void {
    if (this.#settled) return
    this.#settle()
    this.#destroy()
    this.#sink.onFailed(error)
  }

  #settle (): void {
    this.#settled = true
    wheel.cancel(this)
  }

  #destroy (): void {
    this.#tls?.destroy()
    this.#raw.destroy()
  }
}
