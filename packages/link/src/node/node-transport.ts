import { lookup as dnsLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import type { Transport } from '../transport.ts'
import { NodeDial } from './node-dial.ts'
import { listenNode } from './node-listener.ts'

/** The transport on Node's own sockets: portable, and the one that layers can stand on which Node makes. `lookup` has the addresses of names that are dialled. */
export const createNodeTransport = (lookup: LookupFunction = dnsLookup): Transport => ({
  listen: listenNode,
  dial: (options, sink) => new NodeDial(lookup, options, sink)
})
