import { AddressSet } from '../../address-set.ts'
import type { ByteLink } from '../../byte-link.ts'
import type { LayeredClient } from '../../client-facts.ts'
import type { LayerEvents, Opening, ServerLayer } from '../layer.ts'
import { PendingClient } from '../pending-client.ts'
import { rawLinkOf } from '../raw-link-of.ts'
import { NoHeader } from './no-header.ts'
import { readHeader, type ProxyHeader } from './read-header.ts'

/** Which balancers in front begin their connections with a header, and how long that may take. */
export interface ProxyServerOptions { readonly from: readonly string[], readonly timeoutSeconds: number }

/** For a client without a header there is nothing to wait for. */
const nothing: Opening = { cancel () {} }

/**
 * A connection whose header has not come in whole. All but a balancer that leaves before its first byte is closed with
 * a reset.
 */
class PendingHeader extends PendingClient {
  protected get before (): string { return 'its header' }
  protected get missing (): string { return 'whole header' }

  protected waits (bytes: Buffer): boolean {
    const header = readHeader(bytes)
    if (header === undefined) return true
    if (header instanceof NoHeader) this.abandon({ kind: 'other', message: header.why })
    else this.#opened(header, bytes.subarray(header.length))
    return false
  }

  #opened ({ version, addresses, tlvs }: ProxyHeader, rest: Buffer): void {
    const { client } = this
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
    this.events.onOpen(this.opened(rest))
  }

  override onEnd (): void {
    if (this.held === 0) this.refuse({ kind: 'other', message: 'the balancer closed the connection before its header' })
    else this.abandon({
        kind: 'other',
        message: `the balancer closed the connection inside of its header, after ${this.held} bytes`
      })
  }

  override onTimeout (): void { this.abandon(this.overdue()) }
}

/**
 * The PROXY protocol of balancers in front of a listener: from the listed ones a header is mandatory, and from all
 * others it is not read.
 */
export class ProxyServerLayer implements ServerLayer {
  readonly name = 'proxy'
  readonly #from: AddressSet
  readonly #timeoutMs: number

  constructor ({ from, timeoutSeconds }: ProxyServerOptions) {
    this.#from = new AddressSet(from)
    this.#timeoutMs = timeoutSeconds * 1000
  }

  open (below: ByteLink, client: LayeredClient, events: LayerEvents): Opening {
    if (this.#from.has(client.address)) return new PendingHeader(rawLinkOf(below), client, events, this.#timeoutMs)
    below.peer = client
    events.onOpen(below)
    return nothing
  }
}
