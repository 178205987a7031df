import { Op } from '@weirlb/sdk/abi'
import type { AnswerReader } from '../../extension/answer.ts'
import type { Asker } from '../../extension/asker.ts'
import type { ClientSide } from '../client-side.ts'
import { SERVER } from '../../direction/side.ts'
import { type Awaited, AwaitedReplies, type AwaitedEvents } from './awaited.ts'
import { Replies } from './replies.ts'
import { ReplyRun } from './reply-queue.ts'
import type { ServerLink } from './server-link.ts'
import type { WaitingMessage } from './waiting-message.ts'

/**
 * Replies name their requests (`replies: 'matched'`): they go to the client whole, in the order of their first bytes,
 * and a missing one delays no other.
 *
 *   sent ──► awaited ──► its reply begins ──► forwarded
 *               └──► its time is over, or its server has gone ──► abandoned: the extension may answer, and a late reply
 * is dropped
 */
export class RepliesMatched extends Replies implements AwaitedEvents<ServerLink>, Asker {
  readonly side = SERVER
  readonly #awaited: AwaitedReplies<ServerLink>
  /** Requests that have not been sent. */
  #reserved = 0
  /** Abandoned requests for which the extension has not answered yet. */
  #told = 0

  constructor (connection: ClientSide) {
    super(connection)
    this.#awaited = new AwaitedReplies(this, connection.vserver.config.limits.replyTimeoutSeconds * 1000)
  }

  override mayTake (undecided: number): boolean {
    return super.mayTake(undecided) &&
      this.#awaited.count + this.#reserved + undecided < this.connection.vserver.config.limits.outstandingReplies
  }

  get over (): boolean { return this.#awaited.count === 0 && this.#reserved === 0 && this.#told === 0 && !this.waits }

  override sent (server: ServerLink, { match }: WaitingMessage<ServerLink>): void {
    if (match === undefined) return
    this.#awaited.add(server, match)
    server.owe(1)
  }

  override reserve ({ match }: WaitingMessage<ServerLink>): void { if (match !== undefined) this.#reserved++ }

  override sentLater (message: WaitingMessage<ServerLink>, server: ServerLink): void {
    if (message.match !== undefined) this.#reserved--
    this.sent(server, message)
  }

  protected runFor (server: ServerLink, answer: AnswerReader | undefined): ReplyRun<ServerLink> {
    const match = answer?.match
    if (match !== undefined) {
      if (!this.#awaited.take(server, match)) return new ReplyRun(server, 0, true)
      server.paid()
    }
    const { passing } = server
    const run = passing === undefined || passing.swallowed ? new ReplyRun(server, 0) : passing
    if (!run.queued) this.queue.push(run)
    return run
  }

  override readonly losesAlone = true
  endFor (): undefined {}
  override owes (server: ServerLink): boolean { return server.owed > 0 || server.inMessage }

  override onLost (server: ServerLink): void {
    for (const awaited of this.#awaited.takeAll(server)) this.#giveUp(awaited, 'service-down')
  }

  onLate (awaited: Awaited<ServerLink>): void {
    this.#giveUp(awaited, 'timeout')
    this.connection.onward.flush()
  }

  #giveUp ({ match, server, count }: Awaited<ServerLink>, why: 'timeout' | 'service-down'): void {
    server.owe(-count)
    if (!this.connection.ending && this.connection.tellUnanswered(this, match, why)) this.#told++
  }

  /** The extension has handled an abandoned request. */
  onVerdict (answer: AnswerReader): void {
    const { connection } = this
    this.#told--
    if (connection.ending || !connection.apply(answer, undefined)) return
    if (answer.op !== Op.forward) connection.refuse(answer, this)
  }

  onFault (error: unknown): void { this.connection.onFault(error) }

  override leave (): void { for (const server of this.#awaited.servers) this.#awaited.takeAll(server) }
}
