import { lookup as dnsLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import type { Transport } from '../transport.ts'
import { NodeDial } from './node-dial.ts'
import { listenNode } from './node-listener.ts'

/**
 * The transport on Node's own sockets: portable, and the one that Node's own layers can use. `lookup` resolves
 * dialled names.
 */
export const createNodeTransport = (lookup: LookupFunction = dnsLookup): Transport => ({
  listen: listenNode,
  dial: (options, sink) => new NodeDial(lookup, options, sink)
})
