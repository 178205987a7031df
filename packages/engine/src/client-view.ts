import { endpointText } from '@weirlb/model'
import type { ClientFacts } from '@weirlb/link'

/** A client as people are shown it, in the log, the API and traces. */
export interface ClientView {
  /** Address and port: `127.0.0.1:50123`, `[::1]:50123`. */
  readonly client: string
  /** Name that it asked for in its TLS handshake. */
  readonly serverName: string | undefined
}

/** What is shown of a client. What is not known is undefined. */
export const clientView = ({ address, port, serverName }: ClientFacts): ClientView => ({ client: endpointText(address, port), serverName })
