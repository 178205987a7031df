import type { Balancer } from '../../balancing/balancer.ts'
import type { AnswerReader } from '../../extension/answer.ts'
import { storedKey } from '../../persistence/session-key.ts'
import type { ServiceRuntime } from '../../balancing/service.ts'
import type { ClientSide } from '../client-side.ts'
import { BasePlacement } from '../placement.ts'
import type { ReplyRun } from './reply-queue.ts'

/** What a server `S` gets of a message for several. */
export interface Part<S> {
  readonly server: S | undefined
  /** The LB vserver that chose it. */
  readonly chosenBy: Balancer
  readonly token: string | undefined
  /** It goes to this service only. */
  readonly only: ServiceRuntime | undefined
  /** That service cannot be reached, and has got nothing. */
  onUnreachable (): void
}

/** The placer of messages at services, of which `S` are the links. */
export interface Placer<S> {
  /** There is a link to this service. */
  linkedTo (service: ServiceRuntime): boolean
  onPlaced (message: WaitingMessage<S>, lb: Balancer, service: ServiceRuntime, held: boolean): void
}

/**
 * One message for a server: its keys, and its bytes while its server is unknown or not connected. Or a greeting, in
 * its place among them.
 */
export class WaitingMessage<S> extends BasePlacement {
  readonly #placer: Placer<S>
  readonly greeting: boolean
  /** The LB vserver that the extension named, or the balancer of its client. */
  lb!: Balancer
  /** The one that chose its service: the same, or a backup. */
  chosenBy: Balancer | undefined
  /** Once a service is chosen. */
  server: S | undefined
  /** Number of its replies. */
  replies = 1
  /** The key that matches its reply. */
  match: string | undefined
  /** How many messages come before those that answer it, and are discarded. */
  swallow = 0
  /** Its server has state of the client from then on, or no longer. */
  keep: boolean | undefined
  /** Its server sends unasked from then on. */
  unasked = false
  /** Its bytes, where they are known and it may go over a link that clients share; else 0. */
  length = 0
  /** Its place among the replies. */
  run: ReplyRun<S> | undefined
  chunks: Uint8Array[] = []
  /** It is a part for one service, and goes nowhere else. */
  onlyPart: Part<S> | undefined
  /** It is split: these go in its place, once they are known. */
  parts: readonly WaitingMessage<S>[] | 'unknown' | undefined
  /** It is the placement of one key of a message that is split, which waits for it. */
  split: { onKeyPlaced (): void } | undefined

  constructor (connection: ClientSide, placer: Placer<S>, greeting?: Uint8Array) {
    super(connection)
    this.#placer = placer
    this.greeting = greeting !== undefined
    if (greeting !== undefined) this.chunks.push(greeting)
  }

  /** Make it a part of a message. */
  beginPart (lb: Balancer, part: Part<S>, bytes: Uint8Array, run: ReplyRun<S>): void {
    this.address(lb, undefined)
    this.token = part.token
    this.server = part.server
    this.chosenBy = part.chosenBy
    if (part.only !== undefined) this.onlyPart = part
    this.run = run
    this.chunks.push(bytes)
  }

  /** Bytes of it that wait. */
  get bytes (): number {
    let bytes = 0
    for (const chunk of this.chunks) bytes += chunk.length
    return bytes
  }

  get route (): Balancer {
    return this.lb
  }
  linkedTo (service: ServiceRuntime): boolean {
    return this.#placer.linkedTo(service)
  }
  onPlaced (lb: Balancer, service: ServiceRuntime, held: boolean): void {
    this.#placer.onPlaced(this, lb, service, held)
  }

  override avoid (service: ServiceRuntime): void {
    super.avoid(service)
    this.server = undefined
  }

  /** Take a verdict's values in place of the previous message's. */
  address (lb: Balancer, answer: AnswerReader | undefined): void {
    this.lb = lb
    this.token = answer?.token
    this.session = answer?.session === undefined ? undefined : storedKey(answer.session)
    this.replies = answer?.replies ?? 1
    this.match = answer?.match
    this.swallow = answer?.swallow ?? 0
    this.keep = answer?.keep
    this.unasked = answer?.unasked === true
    this.length = 0
    this.server = undefined
    this.split = undefined
    this.stray = undefined
    this.anyHealth = false
    this.affinity = undefined
  }
}
