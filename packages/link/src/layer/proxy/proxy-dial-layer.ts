import type { ByteLink } from '../../byte-link.ts'
import type { ClientFacts, Peer, ProxiedTls } from '../../client-facts.ts'
import type { DialAbout, DialClient, DialLayer, LayerEvents, Opening } from '../layer.ts'
import { rawLinkOf } from '../raw-link-of.ts'
import { writeBinary, writeLine, type ProxiedAddresses, type SaidOfClient } from './write-header.ts'

/** There is nothing to wait for: the receiver of the header does not acknowledge it. */
const nothing: Opening = { cancel () {} }

const silence: SaidOfClient = { alpn: undefined, authority: undefined, uniqueId: undefined, tls: undefined }

/** TLS between the client and us, or a balancer in front that reports it. */
const tlsOf = ({ tlsVersion, certificate, proxied }: ClientFacts): ProxiedTls | undefined =>
  tlsVersion === undefined
    ? proxied?.tls
    : {
      certificate: certificate !== undefined,
      verified: certificate !== undefined,
      version: tlsVersion,
      commonName: certificate?.commonNames[0]
    }

/** The ID that a balancer in front has given the connection, or ours. */
const idOf = ({ proxied }: ClientFacts, id: string): Buffer =>
  proxied?.uniqueId === undefined ? Buffer.from(id) : Buffer.from(proxied.uniqueId, 'hex')

/**
 * Sends a server a header of the PROXY protocol with the connection's origin. A probe's connection is ours, with our
 * own address: some servers (RabbitMQ) accept neither UNKNOWN nor LOCAL, the standard's values for it.
 */
export class ProxyDialLayer implements DialLayer {
  readonly name = 'proxy'
  readonly what = 'PROXY protocol header'
  readonly version: 'v1' | 'v2'

  constructor (version: 'v1' | 'v2') { this.version = version }

  open (below: ByteLink, { client }: DialAbout, events: LayerEvents): Opening {
    const link = rawLinkOf(below)
    const server: Peer = below.peer
    const addresses = client === undefined
      ? { source: link.local ?? server, destination: server }
      : addressesOf(client, server)
    // With what follows in one piece: some servers look for all of it in what they read first.
    link.writeAhead(
      this.version === 'v1'
        ? writeLine(addresses)
        : writeBinary(addresses, client === undefined ? silence : saidOf(client))
    )
    events.onOpen(link)
    return nothing
  }
}

const addressesOf = ({ client }: DialClient, server: Peer): ProxiedAddresses => ({
  source: client.peer,
  destination: client.peer.local ?? client.local ?? server
})

const saidOf = ({ id, client: { peer } }: DialClient): SaidOfClient => ({
  alpn: peer.alpn,
  authority: peer.serverName,
  uniqueId: idOf(peer, id),
  tls: tlsOf(peer)
})
