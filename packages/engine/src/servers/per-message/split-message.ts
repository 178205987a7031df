import { EVERY, Op, readList, writeList } from '@weirlb/sdk/abi'
import type { Balancer } from '../../balancing/balancer.ts'
import type { ServiceRuntime } from '../../balancing/service.ts'
import { SERVER } from '../../direction/side.ts'
import type { AnswerReader } from '../../extension/answer.ts'
import type { Asker } from '../../extension/asker.ts'
import { ElementsCutter } from '../../framing/elements-cutter.ts'
import { gatherElements } from '../../framing/gather-elements.ts'
import type { ClientSide } from '../client-side.ts'
import type { Addressing } from './addressing.ts'
import { MAX_REPLIES, MessagePart } from './message-part.ts'
import type { Replies } from './replies.ts'
import type { ReplyRun } from './reply-queue.ts'
import type { ServerLink } from './server-link.ts'
import type { SplitPlan } from './split-plan.ts'
import { WaitingMessage } from './waiting-message.ts'
import type { WaitingRoom } from './waiting-room.ts'

const NO_NAMES = writeList([])

/**
 * A message for several servers (`split`):
 *
 *   keys ──► servers ──► a message for each ──► sent in its place ──► all replied ──► one reply
 *   all services ────────────────┘
 *
 * The extension makes the messages and the reply, or has stated what they consist of. From the verdict on it has its
 * place among the messages and among the replies: none overtakes it.
 */
export class SplitMessage implements Asker {
  readonly side = SERVER
  readonly #connection: ClientSide
  readonly #addressing: Addressing
  readonly #replies: Replies
  readonly #room: WaitingRoom
  readonly #number: number
  readonly #lb: Balancer
  readonly #plan: SplitPlan
  /** Those of its client that the guest is called for. */
  readonly #all: Set<SplitMessage>
  #parts: MessagePart[] = []
  /** The number of each key's part. */
  #partOf: number[] = []
  /** Keys that wait for their servers. */
  readonly #unplaced = new Map<number, WaitingMessage<ServerLink>>()
  /** Names of all services, where the message is for services. */
  #names = NO_NAMES
  #place: ReplyRun<ServerLink> | undefined
  /** Keeps its place among the messages until there are parts. */
  #message: WaitingMessage<ServerLink> | undefined
  /** Parts without a whole reply. */
  #left = 0
  #bytes = 0
  /** Replies that do not enter the sandbox may have as many as a direction may buffer. */
  readonly #maxBytes: number

  constructor (
    connection: ClientSide,
    addressing: Addressing,
    replies: Replies,
    room: WaitingRoom,
    number: number,
    lb: Balancer,
    plan: SplitPlan,
    all: Set<SplitMessage>
  ) {
    this.#connection = connection
    this.#addressing = addressing
    this.#replies = replies
    this.#room = room
    this.#number = number
    this.#lb = lb
    this.#plan = plan
    this.#all = all
    this.#maxBytes = plan.tooLarge === undefined ? MAX_REPLIES : Math.max(MAX_REPLIES, connection.maxHeld)
  }

  /** Find the servers, and send or ask for their messages. */
  begin (): void {
    const plan = this.#plan
    if (!plan.makesParts || plan.tooLarge === undefined) this.#all.add(this)
    if (plan.to === undefined) this.#toServersOfKeys()
    else this.#toServices(plan.to)
  }

  #toServersOfKeys (): void {
    const lb = this.#lb
    const plan = this.#plan
    const { keys } = plan
    this.#partOf = new Array<number>(keys)
    let { byToken } = lb
    for (let key = 0; key < keys; key++) {
      const service = byToken === undefined ? undefined : plan.serviceFor(byToken, key)
      if (service === undefined) {
        if (!this.#placeKey(key)) return
        byToken = lb.byToken
      } else if (!this.#toService(key, service)) return
    }
    this.#place = this.#replies.promise()
    this.#hold()
    if (this.#unplaced.size === 0) this.#makeParts()
    else plan.keep()
  }

  /** Find the service of a key that is not known by its token alone. False: the connection is ending. */
  #placeKey (key: number): boolean {
    const found = this.#addressing.placeKey(this.#lb, this.#plan.token(key))
    if (found === undefined) return false
    if (found.server === undefined) {
      found.split = this
      this.#unplaced.set(key, found)
    } else this.#toServer(key, found)
    return true
  }

  /** False: the connection is ending. */
  #toService (key: number, service: ServiceRuntime): boolean {
    const parts = this.#parts
    for (let n = 0; n < parts.length; n++) {
      if (parts[n]!.server!.service !== service) continue
      this.#partOf[key] = n
      return true
    }
    const server = this.#addressing.linkTo(service)
    if (server === undefined) return false
    this.#addressing.lb = this.#lb
    this.#addPart(key, server, this.#lb, this.#plan.token(key))
    return true
  }

  #toServer (key: number, { server, chosenBy, token }: WaitingMessage<ServerLink>): void {
    const index = this.#parts.findIndex(part => part.server === server)
    if (index < 0) this.#addPart(key, server!, chosenBy!, token)
    else this.#partOf[key] = index
  }

  #addPart (key: number, server: ServerLink, chosenBy: Balancer, token: string | undefined): void {
    const index = this.#parts.length
    this.#parts.push(new MessagePart(this, index, server, chosenBy, token, undefined))
    this.#partOf[key] = index
  }

  /** A key has its server that had to wait for it, as for a place or the session directory. */
  onKeyPlaced (): void {
    for (const { server } of this.#unplaced.values()) if (server === undefined) return
    for (const [key, found] of this.#unplaced) this.#toServer(key, found)
    this.#unplaced.clear()
    if (!this.#connection.ending) this.#makeParts()
  }

  #makeParts (): void {
    const parts = this.#parts
    const plan = this.#plan
    if (plan.makesParts) this.#send(plan.makeParts(this.#partOf, parts.length))
    else this.#connection.askSplit(this, 'part', this.#number, false, writeList(parts.map(part => this.#keysOf(part))))
  }

  /** The places of a part's keys, two bytes each. */
  #keysOf ({ index }: MessagePart): Uint8Array {
    const keys: number[] = []
    for (const [key, part] of this.#partOf.entries()) if (part === index) keys.push(key & 255, key >> 8)
    return Uint8Array.from(keys)
  }

  #toServices (to: number): void {
    const connection = this.#connection
    const { by, services } = this.#addressing.everyService(this.#lb)
    if (services.length === 0) {
      connection.finish('no-service', '')
      return
    }
    this.#names = writeList(services.map(({ name }) => Buffer.from(name)))
    const wanted = to === EVERY ? services : services.slice(to, to + 1)
    const missing = wanted.filter(service => !this.#addressing.reaches(by, service))
    this.#place = this.#replies.promise()
    if (missing.length > 0 || wanted.length === 0) {
      this.#parts = missing.map((service, n) => new MessagePart(this, n, undefined, by, undefined, service))
      this.#gather()
      return
    }
    for (const service of wanted) {
      const server = this.#addressing.linkTo(service)
      if (server === undefined) return
      this.#parts.push(new MessagePart(this, this.#parts.length, server, by, undefined, service))
    }
    this.#hold()
    this.#send(this.#parts.map(() => this.#plan.wholeMessage))
  }

  #hold (): void {
    const message = this.#message = new WaitingMessage(this.#connection, this.#addressing)
    message.parts = 'unknown'
    this.#room.push(message)
  }

  onVerdict (answer: AnswerReader): void {
    const connection = this.#connection
    if (connection.ending || !connection.apply(answer, undefined)) return
    if (answer.op !== Op.forward || answer.bytes === undefined) connection.refuse(answer, this)
    else if (this.#message !== undefined) this.#takeParts(answer.bytes)
    else this.#fulfil(answer.bytes)
    if (!connection.ending) connection.onward.flush()
  }

  #takeParts (list: Uint8Array): void {
    const messages = readList(list)
    if (messages?.length === this.#parts.length) this.#send(messages)
    else this.#connection.extensionFailed('the sandbox answered an invalid list of parts')
  }

  #send (messages: readonly Uint8Array[]): void {
    this.#left = messages.length
    this.#message!.parts = this.#parts.map((part, n) => {
      const message = new WaitingMessage<ServerLink>(this.#connection, this.#addressing)
      message.beginPart(this.#lb, part, messages[n]!, this.#replies.partRun(part))
      return message
    })
    this.#message = undefined
    this.#room.deliver()
  }

  /** Bytes of a reply to a part have come. False: they are too many, and need not be kept. */
  takes (bytes: number): boolean {
    this.#bytes += bytes
    return this.#bytes <= this.#maxBytes
  }

  /** The reply to a part is complete. */
  onReplied (): void { if (--this.#left === 0) this.#gather() }

  /** A part could not be sent. */
  onUnreachable (): void {
    this.#replies.giveUpPart()
    this.onReplied()
  }

  #gather (): void {
    this.#join()
    for (const part of this.#parts) {
      const server = part.letGo()
      if (server !== undefined && !server.closed && !this.#connection.ending) this.#replies.letRead(server)
    }
  }

  /** One reply is made of all. */
  #join (): void {
    const connection = this.#connection
    const plan = this.#plan
    const discarded = this.#bytes > this.#maxBytes
    if (plan.tooLarge === undefined) {
      const entries = discarded ? [] : this.#parts.flatMap(part => [part.about(this.#keysOf(part)), part.bytes])
      connection.askSplit(this, 'gather', this.#number, discarded, writeList([this.#names, ...entries]))
      return
    }
    const cutter = connection.spec.server?.cutter
    if (!(cutter instanceof ElementsCutter))
      connection.extensionFailed('elements are gathered of a framing that has none')
    else this.#fulfil(
        discarded ? plan.tooLarge : gatherElements(cutter, this.#parts.map(({ bytes }) => bytes), this.#partOf)
      )
  }

  #fulfil (bytes: Uint8Array): void {
    this.#all.delete(this)
    this.#replies.fulfil(this.#place!, bytes)
  }
}
