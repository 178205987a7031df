import type { CloseReason } from '@weirlb/model'
import { EffectKind, logLevels, Op, ThenIndex } from '@weirlb/sdk/abi'
import { type ByteLink, type LinkError, wheel, WheelTimer } from '@weirlb/link'
import type { ConnectionInfo, Phase } from './connection-info.ts'
import type { AnswerReader } from '../extension/answer.ts'
import type { ExtensionHost } from '../extension/extension-host.ts'
import type { GuestClient } from '../extension/guest-client.ts'
import { BoundaryCounter } from '../framing/boundary-counter.ts'
import type { VserverRuntime } from '../vserver/user-vserver.ts'
import { goodbyeReason } from './goodbye-reason.ts'
import { CLIENT, ClosedInlet, type Inlet, SERVER, type Side } from '../direction/inlet.ts'
import { JudgedInlet } from '../direction/judged-inlet.ts'
import { openInlet } from '../direction/open-inlet.ts'
import type { Upstream } from '../servers/upstream.ts'
import { upstreams } from '../servers/upstreams.ts'

/** How long last words may take, from asking the extension to standing between two frames. */
const GOODBYE_MS = 1000
/** How long the other side may be silent when one has ended. */
const HALF_CLOSED_MS = 60_000
const INVALID_EFFECT = 'the sandbox answered an invalid effect'

/** One timer per connection: it has one deadline at a time. */
class Deadline extends WheelTimer {
  readonly #connection: Connection
  constructor (connection: Connection) {
    super()
    this.#connection = connection
  }

  onTimeout (): void { this.#connection.onDeadline() }
  override onFault (error: unknown): void { this.#connection.onFault(error) }
}

/**
 * One client: its life, its deadlines, what the extension says about it, and the one reason why it ends. Its servers are the `upstream`'s.
 *
 *   first-message ──► choosing ──► dialling ──► open ──► tunnel
 *         └───────────────┴────────────┴──────────┴────────┴──► closing ──► gone, with exactly one close reason
 *
 */
export class Connection implements GuestClient {
  readonly number: number
  readonly vserver: VserverRuntime
  readonly host: ExtensionHost
  readonly client: ByteLink
  readonly since: number
  phase: Phase = 'first-message'
  /** The extension was asked about the client and has not answered: nothing passes. */
  opening = false
  /** It is tunnelled because the extension could not be asked. */
  failedOpen = false

  // GuestClient
  slot = -1
  incarnation = -1

  /** Where the client's bytes come in. */
  clientInlet: Inlet
  readonly upstream: Upstream
  /** The client has sent its last byte. */
  clientEnded = false
  #serverEnded = false
  #firstEnd: Side | undefined
  #clientGone = false
  #lastWords = false
  /** Why the client was rejected, while it waits for the replies before. */
  #rejection: string | undefined
  #finished = false
  #reason: CloseReason | undefined
  #detail = ''
  /** What the extension has published of the client, by the index of the declared field. */
  #fields: (string | undefined)[] | undefined
  #idleMs: number
  readonly #deadline = new Deadline(this)

  constructor (number: number, vserver: VserverRuntime, host: ExtensionHost, client: ByteLink) {
    this.number = number
    this.vserver = vserver
    this.host = host
    this.client = client
    this.since = Date.now()
    this.#idleMs = vserver.config.limits.idleTimeoutSeconds * 1000
    this.upstream = new upstreams[host.declaration.balance](this)
    this.clientInlet = openInlet(this, CLIENT, client, host.spec.client, this.mostHeld)
    client.sink = this.clientInlet
  }

  /** Begin; the connection is registered with its vserver. */
  start (): void {
    wheel.arm(this.#deadline, this.vserver.config.limits.firstMessageTimeoutSeconds * 1000)
    if (this.host.state === 'down') {
      this.onGuestLost('extension-down', 'the extension failed too often')
      return
    }
    if (this.host.declaration.hooks.connect) {
      this.opening = true
      this.host.submitOpen(this)
    }
  }

  get clientAddress (): string { return this.client.peer.address }
  get clientPort (): number { return this.client.peer.port }
  get clientServerName (): string | undefined { return this.client.peer.serverName }
  get vserverIndex (): number { return this.vserver.index }
  get vserverName (): string { return this.vserver.name }
  get session (): string | undefined { return this.upstream.session }
  holdsSession (session: string): boolean { return this.upstream.holds(session) }
  get ending (): boolean { return this.#reason !== undefined }
  /** Ending, or gone. */
  get over (): boolean { return this.ending || this.#finished }
  /** Bytes that wait for verdicts. */
  get heldBytes (): number { return (this.clientInlet instanceof JudgedInlet ? this.clientInlet.waitingBytes : 0) + this.upstream.heldBytes }
  /** Most bytes of one direction that may. */
  get mostHeld (): number { return Math.min(this.vserver.config.limits.bufferedBytes, this.host.heldBytes) }
  get bytesFromClient (): number { return this.client.bytesRead }
  get bytesToClient (): number { return this.client.bytesWritten }

  // ── bytes ────────────────────────────────────────────────────────────────

  /** Silence is counted from here. */
  onActivity (side: Side): void {
    if (this.#rejection !== undefined) return
    if (this.#firstEnd !== undefined) {
      if (!this.ending) wheel.arm(this.#deadline, HALF_CLOSED_MS)
    } else if (side === CLIENT && this.#idleMs > 0 && this.phase !== 'first-message') wheel.arm(this.#deadline, this.#idleMs)
  }

  /** Ask the extension about a frame; false when it has no room now. */
  submit (from: Inlet, source: Uint8Array, at: number, to: number, frameLength: number): boolean {
    if (!this.host.submitMessage(this, from.side, source, at, to, frameLength, this.upstream.answered)) return false
    if (from.side === SERVER) this.upstream.onAsked(from)
    return true
  }

  /** Ask the extension about undecided bytes of a stream; false when it has no room now. */
  submitData (from: Inlet, source: Uint8Array, at: number, to: number, last: boolean): boolean {
    return this.host.submitData(this, from.side, source, at, to, last, this.upstream.answered)
  }

  /** Pass bytes of one side to the other; `owned`: nobody will change them. False: the other side is full. */
  passOn (from: Inlet, bytes: Uint8Array, owned: boolean): boolean {
    return from.side === CLIENT ? this.upstream.passOn(bytes, owned) : this.upstream.passBack(from, bytes, owned)
  }

  // ── verdicts ─────────────────────────────────────────────────────────────

  onOpened (answer: AnswerReader): void {
    if (this.over) return
    this.#applyEffects(answer)
    if (this.ending) return
    if (answer.op === Op.reject) this.#rejected(answer)
    else if (answer.op === Op.threw || answer.op === Op.malformed) this.#extensionError(answer)
    else {
      this.opening = false
      this.upstream.flush()
      if (this.clientInlet instanceof JudgedInlet) this.clientInlet.opened()
    }
  }

  onVerdict (side: number, answer: AnswerReader): void {
    const inlet = this.upstream.judged(side as Side)
    if (this.over || answer.op === Op.skipped) return
    if (inlet === undefined || inlet.piped) return
    if (answer.effectsCount > 0) {
      this.#applyEffects(answer, inlet)
      if (this.ending) return
    }
    switch (answer.op) {
      case Op.forward:
      case Op.pipe:
        if (answer.then !== ThenIndex.continue && !this.upstream.mayPipe) {
          this.finish('extension-error', `then: '${answer.then === ThenIndex.tunnel ? 'tunnel' : 'pipe'}' needs balance 'per-connection'`)
          return
        }
        inlet.onVerdict(answer)
        if (answer.then === ThenIndex.tunnel && !this.ending) this.upstream.onTunnel()
        return
      case Op.drop:
      case Op.more:
        inlet.onVerdict(answer)
        return
      case Op.reject:
        if (side === CLIENT && this.upstream.rejectInTurn(answer.bytes)) this.#rejectedLater(answer.text)
        else this.#rejected(answer)
        return
      case Op.malformed:
        this.finish('protocol-error', firstLine(answer.text))
        return
      default:
        this.#extensionError(answer)
    }
  }

  onBatchEnd (): void {
    if (this.over) return
    if (this.clientInlet instanceof JudgedInlet) this.clientInlet.batchEnd()
    this.upstream.batchEnd()
  }

  onHostReady (): void {
    if (this.over) return
    if (this.opening && !this.host.knows(this) && !this.host.submitOpen(this)) return
    if (this.clientInlet instanceof JudgedInlet) this.clientInlet.advance()
    this.upstream.hostReady()
  }

  onGuestLost (reason: 'extension-error' | 'extension-down', message: string): void {
    if (this.#finished) return
    if (this.#lastWords) {
      this.#closeNow()
      return
    }
    if (this.ending || !this.upstream.needsGuest) return
    if (this.host.failOpen && this.upstream.failOpen()) this.#failsOpen(reason, message)
    else this.finish(reason, message)
  }

  /** Nobody can be asked any more: all that is here and all that comes passes as it is. */
  #failsOpen (reason: CloseReason, message: string): void {
    this.failedOpen = true
    this.opening = false
    this.host.account.failedOpen()
    this.vserver.log.warn({ userVserver: this.vserver.name, extension: this.host.name, connection: this.id, reason, detail: message }, 'connection fails open')
    this.onBatchEnd()
  }

  /** `onClose` has run. There is nobody left to answer, and the line of the connection is written: of its effects, what is logged remains; counts are the batch's. */
  onClosedAnswer (answer: AnswerReader): void {
    if (answer.op === Op.threw || answer.op === Op.malformed) this.#logThrow(answer)
    for (let n = 0; n < answer.effectsCount && answer.readEffect(n); n++) {
      if (answer.effectKind === EffectKind.log) this.#authorLog(answer.effectA, answer.effectText())
    }
  }

  #rejected (answer: AnswerReader): void {
    const reply = answer.bytes
    const why = answer.text
    if (reply !== undefined && reply.length > 0) this.upstream.interject(SERVER, reply)
    this.finish('rejected', why)
  }

  /** Replies to earlier messages come first, if they come soon. */
  #rejectedLater (why: string): void {
    this.#rejection = why
    wheel.arm(this.#deadline, GOODBYE_MS)
  }

  /** It is the turn of the message that was rejected. */
  onTurn (): void {
    const why = this.#rejection
    this.#rejection = undefined
    if (why !== undefined) this.finish('rejected', why)
  }

  #extensionError (answer: AnswerReader): void { this.finish('extension-error', firstLine(this.#logThrow(answer))) }

  /** Answers the stack, in the author's files. */
  #logThrow (answer: AnswerReader): string {
    const stack = this.host.mapStack(answer.text)
    this.vserver.log.error({ userVserver: this.vserver.name, extension: this.host.name, connection: this.id, stack }, 'extension threw')
    return stack
  }

  #applyEffects (answer: AnswerReader, judged?: JudgedInlet): void {
    for (let n = 0; n < answer.effectsCount; n++) {
      if (!answer.readEffect(n)) {
        this.finish('extension-error', INVALID_EFFECT)
        return
      }
      switch (answer.effectKind) {
        case EffectKind.reply: this.#interject(SERVER, answer.effectBytes()); break
        case EffectKind.send: this.#interject(CLIENT, answer.effectBytes()); break
        case EffectKind.session: this.upstream.rebind(answer.effectKey()); break
        case EffectKind.idleTimeout: this.#setIdle(answer.effectA); break
        case EffectKind.set: this.#setField(answer.effectA, answer.effectText()); break
        case EffectKind.log: this.#authorLog(answer.effectA, answer.effectText()); break
        case EffectKind.pass: this.#decide(judged, answer, true); break
        case EffectKind.discard: this.#decide(judged, answer, false); break
        case EffectKind.greet: this.#greet(judged, answer.effectBytes()); break
      }
      if (this.ending) return
    }
  }

  /** Bytes of a stream pass or are dropped. */
  #decide (judged: JudgedInlet | undefined, answer: AnswerReader, passes: boolean): void {
    if (judged === undefined || !judged.decide(answer, passes)) this.finish('extension-error', INVALID_EFFECT)
    else if (passes) this.host.account.stats.forwarded++
    else this.host.account.stats.dropped++
  }

  #greet (judged: JudgedInlet | undefined, bytes: Uint8Array): void {
    if (judged?.side === SERVER || !this.upstream.greet(bytes)) this.finish('extension-error', INVALID_EFFECT)
  }

  #setIdle (ms: number): void {
    this.#idleMs = ms
    if (this.#rejection !== undefined || this.phase === 'first-message' || this.#firstEnd !== undefined) return
    if (ms > 0) wheel.arm(this.#deadline, ms)
    else wheel.cancel(this.#deadline)
  }

  #setField (index: number, value: string): void {
    const field = this.host.declaration.fields[index]
    if (field === undefined || field.type === 'secret') return
    // Of its size at once: an array that grows takes room for sixteen more.
    this.#fields ??= new Array<string | undefined>(this.host.declaration.fields.length)
    this.#fields[index] = value
  }

  #authorLog (level: number, text: string): void {
    const fields = { userVserver: this.vserver.name, extension: this.host.name, connection: this.id, text }
    this.vserver.log[logLevels[level] ?? 'info'](fields, 'extension says')
  }

  #interject (side: Side, bytes: Uint8Array): void {
    if (bytes.length > 0) this.upstream.interject(side, bytes)
  }

  /** Bytes of ours that waited for the end of a message have gone to the client. */
  onReplied (): void {
    if (this.#lastWords) this.#closeNow()
  }

  /** The first message has been decided; from here on silence counts. */
  onChoosing (): void {
    this.phase = 'choosing'
    if (this.#idleMs > 0) wheel.arm(this.#deadline, this.#idleMs)
    else wheel.cancel(this.#deadline)
  }

  /** Another inlet takes the client's bytes from here on. */
  swapClientInlet (inlet: Inlet): void {
    const before = this.clientInlet
    inlet.takeOver(before)
    this.clientInlet = inlet
    this.client.sink = inlet
    before.dispose()
  }

  /** What follows the frames of a direction that is not looked at: needed where last words may have to stand. */
  boundaryCounter (side: Side): BoundaryCounter | undefined {
    const cutter = this.host.spec.server?.cutter
    return side === SERVER && this.vserver.config.tunnelLastWords && cutter !== undefined && this.host.declaration.hooks.goodbye ? new BoundaryCounter(cutter) : undefined
  }

  // ── ends ─────────────────────────────────────────────────────────────────

  /** One side has sent its last byte, and all of it was passed on. */
  onSideEnded (inlet: Inlet): void {
    if (this.ending) return
    if (inlet.side === SERVER) {
      this.upstream.onServerEnded(inlet)
      return
    }
    this.#firstEnd ??= CLIENT
    this.clientEnded = true
    this.upstream.onClientEnded()
    if (!this.over && !this.#serverEnded) wheel.arm(this.#deadline, HALF_CLOSED_MS)
  }

  /** Nothing more comes from the server's side. */
  onServersEnded (): void {
    this.#firstEnd ??= SERVER
    this.#serverEnded = true
    if (this.upstream.gone) {
      this.client.close()
      return
    }
    this.client.end()
    if (!this.clientEnded) wheel.arm(this.#deadline, HALF_CLOSED_MS)
  }

  onBroken (side: Side, message: string): void {
    this.finish('protocol-error', side === CLIENT ? message : `from the server: ${message}`)
  }

  onLinkClosed (inlet: Inlet, error: LinkError | undefined): void {
    if (inlet.side === CLIENT) {
      this.#clientGone = true
      if (this.#reason === undefined) {
        this.#reason = error !== undefined ? 'client-reset' : this.#firstEnd === SERVER ? 'server-closed' : 'client-closed'
        this.#detail = error?.message ?? ''
      }
      this.upstream.close(error !== undefined)
    } else {
      this.upstream.onServerClosed(inlet, error)
    }
    this.#settle()
  }

  /** No server is left; `owed`: something that it said is not decided, and `onSideEnded` follows. */
  onServersGone (error: LinkError | undefined, owed: boolean): void {
    if (this.#clientGone) return
    if (!this.ending) {
      if (error !== undefined) {
        this.finish('server-reset', error.message)
      } else {
        this.#firstEnd ??= SERVER
        if (!owed) this.client.close()
      }
    } else if (this.#lastWords) {
      // The frame that the last words waited for will not end any more.
      this.#closeNow()
    }
  }

  onDeadline (): void {
    if (this.#finished) return
    if (this.ending) this.#closeNow()
    else if (this.#rejection !== undefined) this.onTurn()
    else if (this.phase === 'first-message') this.finish('first-message-timeout', '')
    else if (this.#firstEnd !== undefined) {
      this.#reason = this.#firstEnd === CLIENT ? 'client-closed' : 'server-closed'
      this.#closeNow()
    } else this.finish('idle-timeout', '')
  }

  /** End the connection from our side, with last words where the protocol has them. */
  finish (reason: CloseReason, detail: string): void {
    if (this.over) return
    // What was decided before goes on, whether or not it stood in the same batch as what ends the connection.
    if (this.clientInlet instanceof JudgedInlet) this.clientInlet.passDecided()
    this.upstream.passDecided()
    this.#reason = reason
    this.#detail = detail
    this.phase = 'closing'
    this.upstream.cancel()
    this.swapClientInlet(new ClosedInlet(this, CLIENT, this.client))
    const words = goodbyeReason[reason]
    if (words === undefined || this.#clientGone || !this.host.knows(this)) {
      this.#closeNow()
      return
    }
    this.#lastWords = true
    wheel.arm(this.#deadline, GOODBYE_MS)
    this.host.submitGoodbye(this, words, this.upstream.answered)
  }

  /** Close at once, without words, and be gone. */
  destroy (): void {
    this.#reason ??= 'shutdown'
    try {
      this.upstream.close(true)
    } finally {
      this.client.abort()
      this.#clientGone = true
      this.#gone()
    }
  }

  /** Something threw while it worked for this connection, which is a fault of ours. What it knows cannot be trusted any more, so it ends alone, at once and without words. */
  onFault (error: unknown): void {
    const detail = error instanceof Error ? error.message : String(error)
    const fields = { userVserver: this.vserver.name, connection: this.id, detail, stack: error instanceof Error ? error.stack : undefined }
    this.vserver.log.error(fields, 'internal error')
    if (this.#finished) return
    this.#reason = 'internal-error'
    this.#detail = detail
    this.phase = 'closing'
    try {
      this.destroy()
    } catch (again) {
      this.vserver.log.error({ ...fields, detail: again instanceof Error ? again.message : String(again) }, 'internal error at the end of a connection')
    }
  }

  onGoodbye (bytes: Uint8Array | undefined): void {
    if (this.#finished || !this.#lastWords) return
    if (bytes === undefined || bytes.length === 0) {
      this.#closeNow()
      return
    }
    // Last words may only stand where a frame, or what the extension passed of a stream, has ended for certain.
    if (this.upstream.answered && !this.upstream.knowsBoundaries) {
      this.#closeNow()
      return
    }
    this.upstream.lastWords(bytes)
    if (this.#lastWords && (!this.upstream.waitsForBoundary(SERVER) || this.upstream.gone)) this.#closeNow()
  }

  #closeNow (): void {
    this.#lastWords = false
    wheel.cancel(this.#deadline)
    this.client.close()
    this.upstream.close(false)
    this.#settle()
  }

  #settle (): void {
    if (this.#clientGone && this.upstream.gone) this.#gone()
  }

  /** All links are gone: write the one line, count, let go. */
  #gone (): void {
    if (this.#finished) return
    this.#finished = true
    wheel.cancel(this.#deadline)
    const reason = this.#reason ?? 'internal-error'
    // Whatever throws on the way out: nobody counts it as open any more.
    try {
      if (this.vserver.log.isLevelEnabled?.('info') !== false) this.#logEnd(reason)
      this.clientInlet.dispose()
    } finally {
      try {
        this.upstream.leave()
        this.host.release(this, reason)
      } finally {
        this.vserver.onConnectionClosed(this, reason)
      }
    }
  }

  #logEnd (reason: CloseReason): void {
    this.vserver.log.info({
      userVserver: this.vserver.name,
      lbVserver: this.upstream.lbVserver,
      service: this.#service,
      client: `${this.clientAddress}:${this.clientPort}`,
      connection: this.id,
      session: this.upstream.session,
      version: this.host.version,
      failedOpen: this.failedOpen ? true : undefined,
      reason,
      detail: this.#detail === '' ? undefined : this.#detail,
      bytesIn: this.bytesFromClient,
      bytesOut: this.bytesToClient,
      durationMs: Date.now() - this.since,
      fields: this.#fields === undefined ? undefined : this.#namedFields()
    }, 'connection closed')
  }

  /** Its server, or its servers. */
  get #service (): string | undefined {
    const { services } = this.upstream
    return services.length === 0 ? undefined : services.join(', ')
  }

  #namedFields (): Record<string, string> {
    const { fields } = this.host.declaration
    return Object.fromEntries((this.#fields ?? []).flatMap((value, index) => value === undefined ? [] : [[fields[index]!.name, value]]))
  }

  get id (): string { return `${this.vserver.worker}-${this.number}` }

  info (): ConnectionInfo {
    return {
      id: this.id,
      userVserver: this.vserver.name,
      version: this.host.version,
      failedOpen: this.failedOpen,
      client: `${this.clientAddress}:${this.clientPort}`,
      phase: this.phase,
      lbVserver: this.upstream.lbVserver,
      service: this.#service,
      session: this.upstream.session,
      fields: this.#namedFields(),
      since: this.since,
      bytesIn: this.bytesFromClient,
      bytesOut: this.bytesToClient
    }
  }
}

const firstLine = (text: string): string => {
  const end = text.indexOf('\n')
  return end < 0 ? text : text.slice(0, end)
}
