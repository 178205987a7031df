import { lookup as dnsLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { createNodeTransport } from '../node/node-transport.ts'
import type { Transport } from '../transport.ts'
import type { UringLoop } from './loop.ts'
import { Targets, UringDial } from './uring-dial.ts'
import { listenUring } from './uring-listener.ts'

/**
 * The transport on io_uring, for plain TCP; links for Node's layers use Node's sockets. `availability` provides the
 * loop; `lookup` resolves dialled names.
 */
export const createUringTransport = (loop: UringLoop, lookup: LookupFunction = dnsLookup): Transport => {
  const node = createNodeTransport(lookup)
  const targets = new Targets(loop)
  return {
    listen: (options, events) =>
      options.nodeSockets === true ? node.listen(options, events) : listenUring(loop, options, events),
    dial: (options, sink) =>
      options.nodeSockets === true ? node.dial(options, sink) : new UringDial(loop, targets, lookup, options, sink),
    soon (call) {
      loop.soon(call)
    }
  }
}
