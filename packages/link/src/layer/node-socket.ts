import type { Socket } from 'node:net'
import { WeirError } from '@weirlb/model'
import type { ByteLink } from '../byte-link.ts'
import { StreamLink } from '../node/stream-link.ts'

/**
 * Returns Node's own socket under a link, for a layer on Node's streams; the link is over. Undelivered bytes are in
 * the socket.
 */
export const nodeSocketOf = (link: ByteLink): Socket => {
  if (!(link instanceof StreamLink))
    throw new WeirError(
      'internal',
      'a layer that Node makes was put on a link that is not on a socket of Node\'s: `nodeSockets` was not asked for'
    )
  return link.takeSocket()
}
