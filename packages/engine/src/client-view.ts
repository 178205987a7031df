import { endpointText } from '@weirlb/model'
import type { ClientFacts } from '@weirlb/link'

/** A client as people are shown it, in the log, the API and traces. */
export interface ClientView {
  /** Address and port: `127.0.0.1:50123`, `[::1]:50123`. */
  readonly client: string
  /** Name requested in the TLS handshake. */
  readonly serverName: string | undefined
  /** Of the balancer in front that has said so (PROXY protocol), address and port. */
  readonly via: string | undefined
}

/** Returns the shown facts of a client. Unknown ones are undefined. */
export const clientView = ({ address, port, serverName, proxied }: ClientFacts): ClientView =>
  ({ client: endpointText(address, port), serverName, via: proxied && endpointText(proxied.by.address, proxied.by.port) })
