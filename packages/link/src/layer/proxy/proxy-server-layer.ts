import { AddressSet } from '../../address-set.ts'
import type { ByteLink, LinkError, LinkSink } from '../../byte-link.ts'
import type { LayeredClient } from '../../client-facts.ts'
import { nobody } from '../../nobody.ts'
import type { RawLink } from '../../raw-link.ts'
import { wheel, WheelTimer } from '../../timers/wheel.ts'
import type { LayerEvents, Opening, ServerLayer } from '../layer.ts'
import { rawLinkOf } from '../raw-link-of.ts'
import { NoHeader } from './no-header.ts'
import { readHeader, type ProxyHeader } from './read-header.ts'

/** Which balancers in front begin their connections with a header, and how long that may take. */
export interface ProxyServerOptions { readonly from: readonly string[], readonly timeoutSeconds: number }

/** For a client without a header there is nothing to wait for. */
const nothing: Opening = { cancel () {} }

/** A connection whose header has not come in whole. */
class PendingHeader extends WheelTimer implements LinkSink, Opening {
  readonly #link: RawLink
  readonly #client: LayeredClient
  readonly #events: LayerEvents
  readonly #timeoutSeconds: number
  #bytes: Buffer | undefined

  constructor (link: RawLink, client: LayeredClient, events: LayerEvents, timeoutSeconds: number) {
    super()
    this.#link = link
    this.#client = client
    this.#events = events
    this.#timeoutSeconds = timeoutSeconds
    link.sink = this
    wheel.arm(this, timeoutSeconds * 1000)
  }

  onBytes (bytes: Uint8Array): void {
    const all = this.#bytes === undefined ? Buffer.from(bytes) : Buffer.concat([this.#bytes, bytes])
    const header = readHeader(all)
    this.#bytes = all
    if (header instanceof NoHeader) this.#fail(header.why)
    else if (header !== undefined) this.#opened(header, all.subarray(header.length))
  }

  #opened ({ version, addresses, tlvs }: ProxyHeader, rest: Buffer): void {
    const link = this.#link
    const client = this.#client
    this.#leave()
    if (addresses !== undefined) {
      const { address, port } = client
      client.proxied = { by: { address, port }, version, ...tlvs }
      client.address = addresses.source.address
      client.port = addresses.source.port
      client.local = addresses.destination
      // The results of our own TLS replace them.
      client.serverName = tlvs.authority
      client.alpn = tlvs.alpn
    }
    link.unread(rest)
    link.peer = client
    this.#events.onOpen(link)
  }

  onEnd (): void {
    if (this.#bytes === undefined) this.#close('the balancer closed the connection before its header')
    else this.#fail(`the balancer closed the connection inside of its header, after ${this.#bytes.length} bytes`)
  }

  onDrained (): void {}

  onClosed (error: LinkError | undefined): void {
    this.#leave()
    this.#failed(error?.message ?? 'the connection was closed before its header')
  }

  override onTimeout (): void { this.#fail(`no whole header within ${this.#timeoutSeconds} s, but ${this.#bytes?.length ?? 0} bytes`) }

  override onFault (error: unknown): void {
    this.cancel()
    throw error
  }

  cancel (): void {
    this.#leave()
    this.#link.abort()
  }

  /** The balancer closed first. */
  #close (why: string): void {
    this.#leave()
    this.#link.close()
    this.#failed(why)
  }

  #fail (why: string): void {
    this.cancel()
    this.#failed(why)
  }

  #failed (message: string): void { this.#events.onFailed({ kind: 'other', message }, this.#bytes === undefined) }

  #leave (): void {
    wheel.cancel(this)
    this.#link.sink = nobody
  }
}

/** The PROXY protocol of balancers in front of a listener: from the listed ones a header is mandatory, and from all others it is not read. */
export class ProxyServerLayer implements ServerLayer {
  readonly name = 'proxy'
  readonly #from: AddressSet
  readonly #timeoutSeconds: number

  constructor ({ from, timeoutSeconds }: ProxyServerOptions) {
    this.#from = new AddressSet(from)
    this.#timeoutSeconds = timeoutSeconds
  }

  open (below: ByteLink, client: LayeredClient, events: LayerEvents): Opening {
    if (this.#from.has(client.address)) return new PendingHeader(rawLinkOf(below), client, events, this.#timeoutSeconds)
    below.peer = client
    events.onOpen(below)
    return nothing
  }
}
