/** The other end of a link. */
export interface Peer { readonly address: string, readonly port: number }

/**
 * Known facts about a client. In plain TCP that is its address and port, its link's peer. Each layer adds its part,
 * and the link above the layers has the result as its peer. A field without a value is undefined or missing.
 */
export interface ClientFacts extends Peer {
  /** Name requested in its TLS handshake (SNI, RFC 6066 §3), unchanged. */
  readonly serverName?: string | undefined
  /** The HTTP request that opened its WebSocket. */
  readonly http?: HttpFacts | undefined
}

/** The facts in a client's HTTP request. */
export interface HttpFacts {
  /** As requested: path and query, `/mqtt?token=1`. */
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
