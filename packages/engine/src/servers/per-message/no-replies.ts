import type { ByteLink } from '@weirlb/link'
import type { Inlet } from '../../direction/inlet.ts'
import { SERVER } from '../../direction/side.ts'
import { Replies } from './replies.ts'
import { DeafInlet } from '../../direction/deaf-inlet.ts'

/** Servers send nothing (`replies: 'none'`); a server that ends is dialled again for the next message. */
export class NoReplies extends Replies {
  readonly over = true
  override inlet (link: ByteLink): Inlet { return new DeafInlet(this.connection, SERVER, link) }
  endFor (): undefined {}
  protected runFor (): undefined {}
}
