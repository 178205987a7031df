import {
  type ByteLink,
  type ClientFacts,
  type Dial,
  type DialClient,
  type DialSink,
  type LinkError,
  type LinkSink,
  nobody,
  type Transport,
  unmetered
} from '@weirlb/link'
import { kept } from '../../framing/copy-bytes.ts'
import { GreetedDial, type LinkKind } from './greeted-dial.ts'
import type { LaneEnd, SharedLink } from './shared-link.ts'

/** A longer message goes over a link of its own: what is here of it waits for its end. */
export const MAX_SHARED = 64 * 1024
/** Bytes that may wait for a link of its own. */
const MAX_WAITING = 64 * 1024

/** For whom a lane is, and how a link of its own is dialled. */
export interface LaneClient {
  readonly transport: Pick<Transport, 'dial'>
  readonly dialClient: DialClient
  /** Maximum bytes of replies that may wait for the client, or for the turn of others. */
  readonly maxUnread: number
}

/**
 * A client's link to a server, over one that many clients share, until it needs one of its own: for a message that is
 * long, or may leave something behind at the server. It passes on whole messages; the caller announces each one, and
 * each has one reply.
 *
 *   shared ──needOwn()──► leaving ──(the shared link owes nothing, its own is open)──► own
 *                         what is written waits
 */
export class Lane implements ByteLink, LaneEnd, Dial {
  readonly peer: ClientFacts
  readonly #kind: LinkKind
  readonly #client: LaneClient
  readonly #opened: DialSink
  /** Undefined: it has left the shared link. */
  #shared: SharedLink | undefined
  #dial: GreetedDial | undefined
  /** Its own link. */
  #own: ByteLink | undefined
  /** Its own link is in use. */
  #switched = false
  #gone = false
  #sink: LinkSink = nobody
  meter = unmetered
  #read = 0
  #written = 0
  #pauses = 0

  // What the client sends:
  /** Bytes of announced messages that were not passed on, and of the last one among them. */
  #due = 0
  #newest = 0
  #messages = 0
  /** Those of them that are here. */
  #held: Uint8Array[] = []
  #heldBytes = 0
  /** Replies that the shared link owes. */
  #owed = 0
  /** A write has returned false, and onDrained is owed. */
  #stopped = false
  /** It is closed, once what is held has gone out over its own link. */
  #closing = false

  // What the server sends:
  #unread: Uint8Array[] = []
  #unreadBytes = 0
  #delivering = false
  /** The end of the shared link, behind what is unread. */
  #ended = false
  #over: { readonly error: LinkError | undefined } | undefined

  constructor (kind: LinkKind, shared: SharedLink, client: LaneClient, opened: DialSink) {
    const { address, port } = kind.service.config
    this.peer = { address, port }
    this.#kind = kind
    this.#shared = shared
    this.#client = client
    this.#opened = opened
  }

  /** Take a place on the shared link. */
  open (): void { this.#shared!.join(this) }

  // ── messages ─────────────────────────────────────────────────────────────

  /** A message of so many bytes, MAX_SHARED at most, is written next. */
  begin (length: number): void {
    this.#due += length
    this.#newest = length
    this.#messages++
  }

  write (bytes: Uint8Array): boolean {
    if (this.#gone || this.#closing) return true
    if (this.#put(bytes)) return true
    if (!this.#switched) this.#stopped = true
    return false
  }

  #put (bytes: Uint8Array): boolean {
    this.#written += bytes.length
    if (this.#switched) return this.#own!.write(bytes)
    const shared = this.#shared
    if (shared === undefined || this.#dial !== undefined) return this.#hold(bytes, 0)
    if (this.#heldBytes === 0 && bytes.length === this.#due) {
      const messages = this.#messages
      this.#due = this.#messages = 0
      this.#owed += messages
      return shared.send(this, bytes, 0, bytes.length, messages)
    }
    return this.#pass(shared, bytes)
  }

  writeOwned (bytes: Uint8Array): boolean { return this.write(bytes) }

  /** Pass on whole messages; what is here of the last one waits. */
  #pass (shared: SharedLink, bytes: Uint8Array): boolean {
    const all = this.#heldBytes + bytes.length === this.#due
    const whole = all ? this.#due : this.#due - this.#newest
    const messages = all ? this.#messages : this.#messages - 1
    if (messages === 0 || this.#heldBytes + bytes.length < whole) return this.#hold(bytes, 0)
    const to = whole - this.#heldBytes
    const held = this.#held
    this.#held = []
    this.#heldBytes = 0
    this.#due -= whole
    this.#messages -= messages
    this.#owed += messages
    let room = true
    for (const part of held) room = shared.send(this, part, 0, part.length, 0)
    room = shared.send(this, bytes, 0, to, messages)
    if (to < bytes.length) this.#hold(bytes, to)
    return room
  }

  #hold (bytes: Uint8Array, from: number): boolean {
    this.#held.push(kept(bytes, from, bytes.length, false))
    this.#heldBytes += bytes.length - from
    return this.#shared !== undefined && this.#dial === undefined || this.#heldBytes <= MAX_WAITING
  }

  // ── the shared link ──────────────────────────────────────────────────────

  onShared (): void { if (!this.#gone) this.#opened.onConnected(this) }

  onRefused (error: LinkError): void {
    this.#shared = undefined
    if (this.#gone) return
    this.#gone = true
    this.#opened.onFailed(error)
  }

  onReplyBytes (bytes: Uint8Array): void {
    if (this.#closing) return
    this.#read += bytes.length
    if (this.#pauses === 0 && this.#unreadBytes === 0) {
      this.#sink.onBytes(bytes)
      return
    }
    this.#unread.push(kept(bytes, 0, bytes.length, false))
    this.#unreadBytes += bytes.length
    const { maxUnread } = this.#client
    if (this.#unreadBytes > maxUnread)
      this.#lose({
        kind: 'limit',
        message: `more than ${maxUnread} bytes of replies wait for this client or their turn, and others share the link`
      })
  }

  onReplied (messages: number): void {
    this.#owed -= messages
    if (this.#own !== undefined) this.#switch()
  }

  onRoom (): void {
    if (!this.#stopped || (this.#dial !== undefined && this.#heldBytes > MAX_WAITING)) return
    this.#stopped = false
    this.#sink.onDrained()
  }

  onServerEnd (): void {
    if (this.#gone || this.#switched || (this.#dial !== undefined && this.#owed === 0)) return
    // What has come before it is read first.
    if (this.#unreadBytes > 0) this.#ended = true
    else this.#sink.onEnd()
  }

  onServerGone (error: LinkError | undefined): void {
    this.#shared = undefined
    if (this.#gone || this.#switched) return
    if (this.#unreadBytes > 0) this.#over = { error }
    else this.#endShared(error)
  }

  #endShared (error: LinkError | undefined): void {
    if (this.#dial === undefined || this.#owed > 0) this.#lose(error)
    else this.#switch()
  }

  /** What came is no reply: nobody who shares the link can tell whose the next ones are. */
  mistrust (): void { this.#shared?.mistrust() }

  onFault (error: unknown): void { this.#sink.onFault(error) }

  // ── its own link ─────────────────────────────────────────────────────────

  /** Dial a link of its own; what is written from now on goes there, once the shared one owes nothing. */
  needOwn (): void {
    if (this.#dial !== undefined || this.#gone) return
    const { transport, dialClient } = this.#client
    // Messages that were announced and not passed on are over there.
    this.#due = this.#newest = this.#messages = 0
    this.#dial = new GreetedDial(this.#kind, transport, dialClient, {
      onConnected: link => { this.#onOwn(link) },
      onFailed: error => { this.#lose(error) }
    })
  }

  #onOwn (link: ByteLink): void {
    this.#own = link
    // A server that speaks before it is asked waits for its turn.
    link.pause()
    link.sink = { ...nobody, onClosed: error => { this.#lose(error) }, onFault: error => { this.#sink.onFault(error) } }
    this.#switch()
  }

  /** Use its own link, if it is open and nothing comes from the shared one. */
  #switch (): void {
    const own = this.#own
    if (own === undefined || this.#switched || this.#gone) return
    if (this.#owed > 0 || this.#unreadBytes > 0 || this.#delivering) return
    this.#leaveShared()
    this.#switched = true
    own.sink = this.#sink
    own.meter = this.meter
    let room = true
    for (const bytes of this.#held) room = own.writeOwned(bytes)
    this.#held = []
    this.#heldBytes = 0
    for (let n = 0; n < this.#pauses; n++) own.pause()
    own.resume()
    const stopped = this.#stopped
    this.#stopped = false
    if (this.#closing) own.close()
    else if (room && stopped) this.#sink.onDrained()
  }

  #leaveShared (): void {
    this.#shared?.leave(this)
    this.#shared = undefined
  }

  // ── as a link ────────────────────────────────────────────────────────────

  get sink (): LinkSink { return this.#sink }
  set sink (sink: LinkSink) {
    this.#sink = sink
    if (this.#switched) this.#own!.sink = sink
  }
  get bytesRead (): number { return this.#read + (this.#own?.bytesRead ?? 0) }
  get bytesWritten (): number { return this.#written }
  get queued (): number { return this.#heldBytes + (this.#own?.queued ?? 0) }
  get unsent (): number { return this.#heldBytes + (this.#own?.unsent ?? 0) }
  get readFor (): number { return this.#own?.readFor ?? (this.#pauses > 0 ? 0 : Infinity) }

  keep (bytes: Uint8Array): boolean { return this.#switched && this.#own!.keep(bytes) }
  release (bytes: Uint8Array): void { this.#own!.release(bytes) }

  pause (): void {
    this.#pauses++
    if (this.#switched) this.#own!.pause()
  }

  resume (): void {
    this.#pauses--
    if (this.#switched) this.#own!.resume()
    else if (this.#pauses === 0 && this.#unreadBytes > 0 && !this.#delivering) {
      // Not from inside of whoever resumes it.
      this.#delivering = true
      setImmediate(this.#deliver)
    }
  }

  readonly #deliver = (): void => {
    this.#delivering = false
    try {
      while (this.#pauses === 0 && this.#unread.length > 0 && !this.#gone) {
        const bytes = this.#unread.shift()!
        this.#unreadBytes -= bytes.length
        this.#sink.onBytes(bytes)
      }
      if (this.#gone || this.#unreadBytes > 0) return
      if (this.#ended) {
        this.#ended = false
        this.#sink.onEnd()
      }
      if (this.#over !== undefined && !this.#gone) this.#endShared(this.#over.error)
      else this.#switch()
    } catch (error) {
      this.#sink.onFault(error)
    }
  }

  /** Messages that are here go out, and replies are read. */
  end (): void { if (this.#switched) this.#own!.end() }
  close (): void { this.#leave(false) }
  abort (): void { this.#leave(true) }
  /** Give it up before it is open. */
  cancel (): void { this.#endNow() }

  #leave (reset: boolean): void {
    if (this.#switched) {
      if (reset) this.#own!.abort()
      else this.#own!.close()
      return
    }
    if (this.#gone) return
    if (!reset && this.#dial !== undefined && this.#heldBytes > 0) {
      // What is queued is sent first; nothing is delivered any more.
      this.#closing = true
      this.#unread = []
      this.#unreadBytes = 0
      setImmediate(() => {
        // Replies that it is still owed may never come.
        if (this.#owed > 0 && !this.#switched && !this.#gone) this.#lose(undefined)
      })
      this.#switch()
      return
    }
    this.#endNow()
    setImmediate(() => { this.#tellClosed(undefined) })
  }

  #lose (error: LinkError | undefined): void {
    if (this.#gone) return
    this.#endNow()
    this.#tellClosed(error)
  }

  /** Nothing comes any more; a dial is given up. */
  #endNow (): void {
    this.#gone = true
    this.#leaveShared()
    this.#held = []
    this.#heldBytes = 0
    this.#unread = []
    this.#unreadBytes = 0
    if (this.#own === undefined) this.#dial?.cancel()
    else {
      this.#own.sink = nobody
      this.#own.abort()
    }
  }

  #tellClosed (error: LinkError | undefined): void {
    try { this.#sink.onClosed(error) } catch (fault) { this.#sink.onFault(fault) }
  }
}
