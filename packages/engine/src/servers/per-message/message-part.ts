import type { Balancer } from '../../balancing/balancer.ts'
import type { ServiceRuntime } from '../../balancing/service.ts'
import type { Gathering, ReplyRun } from './reply-queue.ts'
import type { ServerLink } from './server-link.ts'
import type { Part } from './waiting-message.ts'

/** The message whose parts these are. */
export interface Whole {
  /** Bytes of a reply to a part have come. False: they are too many, and need not be kept. */
  takes (bytes: number): boolean
  /** The reply to a part is complete. */
  onReplied (): void
  /** A part could not be sent. */
  onUnreachable (): void
}

/** Maximum bytes of the replies to one message that become one, unless a direction may buffer more. */
export const MAX_REPLIES = 1024 * 1024

/** What one server gets of a message for several, and its reply. */
export class MessagePart implements Part<ServerLink>, Gathering<ServerLink> {
  readonly #whole: Whole
  /** Its number among the parts of its message. */
  readonly index: number
  /** Undefined: it is out of service, and gets nothing. */
  readonly server: ServerLink | undefined
  /** The LB vserver that chose the server. */
  readonly chosenBy: Balancer
  /** The first of its keys: if the server cannot be reached, the part goes where that goes. */
  readonly token: string | undefined
  /** The part goes to this service only. */
  readonly only: ServiceRuntime | undefined
  #reply: Uint8Array[] | undefined
  /** Whose bytes the reply has, and how many. */
  #from: ServerLink | undefined
  #kept = 0

  constructor (
    whole: Whole,
    index: number,
    server: ServerLink | undefined,
    chosenBy: Balancer,
    token: string | undefined,
    only: ServiceRuntime | undefined
  ) {
    this.#whole = whole
    this.index = index
    this.server = server
    this.chosenBy = chosenBy
    this.token = token
    this.only = only
  }

  /** What the extension is told of its reply: whether there is one, and of which service or keys. */
  about (keys: Uint8Array): Uint8Array {
    return Buffer.concat([
      Uint8Array.of(this.#reply === undefined ? 0 : 1),
      this.only === undefined ? keys : Buffer.from(this.only.name)
    ])
  }

  /** Its reply. */
  get bytes (): Uint8Array {
    const reply = this.#reply ?? []
    return reply.length === 1 ? reply[0]! : Buffer.concat(reply)
  }

  take (run: ReplyRun<ServerLink>, server: ServerLink, bytes: Uint8Array): void {
    const reply = this.#reply ??= []
    if (this.#whole.takes(bytes.length)) {
      reply.push(bytes)
      this.#from = server
      this.#kept += bytes.length
      server.gatheredBytes += bytes.length
    }
    if (run.done) this.#whole.onReplied()
  }

  /** Its reply does not wait any more. Returns the server that may be read again. */
  letGo (): ServerLink | undefined {
    const from = this.#from
    if (from !== undefined) from.gatheredBytes -= this.#kept
    this.#from = undefined
    return from
  }

  /** Its service cannot be reached. */
  onUnreachable (): void { this.#whole.onUnreachable() }
}
