import { lookup as dnsLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import type { Transport } from '../transport.ts'
import { Certificates } from './certificates.ts'
import { NodeDial } from './node-dial.ts'
import { listenTcp } from './node-listener.ts'
import { listenTls } from './tls-listener.ts'

/** The transport on Node's own sockets: portable, and the one that has TLS. `lookup` has the addresses of names that are dialled. */
export const createNodeTransport = (lookup: LookupFunction = dnsLookup): Transport => ({
  checkTls: options => { void new Certificates(options) },
  listen: (options, events) => options.tls === undefined ? listenTcp(options, events) : listenTls(options, options.tls, events),
  dial: (options, sink) => new NodeDial(lookup, options, sink)
})
