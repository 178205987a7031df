import type { CloseReason } from '@weirlb/model'
import type { Route } from './route.ts'
import type { WaitingMessage } from './waiting-message.ts'
import { Replies } from './replies.ts'
import { ReplyRun } from './reply-queue.ts'
import type { ServerLink } from './server-link.ts'

/** Messages go to the client in the order of its requests, whichever server they come from (`replies: 'in-order'`). */
export class RepliesInOrder extends Replies {
  /** Outstanding replies, and waiting originated ones. */
  #outstanding = 0

  override mayTake (undecided: number): boolean {
    return super.mayTake(undecided) && this.#outstanding + undecided < this.connection.vserver.config.limits.outstandingReplies
  }

  get over (): boolean { return !this.waits }

  override sent (server: ServerLink, { replies }: WaitingMessage<ServerLink>): void {
    if (replies === 0) return
    const { last } = this.queue
    if (last !== undefined && last.server === server && (last.owed === 0 || (server.runs.at(-1) === last && last.route === server.route))) {
      // Adjacent replies, for the client and at their server, are one run. A message whose first server could not be
      // reached follows later ones at this one.
      if (last.owed === 0) {
        server.runs.push(last)
        last.route = server.route
      }
      last.owed += replies
    } else {
      const run = new ReplyRun(server, replies)
      run.route = server.route
      this.queue.push(run)
      server.runs.push(run)
    }
    this.#outstanding += replies
    server.owe(replies)
  }

  override reserve (message: WaitingMessage<ServerLink>): void {
    if (message.replies === 0) return
    message.run = new ReplyRun<ServerLink>(undefined, message.replies)
    this.queue.push(message.run)
    this.#outstanding += message.replies
  }

  override sentLater (message: WaitingMessage<ServerLink>, server: ServerLink): void {
    const { run } = message
    if (run === undefined) return
    run.server = server
    run.route = server.route
    server.runs.push(run)
    server.owe(message.replies)
  }

  override readonly greets = true

  override greeted (server: ServerLink): void {
    server.runs.push(new ReplyRun(server, 1, true))
    server.greetings++
    this.#outstanding++
    server.owe(1)
  }

  override routeFor (server: ServerLink): Route | undefined { return server.runs[0]?.route ?? server.route }

  protected runFor (server: ServerLink): ReplyRun<ServerLink> | undefined {
    const run = server.runs[0]
    if (run === undefined) return undefined
    if (--run.owed === 0) server.runs.shift()
    server.owe(-1)
    this.#outstanding--
    if (run.swallowed) server.greetings--
    return run
  }

  protected override place (run: ReplyRun<ServerLink>): void {
    this.queue.push(run)
    this.#outstanding++
  }

  protected override onRunDone (run: ReplyRun<ServerLink>): void {
    if (run.server === undefined) this.#outstanding--
  }

  endFor (server: ServerLink): CloseReason | undefined { return server.owed > 0 || server.inMessage ? 'reply-missing' : undefined }
  // A greeting prepares later requests; without any, its reply is not needed.
  override heardOut (server: ServerLink): boolean { return server.owed === server.greetings && !server.inMessage }
}
