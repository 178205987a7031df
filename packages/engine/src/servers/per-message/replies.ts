import type { CloseReason } from '@weirlb/model'
import type { ByteLink } from '@weirlb/link'
import type { MessageSpec } from '../../framing/spec.ts'
import type { ClientSide } from '../client-side.ts'
import { kept } from '../../framing/copy-bytes.ts'
import { MessageInlet } from '../../direction/message-inlet.ts'
import type { Inlet } from '../../direction/inlet.ts'
import type { Outlet } from '../../direction/outlet.ts'
import type { Judged } from '../../direction/owner.ts'
import { OWN_COST } from '../../direction/plain-outlet.ts'
import { SERVER } from '../../direction/side.ts'
import type { AnswerReader } from '../../extension/answer.ts'
import type { Route } from './route.ts'
import type { WaitingMessage } from './waiting-message.ts'
import { WriteBatch } from '../../direction/write-batch.ts'
import { MAX_REPLIES } from './message-part.ts'
import { ByteQueue } from './byte-queue.ts'
import { type Gathering, ReplyQueue, ReplyRun } from './reply-queue.ts'
import type { ServerLink } from './server-link.ts'

const NOTHING: Uint8Array = new Uint8Array(0)
const NONE: readonly Uint8Array[] = []
/** Larger pieces that wait for their turn are kept as they are. */
const SMALL = 1024

/** The stream to the client: several servers' messages, and originated ones. Each order is a subclass. */
export abstract class Replies implements Outlet {
  protected readonly connection: ClientSide
  protected readonly queue = new ReplyQueue<ServerLink>()
  readonly #out = new WriteBatch()
  readonly #cap: number
  /**
   * Bytes of a server that wait for others' replies. At least those of one message, so that a server is still read
   * whose reply the oldest message waits for.
   */
  readonly #gatherCap: number
  /** Originated bytes are among those being written. */
  #ownInOut = false
  /** Cost of waiting originated replies. */
  #ownWaiting = 0
  #goodbye = false
  #refusal: ReplyRun<ServerLink> | undefined
  /** It is the turn of the message that ends the connection. */
  refused = false
  /** Bytes of a server have gone to the client. */
  answered = false
  // The last message of all servers cannot be known.
  readonly saidLast = false

  constructor (connection: ClientSide) {
    this.connection = connection
    this.#cap = connection.maxHeld
    this.#gatherCap = Math.max(MAX_REPLIES, this.#cap)
  }

  get knowsBoundaries (): boolean { return this.connection.spec.server !== undefined }
  /** Room for one more message of the client, beside `_undecided` ones under inspection. */
  mayTake (_undecided: number): boolean { return this.#ownWaiting <= this.#cap }
  /** A message was sent to its server, which owes its replies. */
  sent (_server: ServerLink, _message: WaitingMessage<ServerLink>): void {}
  /** The same for a message of which nothing is known but that it has one reply. */
  sentOne (_server: ServerLink): void {}
  /** A message waits for its server; the place of its replies is reserved. */
  reserve (_message: WaitingMessage<ServerLink>): void {}
  /** A message that waited has been given to its server. */
  sentLater (_message: WaitingMessage<ServerLink>, _server: ServerLink): void {}
  /** True if a server's outstanding replies are known, so that its reply to a greeting can be recognised. */
  readonly greets: boolean = false
  /** A server was sent a greeting, to which it replies with one message. */
  greeted (_server: ServerLink): void {}
  /** Returns the route of the request that the next inspected message of this server answers. */
  routeFor (server: ServerLink): Route | undefined { return server.route }
  /** Why the client has to go when this server ends now; undefined: it need not know. */
  abstract endFor (server: ServerLink, error: boolean): CloseReason | undefined
  /** A server that goes takes nothing with it but its own replies. */
  readonly losesAlone: boolean = false
  /** A server has gone, and no message is given to it any more. */
  onLost (_server: ServerLink): void {}
  /** The client would miss something of this server. */
  owes (server: ServerLink): boolean { return this.endFor(server, false) !== undefined }
  /** True if this server may end, once the client has ended its stream. */
  heardOut (_server: ServerLink): boolean { return false }
  /** Nothing more is expected of any server. */
  abstract readonly over: boolean
  /** The client has ended its stream. */
  onClientEnded (_link: ByteLink): void {}
  /**
   * Where a message of this server belongs that begins now; undefined: nowhere. `answer`: the extension's word on it.
   */
  protected abstract runFor (server: ServerLink, answer: AnswerReader | undefined): ReplyRun<ServerLink> | undefined
  /** A run is complete and went out. */
  protected onRunDone (_run: ReplyRun<ServerLink>): void {}

  /** Where a server's bytes come in. */
  inlet (link: ByteLink): Inlet {
    const { connection } = this
    // A side that is a stream is refused when the extension is loaded.
    return new MessageInlet(connection, SERVER, link, connection.spec.server as MessageSpec, this.#cap)
  }

  /** A message of a server begins; its bytes are passed next. */
  begin (server: ServerLink, flow: Judged, length: number, answer: AnswerReader | undefined): void {
    // The bytes before an unsolicited message are complete.
    if (answer?.replies === 0) {
      flow.passDecided()
      server.mistrust()
      if (this.connection.ending) return
    }
    const run = this.runFor(server, answer)
    if (run === undefined) {
      this.connection.finish('reply-unexpected', `${server.service.name} sent a message that answers no request`)
      return
    }
    // Before the forwarded bytes give others their turn: this one has begun.
    run.left += length
    if (server.passing !== run) {
      flow.passDecided()
      server.passing = run
    }
    if (length > 0) return
    if (run.gathering === undefined) this.advance()
    else run.gathering.take(run, server, NOTHING)
  }

  /** Take bytes of a message that has begun. */
  passBack (server: ServerLink, bytes: Uint8Array, from: number, to: number, owned: boolean): void {
    const run = server.passing!
    run.left -= to - from
    if (run.swallowed) return
    if (run.gathering !== undefined) {
      const part = from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to)
      // Kept for a short time only: small ones may share memory.
      run.gathering.take(run, server, owned ? part : Buffer.from(part))
      if (server.gatheredBytes > this.#gatherCap) server.inlet!.holdForOther()
      return
    }
    this.answered = true
    if (run === this.queue.first) {
      this.#out.add(bytes, from, to, owned)
      if (run.done) this.advance()
      return
    }
    if (run.held !== undefined) run.held.push(kept(bytes, from, to, owned))
    else if (to - from > SMALL) run.held = [kept(bytes, from, to, owned)]
    else {
      const queue = server.held ??= ByteQueue.take()
      queue.add(bytes, from, to)
      run.waiting += to - from
    }
    server.heldBytes += to - from
    if (server.heldBytes > this.#cap) server.inlet!.holdForOther()
  }

  /** Give the turn to whom it belongs now. */
  protected advance (): void {
    const { queue } = this
    for (let run = queue.first; run !== undefined; run = queue.first) {
      if (run.waiting > 0 || run.held !== undefined) this.#pour(run)
      if (!run.done) return
      queue.shift()
      this.onRunDone(run)
      if (run === this.#refusal) this.refused = true
    }
  }

  #pour (run: ReplyRun<ServerLink>): void {
    const { server } = run
    if (run.waiting > 0) this.#pourQueue(run, server!)
    for (const bytes of run.held ?? NONE) {
      this.#out.add(bytes, 0, bytes.length, true)
      if (server === undefined) this.#ownWaiting -= bytes.length + OWN_COST
      else server.heldBytes -= bytes.length
    }
    run.held = undefined
    if (server === undefined) this.#ownInOut = true
    else this.letRead(server)
  }

  #pourQueue (run: ReplyRun<ServerLink>, server: ServerLink): void {
    const queue = server.held!
    queue.moveTo(this.#out, run.waiting)
    server.heldBytes -= run.waiting
    run.waiting = 0
    if (!queue.empty) return
    queue.release()
    server.held = undefined
  }

  /** Read a server again, unless too much of it waits for its turn. */
  letRead (server: ServerLink): void {
    if (server.heldBytes <= this.#cap && server.gatheredBytes <= this.#gatherCap) server.inlet!.releaseForOther()
  }

  own (bytes: Uint8Array): void {
    this.place(this.#ownRun(bytes))
    this.advance()
  }

  /** Queue the reply to the message that ends the connection, in turn. */
  refuse (reply: Uint8Array | undefined): void {
    this.#refusal = this.#ownRun(reply)
    this.place(this.#refusal)
    this.advance()
  }

  /** Keep a place in the client's order for bytes that are made later. */
  promise (): ReplyRun<ServerLink> {
    const run = new ReplyRun<ServerLink>(undefined, 1)
    this.place(run)
    return run
  }

  /** The bytes of a promised place. */
  fulfil (run: ReplyRun<ServerLink>, bytes: Uint8Array): void {
    run.held = [bytes]
    run.owed = 0
    this.#ownWaiting += bytes.length + OWN_COST
    this.advance()
  }

  /** A place in a server's order, for the reply to a part of a message. */
  partRun (gathering: Gathering<ServerLink>): ReplyRun<ServerLink> {
    const run = new ReplyRun<ServerLink>(undefined, 1)
    run.gathering = gathering
    return run
  }

  /** A part whose place was made is not sent. */
  giveUpPart (): void {}

  #ownRun (bytes: Uint8Array | undefined): ReplyRun<ServerLink> {
    const run = new ReplyRun<ServerLink>(undefined, 0)
    if (bytes === undefined) return run
    run.held = [bytes]
    this.#ownWaiting += bytes.length + OWN_COST
    return run
  }

  /** Place originated bytes: after the message being written. */
  protected place (run: ReplyRun<ServerLink>): void { this.queue.pushOwn(run) }

  /** True if a server's message, or originated bytes, precede new ones. */
  get waits (): boolean { return this.queue.first !== undefined }

  /** The goodbye waits for the end of a message. */
  get goodbyeWaits (): boolean { return this.#goodbye && this.waits }

  /** It is sent after the message being written. */
  goodbye (bytes: Uint8Array): void {
    this.#goodbye = true
    this.queue.cutShort()
    this.own(bytes)
    this.flush()
  }

  awaitBoundary (): boolean {
    this.queue.cutShort()
    return this.#goodbye = this.waits
  }

  /** The connection is gone. */
  leave (): void {}

  /** Write what is here. False: the client takes no more for now. */
  flush (): boolean {
    const { client, clientInlet } = this.connection
    if (this.#out.empty) return true
    const room = this.#out.writeTo(client)
    // A client that does not read its replies is not read either.
    if (!room && this.#ownInOut) clientInlet.holdForOwn()
    this.#ownInOut = false
    if (this.#goodbye && !this.waits) this.connection.onReplied()
    return room
  }
}
