import type { Transport } from '../transport.ts'
import { Certificates } from './certificates.ts'
import { NodeDial } from './node-dial.ts'
import { listen } from './node-listener.ts'

/** The transport on Node's own sockets: portable, and the one that has TLS. */
export const createNodeTransport = (): Transport => ({
  checkTls: options => { void new Certificates(options) },
  listen,
  dial: (options, sink) => new NodeDial(options, sink)
})
