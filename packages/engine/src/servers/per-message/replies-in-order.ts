import type { CloseReason } from '@weirlb/model'
import type { AnswerReader } from '../../extension/answer.ts'
import type { Route } from './route.ts'
import type { WaitingMessage } from './waiting-message.ts'
import { Replies } from './replies.ts'
import { type Gathering, ReplyRun } from './reply-queue.ts'
import type { ServerLink } from './server-link.ts'

/** Messages go to the client in the order of its requests, whichever server they come from (`replies: 'in-order'`). */
export class RepliesInOrder extends Replies {
  /** Outstanding replies, and waiting originated ones. */
  #outstanding = 0

  override mayTake (undecided: number): boolean {
    return super.mayTake(undecided) &&
      this.#outstanding + undecided < this.connection.vserver.config.limits.outstandingReplies
  }

  get over (): boolean { return !this.waits }

  override sent (server: ServerLink, message: WaitingMessage<ServerLink>): void {
    this.#about(server, message)
    if (message.replies > 0) this.#expect(server, message.replies)
  }

  override sentOne (server: ServerLink): void { this.#expect(server, 1) }

  /** So many replies of this server follow all others. */
  #expect (server: ServerLink, replies: number): void {
    const { last } = this.queue
    const { runs } = server
    if (
      last !== undefined && last.server === server &&
      (last.owed === 0 || (runs[runs.length - 1] === last && last.route === server.route))
    ) {
      // Adjacent replies, for the client and at their server, are one run. A message whose first server could not be
      // reached follows later ones at this one.
      if (last.owed === 0) {
        runs.push(last)
        last.route = server.route
      }
      last.owed += replies
    } else {
      const run = new ReplyRun(server, replies)
      run.route = server.route
      this.queue.push(run)
      runs.push(run)
    }
    this.#outstanding += replies
    server.owe(replies)
  }

  /** Apply the verdict's further options for the server. */
  #about (server: ServerLink, { swallow, keep, unasked }: WaitingMessage<ServerLink>): void {
    if (swallow > 0) this.#swallow(server, swallow)
    if (keep !== undefined) server.kept = keep
    if (unasked) server.unasked = true
  }

  #swallow (server: ServerLink, count: number): void {
    server.runs.push(new ReplyRun(server, count, true))
    server.greetings += count
    this.#outstanding += count
    server.owe(count)
  }

  override reserve (message: WaitingMessage<ServerLink>): void {
    if (message.replies === 0) return
    message.run = new ReplyRun<ServerLink>(undefined, message.replies)
    this.queue.push(message.run)
    this.#outstanding += message.replies
  }

  override sentLater (message: WaitingMessage<ServerLink>, server: ServerLink): void {
    this.#about(server, message)
    const { run } = message
    if (run === undefined) return
    run.server = server
    run.route = server.route
    server.runs.push(run)
    server.owe(message.replies)
  }

  override readonly greets = true

  override greeted (server: ServerLink): void { this.#swallow(server, 1) }

  override partRun (gathering: Gathering<ServerLink>): ReplyRun<ServerLink> {
    this.#outstanding++
    return super.partRun(gathering)
  }

  override giveUpPart (): void { this.#outstanding-- }

  override routeFor (server: ServerLink): Route | undefined { return server.runs[0]?.route ?? server.route }

  protected runFor (server: ServerLink, answer: AnswerReader | undefined): ReplyRun<ServerLink> | undefined {
    if (answer?.replies === 0) return this.#between(server)
    const run = server.runs[0]
    if (run === undefined) return server.unasked ? this.#behind(server) : undefined
    if (--run.owed === 0) server.runs.shift()
    server.paid()
    this.#outstanding--
    if (run.swallowed) server.greetings--
    return run
  }

  /** A message that replies to nothing, and may stand between any two. */
  #between (server: ServerLink): ReplyRun<ServerLink> {
    const run = new ReplyRun(server, 0)
    // Its bytes may go before earlier ones of its server.
    run.held = []
    this.queue.pushBetween(run)
    return run
  }

  /** Returns the place of an unsolicited message: after all outstanding replies. */
  #behind (server: ServerLink): ReplyRun<ServerLink> {
    const { passing } = server
    const run = passing?.queued === true && passing === this.queue.last && passing.owed === 0
      ? passing
      : new ReplyRun(server, 0)
    if (!run.queued) this.queue.push(run)
    return run
  }

  protected override place (run: ReplyRun<ServerLink>): void {
    this.queue.push(run)
    this.#outstanding++
  }

  protected override onRunDone (run: ReplyRun<ServerLink>): void {
    if (run.server === undefined) this.#outstanding--
  }

  endFor (server: ServerLink, error: boolean): CloseReason | undefined {
    if (server.owed > 0 || server.inMessage) return 'reply-missing'
    return !server.kept && !server.unasked ? undefined : error ? 'server-reset' : 'server-closed'
  }

  // A greeting prepares later requests; without any, its reply is not needed.
  override heardOut (server: ServerLink): boolean { return server.owed === server.greetings && !server.inMessage }
}
