import type { ByteLink } from '@weirlb/link'
import type { Inlet } from '../../direction/inlet.ts'
import { SERVER } from '../../direction/side.ts'
import { Replies } from './replies.ts'
import { Unheard } from '../../direction/unheard.ts'

/** Servers say nothing (`replies: 'none'`); a server that ends is dialled again for the next message. */
export class NoReplies extends Replies {
  readonly over = true
  override inlet (link: ByteLink): Inlet { return new Unheard(this.connection, SERVER, link) }
  lost (): undefined {}
  protected runFor (): undefined {}
}
