import { endpointText } from '@weirlb/model'
import type { ClientCertificate, ClientFacts } from '@weirlb/link'

/** A client as people are shown it, in the log, the API and traces. */
export interface ClientView {
  /** Address and port: `127.0.0.1:50123`, `[::1]:50123`. */
  readonly client: string
  /** Name requested in the TLS handshake. */
  readonly serverName: string | undefined
  /** Subject of its verified certificate (RFC 4514, in the certificate's order): `O=Farm,CN=meter-7`. */
  readonly certificate: string | undefined
  /** Identity of its pre-shared key. */
  readonly psk: string | undefined
  /** Address and port of the balancer in front that reported the client (PROXY protocol). */
  readonly via: string | undefined
  /** The user protocol that the client's first bytes or ALPN chose, where several share the port. */
  readonly protocol: string | undefined
}

/** Returns the shown facts of a client. Unknown ones are undefined. */
export const clientView = (
  { address, port, serverName, certificate, psk, proxied, protocol }: ClientFacts
): ClientView => ({
  client: endpointText(address, port),
  serverName,
  certificate: certificate && subjectText(certificate),
  psk,
  via: proxied && endpointText(proxied.by.address, proxied.by.port),
  protocol
})

/** A freely chosen name may contain a comma. */
const subjectText = ({ subject }: ClientCertificate): string =>
  subject.map(({ type, value }) => `${type}=${value.replaceAll(/[\\",+<>;=]/g, '\\$&')}`).join(',')
