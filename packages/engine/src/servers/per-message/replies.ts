import type { CloseReason } from '@weirlb/model'
import type { ByteLink } from '@weirlb/link'
import type { MessageSpec } from '../../framing/spec.ts'
import type { ClientSide } from '../client-side.ts'
import { MessageInlet } from '../../direction/message-inlet.ts'
import type { Inlet } from '../../direction/inlet.ts'
import type { Outlet } from '../../direction/outlet.ts'
import type { Judged } from '../../direction/owner.ts'
import { OWN_COST } from '../../direction/plain-outlet.ts'
import { SERVER } from '../../direction/side.ts'
import type { Route } from './route.ts'
import type { WaitingMessage } from './waiting-message.ts'
import { WriteBatch } from '../../direction/write-batch.ts'
import { ReplyQueue, ReplyRun } from './reply-queue.ts'
import type { ServerLink } from './server-link.ts'

/** The stream to the client of what several servers say, and what we say. Each way to order it is a subclass. */
export abstract class Replies implements Outlet {
  protected readonly connection: ClientSide
  protected readonly queue = new ReplyQueue<ServerLink>()
  readonly #out = new WriteBatch()
  readonly #cap: number
  /** Bytes of our own are among what goes out. */
  #ownInOut = false
  /** What replies of our own that wait cost. */
  #ownWaiting = 0
  #goodbye = false
  #refusal: ReplyRun<ServerLink> | undefined
  /** It is the turn of the message that ends the connection. */
  refused = false
  /** Bytes of a server have gone to the client. */
  answered = false
  // Nobody knows which message of one server would be the last of all.
  readonly saidLast = false

  constructor (connection: ClientSide) {
    this.connection = connection
    this.#cap = connection.maxHeld
  }

  get knowsBoundaries (): boolean { return this.connection.spec.server !== undefined }
  /** Room for one more message of the client, beside so many that are being judged. */
  mayTake (_undecided: number): boolean { return this.#ownWaiting <= this.#cap }
  /** A message has been given to its server, which owes what answers it. */
  sent (_server: ServerLink, _message: WaitingMessage<ServerLink>): void {}
  /** A message waits for its server; what answers it keeps its place. */
  reserve (_message: WaitingMessage<ServerLink>): void {}
  /** A message that waited has been given to its server. */
  sentLater (_message: WaitingMessage<ServerLink>, _server: ServerLink): void {}
  /** What a server owes is known, so that its answer to a greeting can be told from the others. */
  readonly greets: boolean = false
  /** A server has been given a greeting, which it answers with one message. */
  greeted (_server: ServerLink): void {}
  /** How the request came to this server that the message answers which is judged next. */
  routeFor (server: ServerLink): Route | undefined { return server.route }
  /** Why the client has to go when this server ends now; undefined: it need not know. */
  abstract endFor (server: ServerLink, error: boolean): CloseReason | undefined
  /** A server that goes takes nothing with it but its own replies. */
  readonly losesAlone: boolean = false
  /** A server has gone, and no message is given to it any more. */
  onLost (_server: ServerLink): void {}
  /** The client would miss something of this server. */
  owes (server: ServerLink): boolean { return this.endFor(server, false) !== undefined }
  /** The client will say no more, and this server has said all that it will be heard for. */
  heardOut (_server: ServerLink): boolean { return false }
  /** Nothing more is expected of any server. */
  abstract readonly over: boolean
  /** The client will say no more. */
  onClientEnded (_link: ByteLink): void {}
  /** Where a message of this server belongs that begins now; undefined: nowhere. `match`: the request that it names. */
  protected abstract runFor (server: ServerLink, match: string | undefined): ReplyRun<ServerLink> | undefined
  /** A run is complete and went out. */
  protected onRunDone (_run: ReplyRun<ServerLink>): void {}

  /** Where a server's bytes come in. */
  inlet (link: ByteLink): Inlet {
    const { connection } = this
    // A side that is a stream is refused when the extension is loaded.
    return new MessageInlet(connection, SERVER, link, connection.spec.server as MessageSpec, this.#cap)
  }

  /** A message of a server begins; its bytes are passed next. */
  begin (server: ServerLink, flow: Judged, length: number, match: string | undefined): void {
    const run = this.runFor(server, match)
    if (run === undefined) {
      this.connection.finish('reply-unexpected', `${server.service.name} sent a message that answers no request`)
      return
    }
    // Before what is passed on gives others their turn: this one has begun.
    run.left += length
    if (server.passing !== run) {
      flow.passDecided()
      server.passing = run
    }
    if (length === 0) this.advance()
  }

  /** Take bytes of a message that has begun. */
  passBack (server: ServerLink, bytes: Uint8Array, owned: boolean): void {
    const run = server.passing!
    if (run.swallowed) {
      run.left -= bytes.length
      return
    }
    const kept = owned ? bytes : Uint8Array.prototype.slice.call(bytes)
    run.left -= kept.length
    this.answered = true
    if (run === this.queue.first) {
      this.#out.add(kept)
      if (run.done) this.advance()
      return
    }
    if (run.held === undefined) run.held = [kept]
    else run.held.push(kept)
    server.heldBytes += kept.length
    if (server.heldBytes > this.#cap) server.inlet!.holdForOther()
  }

  /** Give the turn to whom it belongs now. */
  protected advance (): void {
    const { queue } = this
    for (let run = queue.first; run !== undefined; run = queue.first) {
      if (run.held !== undefined) this.#pour(run)
      if (!run.done) return
      queue.shift()
      this.onRunDone(run)
      if (run === this.#refusal) this.refused = true
    }
  }

  #pour (run: ReplyRun<ServerLink>): void {
    const { server } = run
    for (const bytes of run.held!) {
      this.#out.add(bytes)
      if (server === undefined) this.#ownWaiting -= bytes.length + OWN_COST
      else server.heldBytes -= bytes.length
    }
    run.held = undefined
    if (server === undefined) this.#ownInOut = true
    else this.letRead(server)
  }

  /** Read a server again, unless too much of it waits for its turn. */
  letRead (server: ServerLink): void {
    if (server.heldBytes <= this.#cap) server.inlet!.releaseForOther()
  }

  own (bytes: Uint8Array): void {
    this.place(this.#ownRun(bytes))
    this.advance()
  }

  /** Queue the answer to the message that ends the connection, at its turn. */
  refuse (reply: Uint8Array | undefined): void {
    this.#refusal = this.#ownRun(reply)
    this.place(this.#refusal)
    this.advance()
  }

  #ownRun (bytes: Uint8Array | undefined): ReplyRun<ServerLink> {
    const run = new ReplyRun<ServerLink>(undefined, 0)
    if (bytes === undefined) return run
    run.held = [bytes]
    this.#ownWaiting += bytes.length + OWN_COST
    return run
  }

  /** Where bytes of our own stand: behind the message that is going out. */
  protected place (run: ReplyRun<ServerLink>): void { this.queue.pushOwn(run) }

  /** A message of a server, or bytes of our own, are to come before what is queued now. */
  get waits (): boolean { return this.queue.first !== undefined }

  /** The goodbye waits for the end of a message. */
  get goodbyeWaits (): boolean { return this.#goodbye && this.waits }

  /** It stands behind the message that is going out. */
  goodbye (bytes: Uint8Array): void {
    this.#goodbye = true
    this.queue.cutShort()
    this.own(bytes)
    this.flush()
  }

  /** The connection is gone. */
  leave (): void {}

  /** Write what is here. False: the client takes no more for now. */
  flush (): boolean {
    const { client, clientInlet } = this.connection
    if (this.#out.empty) return true
    const room = this.#out.writeTo(client)
    // A client that does not take what is said to it in reply is not asked for more.
    if (!room && this.#ownInOut) clientInlet.holdForOwn()
    this.#ownInOut = false
    if (this.#goodbye && !this.waits) this.connection.onReplied()
    return room
  }
}
