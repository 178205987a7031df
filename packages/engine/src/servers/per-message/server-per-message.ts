import type { ByteLink, LinkError } from '@weirlb/link'
import type { CloseReason } from '@weirlb/model'
import { tellRefused } from '../placement.ts'
import type { ServiceRuntime } from '../../balancing/service.ts'
import { MessageInlet } from '../../direction/message-inlet.ts'
import { kept } from '../../framing/copy-bytes.ts'
import type { Outlet } from '../../direction/outlet.ts'
import type { Direction, Judged } from '../../direction/owner.ts'
import { CLIENT, SERVER } from '../../direction/side.ts'
import { type AnswerReader, forwardTo } from '../../extension/answer.ts'
import type { KeyTable } from '../../framing/key-table.ts'
import { textToKey } from '../../persistence/session-key.ts'
import type { ClientSide } from '../client-side.ts'
import type { Upstream } from '../upstream.ts'
import { Addressing, type AddressingEvents } from './addressing.ts'
import { LinkOutlet } from './link-outlet.ts'
import type { Replies } from './replies.ts'
import { replyModes } from './reply-modes.ts'
import { ServerLink } from './server-link.ts'
import { ServerLinks, type LinkUser } from './server-links.ts'
import type { WaitingMessage } from './waiting-message.ts'
import { SplitMessage } from './split-message.ts'
import { SplitPlan } from './split-plan.ts'
import { WaitingRoom, type Sender } from './waiting-room.ts'

/**
 * A server for each message (`balance: 'per-message'`).
 *
 *   message ─► LB vserver ─► service ─► its link is open ───────► written with this read's other bytes for it
 *                  │             └────► it is being dialled ────► waits there; placed again if it cannot be opened
 *                  └─► (session directory) ─► waits, and all later ones too, so that none overtakes it
 *
 * Messages for one server arrive there in the client's order. `current`: the target of the client's present message.
 */
export class ServerPerMessage implements Upstream, AddressingEvents, LinkUser, Sender {
  readonly #connection: ClientSide
  readonly #replies: Replies
  readonly #links: ServerLinks
  readonly #addressing: Addressing
  readonly #room: WaitingRoom
  /** Undefined: between two messages, or the rest of one is dropped because its server is gone. */
  #current: WaitingMessage<ServerLink> | ServerLink | undefined
  /** The client's direction must wait. */
  #gated = false
  #refusing = false
  /** Messages that were split. */
  #splits = 0
  /** Those of them that the extension is called for. */
  readonly #splitting = new Set<SplitMessage>()

  constructor (connection: ClientSide) {
    this.#connection = connection
    this.#replies = new replyModes[connection.declaration.replies](connection)
    this.#links = new ServerLinks(connection, this.#replies, this)
    this.#addressing = new Addressing(connection, this.#links, this)
    this.#room = new WaitingRoom(connection, this.#addressing, this.#links, this.#replies, this)
  }

  get answered (): boolean { return this.#replies.answered }
  get gone (): boolean { return this.#links.gone }
  get moved (): number { return this.#links.moved }
  get incomplete (): string | undefined { return this.#links.incomplete }
  get delivered (): boolean { return this.#room.empty }
  readonly unreachable = false
  readonly needsGuest = true
  get lbVserver (): string | undefined { return this.#addressing.lb?.name }
  get services (): readonly string[] { return this.#links.services.map(service => service.name) }
  readonly session = undefined
  readonly mayPipe = false
  get splitting (): boolean { return this.#splitting.size > 0 }

  uses (service: string): boolean { return this.services.includes(service) }
  holds (session: string): boolean { return this.#addressing.keys.has(textToKey(session)) }

  // ── a message finds its server ───────────────────────────────────────────

  mayTake (from: Direction, undecided: number): boolean {
    if (from.side === SERVER) return this.#links.of(from)?.outlet?.hasRoom !== false
    if (this.#hasRoomFor(undecided)) return true
    this.#gated = true
    return false
  }

  #hasRoomFor (undecided: number): boolean {
    return !this.#refusing && this.#room.hasRoom(undecided) && this.#replies.mayTake(undecided)
  }

  begin (from: Judged, answer: AnswerReader | undefined, length: number): void {
    const connection = this.#connection
    if (connection.ending) return
    if (from.side === SERVER) {
      const server = this.#links.of(from)
      if (server === undefined) return
      server.onReply()
      this.#replies.begin(server, from, length, answer)
      return
    }
    this.#onMessage()
    const keyed = this.#links.shares && answer?.isPlain === true && from.isKeyed(answer.token, length) ? length : 0
    const message = this.#addressing.address(answer, keyed)
    if (message === undefined) return
    const { server } = message
    if (server?.link === undefined || this.#room.holdsBack) return this.#wait(from, message)
    this.#giveTo(server, from)
    this.#addressing.giveBack(message)
    server.take(message.lb, message.chosenBy!, keyed)
    this.#replies.sent(server, message)
  }

  beginByKey (from: Judged, keys: KeyTable, bytes: Uint8Array, length: number): void {
    const lb = this.#addressing.balancerFor(undefined)
    const service = lb?.byToken?.serviceFor(bytes, keys.tokenFrom, keys.tokenTo)
    if (lb === undefined || service === undefined) {
      this.begin(from, forwardTo(keys.tokenIn(bytes)), length)
      return
    }
    this.#onMessage()
    const server = this.#addressing.linkBy(lb, service)
    if (server === undefined) return
    if (server.link === undefined || this.#room.holdsBack) {
      this.#wait(from, this.#addressing.placed(lb, forwardTo(keys.tokenIn(bytes)), server, length))
      return
    }
    this.#giveTo(server, from)
    server.take(lb, lb, length)
    this.#replies.sentOne(server)
  }

  /** The message that begins has no server, or others before it wait. */
  #wait (from: Judged, message: WaitingMessage<ServerLink>): void {
    from.passDecided()
    this.#current = message
    this.#replies.reserve(message)
    this.#room.push(message)
  }

  /** The message that begins goes to this server. */
  #giveTo (server: ServerLink, from: Judged): void {
    if (this.#current !== server) {
      from.passDecided()
      this.#current = server
    }
    this.#room.greetNew(server)
  }

  #onMessage (): void {
    const connection = this.#connection
    if (connection.phase !== 'first-message') return
    connection.firstTimes?.messageDecided(connection.vserver)
    connection.moveTo('open')
  }

  split (from: Judged, answer: AnswerReader, message: Uint8Array, length: number): void {
    const connection = this.#connection
    const plan = answer.bytes === undefined ? undefined : SplitPlan.read(answer.bytes, message, length)
    if (plan === undefined) return connection.extensionFailed('the sandbox answered an invalid split')
    from.passDecided()
    this.#onMessage()
    const lb = this.#addressing.balancerFor(answer.via)
    if (lb === undefined) return
    new SplitMessage(connection, this.#addressing, this.#replies, this.#room, this.#splits++, lb, plan, this.#splitting)
      .begin()
  }

  onAddressed (): void {
    this.#room.deliver()
    this.flush()
  }

  // ── messages that wait ───────────────────────────────────────────────────

  mustWait (server: ServerLink): boolean { return !server.link || server.waiting.length > 0 || this.inMessage(server) }

  inMessage (server: ServerLink): boolean {
    if (server !== this.#current) return false
    const { clientInlet } = this.#connection
    if (clientInlet instanceof MessageInlet) clientInlet.passDecided()
    return !clientInlet.atBoundary
  }

  send (message: WaitingMessage<ServerLink>, server: ServerLink): void {
    if (message.greeting) {
      server.greet(message.chunks[0]!)
      this.#replies.greeted(server)
      return
    }
    for (const bytes of message.chunks) server.put(bytes, 0, bytes.length, true)
    server.take(message.lb, message.chosenBy!, message.length)
    this.#replies.sentLater(message, server)
    if (this.#current === message) this.#current = server
  }

  greet (bytes: Uint8Array): boolean {
    if (!this.#replies.greets) return false
    const { clientInlet } = this.#connection
    // It follows the messages that were decided before.
    if (clientInlet instanceof MessageInlet) clientInlet.passDecided()
    this.#room.greet(bytes)
    return true
  }

  mayAnswerGreeting (from: Direction, undecided: number): boolean {
    return this.#links.of(from)?.mayAnswerGreeting(undecided) === true
  }

  // ── links ────────────────────────────────────────────────────────────────

  isCurrent (server: ServerLink): boolean { return server === this.#current }

  get greeting (): Uint8Array | 'unknown' | undefined { return this.#room.greeting }

  onOpen (server: ServerLink, waits: boolean): void {
    this.#connection.firstTimes?.served(this.#connection.vserver)
    this.#connection.firstTimes?.over(this.#connection.vserver, true)
    this.#connection.firstTimes = undefined
    if (!waits) return
    this.#room.sendWaiting(server)
    this.flush()
  }

  onForgotten (server: ServerLink): void { if (this.#current === server) this.#current = undefined }

  onOrphans (server: ServerLink): void {
    this.#room.readdress(server)
    if (!this.#connection.ending) this.flush()
  }

  onEnded (): void { this.#endIfOver() }

  onServerEnded (from: Direction): void {
    const server = this.#links.of(from)
    if (server !== undefined) this.#links.onEnded(server)
  }

  giveUp (from: Direction, why: string): boolean {
    if (!this.#replies.losesAlone) return false
    const server = this.#links.of(from)
    if (server !== undefined && this.#links.holds(server)) {
      const { vserver, id } = this.#connection
      vserver.log.warn(
        { userVserver: vserver.name, service: server.service.name, connection: id, detail: why },
        'a server is not understood'
      )
      this.#links.close(server)
      this.flush()
    }
    return true
  }

  onServerClosed (from: Direction, error: LinkError | undefined): void {
    const server = this.#links.of(from)
    if (server !== undefined) this.#links.onClosed(server, error)
  }

  onServiceGone (service: ServiceRuntime): void { this.#links.onServiceGone(service) }
  onServiceDown (service: ServiceRuntime): void { this.#links.onServiceDown(service) }
  isAt (service: ServiceRuntime, lbVserver: string | undefined): boolean { return this.#links.isAt(service, lbVserver) }
  leaveService (service: ServiceRuntime, reason: CloseReason, force: boolean): boolean {
    return this.#links.leaveService(service, reason, force)
  }
  get inspecting (): boolean {
    return this.#links.open.some(({ inlet }) => inlet instanceof MessageInlet && inlet.asks)
  }

  // ── bytes ────────────────────────────────────────────────────────────────

  pass (from: Direction, bytes: Uint8Array, start: number, end: number, owned: boolean): boolean {
    if (from.side === CLIENT) return this.#passOn(bytes, start, end, owned)
    const server = this.#links.of(from)
    if (server?.passing !== undefined) this.#replies.passBack(server, bytes, start, end, owned)
    return true
  }

  #passOn (bytes: Uint8Array, start: number, end: number, owned: boolean): boolean {
    const current = this.#current
    if (current instanceof ServerLink) current.put(bytes, start, end, owned)
    else if (current !== undefined) this.#room.add(current, kept(bytes, start, end, owned))
    return !this.#links.full
  }

  flush (): void {
    this.#links.flush()
    if (!this.#replies.flush()) for (const { inlet } of this.#links.open) inlet!.holdForOther()
    const connection = this.#connection
    if (connection.ending) return
    if (this.#refusing && this.#room.empty && (this.#replies.refused || connection.clientGone)) {
      connection.onTurn()
      return
    }
    this.#advanceClient()
    if (connection.clientEnded) this.#endIfOver()
  }

  /** Messages that had to wait for replies may continue. */
  #advanceClient (): void {
    if (!this.#gated) return
    const { clientInlet } = this.#connection
    // Those before the extension take up room too: it was they that made the next one wait.
    if (!(clientInlet instanceof MessageInlet) || !this.#hasRoomFor(clientInlet.undecided)) return
    this.#gated = false
    clientInlet.advance()
  }

  passDecided (): void {
    for (const { inlet } of this.#links.open) if (inlet instanceof MessageInlet) inlet.passDecided()
    for (const server of this.#links.all()) server.flush()
    this.#replies.flush()
  }

  onDrained (direction: Direction): void {
    if (direction.side === CLIENT) {
      for (const server of this.#links.open) this.#replies.letRead(server)
      return
    }
    const server = this.#links.of(direction)
    if (server !== undefined) this.#links.onDrained(server)
  }

  // ── verdicts ─────────────────────────────────────────────────────────────

  onDropped (from: Direction): void { if (from.side === SERVER) this.#links.of(from)?.mistrust() }
  // Without the extension, its drops, answers and targets are unknown.
  failOpen (): boolean { return false }
  // Nothing is piped where every message is inspected.
  onTunnel (): void {}
  onPiped (): void {}

  batchEnd (): void {
    for (const { inlet } of this.#links.open) if (inlet instanceof MessageInlet) inlet.batchEnd()
    this.flush()
  }

  hostReady (): void { for (const { inlet } of this.#links.open) if (inlet instanceof MessageInlet) inlet.advance() }

  // Each link has one of its own.
  onFirstReply (): void {}
  // The guest refuses it.
  pinBeside (): boolean { return false }

  rebind (key: string, judged: Judged | undefined): void {
    const server = judged && this.#links.of(judged)
    if (key !== '' && server !== undefined) this.#addressing.rebind(key, server, this.#replies)
  }

  onRefused (why: string, judged: Judged | undefined): void {
    const server = judged && this.#links.of(judged)
    if (server !== undefined) tellRefused(this.#connection, server.service, why)
  }

  // ── bytes that no peer has sent ──────────────────────────────────────────

  get toClient (): Outlet { return this.#replies }

  toServer (judged: Judged | undefined): Outlet | undefined {
    const server = judged && this.#links.of(judged)
    return server && (server.outlet ??= new LinkOutlet(this.#connection, this, server))
  }

  // Only a pipe calls this, and no direction is piped while every message is inspected.
  ownWaits (): boolean { return false }

  onBoundary (from: Direction): void {
    const current = this.#current
    if (from.side !== CLIENT || !(current instanceof ServerLink)) return
    current.outlet?.onBoundary()
    this.#room.sendWaiting(current)
    this.flush()
  }

  refuseInTurn (reply: Uint8Array | undefined): boolean {
    if (!this.#replies.waits && this.#room.empty) return false
    this.#refusing = true
    this.#replies.refuse(reply)
    return true
  }

  // ── the end ──────────────────────────────────────────────────────────────

  onClientEnded (): void { this.#endIfOver() }

  /**
   * The client has ended its stream. Servers are closed once none will get more bytes, and the connection ends once
   * everything has arrived and no replies are outstanding.
   */
  #endIfOver (): void {
    const connection = this.#connection
    if (connection.ending || !connection.clientEnded || !this.#room.empty) return
    for (const { link } of this.#links.open) this.#replies.onClientEnded(link as ByteLink)
    if (connection.clientGone || this.#replies.over || this.#links.size === 0) connection.finishForClient()
  }

  cancel (): void { this.#links.cancelDials() }
  close (reset: boolean): void { this.#links.closeAll(reset) }

  leave (): void {
    this.#replies.leave()
    this.#links.leave()
    this.#addressing.leave()
  }
}
