/** Who is at the other end. */
export interface Peer { readonly address: string, readonly port: number }

/**
 * What is known of a client. In plain TCP that is its address and port, and its link's peer is all there is. Where there are layers, each adds its part,
 * and the link above them has the result as its peer. A field that no layer has filled is undefined, or missing.
 */
export interface ClientFacts extends Peer {
  /** Name that it asked for in its TLS handshake (SNI, RFC 6066 §3), as it wrote it. */
  readonly serverName?: string | undefined
  /** The HTTP request by which it asked for a WebSocket. */
  readonly http?: HttpFacts | undefined
}

/** A client's HTTP request, as far as it says who the client is and what it wants. */
export interface HttpFacts {
  /** As it was asked for: path and query, `/mqtt?token=1`. */
  readonly path: string
  /** Names in lower case. A header that was sent several times has its values joined as Node joins them. */
  readonly headers: Readonly<Record<string, string>>
  /** Sub-protocol that was agreed on; undefined where none was offered. */
  readonly subprotocol: string | undefined
}

/** The facts of a client with layers while they are being opened: each layer fills its part. One shape for all clients. */
export class LayeredClient implements ClientFacts {
  address: string
  port: number
  serverName: string | undefined = undefined
  http: HttpFacts | undefined = undefined

  constructor ({ address, port }: Peer) {
    this.address = address
    this.port = port
  }
}
