import type { ClientCertificate, HttpFacts, Proxied, ProxiedTls } from '@weirlb/link'

/** Facts of which any may be left out. */
type Some<T> = { readonly [F in keyof T]?: T[F] | undefined }

/** A client as the extension sees it. Default: 127.0.0.1, port 49152, and nothing else is known. */
export interface ExplainedClient {
  readonly address?: string | undefined
  readonly port?: number | undefined
  /** Name requested in its TLS handshake. */
  readonly serverName?: string | undefined
  /** Application protocol that was agreed on in the handshake. */
  readonly alpn?: string | undefined
  /** Its verified certificate; without `subject`, that is the common names. */
  readonly certificate?: Some<ClientCertificate> | undefined
  /** Identity of its pre-shared key. */
  readonly psk?: string | undefined
  /** Version of its TLS with Weir: `TLSv1.2`. */
  readonly tlsVersion?: string | undefined
  /** Identity of its TLS session, as the list of sessions shows it. */
  readonly tlsSession?: string | undefined
  /** Facts from a balancer in front (PROXY protocol). Default: version 2, from 127.0.0.1. */
  readonly proxied?: Some<Omit<Proxied, 'tls'>> & { readonly tls?: Some<ProxiedTls> | undefined } | undefined
  /** The request that opened its WebSocket. Default: the path `/` without headers. */
  readonly http?: Some<Omit<HttpFacts, 'issued'>> | undefined
}
