import {
  type ByteLink,
  type DialClient,
  type DialSink,
  internalFault,
  type LinkError,
  type LinkSink,
  nobody,
  type Transport,
  wheel,
  WheelTimer
} from '@weirlb/link'
import { WriteBatch } from '../../direction/write-batch.ts'
import { BoundaryCounter } from '../../framing/boundary-counter.ts'
import { GreetedDial, type LinkKind } from './greeted-dial.ts'

/** Bytes that wait for the end of a turn; lanes are stopped beyond. */
const MAX_TURN_BYTES = 256 * 1024

/** A link without lanes is closed after this, where links have no idle time-out. */
const UNUSED_MS = 60_000

/** One client's part of a shared link. */
export interface LaneEnd {
  /** The link can be used from now on. */
  onShared (): void
  /** It never will. */
  onRefused (error: LinkError): void
  /** Bytes of its replies: the part of a chunk that is its own, valid during the call only. */
  onReplyBytes (bytes: Uint8Array): void
  /** All bytes of the replies to so many messages have come. */
  onReplied (messages: number): void
  /** It may write again. */
  onRoom (): void
  /** The server sends no more. */
  onServerEnd (): void
  /** The link is gone. */
  onServerGone (error: LinkError | undefined): void
  /** One of these calls threw. */
  onFault (error: unknown): void
}

/** Consecutive replies to one lane; discarded if that has left. */
interface Turn {
  readonly lane: LaneEnd
  messages: number
  owed: number
  next: Turn | undefined
}

/** The receiver of a link's end. */
export interface SharedLinkOwner {
  /** No lane may be given to it any more. */
  onUnfit (link: SharedLink): void
}

/**
 * A link to a server over which the messages of many clients go. Each message is whole, and has one reply; replies come
 * in the order of the messages, and each goes to the lane of its client.
 *
 *   lanes' messages of one turn ─► one write ─► server ─► [ lane 1: 2 owed ] → [ lane 7: 1 owed ] → …
 */
export class SharedLink extends WheelTimer implements DialSink, LinkSink {
  readonly kind: LinkKind
  readonly #owner: SharedLinkOwner
  readonly #soon: (call: () => void) => void
  readonly #idleMs: number
  /** Undefined once it is connected: a dial knows the client that it is for. */
  #dial: GreetedDial | undefined
  readonly #lanes = new Set<LaneEnd>()
  readonly #counter: BoundaryCounter
  readonly #batch = new WriteBatch()
  #link: ByteLink | undefined
  #first: Turn | undefined
  #last: Turn | undefined
  /** When the server has sent something, or was asked while it owed nothing. */
  #heardAt = 0
  /** Bytes of this turn. */
  #bytes = 0
  #due = false
  /** The link takes no more for now. */
  #full = false
  /** Lanes that were told to write no more. */
  #stopped: LaneEnd[] = []
  #unfit = false
  #gone = false

  constructor (
    kind: LinkKind,
    transport: Pick<Transport, 'dial' | 'soon'>,
    client: DialClient,
    idleMs: number,
    owner: SharedLinkOwner
  ) {
    super()
    this.kind = kind
    this.#owner = owner
    this.#soon = transport.soon?.bind(transport) ?? setImmediate
    this.#idleMs = idleMs
    this.#counter = new BoundaryCounter(kind.spec.cutter)
    const dial = new GreetedDial(kind, transport, client, this)
    if (this.#link === undefined) this.#dial = dial
  }

  /** It owes replies, and has been silent for as long as a dial may take: a new link may be answered sooner. */
  get hangs (): boolean {
    return this.#first !== undefined && performance.now() - this.#heardAt > this.kind.service.target.timeoutMs
  }

  get hasLanes (): boolean { return this.#lanes.size > 0 }

  /** Take one more lane. `onShared` or `onRefused` follows, at once if the link is open. */
  join (lane: LaneEnd): void {
    this.#lanes.add(lane)
    wheel.cancel(this)
    if (this.#link !== undefined) lane.onShared()
  }

  /** The lane's client is gone, or has a link of its own. */
  leave (lane: LaneEnd): void {
    if (!this.#lanes.delete(lane) || this.#gone) return
    if (this.#lanes.size > 0) return
    if (this.#unfit || this.#link === undefined) this.#close()
    // Perhaps no client that comes will ever fit it: it does not stay for ever.
    else wheel.arm(this, this.#idleMs > 0 ? this.#idleMs : UNUSED_MS)
  }

  /** Give it no further lanes: it is closed once those that it has are gone. */
  retire (): void {
    this.#makeUnfit()
    if (this.#lanes.size === 0) this.#close()
  }

  /** Send whole messages of a lane; each has one reply. False: stop, `onRoom` follows. */
  send (lane: LaneEnd, bytes: Uint8Array, from: number, to: number, messages: number): boolean {
    if (this.#gone) return true
    const last = this.#last
    if (last?.lane === lane) {
      last.messages += messages
      last.owed += messages
    } else {
      const turn = { lane, messages, owed: messages, next: undefined }
      if (last !== undefined) last.next = turn
      else {
        this.#first = turn
        this.#heardAt = performance.now()
      }
      this.#last = turn
    }
    this.#batch.add(bytes, from, to, false)
    this.#bytes += to - from
    if (!this.#due) {
      this.#due = true
      this.#soon(this.#flush)
    }
    if (!this.#full && this.#bytes <= MAX_TURN_BYTES) return true
    this.#stopped.push(lane)
    return false
  }

  readonly #flush = (): void => {
    this.#due = false
    this.#bytes = 0
    if (this.#gone) return
    this.#full = !this.#batch.writeTo(this.#link!)
    if (!this.#full) this.#letWrite()
  }

  #letWrite (): void {
    const lanes = this.#stopped
    if (lanes.length === 0) return
    this.#stopped = []
    for (const lane of lanes) if (this.#lanes.has(lane)) this.#tell(lane, () => { lane.onRoom() })
  }

  // ── the dial ─────────────────────────────────────────────────────────────

  onConnected (link: ByteLink): void {
    this.#dial = undefined
    this.#link = link
    link.sink = this
    for (const lane of [...this.#lanes]) if (this.#lanes.has(lane)) this.#tell(lane, () => { lane.onShared() })
  }

  onFailed (error: LinkError): void {
    this.#gone = true
    this.#makeUnfit()
    const lanes = [...this.#lanes]
    this.#lanes.clear()
    for (const lane of lanes) this.#tell(lane, () => { lane.onRefused(error) })
  }

  // ── replies ──────────────────────────────────────────────────────────────

  onBytes (bytes: Uint8Array): void {
    const { unasked } = this.kind.spec
    const counter = this.#counter
    this.#heardAt = performance.now()
    let from = 0
    let at = 0
    while (at < bytes.length) {
      const turn = this.#first
      if (turn === undefined) return this.#break('the server sent a message that answers no request')
      if (counter.atBoundary && unasked?.[bytes[at]!] === 1) {
        this.#deliver(turn, bytes, from, at)
        return this.#break('the server sent a message that nobody has asked for')
      }
      at = counter.feedFrame(bytes, at)
      if (counter.lost) {
        // What its frames are is told by whom it concerns: its lane looks at the same bytes.
        this.#deliver(turn, bytes, from, bytes.length)
        return this.#break('the server sent what is no message')
      }
      if (!counter.atBoundary || --turn.owed > 0) continue
      this.#shift()
      this.#deliver(turn, bytes, from, at)
      this.#settle(turn)
      if (this.#gone) return
      from = at
    }
    if (from < at) this.#deliver(this.#first!, bytes, from, at)
  }

  #shift (): void {
    const turn = this.#first!
    this.#first = turn.next
    if (this.#first === undefined) this.#last = undefined
  }

  #deliver (turn: Turn, bytes: Uint8Array, from: number, to: number): void {
    if (!this.#lanes.has(turn.lane)) return
    try {
      turn.lane.onReplyBytes(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to))
    } catch (error) {
      turn.lane.onFault(error)
    }
  }

  #settle ({ lane, messages }: Turn): void {
    if (!this.#lanes.has(lane)) return
    try {
      lane.onReplied(messages)
    } catch (error) {
      lane.onFault(error)
    }
  }

  #tell (lane: LaneEnd, call: () => void): void {
    try {
      call()
    } catch (error) {
      lane.onFault(error)
    }
  }

  // ── the end ──────────────────────────────────────────────────────────────

  onDrained (): void {
    this.#full = false
    this.#letWrite()
  }

  onEnd (): void {
    this.#makeUnfit()
    for (const lane of [...this.#lanes]) this.#tell(lane, () => { lane.onServerEnd() })
    this.#link!.close()
  }

  onClosed (error: LinkError | undefined): void { this.#lose(error) }

  /** Nothing has used it for a while. */
  override onTimeout (): void { if (this.#lanes.size === 0) this.#close() }
  override onFault (error: unknown): void {
    this.#link?.abort()
    this.#lose(internalFault(error))
  }

  /** A message that was counted as a reply is none, says the extension. */
  mistrust (): void {
    if (!this.#gone) this.#break('the extension takes a message for no reply that it did not declare as unasked')
  }

  #break (message: string): void {
    const link = this.#link!
    link.sink = nobody
    link.abort()
    this.#lose({ kind: 'protocol', message })
  }

  #lose (error: LinkError | undefined): void {
    if (this.#gone) return
    this.#gone = true
    this.#makeUnfit()
    wheel.cancel(this)
    const lanes = [...this.#lanes]
    this.#lanes.clear()
    for (const lane of lanes) this.#tell(lane, () => { lane.onServerGone(error) })
  }

  #close (): void {
    if (this.#gone) return
    this.#gone = true
    this.#makeUnfit()
    wheel.cancel(this)
    if (this.#link === undefined) this.#dial!.cancel()
    else {
      this.#link.sink = nobody
      this.#batch.writeTo(this.#link)
      this.#link.close()
    }
  }

  #makeUnfit (): void {
    if (this.#unfit) return
    this.#unfit = true
    this.#owner.onUnfit(this)
  }
}
