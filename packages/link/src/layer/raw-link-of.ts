import { WeirError } from '@weirlb/model'
import type { ByteLink } from '../byte-link.ts'
import type { RawLink } from '../raw-link.ts'

/** The link as one on a socket, for the lowest layer. */
export const rawLinkOf = (link: ByteLink): RawLink => {
  if (!('unread' in link)) throw new WeirError('internal', 'a layer that stands on sockets was put on another layer')
  return link as RawLink
}
