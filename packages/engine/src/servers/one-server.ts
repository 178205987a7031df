import { type ByteLink, type LinkError, nobody } from '@weirlb/link'
import type { CloseReason } from '@weirlb/model'
import { type AnswerReader, forwardTo } from '../extension/answer.ts'
import type { KeyTable } from '../framing/key-table.ts'
import { keyToText } from '../persistence/session-key.ts'
import { closesAtOnce } from '../balancing/balancer.ts'
import type { ServiceRuntime } from '../balancing/service.ts'
import type { ClientSide } from './client-side.ts'
import type { Inlet } from '../direction/inlet.ts'
import { CLIENT, SERVER, type Side } from '../direction/side.ts'
import { JudgedInlet } from '../direction/judged-inlet.ts'
import type { Direction } from '../direction/owner.ts'
import { openInlet } from '../direction/open-inlet.ts'
import type { Outlet } from '../direction/outlet.ts'
import { PipeInlet } from '../direction/pipe-inlet.ts'
import type { PlainOutlet } from '../direction/plain-outlet.ts'
import { ClientOutlet, ServerOutlet, type ServerSide } from './one-server-outlets.ts'
import { FirstBytes } from './first-bytes.ts'
import { ServerChoice } from './server-choice.ts'
import { movedOn } from './moved-on.ts'
import { Unanswered, type Resender } from './unanswered.ts'
import type { Upstream } from './upstream.ts'

/**
 * One server for the connection's life (`balance: 'per-connection'`), selected by the first forwarded message.
 *
 *   nothing ──► choosing ──► dialling ──► open ──► tunnel
 *                  ▲                       │ closed before its first byte, if the extension allows a resend to another
 *                  └───────────────────────┘
 *
 * Forwardable bytes of the client wait in `first` until the server is there.
 */
export class OneServer implements Upstream, Resender, ServerSide {
  readonly #connection: ClientSide
  readonly #choice: ServerChoice
  #inlet: Inlet | undefined
  #link: ByteLink | undefined
  /** Bytes that wait for the server; undefined once it is there. */
  #first: FirstBytes | undefined
  /** A message of the client that waits for the server is followed by one that ends the connection. */
  #refusal: { readonly reply: Uint8Array | undefined } | undefined
  /** The server's bytes may still be sent to another. */
  #unanswered: Unanswered | undefined
  // Created for the first originated bytes.
  #toClient: ClientOutlet | undefined
  #toServer: ServerOutlet | undefined
  #tunnel = false
  /** The server's end was forwarded. */
  #ended = false
  /** Why the server's link was closed, while its earlier bytes are inspected. */
  #error: LinkError | undefined
  gone = true
  readonly mayPipe = true
  readonly splitting = false

  constructor (connection: ClientSide) {
    this.#connection = connection
    this.#choice = new ServerChoice(connection, this)
  }

  get answered (): boolean { return this.#link !== undefined && this.#link.bytesRead > 0 }
  get moved (): number { return this.#link === undefined ? 0 : movedOn(this.#link) }
  get incomplete (): string | undefined { return this.#inlet?.incomplete('a frame of the server') }
  get delivered (): boolean { return this.#link !== undefined }
  get unreachable (): boolean { return this.#link !== undefined && this.gone }
  // A tunnel needs no further verdict.
  get needsGuest (): boolean { return !this.#tunnel && this.#connection.phase !== 'tunnel' }
  get lbVserver (): string | undefined { return this.#choice.lb?.name }
  get services (): readonly string[] { return this.#choice.service === undefined ? [] : [this.#choice.service.name] }
  get session (): string | undefined {
    const { session } = this.#choice
    return session === undefined ? undefined : keyToText(session)
  }

  holds (session: string): boolean { return this.session === session }
  uses (service: string): boolean { return this.#choice.service?.name === service }

  // ── bytes and messages ───────────────────────────────────────────────────

  // Either peer's messages may cause originated bytes to both.
  mayTake (): boolean {
    return this.#refusal === undefined && (this.#toClient === undefined || this.#toClient.hasRoom) &&
      (this.#toServer === undefined || this.#toServer.hasRoom)
  }

  onOwnRoom (): void {
    const { clientInlet } = this.#connection
    if (clientInlet instanceof JudgedInlet) clientInlet.advance()
    if (this.#inlet instanceof JudgedInlet) this.#inlet.advance()
  }

  begin (from: Direction, answer: AnswerReader | undefined, length: number): void {
    if (from.side !== CLIENT || this.#connection.phase !== 'first-message' || this.#connection.ending) return
    this.#firstBytes().firstLength = length
    this.#connection.firstTimes?.messageDecided(this.#connection.vserver)
    this.#choice.begin(answer)
  }

  beginByKey (from: Direction, keys: KeyTable, bytes: Uint8Array, length: number): void {
    this.begin(from, forwardTo(keys.tokenIn(bytes)), length)
  }

  pass (from: Direction, bytes: Uint8Array, start: number, end: number, owned: boolean): boolean {
    const part = start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end)
    if (from.side === CLIENT) return this.passOn(part, owned)
    const { client } = this.#connection
    return owned ? client.writeOwned(part) : client.write(part)
  }

  passOn (bytes: Uint8Array, owned: boolean): boolean {
    const link = this.#link
    if (this.#unanswered?.keep() === false) this.#keepServer()
    if (link !== undefined) return owned ? link.writeOwned(bytes) : link.write(bytes)
    this.#firstBytes().add(owned ? bytes : Uint8Array.prototype.slice.call(bytes))
    return true
  }

  // Forwarded bytes are written at once.
  flush (): void {}

  batchEnd (): void {
    if (this.#inlet instanceof JudgedInlet) this.#inlet.batchEnd()
    if (!this.#connection.ending) this.#swapPipes()
  }

  hostReady (): void {
    if (this.#inlet instanceof JudgedInlet) this.#inlet.advance()
  }

  passDecided (): void {
    if (this.#inlet instanceof JudgedInlet) this.#inlet.passDecided()
  }

  #firstBytes (): FirstBytes {
    return this.#first ??= new FirstBytes(this.#connection, this.#connection.vserver.config.limits.bufferedBytes)
  }

  // ── bytes that no peer has sent ──────────────────────────

  get inlet (): Inlet | undefined { return this.#inlet }
  get toClient (): Outlet { return this.#toClient ??= new ClientOutlet(this.#connection, this) }
  toServer (): Outlet { return this.#toServer ??= new ServerOutlet(this.#connection, this) }

  #outletOf ({ side }: Direction): PlainOutlet | undefined { return side === CLIENT ? this.#toServer : this.#toClient }
  ownWaits (from: Direction): boolean { return this.#outletOf(from)?.waits === true }
  onBoundary (from: Direction): void { this.#outletOf(from)?.onBoundary() }

  // What stands before the refused message goes to the server once that is there. Originated bytes alone choose no
  // server.
  refuseInTurn (reply: Uint8Array | undefined): boolean {
    if (this.#first === undefined || this.#connection.phase === 'first-message') return false
    this.#refusal = { reply }
    return true
  }

  greet (): boolean { return false }
  mayAnswerGreeting (): boolean { return false }

  #inletOf (side: Side): Inlet | undefined { return side === CLIENT ? this.#connection.clientInlet : this.#inlet }

  // ── choosing and dialling ────────────────────────────────────────────────

  /** The server is there: it gets what has waited for it. */
  onServer (link: ByteLink): void {
    const connection = this.#connection
    const { client, clientInlet, spec } = connection
    const first = this.#first
    this.#link = link
    this.gone = false
    const pipe = this.#tunnel || spec.server === undefined
    this.#inlet = pipe
      ? new PipeInlet(connection, SERVER, link, client, connection.boundaryCounter(SERVER, this.#tunnel))
      : openInlet(connection, SERVER, link, spec.server!, connection.maxHeld)
    const mayMove = first?.isFirstMessage === true && this.#choice.mayMove &&
      connection.declaration.resend !== undefined
    const waitMs = first?.empty === false ? this.#choice.firstReplyMs : 0
    if (mayMove || waitMs > 0)
      this.#unanswered = new Unanswered(this, link, this.#inlet, mayMove ? first : undefined, waitMs)
    else link.sink = this.#inlet
    connection.moveTo('open')
    if (first?.empty === false) connection.firstTimes?.sent()
    this.#first = undefined
    if (first?.writeTo(link) === false) clientInlet.holdForOther()
    this.#swapPipes()
    if (this.#refusal !== undefined) {
      const { reply } = this.#refusal
      if (reply !== undefined && reply.length > 0) this.toClient.own(reply)
      connection.onTurn()
    }
    if (connection.clientEnded) link.end()
    if (connection.clientGone) connection.leaveIfHeard()
  }

  rebind (key: string): void { this.#choice.rebind(key) }
  pinBeside (key: string): boolean { return this.#choice.pinBeside(key) }
  onRefused (why: string): void { this.#choice.noteRefused(why) }

  // ── a server that does not answer ────────────────────────────────────────

  onAnswered (): void {
    this.#keepServer()
    this.#choice.service?.replied()
    this.#swapPipes()
  }

  /** The server has sent bytes, or may have no follower and all the time it wants. */
  #keepServer (): void {
    const unanswered = this.#unanswered!
    unanswered.stop()
    this.#link!.sink = unanswered.inlet
    this.#unanswered = undefined
  }

  onUnanswered (error: LinkError | undefined): boolean {
    const { message } = this.#unanswered!
    if (this.#connection.ending || this.#connection.clientGone || message === undefined) {
      this.#keepServer()
      return false
    }
    this.#leaveServer(message)
    this.#choice.resend(error)
    return true
  }

  onLate (): void {
    const connection = this.#connection
    const { message } = this.#unanswered!
    if (connection.ending || connection.clientGone) {
      this.#keepServer()
      return
    }
    // No server answers half a message: else a client that stops in one would show good servers as late.
    if (!connection.clientInlet.atBoundary) {
      this.#unanswered!.waitOn()
      return
    }
    const why = this.#choice.noteLate()
    if (message === undefined) {
      this.#keepServer()
      connection.finish('first-reply-timeout', why)
      return
    }
    this.#leaveServer(message)
    this.#choice.moveOn({ reason: 'first-reply-timeout', detail: why })
  }

  onFirstReply (ms: number): void { this.#choice.service?.onFirstReply(ms) }
  onFault (error: unknown): void { this.#connection.onFault(error) }

  /** The server has said nothing, and another may have the message. */
  #leaveServer (message: FirstBytes): void {
    const link = this.#link!
    const { inlet } = this.#unanswered!
    this.#keepServer()
    link.sink = nobody
    link.close()
    inlet.dispose()
    this.#link = undefined
    this.#inlet = undefined
    this.gone = true
    this.#first = message
    this.#connection.clientInlet.releaseForOther()
  }

  // ── tunnel ───────────────────────────────────────────────────────────────

  onTunnel (): void {
    this.#tunnel = true
    const { clientInlet } = this.#connection
    if (clientInlet instanceof JudgedInlet) clientInlet.pipe(true)
    if (this.#inlet instanceof JudgedInlet) this.#inlet.pipe(true)
  }

  failOpen (): boolean {
    this.onTunnel()
    if (this.#connection.phase === 'first-message') this.#choice.begin(undefined)
    return true
  }

  onPiped (): void { this.#swapPipes() }

  /** Put pipes where a direction needs no more looking at. */
  #swapPipes (): void {
    const link = this.#link
    if (link === undefined || this.#unanswered !== undefined) return
    const connection = this.#connection
    const fromClient = connection.clientInlet
    if (fromClient instanceof JudgedInlet && fromClient.isPipe) {
      fromClient.releaseForRoom()
      connection.swapClientInlet(new PipeInlet(connection, CLIENT, connection.client, link, fromClient.counter))
    }
    const fromServer = this.#inlet
    if (fromServer instanceof JudgedInlet && fromServer.isPipe) {
      fromServer.releaseForRoom()
      this.#inlet = new PipeInlet(connection, SERVER, link, connection.client, fromServer.counter)
      this.#inlet.takeOver(fromServer)
      link.sink = this.#inlet
    }
    if (
      connection.clientInlet instanceof PipeInlet && this.#inlet instanceof PipeInlet && connection.phase === 'open'
    ) {
      connection.moveTo('tunnel')
      // No later event needs the extension.
      const { goodbye, close } = connection.declaration.hooks
      if (!close && !(goodbye && connection.vserver.config.tunnelLastWords)) connection.releaseGuest()
    }
  }

  // ── what happens ─────────────────────────────────────────────────────────

  onDrained ({ side }: Direction): void { this.#inletOf(side === CLIENT ? SERVER : CLIENT)?.releaseForOther() }

  onClientEnded (): void {
    if (this.#link !== undefined) this.#link.end()
    // None of the client's bytes was forwarded, or can be, or a place in a waiting line is taken for it: no server will
    // be needed.
    else if (
      this.#choice.queued !== undefined || this.#connection.phase === 'first-message' ||
      (this.#first?.empty !== false && this.#choice.service === undefined)
    ) this.#connection.finishForClient()
  }

  onServerEnded (): void {
    if (this.#error === undefined) this.#noteSilentEnd(undefined)
    this.#ended = true
    if (this.#error === undefined) this.#connection.onServersEnded()
    else this.#connection.onServersGone(this.#error, false)
  }

  giveUp (): boolean { return false }

  onDropped (): void {}
  split (): void { this.#connection.extensionFailed("split() needs balance 'per-message'") }

  onServerClosed (_from: Direction, error: LinkError | undefined): void {
    this.gone = true
    if (!this.#ended) this.#noteSilentEnd(error)
    const inlet = this.#inlet
    if (!(inlet instanceof JudgedInlet) || this.#connection.ending || this.#ended) {
      this.#connection.onServersGone(error, false)
      return
    }
    // Its last messages may still be in the sandbox. A reset ends its stream like a FIN, and onServerEnded follows.
    this.#error = error
    if (error !== undefined) inlet.onEnd()
    else this.#connection.onServersGone(undefined, inlet.endWaits)
  }

  /** A server that ends before its first byte, while the client waits for it, does not serve clients. */
  #noteSilentEnd (error: LinkError | undefined): void {
    const connection = this.#connection
    if (!this.answered && !connection.ending && !connection.clientGone && !connection.clientEnded)
      this.#choice.noteClosed(error)
  }

  onServiceGone (service: ServiceRuntime): void {
    if (this.#choice.service === service) this.#connection.finish('service-down', service.name)
  }

  onServiceDown (service: ServiceRuntime): void {
    if (this.#choice.lb !== undefined && closesAtOnce(this.#choice.lb)) this.onServiceGone(service)
  }

  isAt (service: ServiceRuntime, lbVserver: string | undefined): boolean {
    return this.#choice.service === service && (lbVserver === undefined || this.#choice.lb?.name === lbVserver)
  }

  // A client whose server is not there yet has been sent nothing, and stays for its answer.
  leaveService (service: ServiceRuntime, reason: CloseReason, force: boolean): boolean {
    return (force || this.#link !== undefined) && this.#connection.leave(reason, service.name)
  }

  get inspecting (): boolean { return this.#inlet instanceof JudgedInlet && this.#inlet.asks }

  // ── the end ──────────────────────────────────────────────────────────────

  cancel (): void {
    this.#unanswered?.stop()
    this.#choice.cancelDial()
  }

  close (reset: boolean): void {
    this.#choice.cancelDial()
    const link = this.#link
    if (this.gone || link === undefined) return
    if (reset) link.abort()
    else link.close()
  }

  leave (): void {
    this.#unanswered?.stop()
    this.#inlet?.dispose()
    this.#choice.leave()
  }
}
