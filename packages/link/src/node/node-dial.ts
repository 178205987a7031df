import { isIP } from 'node:net'
import type { LookupFunction, Socket } from 'node:net'
import { endpointText } from '@weirlb/model'
import { wheel, WheelTimer } from '../timers/wheel.ts'
import type { LinkError } from '../byte-link.ts'
import { internalFault } from '../internal-fault.ts'
import type { Peer } from '../client-facts.ts'
import type { Dial, DialOptions, DialSink } from '../transport.ts'
import { lookupOf } from './known-addresses.ts'
import { linkErrorFrom } from './link-error.ts'
import { HIGH_WATER } from './node-link.ts'
import type { SocketOwner } from './socket-owner.ts'
import { own, ownConnect, PlainSocket, sharedRead } from './socket-owner.ts'
import { StreamLink } from './stream-link.ts'
import { TcpLink } from './tcp-link.ts'

// measured: made anew for each dial, the second one took 3 µs of a connect.
const forNode: object = { allowHalfOpen: true, noDelay: true, writableHighWaterMark: HIGH_WATER }
const forUs: object = { ...forNode, onread: sharedRead }

/** A dial in flight: it owns the socket until there is a link, and times out on the wheel. */
export class NodeDial extends WheelTimer implements Dial, SocketOwner {
  readonly #options: DialOptions
  readonly #sink: DialSink
  /** The address that is dialled, if it is the only one, and an IP address. */
  readonly #only: string | undefined
  readonly #raw: Socket
  #settled = false

  constructor (lookup: LookupFunction, options: DialOptions, sink: DialSink) {
    super()
    this.#options = options
    this.#sink = sink
    const { addresses = [options.address] } = options
    this.#only = addresses.length === 1 && isIP(addresses[0]!) !== 0 ? addresses[0] : undefined
    this.#raw = new PlainSocket(options.nodeSockets === true ? forNode : forUs)
    const { keepAlive } = options
    if (keepAlive !== undefined && keepAlive.idleSeconds > 0) {
      this.#raw.setKeepAlive(true, keepAlive.idleSeconds * 1000, keepAlive.intervalSeconds * 1000, keepAlive.probes)
    }
    own(this.#raw, this)
    ownConnect(this.#raw)
    wheel.arm(this, options.timeoutMs)
    try {
      this.#raw.connect({
        host: this.#only ?? options.address,
        port: options.port,
        autoSelectFamily: this.#only === undefined,
        lookup: lookupOf(options, lookup)
      })
    } catch (error) {
      // An immediate refusal by Node (a name with a zero byte) is reported like every other failure, after dial() has
      // returned.
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
    this.#fail({ kind: 'timeout', message: `no connection with ${endpointText(address, port)} within ${timeoutMs} ms` })
  }

  onSocketConnect (): void {
    if (this.#settled) return
    this.#settle()
    const { address, port, nodeSockets } = this.#options
    const peer: Peer = {
      // A numeric address is known already: only a name is worth the system call.
      address: this.#only ?? this.#raw.remoteAddress ?? address,
      port
    }
    if (nodeSockets !== true) {
      this.#sink.onConnected(new TcpLink(this.#raw, peer))
      return
    }
    const link = new StreamLink(this.#raw, this.#raw, peer)
    this.#sink.onConnected(link)
    link.start()
  }

  onSocketError (error: Error): void {
    if (!this.#settled) this.#fail(linkErrorFrom(error))
  }

  // A socket that is destroyed without an error, before there was a link.
  onSocketClose (): void {
    this.#fail({ kind: 'other', message: 'the connection was closed before it was established' })
  }
  onSocketBytes (): void {}
  onSocketWriteFailed (): void {}
  onSocketEnd (): void {}
  onSocketDrain (): void {}
  onSocketFault (error: unknown): void {
    if (this.#settled) throw error
    this.#fail(internalFault(error))
  }

  override onFault (error: unknown): void { this.#fail(internalFault(error)) }

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
    this.#raw.destroy()
  }
}
