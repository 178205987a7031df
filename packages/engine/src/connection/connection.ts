import type { CloseReason } from '@weirlb/model'
import type { ByteLink, ClientFacts, LinkError } from '@weirlb/link'
import { Event, Op } from '@weirlb/sdk/abi'
import { ClosedInlet } from '../direction/closed-inlet.ts'
import type { Inlet } from '../direction/inlet.ts'
import { JudgedInlet } from '../direction/judged-inlet.ts'
import { openInlet } from '../direction/open-inlet.ts'
import type { Direction, Judged, Onward } from '../direction/owner.ts'
import { CLIENT, SERVER, type Side } from '../direction/side.ts'
import type { AnswerReader } from '../extension/answer.ts'
import type { Asker } from '../extension/asker.ts'
import type { ExtensionHost } from '../extension/extension-host.ts'
import type { GuestClient } from '../extension/guest-client.ts'
import { noteJudged } from '../extension/judged-by-keys.ts'
import { type BoundaryCounter, counterFor } from '../framing/boundary-counter.ts'
import type { KeyTable } from '../framing/key-table.ts'
import type { ProtocolSpec } from '../framing/spec.ts'
import type { ClientSide } from '../servers/client-side.ts'
import { FirstTimes, noteAsked } from '../servers/first-times.ts'
import { movedOn } from '../servers/moved-on.ts'
import { isServed, type Phase } from '../servers/phase.ts'
import type { Upstream } from '../servers/upstream.ts'
import { upstreams } from '../servers/upstreams.ts'
import { coarseClock } from './coarse-clock.ts'
import type { ConnectionInfo } from './connection-info.ts'
import { ConnectionRules } from './connection-rules.ts'
import { Departure } from './departure.ts'
import { Deadline, type Timed } from './deadline.ts'
import { applyEffects, applyLastEffects, type EffectTarget } from './effects.ts'
import { clientsEnd, Ending, type Endable } from './ending.ts'
import { firstLine, logFailOpen, logFault, logThrow } from './faults.ts'
import type { Front } from './front.ts'
import { goodbyeReason } from './goodbye-reason.ts'
import { LastTurn } from './last-turn.ts'
import { fieldsWith, infoOf, unfinished } from './record.ts'
import type { TlsStart, TlsStarter } from './tls-start.ts'

/**
 * One client: its life, its deadlines, the extension's verdicts, its close reason. Its `upstream` holds the servers.
 *
 *   first-message ──► choosing ──► dialling ──► open ──► tunnel
 *         └───────────────┴────────────┴──────────┴────────┴──► closing ──► gone, with exactly one close reason
 */
export class Connection implements GuestClient, ClientSide, EffectTarget, Endable, Timed, TlsStarter {
  readonly number: number
  readonly vserver: Front
  readonly host: ExtensionHost
  client!: ByteLink
  readonly since = performance.now()
  active = this.since
  mayStall = false
  #phase: Phase = 'first-message'
  /** `onConnect` is in the sandbox: nothing is forwarded. */
  opening = false
  /** True if it is tunnelled because the extension was unavailable. */
  failedOpen = false

  // GuestClient
  slot = -1
  incarnation = -1
  hasNewFacts = false

  /** Where the client's bytes come in. */
  clientInlet!: Inlet
  readonly upstream: Upstream
  /** The client has sent its last byte. */
  clientEnded = false
  #serverEnded = false
  #firstEnd: Side | undefined
  /** The client's link is closed. Its earlier bytes may still be in transit. */
  clientGone = false
  /** Why the client's link was closed, when that was not in order. */
  #clientError: LinkError | undefined
  /** How the connection ends when it is the turn of the message that ends it. */
  #lastTurn: LastTurn | undefined
  #departure: Departure | undefined
  #ending: Ending | undefined
  tlsStart: TlsStart | undefined
  /** Fields that the extension has published, by the index of the declared field. */
  fields: (string | undefined)[] | undefined
  #idleMs: number
  firstTimes: FirstTimes | undefined = new FirstTimes()
  readonly deadline = new Deadline(this)
  /** Made when there are rules that look at its messages, and true of it for good: rules go and come back. */
  #rules: ConnectionRules | undefined

  constructor (number: number, vserver: Front, host: ExtensionHost, client: ByteLink) {
    this.number = number
    this.vserver = vserver
    this.host = host
    this.#idleMs = vserver.config.limits.idleTimeoutSeconds * 1000
    this.upstream = new upstreams[host.declaration.balance](this)
    this.take(client)
  }

  take (client: ByteLink): void {
    this.client = client
    this.#rules?.onClient(client)
    client.meter = this.vserver.meter
    client.sink = this.clientInlet = openInlet(this, CLIENT, client, this.host.spec.client, this.maxHeld)
  }

  /** Called when the connection is registered with its vserver. */
  start (): void {
    this.deadline.firstMessage(this.vserver.config.limits.firstMessageTimeoutSeconds * 1000)
    if (this.host.state === 'down') return this.onGuestLost('extension-down', 'the extension failed too often')
    if (this.host.declaration.hooks.connect) {
      this.opening = true
      this.host.submitOpen(this)
    }
  }

  get facts (): ClientFacts { return this.client.peer }
  get vserverIndex (): number { return this.vserver.index }
  get vserverName (): string { return this.vserver.name }
  get session (): string | undefined { return this.upstream.session }
  holdsSession (session: string): boolean { return this.upstream.holds(session) }
  get declaration (): ExtensionHost['declaration'] { return this.host.declaration }
  get spec (): ProtocolSpec { return this.host.spec }
  get onward (): Onward { return this.upstream }
  get phase (): Phase { return this.#phase }
  get ending (): boolean { return this.#ending !== undefined }
  /** True if it ends once all earlier requests of the client are answered. */
  get endsInTurn (): boolean { return this.#lastTurn !== undefined }
  /** True if it is told to go, or about to end. */
  get leaving (): boolean { return this.ending || this.endsInTurn || this.#departure !== undefined }
  /** The client has broken the rules of a layer on its link. */
  get brokeLayer (): boolean { return this.#clientError?.kind === 'protocol' }
  /** Maximum bytes of one direction that may wait for verdicts. */
  get maxHeld (): number { return Math.min(this.vserver.config.limits.bufferedBytes, this.host.maxHeldBytes) }

  // ── bytes ────────────────────────────────────────────────────────────────
  onActivity (side: Side): void {
    this.active = coarseClock.now
    if (side === SERVER) this.firstTimes?.replied(this)
    else if (this.#idleMs > 0 && this.#phase !== 'first-message' && this.#firstEnd === undefined && this.#lastTurn === undefined && this.#departure === undefined) this.deadline.heard()
  }

  /** One side has ended: the other has to get on. */
  #halfClosed (): void { if (this.#departure === undefined) this.deadline.stillness(this.vserver.config.limits.halfClosedTimeoutSeconds * 1000) }

  get moved (): number { return movedOn(this.client) + this.upstream.moved }
  get waitsForGuest (): boolean { return this.opening || (this.clientInlet instanceof JudgedInlet && this.clientInlet.asks) }

  onHeld (change: number, held: number): void { this.host.account.onHeld(change, held) }
  ask (from: Judged, source: Uint8Array, at: number, to: number, frameLength: number): boolean { return noteAsked(this, this.host.submitMessage(this, from, source, at, to, frameLength, this.upstream.answered)) }
  judgedByKeys (keys: KeyTable, bytes: Uint8Array, frameLength: number): void { noteJudged(this.host, this, keys, bytes, frameLength) }
  askData (from: Judged, source: Uint8Array, at: number, to: number, last: boolean): boolean { return noteAsked(this, this.host.submitData(this, from, source, at, to, last, this.upstream.answered)) }

  // ── verdicts ─────────────────────────────────────────────────────────────
  onOpened (answer: AnswerReader): void {
    if (this.ending || !applyEffects(this, answer, undefined)) return
    if (answer.op === Op.reject) this.#rejected(answer)
    else if (answer.op === Op.threw || answer.op === Op.malformed) this.#extensionError(answer)
    else {
      this.opening = false
      this.upstream.flush()
      if (this.clientInlet instanceof JudgedInlet) this.clientInlet.opened()
    }
  }

  apply (answer: AnswerReader, judged: Judged | undefined): boolean { return applyEffects(this, answer, judged) }
  get ruled (): boolean { return this.vserver.rules !== undefined }
  isWide (side: Side): boolean { return this.#rules?.isWide(side) === true }
  applyRuled (answer: AnswerReader, judged: Judged): boolean { return (this.#rules ??= new ConnectionRules(this)).apply(answer, judged) }
  costs (amount: number): void { this.#rules?.costs(amount) }
  mayAsk (undecided: number): boolean { return !this.ruled || (this.#rules ??= new ConnectionRules(this)).mayAsk(undecided) }
  onBlocked (judged: Direction, reason: CloseReason, detail: string): void {
    if (judged.side === CLIENT && this.upstream.refuseInTurn(undefined)) this.#lastTurn = new LastTurn(this, reason, detail)
    else this.finish(reason, detail)
  }

  refuse (answer: AnswerReader, judged: Direction): void {
    if (answer.op === Op.malformed) this.#malformed(judged.side, firstLine(answer.text))
    else if (answer.op !== Op.reject) this.#extensionError(answer)
    else if (judged.side === CLIENT && this.upstream.refuseInTurn(answer.bytes)) this.#lastTurn = new LastTurn(this, 'rejected', answer.text)
    else this.#rejected(answer)
  }

  onBatchEnd (): void {
    if (this.ending) return
    if (this.tlsStart !== undefined) return this.tlsStart.begin()
    if (this.clientInlet instanceof JudgedInlet) this.clientInlet.batchEnd()
    this.upstream.batchEnd()
    this.#departure?.look()
  }

  onHostReady (): void {
    if (this.ending || (this.opening && !this.host.knows(this) && !this.host.submitOpen(this))) return
    if (this.clientInlet instanceof JudgedInlet) this.clientInlet.advance()
    this.upstream.hostReady()
  }

  onGuestLost (reason: 'extension-error' | 'extension-down', message: string): void {
    if (this.#ending !== undefined) return this.#ending.stopWaiting()
    if (!this.upstream.needsGuest) return
    if (!this.host.failOpen || this.tlsStart !== undefined || !this.upstream.failOpen()) return this.finish(reason, message)
    // All buffered and later bytes are forwarded uninspected.
    this.failedOpen = true
    this.opening = false
    this.host.account.failedOpen()
    logFailOpen(this, reason, message)
    this.onBatchEnd()
  }

  /** `onClose` has run. */
  onClosedAnswer (answer: AnswerReader): void {
    if (answer.op === Op.threw || answer.op === Op.malformed) logThrow(this, answer)
    applyLastEffects(this, answer)
  }

  #rejected ({ bytes, text }: AnswerReader): void {
    if (bytes !== undefined && bytes.length > 0) this.upstream.toClient.own(bytes)
    this.finish('rejected', text)
  }

  /** It is the turn of the message that was rejected. */
  onTurn (): void {
    const last = this.#lastTurn
    this.#lastTurn = undefined
    if (last !== undefined) this.finish(last.reason, last.why)
  }

  extensionFailed (why: string): void { this.finish('extension-error', why) }
  #extensionError (answer: AnswerReader): void { this.finish('extension-error', logThrow(this, answer)) }

  setIdle (ms: number): void {
    this.#idleMs = ms
    if (this.#lastTurn !== undefined || this.#departure !== undefined || this.#phase === 'first-message' || this.#firstEnd !== undefined) return
    this.deadline.silence(ms)
  }

  publish (answer: AnswerReader, number: number | undefined, shown: boolean): void {
    if (this.ruled || this.#rules !== undefined) (this.#rules ??= new ConnectionRules(this)).publish(answer, number)
    if (shown) this.fields = fieldsWith(this.fields, this.host.declaration.fields, answer, number)
  }

  /** Originated bytes that waited for the end of a message have been sent to the client. */
  onReplied (): void { this.#ending?.stopWaiting() }
  moveTo (phase: Phase): void {
    if (this.#phase === 'closing') return
    const before = this.#phase
    this.#phase = phase
    if (isServed(before) !== isServed(phase)) this.vserver.onEstablished(isServed(phase) ? 1 : -1)
    // The first message is decided: from here on silence counts.
    if (before === 'first-message' && phase !== 'closing') this.deadline.silence(this.#idleMs)
  }

  tellUnanswered (asker: Asker, match: string, why: 'timeout' | 'service-down'): boolean { return this.declaration.hooks.unanswered && this.host.callsAbout(this)?.addUnanswered(this, asker, match, why, this.upstream.answered) === true }
  askSplit (asker: Asker, what: 'part' | 'gather', split: number, discarded: boolean, bytes: Uint8Array): void { this.host.callsAbout(this)?.addSplit(this, asker, Event[what], split, discarded, bytes) }
  get splitting (): boolean { return this.upstream.splitting }
  releaseGuest (): void { this.host.release(this, '') }
  /** Another inlet takes the client's bytes from here on. */
  swapClientInlet (inlet: Inlet): void {
    const before = this.clientInlet
    inlet.takeOver(before)
    this.clientInlet = inlet
    this.client.sink = inlet
    before.dispose()
    inlet.releaseForRate()
  }
  boundaryCounter (side: Side, tunnel: boolean): BoundaryCounter | undefined {
    // A goodbye may have to be sent in the stream of a tunnelled server, and the message of the client before it arrives whole.
    return counterFor(this.host.spec, side, tunnel, this.vserver.config.tunnelLastWords && this.host.declaration.hooks.goodbye)
  }

  // ── ends ─────────────────────────────────────────────────────────────────
  /** One side has sent its last byte, and all of it was forwarded. */
  onSideEnded (inlet: Inlet): void {
    if (this.ending) return
    if (inlet.side === SERVER) return this.upstream.onServerEnded(inlet)
    this.#firstEnd ??= CLIENT
    this.clientEnded = true
    this.upstream.onClientEnded()
    if (this.clientGone) this.leaveIfHeard()
    if (!this.ending && !this.#serverEnded) this.#halfClosed()
  }

  /** Nothing more comes from the server's side. */
  onServersEnded (): void {
    this.#firstEnd ??= SERVER
    this.#serverEnded = true
    if (!this.upstream.gone) {
      this.client.end()
      if (!this.clientEnded) this.#halfClosed()
    } else if (this.clientGone) this.finishForClient()
    else this.client.close('server-closed')
  }

  onStranger (why: string): void { this.finish('rejected', why) }
  onBroken (from: Direction, message: string): void { if (from.side === CLIENT || !this.upstream.giveUp(from, message)) this.#malformed(from.side, message) }

  #malformed (side: Side, message: string): void {
    if (side === SERVER) this.finish('protocol-error', `from the server: ${message}`)
    else if (this.#lastTurn !== undefined) return
    else if (this.upstream.refuseInTurn(undefined)) this.#lastTurn = new LastTurn(this, 'protocol-error', message)
    else this.finish('protocol-error', message)
  }

  onLinkClosed (inlet: Inlet, error: LinkError | undefined): void {
    if (inlet.side === CLIENT) this.#onClientClosed(error)
    else this.upstream.onServerClosed(inlet, error)
    this.#ending?.settle()
  }

  /** A reset ends the client's stream like a FIN: all of it is forwarded before its servers are closed. */
  #onClientClosed (error: LinkError | undefined): void {
    this.clientGone = true
    if (this.ending) return this.upstream.close(false)
    this.#clientError = error
    if (this.#lastTurn !== undefined) {
      if (this.upstream.delivered) this.onTurn()
      return
    }
    if (!this.clientEnded) this.clientInlet.onEnd()
    this.leaveIfHeard()
    if (!this.ending) this.#halfClosed()
  }

  /** The client is gone: the connection ends as soon as all its bytes have been sent to its servers, or cannot be. */
  leaveIfHeard (): void {
    if (this.clientEnded ? this.upstream.delivered : this.upstream.unreachable) this.finishForClient()
  }

  /** End because the client has ended. */
  finishForClient (): void { this.finish(this.#clientsEnd, this.#clientError?.message ?? '') }
  get #clientsEnd (): CloseReason { return clientsEnd(this.#clientError, this.#firstEnd) }

  /** No server is left; `owed`: some of its bytes are undecided, and `onSideEnded` follows. */
  onServersGone (error: LinkError | undefined, owed: boolean): void {
    if (this.clientGone) this.finishForClient()
    else if (!this.ending) {
      if (error !== undefined) this.finish('server-reset', error.message)
      else {
        this.#firstEnd ??= SERVER
        if (!owed) this.client.close('server-closed')
      }
    // The frame that the goodbye waited for will not end any more.
    } else this.#ending?.stopWaiting()
  }

  onDeadline (): void {
    if (this.#ending !== undefined) this.#ending.close()
    else if (this.#lastTurn !== undefined) {
      if (this.#lastTurn.isOver()) this.onTurn()
    }
    else if (this.#departure !== undefined) this.#departure.end()
    else if (this.#phase === 'first-message') this.finish('first-message-timeout', '')
    else if (this.#firstEnd !== undefined) this.#begin(this.#clientsEnd, this.#clientError?.message ?? '').close()
    else this.finish('idle-timeout', '')
  }

  /** End the connection from our side, with a goodbye where the protocol has one. */
  finish (reason: CloseReason, detail: string): void {
    if (this.ending) return
    // Earlier decided bytes are forwarded, whether or not they are in the same batch as the end of the connection.
    if (this.clientInlet instanceof JudgedInlet) this.clientInlet.passDecided()
    this.upstream.passDecided()
    const ending = this.#begin(reason, detail)
    this.upstream.cancel()
    this.swapClientInlet(new ClosedInlet(this, CLIENT, this.client))
    const words = goodbyeReason[reason]
    if (words === undefined || this.clientGone || this.upstream.toClient.saidLast) ending.close()
    else if (this.host.introduce(this, this.client.bytesRead > 0)) ending.ask(words)
    else ending.withoutWords()
  }

  leave (reason: CloseReason, detail: string): boolean {
    if (this.leaving) return false
    this.#departure = new Departure(this, reason, detail)
    this.#departure.look()
    return true
  }

  onMessagePassed (): void { this.#departure?.look() }

  /** The end begins, or another reason takes the place of the first. */
  #begin (reason: CloseReason, detail: string): Ending {
    const ending = new Ending(this, reason, detail === '' ? unfinished(this) : detail)
    this.#rules?.stop()
    this.moveTo('closing')
    if (this.tlsStart?.cancel() === true) this.clientGone = true
    return this.#ending = ending
  }

  /** Close at once, without a goodbye. */
  destroy (): void { (this.#ending ?? this.#begin('shutdown', '')).abort() }

  /** A fault of Weir: code of this connection threw. It ends alone, at once and without a goodbye. */
  onFault (error: unknown): void {
    const detail = logFault(this, error, 'internal error')
    if (this.#ending?.step === 'gone') return
    this.#begin('internal-error', detail)
    try { this.destroy() } catch (again) { logFault(this, again, 'internal error at the end of a connection') }
  }

  onGoodbye (bytes: Uint8Array | undefined): void { this.#ending?.onGoodbye(bytes) }
  get id (): string { return `${this.vserver.worker}-${this.number}` }
  info (): ConnectionInfo { return infoOf(this) }
}
