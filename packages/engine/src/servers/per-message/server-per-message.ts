import { type ByteLink, type LinkError, type Transport, wheel } from '@weirlb/link'
import type { AnswerReader } from '../../extension/answer.ts'
import { storedKey, textToKey } from '../../persistence/session-key.ts'
import type { ServiceStats } from '../../stats/stats.ts'
import type { LbRuntime } from '../../balancing/lb-vserver.ts'
import type { ServiceRuntime } from '../../balancing/service.ts'
import type { ClientSide } from '../client-side.ts'
import { Flow } from '../../direction/message-inlet.ts'
import type { Direction, Judged } from '../../direction/owner.ts'
import { CLIENT, SERVER, type Side } from '../../direction/side.ts'
import type { Upstream } from '../upstream.ts'
import { KnownKeys } from './known-keys.ts'
import { Letter } from './waiting-message.ts'
import type { Replies } from './replies.ts'
import { replyModes } from './reply-modes.ts'
import { ServerLink } from './server-link.ts'

/** Most links of one client; for one more, one that is idle is closed. */
const MAX_LINKS = 64
/** Most messages of one client that wait for a server: each costs more than its bytes. */
const MAX_WAITING = 1024

/**
 * A server for each message (`balance: 'per-message'`).
 *
 *   message ─► LB vserver ─► service ─► its link is open ──────────────────────────────► written with what else this read brought for it
 *                  │            └─────► its link is being dialled ─► waits at the link ─► written when it opens; chosen anew when it cannot be opened
 *                  └─► (session directory) ─► waits, and all that follow with it, so that none overtakes it
 *
 * Messages that go to one server arrive there in the client's order. `current` is where the bytes of the client's present message go.
 */
export class ServerPerMessage implements Upstream {
  readonly #connection: ClientSide
  readonly #replies: Replies
  readonly #keys = new KnownKeys()
  readonly #links = new Map<ServiceRuntime, ServerLink>()
  /** Links that are open or closing, or whose last messages are still being judged. */
  #open: ServerLink[] = []
  /** Undefined: between two messages, or the rest of one is dropped because its server is gone. */
  #current: Letter | ServerLink | undefined
  /** Messages whose service is not known, and those behind them, in order. */
  #unresolved: Letter[] = []
  /** The letter that is being picked for now: answers that come later are for others. */
  #finding: Letter | undefined
  /** A letter that did not have to wait serves the next message. */
  #spare: Letter | undefined
  /** What chose last. */
  #lb: LbRuntime | undefined
  /** Messages that wait. */
  #waiting = 0
  /** Bytes in letters. */
  #waitingBytes = 0
  #paused = false
  /** What a link is told before its first message. */
  #greeting: Uint8Array | undefined
  /** Links that take no more for now. */
  #full = 0
  /** The client's flow was told to wait. */
  #gated = false
  #rejecting = false

  constructor (connection: ClientSide) {
    this.#connection = connection
    this.#replies = new replyModes[connection.declaration.replies](connection)
  }

  get answered (): boolean { return this.#replies.answered }
  get knowsBoundaries (): boolean { return this.#connection.spec.server !== undefined }
  get gone (): boolean { return this.#open.every(server => server.closed) }
  readonly needsGuest = true
  get heldBytes (): number {
    let bytes = this.#waitingBytes
    for (const { inlet, heldBytes } of this.#open) bytes += heldBytes + (inlet instanceof Flow ? inlet.waitingBytes : 0)
    return bytes
  }

  get lbVserver (): string | undefined { return this.#lb?.name }
  get services (): readonly string[] { return [...this.#links.keys()].map(service => service.name) }
  readonly session = undefined
  readonly mayPipe = false
  get transport (): Transport { return this.#connection.vserver.transport }

  uses (service: string): boolean { return this.services.includes(service) }
  holds (session: string): boolean { return this.#keys.has(textToKey(session)) }
  linkedTo (service: ServiceRuntime): boolean { return this.#links.has(service) }

  // ── a message finds its server ───────────────────────────────────────────

  mayTake (undecided: number): boolean {
    if (this.#hasRoomFor(undecided)) return true
    this.#gated = true
    return false
  }

  #hasRoomFor (undecided: number): boolean { return !this.#rejecting && this.#waiting + undecided < MAX_WAITING && this.#replies.mayTake(undecided) }

  begin (from: Judged, answer: AnswerReader | undefined, length: number): void {
    const connection = this.#connection
    if (connection.ending) return
    if (from.side === SERVER) {
      const server = this.#linkOf(from)
      if (server !== undefined) this.#replies.begin(server, from, length)
      return
    }
    if (connection.phase === 'first-message') {
      connection.onChoosing()
      connection.moveTo('open')
    }
    const { vserver } = connection
    const lb = answer?.via === undefined ? vserver.lb : vserver.via.get(answer.via)
    if (lb === undefined) {
      connection.finish('extension-error', vserver.unboundVia(answer!.via!))
      return
    }
    const letter = this.#spare ?? new Letter(this)
    this.#spare = undefined
    letter.address(lb, answer?.token, answer?.session === undefined ? undefined : storedKey(answer.session), answer?.replies ?? 1)
    this.#find(letter)
    if (connection.ending) return
    const { server } = letter
    if (server?.link !== undefined && this.#unresolved.length === 0) {
      if (this.#current !== server) {
        from.passDecided()
        this.#current = server
      }
      this.#greetNew(server)
      this.#spare = letter
      server.take(letter)
      this.#replies.sent(server, letter.replies)
      return
    }
    from.passDecided()
    this.#current = letter
    this.#replies.reserve(letter)
    this.#waiting++
    this.#unresolved.push(letter)
    this.#deliver()
  }

  /** Choose a service for a message: at once, or `onPicked` follows. */
  #find (letter: Letter): void {
    const { lb, sessionKey } = letter
    if (sessionKey !== undefined && lb.persistent) {
      const known = this.#keys.find(lb, sessionKey)
      if (known?.lb.takes(known.service, letter) === true) {
        known.lb.onKnown()
        this.#lb = known.lb
        letter.chosenBy = known.lb
        letter.server = this.#linkTo(known.service)
        return
      }
      this.#keys.letGo(lb, sessionKey)
    }
    this.#finding = letter
    lb.pick(letter)
    this.#finding = undefined
  }

  onPicked (letter: Letter, lb: LbRuntime, service: ServiceRuntime, held: boolean): void {
    if (held) this.#keys.hold(letter.lb, letter.sessionKey!, lb, service)
    this.#lb = lb
    letter.chosenBy = lb
    letter.server = this.#linkTo(service)
    if (this.#finding === letter) return
    this.#deliver()
    this.flush()
  }

  onClaimed (letter: Letter, service: string, hit: boolean): void {
    const lb = letter.asking
    letter.asking = undefined
    if (lb === undefined) return
    if (this.#connection.over) {
      lb.unpropose(letter, true)
      lb.release(letter.sessionKey!)
      return
    }
    lb.claimed(letter, service, hit)
  }

  onNoService ({ tried }: Letter, reason: 'no-service' | 'limit'): void {
    if (tried.length === 0) this.#connection.finish(reason, '')
    else this.#connection.finish('dial-failed', `tried ${tried.map(s => s.name).join(', ')}`)
  }

  /** The link to a service: there, or being dialled from now on. */
  #linkTo (service: ServiceRuntime): ServerLink | undefined {
    const present = this.#links.get(service)
    if (present !== undefined) return present
    if (this.#links.size >= MAX_LINKS && !this.#closeIdle()) {
      this.#connection.finish('limit', `messages under way to more than ${MAX_LINKS} services`)
      return undefined
    }
    const server = new ServerLink(this, service)
    this.#links.set(service, server)
    server.dial()
    return server
  }

  #closeIdle (): boolean {
    for (const server of this.#links.values()) {
      if (server.link === undefined || server === this.#current || this.#replies.lost(server, false) !== undefined) continue
      this.#close(server)
      return true
    }
    return false
  }

  // ── waiting messages ─────────────────────────────────────────────────────

  /** Let go of messages whose server is known, as far as none waits before them. */
  #deliver (): void {
    const letters = this.#unresolved
    while (letters.length > 0) {
      const letter = letters[0]!
      if (letter.greeting) {
        letters.shift()
        this.#forgetWaiting(letter)
        this.#greetAll(letter.chunks[0]!)
        this.#letClientRead()
        continue
      }
      // Its server may have gone while it waited for others.
      if (letter.server !== undefined && this.#links.get(letter.server.service) !== letter.server) {
        letter.server = undefined
        this.#find(letter)
        if (this.#connection.ending) return
      }
      const { server } = letter
      if (server === undefined) return
      letters.shift()
      this.#greetNew(server)
      if (this.#mustWait(server)) server.waiting.push(letter)
      else this.#send(letter, server)
    }
  }

  #mustWait (server: ServerLink): boolean { return server.link === undefined || server.waiting.length > 0 || this.#inMessage(server) }

  /** A message of the client is on its way to this server, and not all of it is there. */
  #inMessage (server: ServerLink): boolean {
    if (server !== this.#current) return false
    const { clientInlet } = this.#connection
    if (clientInlet instanceof Flow) clientInlet.passDecided()
    return !clientInlet.atBoundary
  }

  #sendWaiting (server: ServerLink): void {
    const letters = server.waiting
    if (letters.length === 0) return
    server.waiting = []
    for (const letter of letters) this.#send(letter, server)
  }

  #send (letter: Letter, server: ServerLink): void {
    for (const bytes of letter.chunks) server.put(bytes, true)
    this.#forgetWaiting(letter)
    letter.chunks = []
    if (letter.greeting) {
      this.#replies.greeted(server)
    } else {
      server.take(letter)
      this.#replies.sentLetter(letter, server)
      if (this.#current === letter) this.#current = server
    }
    this.#letClientRead()
  }

  #forgetWaiting (letter: Letter): void {
    this.#waiting--
    for (const bytes of letter.chunks) this.#waitingBytes -= bytes.length
  }

  #letClientRead (): void {
    if (this.#paused && this.#waitingBytes <= this.#connection.vserver.config.limits.bufferedBytes) {
      this.#paused = false
      this.#connection.client.resume()
    }
  }

  /** Nothing of these has been sent, so others may have them. */
  #readdress (waiting: readonly Letter[], service: ServiceRuntime): void {
    const letters = waiting.filter(letter => !letter.greeting)
    // Others were told, or will be, before their own first message.
    for (const letter of waiting) if (letter.greeting) this.#forgetWaiting(letter)
    this.#unresolved = [...letters, ...this.#unresolved]
    for (const letter of letters) {
      letter.avoid(service)
      if (letter.sessionKey !== undefined) this.#keys.letGo(letter.lb, letter.sessionKey)
    }
    for (const letter of letters) {
      this.#find(letter)
      if (this.#connection.ending) return
    }
    this.#deliver()
    this.#letClientRead()
    this.flush()
  }

  // ── greetings ────────────────────────────────────────────────────────────

  greet (bytes: Uint8Array): boolean {
    if (!this.#replies.greets) return false
    const { clientInlet } = this.#connection
    // It stands behind the messages that were decided before.
    if (clientInlet instanceof Flow) clientInlet.passDecided()
    if (this.#unresolved.length > 0) this.#letGreetingWait(this.#unresolved, bytes)
    else this.#greetAll(bytes)
    return true
  }

  /** All messages before this greeting have been given to their links. */
  #greetAll (bytes: Uint8Array): void {
    this.#greeting = bytes.length > 0 ? bytes : undefined
    for (const server of this.#links.values()) if (server.greeted) this.#tellGreeting(server)
  }

  /** A message is about to be given to this link: it is greeted before its first. */
  #greetNew (server: ServerLink): void {
    if (server.greeted) return
    server.greeted = true
    this.#tellGreeting(server)
  }

  #tellGreeting (server: ServerLink): void {
    const greeting = this.#greeting
    if (greeting === undefined) return
    if (this.#mustWait(server)) {
      this.#letGreetingWait(server.waiting, greeting)
      return
    }
    server.put(greeting, true)
    this.#replies.greeted(server)
  }

  /** Of greetings with no message between them the last one holds. */
  #letGreetingWait (letters: Letter[], greeting: Uint8Array): void {
    if (letters.at(-1)?.greeting === true) this.#forgetWaiting(letters.pop()!)
    letters.push(new Letter(this, greeting))
    this.#waiting++
    this.#waitingBytes += greeting.length
  }

  mayAnswerGreeting (from: Direction, undecided: number): boolean { return this.#linkOf(from)?.mayAnswerGreeting(undecided) === true }

  // ── links ────────────────────────────────────────────────────────────────

  onFault (error: unknown): void { this.#connection.onFault(error) }

  onConnected (server: ServerLink, link: ByteLink): void {
    server.inlet = this.#replies.inlet(link)
    link.sink = server.inlet
    this.#open.push(server)
    this.#armIdle(server)
    this.#sendWaiting(server)
    this.flush()
  }

  onDialFailed (server: ServerLink, error: LinkError): void {
    const { vserver, id } = this.#connection
    const { service } = server
    this.#links.delete(service)
    vserver.log.warn({ userVserver: vserver.name, service: service.name, connection: id, detail: error.message }, 'dial failed')
    vserver.onDialFailed(service.name, error.message)
    this.#readdress(server.waiting, service)
  }

  #armIdle (server: ServerLink): void {
    const { serverIdleTimeoutSeconds } = this.#connection.vserver.config.limits
    if (serverIdleTimeoutSeconds > 0) wheel.arm(server, serverIdleTimeoutSeconds * 1000)
  }

  onIdle (server: ServerLink): void {
    if (this.#links.get(server.service) !== server) return
    const inMessage = server === this.#current && !this.#connection.clientInlet.atBoundary
    if (server.used || inMessage || this.#replies.lost(server, false) !== undefined) {
      server.used = false
      this.#armIdle(server)
      return
    }
    this.#close(server)
  }

  /** Close a link from our side; the next message for its service dials anew. */
  #close (server: ServerLink): void {
    this.#forget(server)
    server.flush()
    server.link!.close()
    this.#readdressWaiting(server)
  }

  /** What waited for the end of another message to a server that is lost. */
  #readdressWaiting (server: ServerLink): void {
    if (server.waiting.length > 0 && !this.#connection.over) this.#readdress(server.waiting, server.service)
  }

  #forget (server: ServerLink): void {
    this.#links.delete(server.service)
    if (server.inlet instanceof Flow) server.inlet.deaf = true
    if (this.#current === server) this.#current = undefined
    if (server.full) this.#hasRoom(server)
  }

  #hasRoom (server: ServerLink): void {
    server.full = false
    if (--this.#full === 0) this.#connection.clientInlet.release()
  }

  #linkOf (inlet: Direction): ServerLink | undefined {
    for (const server of this.#open) if (server.inlet === inlet) return server
    return undefined
  }

  onServerEnded (inlet: Direction): void {
    const server = this.#linkOf(inlet)
    if (server === undefined) return
    this.#lose(server, undefined)
    if (server.closed) this.#remove(server)
    else server.link!.close()
  }

  onServerClosed (inlet: Direction, error: LinkError | undefined): void {
    const server = this.#linkOf(inlet)
    if (server === undefined) return
    server.closed = true
    // Its last messages are still before the extension; onServerEnded follows.
    if (error === undefined && inlet instanceof Flow && inlet.endWaits && !this.#connection.over) return
    this.#lose(server, error)
    this.#remove(server)
  }

  #remove (server: ServerLink): void {
    this.#open = this.#open.filter(other => other !== server)
    server.leave()
    // The message that the last words stand behind will not end any more.
    if (this.gone && this.#replies.lastWordsWait) this.#connection.onReplied()
  }

  /** A server has ended. */
  #lose (server: ServerLink, error: LinkError | undefined): void {
    if (this.#links.get(server.service) !== server) return
    this.#forget(server)
    const connection = this.#connection
    if (connection.over) return
    const reason = this.#replies.lost(server, error !== undefined)
    if (reason !== undefined && !(connection.clientEnded && this.#replies.heardOut(server))) {
      connection.finish(reason, [server.service.name, error?.message].filter(Boolean).join(': '))
    } else {
      this.#readdressWaiting(server)
      this.#endIfOver()
    }
  }

  onServiceGone (service: ServiceRuntime): void {
    const server = this.#links.get(service)
    if (server === undefined || this.#connection.over) return
    if (server.link === undefined) {
      server.cancelDial()
      server.leave()
      this.#links.delete(service)
      this.#readdress(server.waiting, service)
    } else if (this.#replies.lost(server, false) !== undefined) {
      this.#connection.finish('service-down', service.name)
    } else {
      this.#close(server)
    }
  }

  // ── bytes ────────────────────────────────────────────────────────────────

  pass (from: Direction, bytes: Uint8Array, owned: boolean): boolean {
    if (from.side === CLIENT) return this.#passOn(bytes, owned)
    const server = this.#linkOf(from)
    if (server?.passing !== undefined) this.#replies.passBack(server, bytes, owned)
    return true
  }

  #passOn (bytes: Uint8Array, owned: boolean): boolean {
    const current = this.#current
    if (current instanceof ServerLink) current.put(bytes, owned)
    else if (current !== undefined) this.#wait(current, owned ? bytes : Uint8Array.prototype.slice.call(bytes))
    return this.#full === 0
  }

  #wait (letter: Letter, bytes: Uint8Array): void {
    letter.chunks.push(bytes)
    this.#waitingBytes += bytes.length
    if (this.#paused || this.#waitingBytes <= this.#connection.vserver.config.limits.bufferedBytes) return
    this.#paused = true
    this.#connection.client.pause()
  }

  flush (): void {
    for (const server of this.#links.values()) {
      if (server.flush() || server.full) continue
      server.full = true
      if (this.#full++ === 0) this.#connection.clientInlet.hold()
    }
    if (!this.#replies.flush()) for (const { inlet } of this.#open) inlet!.hold()
    if (this.#connection.ending) return
    this.#advanceClient()
    if (this.#connection.clientEnded) this.#endIfOver()
  }

  /** Messages that had to wait for replies may go on. */
  #advanceClient (): void {
    if (!this.#gated) return
    const { clientInlet } = this.#connection
    // Those before the extension take up room too: it was they that made the next one wait.
    if (!(clientInlet instanceof Flow) || !this.#hasRoomFor(clientInlet.undecided)) return
    this.#gated = false
    clientInlet.advance()
  }

  passDecided (): void {
    for (const { inlet } of this.#open) if (inlet instanceof Flow) inlet.passDecided()
    for (const server of this.#links.values()) server.flush()
    this.#replies.flush()
  }

  onDrained (inlet: Direction): void {
    if (inlet.side === CLIENT) {
      for (const server of this.#open) this.#replies.letRead(server)
      return
    }
    const server = this.#linkOf(inlet)
    if (server?.full === true) this.#hasRoom(server)
  }

  // ── verdicts ─────────────────────────────────────────────────────────────

  // Without the extension nobody knows which messages it would have dropped, answered or sent elsewhere.
  failOpen (): boolean { return false }
  // Nothing is piped where every message is looked at.
  onTunnel (): void {}
  onPiped (): void {}

  batchEnd (): void {
    for (const { inlet } of this.#open) if (inlet instanceof Flow) inlet.batchEnd()
    this.flush()
  }

  hostReady (): void {
    for (const { inlet } of this.#open) if (inlet instanceof Flow) inlet.advance()
  }

  rebind (key: string, judged: Judged | undefined): void {
    const server = judged && this.#linkOf(judged)
    if (key === '' || server === undefined) return
    const choice = this.#replies.choiceFor(server)
    if (choice === undefined || !choice.by.persistent) return
    const stored = storedKey(key)
    choice.by.pin(stored, server.service)
    this.#keys.hold(choice.asked, stored, choice.by, server.service)
  }

  // ── bytes that no peer has sent ──────────────────────────────────────────

  toClient (bytes: Uint8Array): void { this.#replies.own(bytes) }

  toServer (bytes: Uint8Array, judged: Judged | undefined): void {
    const server = judged && this.#linkOf(judged)
    server?.interject(bytes, server === this.#current && !this.#connection.clientInlet.atBoundary)
  }

  waitsForBoundary (side: Side): boolean { return side === SERVER && this.#replies.waits }

  onBoundary (from: Direction): void {
    const current = this.#current
    if (from.side !== CLIENT || !(current instanceof ServerLink)) return
    current.onBoundary()
    this.#sendWaiting(current)
    this.flush()
  }

  lastWords (bytes: Uint8Array): void { this.#replies.lastWords(bytes) }

  // ── the end ──────────────────────────────────────────────────────────────

  rejectInTurn (reply: Uint8Array | undefined): boolean {
    if (!this.#replies.waits) return false
    this.#rejecting = true
    this.#replies.reject(reply)
    return true
  }

  onClientEnded (): void { this.#endIfOver() }

  /** The client has said its last: servers are told when none will get more of it, and it may go when everything has arrived and nothing is to come. */
  #endIfOver (): void {
    const connection = this.#connection
    if (connection.ending || !connection.clientEnded || this.#waiting > 0) return
    for (const { link } of this.#open) this.#replies.onClientEnded(link!)
    if (this.#replies.over || this.#links.size === 0) connection.finish('client-closed', '')
  }

  cancel (): void {
    for (const server of this.#links.values()) {
      if (server.link !== undefined) continue
      server.cancelDial()
      server.leave()
      this.#links.delete(server.service)
    }
  }

  close (reset: boolean): void {
    this.cancel()
    for (const server of this.#open) {
      server.flush()
      if (reset && !this.#replies.over) server.link!.abort()
      else server.link!.close()
    }
  }

  leave (): void {
    for (const server of this.#open) server.leave()
    this.#open = []
    this.#links.clear()
    this.#keys.letGoAll()
  }

  addLive (services: Readonly<Record<string, ServiceStats>>): void {
    for (const { service, link } of this.#open) {
      const stats = services[service.name]
      if (stats === undefined) continue
      stats.bytesIn += link!.bytesWritten
      stats.bytesOut += link!.bytesRead
    }
  }
}
