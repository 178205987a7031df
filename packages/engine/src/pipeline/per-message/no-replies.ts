import type { ByteLink } from '../../link/byte-link.ts'
import { type Inlet, SERVER } from '../inlet.ts'
import { Replies } from './replies.ts'
import { Unheard } from './unheard.ts'

/** Servers say nothing (`replies: 'none'`); a server that ends is dialled again for the next message. */
export class NoReplies extends Replies {
  readonly over = true
  override inlet (link: ByteLink): Inlet { return new Unheard(this.connection, SERVER, link) }
  lost (): undefined {}
  protected runFor (): undefined {}
}
