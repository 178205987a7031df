/** The other end of a link. */
export interface Peer { readonly address: string, readonly port: number }

/** One attribute of a distinguished name, as `CN` and `meter-7`; types without a short name are object identifiers. */
export interface NameAttribute { readonly type: string, readonly value: string }

/**
 * A client's identity by a verified certificate: its chain ends at an authority of the vserver, it is valid now, and
 * no list contains it.
 */
export interface ClientCertificate {
  /** Every attribute in the certificate's order. A type may be there several times. */
  readonly subject: readonly NameAttribute[]
  readonly issuer: readonly NameAttribute[]
  /** Each `CN` of the subject. */
  readonly commonNames: readonly string[]
  /** Subject alternative names by type (RFC 5280 §4.2.1.6). Other types are left out. */
  readonly dns: readonly string[]
  readonly uris: readonly string[]
  readonly emails: readonly string[]
  readonly addresses: readonly string[]
  /** Hexadecimal, upper case. */
  readonly serial: string
  /** SHA-256 of the certificate, hexadecimal, lower case, without colons. */
  readonly fingerprint: string
  /** ISO 8601 in UTC. */
  readonly notBefore: string
  readonly notAfter: string
}

/** What a client's TLS hello says. */
export interface HelloFacts {
  /** Name that it requests; `''` for none. */
  readonly serverName: string
  /** Application protocols that it offers. */
  readonly alpn: readonly string[]
  /** Versions that it offers: `TLSv1.3`. */
  readonly versions: readonly string[]
  /** Cipher suites that it offers, as four hexadecimal digits: `1301`. */
  readonly ciphers: readonly string[]
  /** Fingerprints of what it offers. */
  readonly ja4: string
  readonly ja3: string
}

/**
 * Known facts about a client. In plain TCP that is its address and port, its link's peer. Each layer adds its part,
 * and the link above the layers has the result as its peer. A field without a value is undefined or missing.
 */
export interface ClientFacts extends Peer {
  /** The address that the client connected to, where its link here has another. */
  readonly local?: Peer | undefined
  /** Facts from a balancer in front. The client's address is not that of its link then. */
  readonly proxied?: Proxied | undefined
  /** Name requested in its TLS handshake (SNI, RFC 6066 §3), unchanged. */
  readonly serverName?: string | undefined
  /** Application protocol that was agreed in the handshake (ALPN, RFC 7301). */
  readonly alpn?: string | undefined
  /** `TLSv1.3`, of TLS that ends here. */
  readonly tlsVersion?: string | undefined
  /** Cipher suite that was agreed, as OpenSSL names it: `ECDHE-RSA-AES128-GCM-SHA256`. */
  readonly cipher?: string | undefined
  /** Its TLS hello, where somebody looks at it. */
  readonly hello?: HelloFacts | undefined
  /** Its hello was looked at before its handshake. */
  readonly helloSeen?: boolean | undefined
  /** Its certificate, when it was verified. */
  readonly certificate?: ClientCertificate | undefined
  /** Identity of the pre-shared key with which it has proven itself. */
  readonly psk?: string | undefined
  /**
   * What identifies its TLS session, also when that is resumed; bytes in latin1 form. Undefined over TLS 1.3, where
   * every resumption has secrets of its own.
   */
  readonly tlsSession?: string | undefined
  /** The chosen user protocol, where several share the port. */
  readonly protocol?: string | undefined
  /** Its TLS does not end here: its bytes pass as they come. */
  readonly passed?: boolean | undefined
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
  /** Affinity cookies that the response has set, by name. */
  readonly issued?: ReadonlyMap<string, string> | undefined
}

/** The facts in a header of the PROXY protocol, apart from the client's address. */
export interface Proxied {
  /** The sender. */
  readonly by: Peer
  readonly version: 1 | 2
  /** Application protocol of the client's TLS (ALPN). */
  readonly alpn?: string | undefined
  /** Host name requested by the client (SNI). */
  readonly authority?: string | undefined
  /** The sender's identifier of the connection, in hex. */
  readonly uniqueId?: string | undefined
  readonly tls?: ProxiedTls | undefined
}

/** TLS between a client and the balancer in front, as reported by that. */
export interface ProxiedTls {
  /** The client has shown a certificate. */
  readonly certificate: boolean
  /** It was verified. */
  readonly verified: boolean
  /** `TLSv1.3`. */
  readonly version?: string | undefined
  /** Common name of the client's certificate, whether or not that was verified. */
  readonly commonName?: string | undefined
  readonly cipher?: string | undefined
  readonly signatureAlgorithm?: string | undefined
  readonly keyAlgorithm?: string | undefined
}

/** TLS of a client, as far as it identifies the client. */
export interface IdentifiedTls { readonly session: string | undefined }

/**
 * The facts of a client with layers while they are being opened: each layer fills its part. One shape for all clients.
 */
export class LayeredClient implements ClientFacts {
  address: string
  port: number
  local: Peer | undefined = undefined
  proxied: Proxied | undefined = undefined
  serverName: string | undefined = undefined
  http: HttpFacts | undefined = undefined
  alpn: string | undefined = undefined
  tlsVersion: string | undefined = undefined
  cipher: string | undefined = undefined
  hello: HelloFacts | undefined = undefined
  helloSeen = false
  certificate: ClientCertificate | undefined = undefined
  psk: string | undefined = undefined
  protocol: string | undefined = undefined
  passed = false
  #tls: IdentifiedTls | undefined = undefined

  constructor ({ address, port }: Peer) {
    this.address = address
    this.port = port
  }

  /** Its TLS ends here. */
  secured (tls: IdentifiedTls): void { this.#tls = tls }

  get tlsSession (): string | undefined { return this.#tls?.session }
}
