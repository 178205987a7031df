import type { CloseReason } from '@weirlb/model'
import type { Choice } from './choice.ts'
import type { Letter } from './waiting-message.ts'
import { Replies } from './replies.ts'
import { Run } from './reply-queue.ts'
import type { ServerLink } from './server-link.ts'

/** Messages go to the client in the order of its requests, whichever server they come from (`replies: 'in-order'`). */
export class RepliesInOrder extends Replies {
  /** Replies that are to come, and those of our own that wait. */
  #outstanding = 0

  override mayTake (undecided: number): boolean {
    return super.mayTake(undecided) && this.#outstanding + undecided < this.connection.vserver.config.limits.outstandingReplies
  }

  get over (): boolean { return !this.waits }

  override sent (server: ServerLink, replies: number): void {
    if (replies === 0) return
    const { last } = this.queue
    if (last !== undefined && last.server === server && (last.owed === 0 || (server.runs.at(-1) === last && last.choice === server.choice))) {
      // Answers that follow each other, for the client and at their server, are one run: a message whose first server could not be reached
      // stands at this one behind later ones.
      if (last.owed === 0) {
        server.runs.push(last)
        last.choice = server.choice
      }
      last.owed += replies
    } else {
      const run = new Run(server, replies)
      run.choice = server.choice
      this.queue.push(run)
      server.runs.push(run)
    }
    this.#outstanding += replies
    server.owe(replies)
  }

  override reserve (letter: Letter): void {
    if (letter.replies === 0) return
    letter.run = new Run(undefined, letter.replies)
    this.queue.push(letter.run)
    this.#outstanding += letter.replies
  }

  override sentLetter (letter: Letter, server: ServerLink): void {
    const { run } = letter
    if (run === undefined) return
    run.server = server
    run.choice = server.choice
    server.runs.push(run)
    server.owe(letter.replies)
  }

  override readonly greets = true

  override greeted (server: ServerLink): void {
    server.runs.push(new Run(server, 1, true))
    server.greetings++
    this.#outstanding++
    server.owe(1)
  }

  override choiceFor (server: ServerLink): Choice | undefined { return server.runs[0]?.choice ?? server.choice }

  protected runFor (server: ServerLink): Run | undefined {
    const run = server.runs[0]
    if (run === undefined) return undefined
    if (--run.owed === 0) server.runs.shift()
    server.owe(-1)
    this.#outstanding--
    if (run.swallowed) server.greetings--
    return run
  }

  protected override place (run: Run): void {
    this.queue.push(run)
    this.#outstanding++
  }

  protected override onRunDone (run: Run): void {
    if (run.server === undefined) this.#outstanding--
  }

  lost (server: ServerLink): CloseReason | undefined { return server.owed > 0 || server.inMessage ? 'reply-missing' : undefined }
  // A greeting is for what would be asked after it.
  override heardOut (server: ServerLink): boolean { return server.owed === server.greetings && !server.inMessage }
}
