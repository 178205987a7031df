import { Op, readList, writeList } from '@weirlb/sdk/abi'
import type { Balancer } from '../../balancing/balancer.ts'
import { SERVER } from '../../direction/side.ts'
import type { AnswerReader } from '../../extension/answer.ts'
import type { Asker } from '../../extension/asker.ts'
import type { ClientSide } from '../client-side.ts'
import type { Addressing } from './addressing.ts'
import type { Replies } from './replies.ts'
import type { Gathering, ReplyRun } from './reply-queue.ts'
import type { ServerLink } from './server-link.ts'
import { WaitingMessage } from './waiting-message.ts'
import type { WaitingRoom } from './waiting-room.ts'

/** Maximum bytes of the replies that become one. */
const MAX_REPLIES = 1024 * 1024

/** The keys of one server, and its reply. */
class Part {
  readonly server: ServerLink
  /** The first of its keys: the part goes where that goes, if the server cannot be reached. */
  readonly token: string
  /** The places of its keys, two bytes each. */
  readonly places: number[] = []
  readonly reply: Uint8Array[] = []

  constructor (server: ServerLink, token: string) {
    this.server = server
    this.token = token
  }
}

/**
 * A message whose keys have several servers (`split`):
 *
 *   keys ──► servers ──► the extension makes a message for each ──► sent in its place ──► all replied ──► the extension makes one reply
 *
 * From the verdict on it has its place among the messages and among the replies: none overtakes it.
 */
export class SplitMessage implements Asker, Gathering<ServerLink> {
  readonly side = SERVER
  readonly #connection: ClientSide
  readonly #addressing: Addressing
  readonly #replies: Replies
  readonly #room: WaitingRoom
  readonly #number: number
  readonly #lb: Balancer
  /** Those of its client whose reply is not made. */
  readonly #all: Set<SplitMessage>
  readonly #parts: Part[] = []
  readonly #byRun = new Map<ReplyRun<ServerLink>, Part>()
  #place: ReplyRun<ServerLink> | undefined
  #message: WaitingMessage<ServerLink> | undefined
  /** Parts without a whole reply. */
  #left = 0
  #bytes = 0

  constructor (connection: ClientSide, addressing: Addressing, replies: Replies, room: WaitingRoom, number: number, lb: Balancer, all: Set<SplitMessage>) {
    this.#connection = connection
    this.#addressing = addressing
    this.#replies = replies
    this.#room = room
    this.#number = number
    this.#lb = lb
    this.#all = all
  }

  /** Find the servers of the keys, and ask for their messages. */
  begin (keys: readonly Uint8Array[]): void {
    const byServer = new Map<ServerLink, Part>()
    for (let place = 0; place < keys.length; place++) {
      const token = Buffer.from(keys[place]!).toString('latin1')
      const server = this.#addressing.serverFor(this.#lb, token)
      if (server === undefined) return
      let part = byServer.get(server)
      if (part === undefined) {
        byServer.set(server, part = new Part(server, token))
        this.#parts.push(part)
      }
      part.places.push(place & 255, place >> 8)
    }
    this.#place = this.#replies.promise()
    const message = this.#message = new WaitingMessage(this.#connection, this.#addressing)
    message.parts = 'unknown'
    this.#room.push(message)
    this.#connection.askSplit(this, 'part', this.#number, false, writeList(this.#parts.map(({ places }) => Uint8Array.from(places))))
  }

  onVerdict (answer: AnswerReader): void {
    const connection = this.#connection
    if (connection.ending || !connection.apply(answer, undefined)) return
    if (answer.op !== Op.forward || answer.bytes === undefined) connection.refuse(answer, this)
    else if (this.#message !== undefined) this.#send(answer.bytes)
    else {
      this.#all.delete(this)
      this.#replies.fulfil(this.#place!, answer.bytes)
    }
    if (!connection.ending) connection.onward.flush()
  }

  #send (list: Uint8Array): void {
    const messages = readList(list)
    if (messages?.length !== this.#parts.length) {
      this.#connection.extensionFailed('the sandbox answered an invalid list of parts')
      return
    }
    this.#left = messages.length
    this.#message!.parts = this.#parts.map((part, n) => {
      const run = this.#replies.partRun(this)!
      this.#byRun.set(run, part)
      const message = new WaitingMessage<ServerLink>(this.#connection, this.#addressing)
      message.beginPart(this.#lb, part.token, part.server, messages[n]!, run)
      return message
    })
    this.#message = undefined
    this.#room.deliver()
  }

  take (run: ReplyRun<ServerLink>, bytes: Uint8Array): void {
    this.#bytes += bytes.length
    if (this.#bytes <= MAX_REPLIES) this.#byRun.get(run)!.reply.push(bytes)
    if (!run.done || --this.#left > 0) return
    const discarded = this.#bytes > MAX_REPLIES
    const replies = discarded ? [] : this.#parts.map(({ reply }) => reply.length === 1 ? reply[0]! : Buffer.concat(reply))
    this.#connection.askSplit(this, 'gather', this.#number, discarded, writeList(replies))
  }
}
