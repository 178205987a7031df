import type { RulePhase } from '@weirlb/model'
import type { ValueType } from './language/types.ts'

/** A field that every user vserver has, whatever its extension publishes. */
export interface BaseField {
  readonly type: ValueType
  /** The first phase that has it. In earlier ones it is missing. */
  readonly phase: RulePhase
  readonly doc: string
}

const field = (type: ValueType, phase: RulePhase, doc: string): BaseField => ({ type, phase, doc })

/** Fields with the names of CIS where the meaning is the same, so that its rules are pasted unchanged. */
export const baseFields = {
  'ip.src': field('ip', 'connect', "The client's address. Behind a balancer that speaks the PROXY protocol: in `connect` the balancer's."),
  'ip.src.country': field('string', 'connect', "Country of the client's address, of a geo database: `DE`. `T1`: Tor. Missing without such a database, and for addresses that it does not have."),
  'ip.geoip.country': field('string', 'connect', 'The same, by its older name in CIS.'),
  'ip.src.asnum': field('int', 'connect', "Autonomous system of the client's address, of a geo database: `64496`. Missing without such a database."),
  'ip.geoip.asnum': field('int', 'connect', 'The same, by its older name in CIS.'),
  'ip.src.is_in_european_union': field('bool', 'connect', 'The country is one of the European Union.'),
  'tcp.srcport': field('int', 'connect', "The client's port."),
  'tcp.dstport': field('int', 'connect', 'The port of the user vserver.'),
  'cf.edge.server_port': field('int', 'connect', 'The same, by its name in CIS.'),
  'cf.threat_score': field('int', 'connect', "Threat score of the client's address, 0 to 100: what ends of its clients say against it, halved every ten minutes."),
  'listener.name': field('string', 'connect', 'Name of the user vserver.'),
  ssl: field('bool', 'tls-hello', 'The client has TLS.'),
  'tls.sni': field('string', 'tls-hello', 'Name that the client asks for in its TLS hello.'),
  'tls.hello.alpn': field('strings', 'tls-hello', 'Application protocols that its TLS hello offers: `h2`.'),
  'tls.hello.versions': field('strings', 'tls-hello', 'Versions of TLS that it offers: `TLSv1.3`.'),
  'tls.hello.ciphers': field(
    'strings',
    'tls-hello',
    'Cipher suites that it offers, as four hexadecimal digits: `1301`.'
  ),
  'tls.ja4': field('string', 'tls-hello', 'JA4 fingerprint of its TLS hello: `t13d1516h2_8daaf6152771_e5627efa2ab1`.'),
  'cf.bot_management.ja4': field('string', 'tls-hello', 'The same, by its name in CIS.'),
  'cf.bot_management.ja3_hash': field(
    'string',
    'tls-hello',
    'JA3 fingerprint of its TLS hello, in hexadecimal digits.'
  ),
  'tls.alpn': field('string', 'hello', 'Application protocol that the handshake selected.'),
  'tls.version': field('string', 'hello', 'Version of TLS: `TLSv1.3`.'),
  'cf.tls_version': field('string', 'hello', 'The same, by its name in CIS.'),
  'tls.cipher': field(
    'string',
    'hello',
    'Cipher suite that the handshake selected, as OpenSSL names it: `ECDHE-RSA-AES128-GCM-SHA256`.'
  ),
  'cf.tls_cipher': field('string', 'hello', 'The same, by its name in CIS.'),
  'tls.client_cert.present': field('bool', 'hello', 'The client has shown a certificate that was verified.'),
  'tls.client_cert.verified': field('bool', 'hello', 'The same: a client whose certificate was not verified is refused.'),
  'tls.client_cert.subject_cn': field('string', 'hello', "Common name of the client's verified certificate."),
  'tls.client_cert.fingerprint_sha256': field('string', 'hello', "Fingerprint of the client's verified certificate, in hexadecimal digits."),
  'tls.client_cert.not_after': field('int', 'hello', "When the client's verified certificate expires, in seconds since 1970 (UTC)."),
  'http.host': field('string', 'request', 'Host header, in lower case, without a port.'),
  'http.request.method': field('string', 'request', '`GET`.'),
  'http.request.uri': field('string', 'request', 'Path and query: `/mqtt?token=1`.'),
  'http.request.uri.path': field('string', 'request', 'Path, as the client wrote it: `/mqtt`.'),
  'http.request.uri.query': field(
    'string',
    'request',
    'Query without its question mark: `token=1`. Empty without one.'
  ),
  'http.request.full_uri': field(
    'string',
    'request',
    'Scheme, host, path and query: `https://www.example.com/mqtt?token=1`.'
  ),
  'http.request.version': field('string', 'request', '`HTTP/1.1`, or `HTTP/1.0`.'),
  'http.request.headers': field(
    'headers',
    'request',
    'Values of each header, by its name in lower case: `http.request.headers["x-token"][0]`.'
  ),
  'http.request.headers.names': field('strings', 'request', 'Names of the headers, in lower case.'),
  'http.request.headers.count': field('int', 'request', 'Header lines.'),
  'http.request.headers.size': field('int', 'request', 'Bytes of the headers.'),
  'http.user_agent': field('string', 'request', 'User-Agent header.'),
  'http.referer': field('string', 'request', 'Referer header.'),
  'http.cookie': field('string', 'request', 'Cookie header.'),
  'http.x_forwarded_for': field('string', 'request', 'X-Forwarded-For header.'),
  'tls.fronted': field('bool', 'request', 'The Host header names another host than the TLS handshake.'),
  'ws.upgrade': field('bool', 'request', 'The request is for a WebSocket.'),
  'ws.origin': field('string', 'request', 'Origin header.'),
  'ws.subprotocols': field('strings', 'request', 'Sub-protocols that a WebSocket client offers.'),
  'conn.id': field('string', 'first-message', 'Identifier of the connection, as in `GET /v1/connections`.'),
  'conn.age_s': field('int', 'message', 'Seconds since the client connected.'),
  'conn.bytes_in': field('int', 'message', 'Bytes read from the client.'),
  'conn.messages_in': field('int', 'message', 'Messages of the client that reached the rules, this one included.')
} as const satisfies Record<string, BaseField>

export type BaseFieldName = keyof typeof baseFields
