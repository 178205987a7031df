import type { CloseReason } from '@weir/model'
import { EffectKind, logLevels, Op, ThenIndex } from '@weir/sdk/abi'
import type { ConnectionInfo, Phase } from '../connection-info.ts'
import type { AnswerReader } from '../extension/answer.ts'
import type { ExtensionHost } from '../extension/extension-host.ts'
import type { GuestClient } from '../extension/guest-client.ts'
import { BoundaryCounter } from '../framing/boundary-counter.ts'
import type { ByteLink, LinkError } from '../link/byte-link.ts'
import { keyToText } from '../persistence/session-key.ts'
import { wheel, WheelTimer } from '../timers/wheel.ts'
import type { ServiceRuntime } from '../upstream/service-runtime.ts'
import type { VserverRuntime } from '../vserver/vserver-runtime.ts'
import { Flow } from './flow.ts'
import { goodbyeReason } from './goodbye-reason.ts'
import { CLIENT, ClosedInlet, type Inlet, SERVER, type Side } from './inlet.ts'
import { Pipe } from './pipe.ts'
import { ServerChoice } from './server-choice.ts'

/** How long last words may take, from asking the extension to standing between two frames. */
const GOODBYE_MS = 1000
/** How long the other side may be silent when one has ended. */
const HALF_CLOSED_MS = 60_000

/** One timer per connection: it has one deadline at a time. */
class Deadline extends WheelTimer {
  readonly #connection: Connection
  constructor (connection: Connection) {
    super()
    this.#connection = connection
  }

  onTimeout (): void { this.#connection.onDeadline() }
}

/**
 * One client and, once chosen, its server.
 *
 *   first-message ──► choosing ──► dialling ──► open ──► tunnel
 *         └───────────────┴────────────┴──────────┴────────┴──► closing ──► gone, with exactly one close reason
 *
 * Bytes of the client that may go on wait in `pending` until the server is there.
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

  // GuestClient
  slot = -1
  incarnation = -1

  readonly #choice = new ServerChoice(this)
  #clientInlet: Inlet
  #serverInlet: Inlet | undefined
  #server: ByteLink | undefined
  #pending: Uint8Array[] | undefined
  #pendingBytes = 0
  #pendingPaused = false
  /** Bytes that wait for the end of a frame, by the side whose stream they join. */
  #interjections: [Uint8Array[] | undefined, Uint8Array[] | undefined] | undefined
  #lastWords = false
  #tunnel = false
  #clientEnded = false
  #serverEnded = false
  #firstEnd: Side | undefined
  #clientGone = false
  #serverGone = true
  #finished = false
  #reason: CloseReason | undefined
  #detail = ''
  #fields: Map<string, string> | undefined
  #idleMs: number
  readonly #deadline = new Deadline(this)

  constructor (number: number, vserver: VserverRuntime, host: ExtensionHost, client: ByteLink) {
    this.number = number
    this.vserver = vserver
    this.host = host
    this.client = client
    this.since = Date.now()
    this.#idleMs = vserver.config.limits.idleTimeoutSeconds * 1000
    this.#clientInlet = new Flow(this, CLIENT, client, host.spec.client, vserver.config.limits.bufferedBytes)
    client.sink = this.#clientInlet
  }

  /** Begin; the connection is registered with its vserver. */
  start (): void {
    wheel.arm(this.#deadline, this.vserver.config.limits.firstMessageTimeoutSeconds * 1000)
    if (this.host.state === 'down') {
      this.finish('extension-down', 'the extension failed too often')
      return
    }
    if (this.host.declaration.hooks.connect) {
      this.opening = true
      this.host.submitOpen(this)
    }
  }

  get clientAddress (): string { return this.client.peer.address }
  get clientPort (): number { return this.client.peer.port }
  get vserverIndex (): number { return this.vserver.index }
  get ending (): boolean { return this.#reason !== undefined }
  /** Ending, or gone. */
  get over (): boolean { return this.ending || this.#finished }
  get service (): ServiceRuntime | undefined { return this.#choice.service }
  get bytesFromClient (): number { return this.client.bytesRead }
  get bytesToClient (): number { return this.client.bytesWritten }
  get bytesToServer (): number { return this.#server?.bytesWritten ?? 0 }
  get bytesFromServer (): number { return this.#server?.bytesRead ?? 0 }
  /** Session key as people read it. */
  get sessionText (): string | undefined {
    const { sessionKey } = this.#choice
    return sessionKey === undefined ? undefined : keyToText(sessionKey)
  }

  opposite (side: Side): Inlet | undefined { return side === CLIENT ? this.#serverInlet : this.#clientInlet }

  // ── bytes ────────────────────────────────────────────────────────────────

  /** Silence is counted from here. */
  onActivity (side: Side): void {
    if (this.#firstEnd !== undefined) {
      if (!this.ending) wheel.arm(this.#deadline, HALF_CLOSED_MS)
    } else if (side === CLIENT && this.#idleMs > 0 && this.phase !== 'first-message') wheel.arm(this.#deadline, this.#idleMs)
  }

  /** Ask the extension about a frame; false when it has no room now. */
  submit (side: Side, source: Uint8Array, from: number, to: number, frameLength: number): boolean {
    return this.host.submitMessage(this, side, source, from, to, frameLength, this.#answered)
  }

  /** Pass bytes of one side to the other; `owned`: nobody will change them. False: the other side is full. */
  passOn (side: Side, bytes: Uint8Array, owned: boolean): boolean {
    if (side === SERVER) return owned ? this.client.writeOwned(bytes) : this.client.write(bytes)
    const server = this.#server
    if (server !== undefined) return owned ? server.writeOwned(bytes) : server.write(bytes)
    this.#wait(owned ? bytes : Uint8Array.prototype.slice.call(bytes))
    return true
  }

  /** A frame that nobody asks about may go on: without keys, when it is the first. */
  onUnseen (): void {
    if (this.phase === 'first-message' && !this.ending) this.#choice.begin(undefined)
  }

  #wait (bytes: Uint8Array): void {
    if (this.#pending === undefined) this.#pending = [bytes]
    else this.#pending.push(bytes)
    this.#pendingBytes += bytes.length
    if (!this.#pendingPaused && this.#pendingBytes > this.vserver.config.limits.bufferedBytes) {
      this.#pendingPaused = true
      this.client.pause()
    }
  }

  get #answered (): boolean { return this.bytesFromServer > 0 }

  // ── verdicts ─────────────────────────────────────────────────────────────

  onOpened (answer: AnswerReader): void {
    if (this.over) return
    this.#applyEffects(answer)
    if (this.ending) return
    if (answer.op === Op.reject) this.#rejected(answer)
    else if (answer.op === Op.threw || answer.op === Op.malformed) this.#extensionError(answer)
    else {
      this.opening = false
      if (this.#clientInlet instanceof Flow) this.#clientInlet.opened()
    }
  }

  onVerdict (side: number, answer: AnswerReader): void {
    if (this.over || answer.op === Op.skipped) return
    const inlet = side === CLIENT ? this.#clientInlet : this.#serverInlet
    if (!(inlet instanceof Flow) || inlet.piped) return
    if (answer.effectsCount > 0) {
      this.#applyEffects(answer)
      if (this.ending) return
    }
    switch (answer.op) {
      case Op.forward:
        if (side === CLIENT && this.phase === 'first-message') {
          if (answer.then === ThenIndex.tunnel) this.#tunnel = true
          this.#choice.begin(answer)
          if (this.ending) return
        }
        inlet.onVerdict(answer)
        if (answer.then === ThenIndex.tunnel) {
          this.#tunnel = true
          const other = this.opposite(inlet.side)
          if (other instanceof Flow) other.pipe()
        }
        return
      case Op.drop:
        inlet.onVerdict(answer)
        return
      case Op.reject:
        this.#rejected(answer)
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
    if (this.#clientInlet instanceof Flow) this.#clientInlet.batchEnd()
    if (this.#serverInlet instanceof Flow) this.#serverInlet.batchEnd()
    if (!this.ending) this.#swapPipes()
  }

  onHostReady (): void {
    if (this.over) return
    if (this.opening && !this.host.knows(this) && !this.host.submitOpen(this)) return
    if (this.#clientInlet instanceof Flow) this.#clientInlet.advance()
    if (this.#serverInlet instanceof Flow) this.#serverInlet.advance()
  }

  onGuestLost (reason: 'extension-error' | 'extension-down', message: string): void {
    if (this.#finished) return
    if (this.#lastWords) {
      this.#closeNow()
      return
    }
    // A tunnel's decision was made; it needs the extension no more.
    if (this.ending || this.#tunnel || this.phase === 'tunnel') return
    this.finish(reason, message)
  }

  #rejected (answer: AnswerReader): void {
    const reply = answer.bytes
    const why = answer.text
    if (reply !== undefined && reply.length > 0) this.#interject(SERVER, reply)
    this.finish('rejected', why)
  }

  #extensionError (answer: AnswerReader): void {
    const stack = this.host.mapStack(answer.text)
    this.vserver.log.error({ userVserver: this.vserver.name, extension: this.host.name, connection: this.id, stack }, 'extension threw')
    this.finish('extension-error', firstLine(stack))
  }

  #applyEffects (answer: AnswerReader): void {
    for (let n = 0; n < answer.effectsCount; n++) {
      if (!answer.readEffect(n)) {
        this.finish('extension-error', 'the sandbox answered an invalid effect')
        return
      }
      switch (answer.effectKind) {
        case EffectKind.reply: this.#interject(SERVER, answer.effectBytes()); break
        case EffectKind.send: this.#interject(CLIENT, answer.effectBytes()); break
        case EffectKind.session: this.#choice.rebind(answer.effectKey()); break
        case EffectKind.idleTimeout: this.#setIdle(answer.effectA); break
        case EffectKind.set: this.#setField(answer.effectA, answer.effectText()); break
        case EffectKind.count: this.host.count(answer.effectText(), answer.effectA); break
        case EffectKind.log: this.#authorLog(answer.effectA, answer.effectText()); break
      }
    }
  }

  #setIdle (ms: number): void {
    this.#idleMs = ms
    if (this.phase === 'first-message' || this.#firstEnd !== undefined) return
    if (ms > 0) wheel.arm(this.#deadline, ms)
    else wheel.cancel(this.#deadline)
  }

  #setField (index: number, value: string): void {
    const field = this.host.declaration.fields[index]
    if (field === undefined || field.type === 'secret') return
    this.#fields ??= new Map()
    this.#fields.set(field.name, value)
  }

  #authorLog (level: number, text: string): void {
    const fields = { userVserver: this.vserver.name, extension: this.host.name, connection: this.id, text }
    this.vserver.log[logLevels[level] ?? 'info'](fields, 'extension says')
  }

  // ── bytes that join a stream between two frames ──────────────────────────

  waitsForBoundary (side: Side): boolean { return this.#interjections?.[side] !== undefined }

  #interject (side: Side, bytes: Uint8Array): void {
    if (bytes.length === 0) return
    const inlet = side === CLIENT ? this.#clientInlet : this.#serverInlet
    if ((inlet === undefined || inlet.atBoundary) && !this.waitsForBoundary(side)) {
      if (inlet instanceof Flow) inlet.passDecided()
      this.#originate(side, bytes)
    } else {
      this.#interjections ??= [undefined, undefined]
      const waiting = this.#interjections[side]
      if (waiting === undefined) this.#interjections[side] = [bytes]
      else waiting.push(bytes)
    }
  }

  /** Pass on bytes that no peer has sent. When they fill a side, neither is read until it has room: both may be why there is more. */
  #originate (side: Side, bytes: Uint8Array): void {
    if (this.passOn(side, bytes, true)) return
    const inlet = side === CLIENT ? this.#clientInlet : this.#serverInlet
    inlet?.hold()
    this.opposite(side)?.stuff()
  }

  /** This side's stream stands between two frames. */
  onBoundary (side: Side): void {
    const waiting = this.#interjections?.[side]
    if (waiting === undefined) return
    this.#interjections![side] = undefined
    for (const bytes of waiting) this.#originate(side, bytes)
    if (side === SERVER && this.#lastWords) this.#closeNow()
  }

  // ── choosing and dialling ────────────────────────────────────────────────

  /** The first message has been decided; from here on silence counts. */
  onChoosing (): void {
    this.phase = 'choosing'
    if (this.#idleMs > 0) wheel.arm(this.#deadline, this.#idleMs)
    else wheel.cancel(this.#deadline)
  }

  /** The server is there: it gets what has waited for it. */
  onServer (link: ByteLink): void {
    this.#server = link
    this.#serverGone = false
    const pipe = this.#tunnel || this.host.spec.server === undefined
    this.#serverInlet = pipe
      ? new Pipe(this, SERVER, link, this.client, this.boundaryCounter(SERVER))
      : new Flow(this, SERVER, link, this.host.spec.server!, this.vserver.config.limits.bufferedBytes)
    link.sink = this.#serverInlet
    this.phase = 'open'
    const pending = this.#pending
    this.#pending = undefined
    this.#pendingBytes = 0
    let room = true
    if (pending !== undefined) for (const bytes of pending) room = link.writeOwned(bytes)
    if (!room) this.#clientInlet.hold()
    if (this.#pendingPaused) {
      this.#pendingPaused = false
      this.client.resume()
    }
    this.#swapPipes()
    if (this.#clientEnded) link.end()
  }

  // ── tunnel ───────────────────────────────────────────────────────────────

  /** A direction has become a pipe, or the message that it waited for is over. */
  onPiped (): void { this.#swapPipes() }

  /** Put pipes where a direction needs no more looking at. */
  #swapPipes (): void {
    const server = this.#server
    if (server === undefined) return
    const fromClient = this.#clientInlet
    if (fromClient instanceof Flow && fromClient.isPipe) {
      fromClient.retire()
      this.#clientInlet = new Pipe(this, CLIENT, this.client, server, undefined)
      this.#clientInlet.takeOver(fromClient)
      this.client.sink = this.#clientInlet
    }
    const fromServer = this.#serverInlet
    if (fromServer instanceof Flow && fromServer.isPipe) {
      fromServer.retire()
      this.#serverInlet = new Pipe(this, SERVER, server, this.client, fromServer.counter)
      this.#serverInlet.takeOver(fromServer)
      server.sink = this.#serverInlet
    }
    if (this.#clientInlet instanceof Pipe && this.#serverInlet instanceof Pipe && this.phase === 'open') {
      this.phase = 'tunnel'
      const { goodbye, close } = this.host.declaration.hooks
      if (!goodbye && !close) this.host.release(this, '')
    }
  }

  /** What follows the frames of a direction that is not looked at: needed where last words may have to stand. */
  boundaryCounter (side: Side): BoundaryCounter | undefined {
    const spec = this.host.spec.server
    return side === SERVER && spec !== undefined && this.host.declaration.hooks.goodbye ? new BoundaryCounter(spec.cutter) : undefined
  }

  // ── ends ─────────────────────────────────────────────────────────────────

  /** One side has sent its last byte, and all of it was passed on. */
  onSideEnded (side: Side): void {
    if (this.ending) return
    this.#firstEnd ??= side
    if (side === CLIENT) {
      this.#clientEnded = true
      if (this.#server !== undefined) this.#server.end()
      else if (this.#pending === undefined && this.#choice.service === undefined) {
        this.finish('client-closed', '')
        return
      }
    } else {
      this.#serverEnded = true
      if (this.#serverGone) {
        this.client.close()
        return
      }
      this.client.end()
    }
    if (!(this.#clientEnded && this.#serverEnded)) wheel.arm(this.#deadline, HALF_CLOSED_MS)
  }

  onBroken (side: Side, message: string): void {
    this.finish('protocol-error', side === CLIENT ? message : `from the server: ${message}`)
  }

  onLinkClosed (side: Side, error: LinkError | undefined): void {
    if (side === CLIENT) {
      this.#clientGone = true
      if (this.#reason === undefined) {
        this.#reason = error !== undefined ? 'client-reset' : this.#firstEnd === SERVER ? 'server-closed' : 'client-closed'
        this.#detail = error?.message ?? ''
      }
      this.#closeServer(error !== undefined)
    } else {
      this.#serverGone = true
      if (!this.#clientGone) {
        if (error !== undefined && !this.ending) this.finish('server-reset', error.message)
        else if (!this.ending) {
          this.#firstEnd ??= SERVER
          // Its last messages may still be before the extension; onSideEnded follows.
          if (!(this.#serverInlet instanceof Flow && this.#serverInlet.endWaits)) this.client.close()
        } else if (this.#lastWords) {
          // The frame that the last words waited for will not end any more.
          this.#closeNow()
        }
      }
    }
    this.#settle()
  }

  onDeadline (): void {
    if (this.#finished) return
    if (this.ending) this.#closeNow()
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
    if (this.#clientInlet instanceof Flow) this.#clientInlet.passDecided()
    if (this.#serverInlet instanceof Flow) this.#serverInlet.passDecided()
    this.#reason = reason
    this.#detail = detail
    this.phase = 'closing'
    this.#choice.cancelDial()
    const closed = new ClosedInlet(this, CLIENT, this.client)
    closed.takeOver(this.#clientInlet)
    this.#clientInlet = closed
    this.client.sink = closed
    const words = goodbyeReason[reason]
    if (words === undefined || this.#clientGone || !this.host.knows(this)) {
      this.#closeNow()
      return
    }
    this.#lastWords = true
    wheel.arm(this.#deadline, GOODBYE_MS)
    this.host.submitGoodbye(this, words, this.#answered)
  }

  /** Close at once, without words, and be gone. */
  destroy (): void {
    this.#reason ??= 'shutdown'
    this.#closeServer(true)
    this.client.abort()
    this.#clientGone = true
    this.#serverGone = true
    this.#settle()
  }

  onGoodbye (bytes: Uint8Array | undefined): void {
    if (this.#finished || !this.#lastWords) return
    if (bytes === undefined || bytes.length === 0) {
      this.#closeNow()
      return
    }
    // Last words may only stand where a frame has ended for certain.
    if (this.#answered && this.host.spec.server === undefined) {
      this.#closeNow()
      return
    }
    this.#interject(SERVER, bytes)
    if (!this.waitsForBoundary(SERVER) || this.#serverGone) this.#closeNow()
  }

  #closeNow (): void {
    this.#lastWords = false
    wheel.cancel(this.#deadline)
    this.client.close()
    this.#closeServer(false)
    this.#settle()
  }

  #closeServer (reset: boolean): void {
    this.#choice.cancelDial()
    if (this.#serverGone || this.#server === undefined) return
    if (reset) this.#server.abort()
    else this.#server.close()
  }

  /** Both links are gone: write the one line, count, let go. */
  #settle (): void {
    if (this.#finished || !this.#clientGone || !this.#serverGone) return
    this.#finished = true
    wheel.cancel(this.#deadline)
    const reason = this.#reason ?? 'internal-error'
    const server = this.#server
    const service = this.#choice.service
    if (service !== undefined && server !== undefined) {
      service.stats.bytesIn += server.bytesWritten
      service.stats.bytesOut += server.bytesRead
    }
    this.vserver.log.info({
      userVserver: this.vserver.name,
      lbVserver: this.#choice.lb?.name,
      service: service?.name,
      client: `${this.clientAddress}:${this.clientPort}`,
      connection: this.id,
      session: this.sessionText,
      reason,
      detail: this.#detail === '' ? undefined : this.#detail,
      bytesIn: this.bytesFromClient,
      bytesOut: this.bytesToClient,
      durationMs: Date.now() - this.since,
      fields: this.#fields === undefined ? undefined : Object.fromEntries(this.#fields)
    }, 'connection closed')
    this.#choice.leave()
    this.host.release(this, reason)
    this.vserver.onConnectionClosed(this, reason)
  }

  get id (): string { return `${this.vserver.worker}-${this.number}` }

  info (): ConnectionInfo {
    return {
      id: this.id,
      userVserver: this.vserver.name,
      client: `${this.clientAddress}:${this.clientPort}`,
      phase: this.phase,
      lbVserver: this.#choice.lb?.name,
      service: this.#choice.service?.name,
      session: this.sessionText,
      fields: this.#fields === undefined ? {} : Object.fromEntries(this.#fields),
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
