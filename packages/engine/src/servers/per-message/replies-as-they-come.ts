import type { CloseReason } from '@weirlb/model'
import type { ByteLink } from '@weirlb/link'
import { Replies } from './replies.ts'
import { ReplyRun } from './reply-queue.ts'
import type { ServerLink } from './server-link.ts'

/**
 * Messages go to the client in the order of their first bytes (`replies: 'as-they-come'`). A server's outstanding
 * replies are unknown, so the client's connection ends with any of its servers'.
 */
export class RepliesAsTheyCome extends Replies {
  readonly over = false
  override onClientEnded (link: ByteLink): void { link.end() }
  endFor (_server: ServerLink, error: boolean): CloseReason { return error ? 'server-reset' : 'server-closed' }
  override heardOut (server: ServerLink): boolean { return !server.inMessage }

  protected runFor (server: ServerLink): ReplyRun<ServerLink> {
    const run = server.passing ?? new ReplyRun(server, 0)
    if (!run.queued) this.queue.push(run)
    return run
  }
}
