import { wheel, WheelTimer } from '../timers/wheel.ts'
import type { ByteLink, LinkError, LinkSink, Peer } from '../byte-link.ts'
import { unmetered } from '../byte-meter.ts'
import { nobody } from '../nobody.ts'
import { EAGAIN, ECANCELED, ENOBUFS, linkErrorFrom } from './abi/errno.ts'
import * as abi from './abi/io-uring.ts'
import * as sock from './abi/socket.ts'
import { Keeper, type BufferGroup } from './buffer-group.ts'
import type { Deferred, UringLoop } from './loop.ts'
import { lost } from './lost.ts'
import type { SendBlock } from './send-queue.ts'
import { UNHEARD, type Heard } from './second-look.ts'
import { SendQueue } from './send-queue.ts'
import type { Owner } from './slots.ts'

/** Queued bytes above which `write` answers false. */
const HIGH_WATER = 64 * 1024
/** How long a closed link waits for the peer to take the rest and to close its side. */
const LINGER_MS = 1000

// Kinds of a link's operations.
const RECV = 0
const SEND = 1
const CANCEL = 2
const CLOSE = 3

/** No buffer of the ring. */
const NONE = -1

/** Chunks that wait in a pause before the receive is cancelled: a pause is often over within the turn. */
const MOST_EARLY = 4

/** Chunks in a row that would have had room in a short buffer, after which a link that received much has only messages again. */
const SHORT_AGAIN = 8

/** Bytes that came in a pause: in a buffer of the ring that is kept for them, or a copy (`id` NONE). */
interface Early { readonly bytes: Uint8Array, readonly id: number }

class Linger extends WheelTimer {
  readonly #link: UringLink
  constructor (link: UringLink) {
    super()
    this.#link = link
  }

  override onTimeout (): void { this.#link.onLingerOver() }
}

/**
 * A byte link on a socket of the ring.
 *
 *   reading:  idle ──► receiving ──► end of stream, or an error
 *               ▲            │ paused while bytes come: they wait in `early`; when they are several, the receive is cancelled
 *               └────────────┘ it was a single one, or cancelled, or the kernel had no buffer: armed again when reading goes on
 *             messages:  multishot, into short buffers ──── one was filled: cancelled ────► much:  one receive at a time,
 *                                      ▲                                                          into long buffers
 *                                      └────────── several that would have had room in a short one ─────┘
 *   sending:  at most one send is in flight: from a buffer of the ring in place, or from the head of the queue
 *   broken:   a send failed: nothing is sent any more, and what the peer sent before is received to its end
 *   ending:   open ──► closing (what is in flight is cancelled) ──► no operation left: close ──► gone, the slot is free
 */
export class UringLink implements ByteLink, Owner, Deferred, Heard {
  readonly peer: Peer
  sink: LinkSink = nobody
  bytesRead = 0
  bytesWritten = 0
  meter = unmetered
  queued = 0
  readonly #loop: UringLoop
  readonly #fd: number
  readonly #slot: number
  #pauses = 0
  /** Operations without their last completion. */
  #operations = 0
  /** The buffers that the receive in flight takes. */
  #receiving: BufferGroup | undefined = undefined
  /** Much arrives: one receive at a time. */
  #much = false
  /** Of much, chunks in a row that were short. */
  #short = 0
  /** Of those, cancellations. */
  #cancels = 0
  bytesSeen = 0
  heardAt = UNHEARD
  /** The kernel is sending: `#sendingBuffer` in place, or the queue's head. */
  #sending = 0
  #sendingBuffer = NONE
  #sendingOffset = 0
  #queue: SendQueue | undefined = undefined
  /** What arrived while reading was paused. */
  #early: Early[] | undefined = undefined
  /** How the stream of the peer ended, while that waits behind `early`: 0, or a negative errno. */
  #earlyEnd: number | undefined = undefined
  /** `onTurn` is to be called. */
  #deferred = false
  /** A write has answered false and onDrained is owed. */
  #stalled = false
  /** Nothing more may be written. */
  #ended = false
  /** A send failed: what the peer said before is received, and then the link is gone. */
  #broken = false
  /** Our FIN is sent. */
  #finSent = false
  /** The peer's FIN was seen. */
  #finSeen = false
  /** We closed or aborted: nothing more is delivered but onClosed. */
  #closed = false
  /** The descriptor is being given back. */
  #tearing = false
  #closing = false
  #error: LinkError | undefined = undefined
  #linger: Linger | undefined = undefined

  /** Takes a connected socket. Call `start` when its sink may be told. */
  constructor (loop: UringLoop, fd: number, peer: Peer) {
    this.#loop = loop
    this.#fd = fd
    this.peer = peer
    this.#slot = loop.slots.take(this)
    loop.enlist()
  }

  /** Begin to read. */
  start (): void { this.#read() }

  // ── sending ──────────────────────────────────────────────────────────────

  write (bytes: Uint8Array): boolean {
    const { length } = bytes
    if (this.#ended || length === 0) return true
    this.bytesWritten += length
    this.meter.written += length
    this.queued += length
    if (this.#sending === 0 && this.#queue?.head === undefined && bytes.buffer === this.#loop.buffers.memory) {
      this.#sendInPlace(bytes)
      // At the mark, and more is likely to follow: to let this go first spares copying that.
      if (length >= HIGH_WATER) {
        this.#stalled = true
        return false
      }
    } else this.#enqueue(bytes)
    return this.#below()
  }

  // The kernel reads from memory whose address we know, and to ask for the address of a piece of the heap costs more than to copy a small one.
  writeOwned (bytes: Uint8Array): boolean { return this.write(bytes) }

  #below (): boolean {
    if (this.queued <= HIGH_WATER) return true
    this.#stalled = true
    return false
  }

  /** The bytes are in a buffer that is being delivered: send from there. Never waits for room, so that the buffer is ours again within the turn. */
  #sendInPlace (bytes: Uint8Array): void {
    const { buffers } = this.#loop
    const id = buffers.idOf(bytes)
    buffers.hold(id)
    this.#sendingBuffer = id
    this.#sendingOffset = bytes.byteOffset
    this.#send(buffers.addressAt(bytes.byteOffset), bytes.length, sock.MSG_NOSIGNAL | sock.MSG_DONTWAIT)
  }

  #enqueue (bytes: Uint8Array): void {
    this.#queue ??= new SendQueue(this.#loop.blocks)
    this.#queue.append(bytes)
    // Not at once: what else is written in this turn goes with it.
    if (this.#sending === 0) this.#defer()
  }

  #sendQueued (): void {
    const head = this.#queue?.head
    if (head !== undefined) this.#sendBlock(head)
  }

  #sendBlock (block: SendBlock): void { this.#send(block.address, block.length, sock.MSG_NOSIGNAL | sock.MSG_WAITALL) }

  #send (address: number, length: number, flags: number): void {
    this.#sending = length
    this.#operations++
    this.#loop.submit(abi.OP_SEND, 0, 0, this.#fd, address, length, flags, this.#slot, SEND, 0)
  }

  #onSent (result: number): void {
    const length = this.#sending
    if (length === 0) throw lost(`a send (result ${result}) is complete that nobody began`)
    if (result > length) throw lost(`${result} bytes of ${length} are said to be sent`)
    this.#sending = 0
    if (this.#sendingBuffer === NONE) this.#onSentBlock(result)
    else this.#onSentInPlace(result, length)
    if (this.#tearing) return
    if (result < 0 && result !== EAGAIN) {
      this.#onSendFailed(linkErrorFrom('write', result))
      return
    }
    if (this.queued > 0) {
      this.#sendQueued()
      return
    }
    this.#tellDrained()
    if (this.#ended && !this.#finSent && !this.#tearing && this.queued === 0) this.#finish()
  }

  #tellDrained (): void {
    if (!this.#stalled) return
    this.#stalled = false
    if (!this.#closed) this.sink.onDrained()
  }

  /** The peer takes no more. What it said before is still to be received: Linux keeps it readable behind a reset. */
  #onSendFailed (error: LinkError): void {
    if (this.#closed || this.#finSeen) {
      this.#fail(error)
      return
    }
    this.#error ??= error
    this.#broken = true
    this.#ended = true
    this.queued = 0
    this.#queue?.clear()
    this.#queue = undefined
    // Who has stopped reading this link until it is drained would wait for ever.
    this.#tellDrained()
    if (this.#tearing) return
    // The kernel tells of a reset once, and the send has heard it: a receive that is submitted anew finds the end all the same.
    this.lookAgain()
  }

  #onSentInPlace (result: number, length: number): void {
    const { buffers } = this.#loop
    const id = this.#sendingBuffer
    const sent = Math.max(result, 0)
    this.#sendingBuffer = NONE
    this.queued -= sent
    if (sent < length && !this.#tearing && (result >= 0 || result === EAGAIN)) {
      // The peer is slow. What is left waits in our own memory, before what was written meanwhile.
      const rest = new Uint8Array(buffers.memory, this.#sendingOffset + sent, length - sent)
      const later = this.#queue
      this.#queue = new SendQueue(this.#loop.blocks)
      this.#queue.append(rest)
      if (later !== undefined) this.#queue.takeOver(later)
    }
    buffers.release(id)
  }

  #onSentBlock (result: number): void {
    if (result <= 0) return
    this.queued -= result
    this.#queue!.sent(result)
    // Most links that had something to queue have nothing for a long time.
    if (this.#queue!.head === undefined) this.#queue = undefined
  }

  // ── reading ──────────────────────────────────────────────────────────────

  // What waited in a pause may be a copy, which is the sink's alone.
  keep (bytes: Uint8Array): boolean {
    const { buffers } = this.#loop
    return bytes.buffer !== buffers.memory || buffers.keep(buffers.idOf(bytes), Keeper.judged)
  }

  release (bytes: Uint8Array): void {
    const { buffers } = this.#loop
    if (bytes.buffer === buffers.memory) buffers.letGo(buffers.idOf(bytes), Keeper.judged)
  }

  pause (): void { this.#pauses++ }

  resume (): void {
    if (this.#pauses === 0 || --this.#pauses > 0) return
    // Never from inside: a resume and a pause in one turn let nothing through.
    if (this.#early !== undefined || this.#earlyEnd !== undefined || this.#receiving === undefined) this.#defer()
  }

  get #reads (): boolean { return this.#pauses === 0 || this.#closed }

  #read (): void {
    if (this.#receiving !== undefined || this.#finSeen || this.#tearing || this.#earlyEnd !== undefined || !this.#reads) return
    const { buffers } = this.#loop
    const into = this.#much ? buffers.long : buffers.short
    this.#receiving = into
    this.#operations++
    this.#loop.submit(abi.OP_RECV, abi.SQE_BUFFER_SELECT, this.#much ? 0 : abi.RECV_MULTISHOT, this.#fd, 0, 0, 0, this.#slot, RECV, into.number)
  }

  #onReceived (result: number, flags: number): void {
    const from = this.#receiving
    if (from === undefined) throw lost(`a receive (result ${result}) is complete that nobody began`)
    if (result > 0 && (flags & abi.CQE_BUFFER) === 0) throw lost(`${result} bytes were received into no buffer`)
    if ((flags & abi.CQE_MORE) === 0) {
      this.#receiving = undefined
      this.#operations--
    }
    if (result > 0) {
      const id = flags >>> abi.CQE_BUFFER_SHIFT
      const bytes = from.take(id, result)
      this.#measure(result, from)
      try {
        this.#deliver(bytes, id)
      } finally {
        from.release(id)
      }
    } else {
      if ((flags & abi.CQE_BUFFER) !== 0) {
        const id = flags >>> abi.CQE_BUFFER_SHIFT
        from.take(id, 0)
        from.release(id)
      }
      if (result === ENOBUFS) from.more()
      if (result === 0 || (result !== ECANCELED && result !== ENOBUFS && result !== EAGAIN)) this.#deliverEnd(result)
    }
    // Single, or cancelled, or all buffers were in use: those are back when this turn's sends are done.
    if (this.#receiving === undefined && !this.#tearing) this.#read()
  }

  /** A multishot receive goes on dozens of times before we hear of the first, so it is given little room each time, and is not for links that receive much. */
  #measure (length: number, from: BufferGroup): void {
    const { short } = this.#loop.buffers
    if (from === short) {
      if (length < short.size || this.#much) return
      this.#much = true
      this.#short = 0
      this.#cancelReceive()
    } else if (length > short.size) this.#short = 0
    else if (++this.#short === SHORT_AGAIN) this.#much = false
  }

  #deliver (bytes: Uint8Array, id: number): void {
    if (this.heardAt === UNHEARD && !this.#tearing) this.#loop.secondLook.note(this)
    if (this.#closed) return
    if (this.#pauses > 0 || this.#early !== undefined) {
      const early = this.#early ??= []
      early.push(this.#loop.buffers.keep(id, Keeper.paused) ? { bytes, id } : { bytes: bytes.slice(), id: NONE })
      if (early.length >= MOST_EARLY) this.#cancelReceive()
      return
    }
    this.bytesRead += bytes.length
    this.meter.read += bytes.length
    this.sink.onBytes(bytes)
  }

  #deliverEnd (result: number): void {
    if (this.#tearing) return
    if (!this.#closed && (this.#pauses > 0 || this.#early !== undefined)) {
      this.#earlyEnd = result
      return
    }
    if (result < 0) {
      this.#fail(linkErrorFrom('read', result))
      return
    }
    if (this.#broken) {
      this.#tear()
      return
    }
    this.#finSeen = true
    if (!this.#closed) this.sink.onEnd()
    if (this.#finSent) this.#tear()
  }

  // What is cancelled is received anew, unless reading is paused.
  lookAgain (): void { this.#cancelReceive() }

  /** A pause costs nothing until something arrives in it. */
  #cancelReceive (): void {
    if (this.#receiving === undefined || this.#cancels > 0) return
    this.#cancels++
    this.#operations++
    this.#loop.cancel(this.#slot, RECV, CANCEL)
  }

  #deliverEarly (): void {
    const early = this.#early
    if (early !== undefined) {
      while (early.length > 0 && this.#reads) {
        const { bytes, id } = early.shift()!
        try {
          if (this.#closed) continue
          this.bytesRead += bytes.length
          this.meter.read += bytes.length
          this.sink.onBytes(bytes)
        } finally {
          if (id !== NONE) this.#loop.buffers.letGo(id, Keeper.paused)
        }
      }
      if (early.length > 0) return
      this.#early = undefined
    }
    if (this.#earlyEnd !== undefined && this.#reads) {
      const end = this.#earlyEnd
      this.#earlyEnd = undefined
      this.#deliverEnd(end)
    }
  }

  #forgetEarly (): void {
    if (this.#early === undefined) return
    for (const { id } of this.#early) if (id !== NONE) this.#loop.buffers.letGo(id, Keeper.paused)
    this.#early = undefined
  }

  // ── ending ───────────────────────────────────────────────────────────────

  end (): void {
    if (this.#ended) return
    this.#ended = true
    if (this.queued === 0) this.#finish()
  }

  /** All that was written is sent. */
  #finish (): void {
    this.#finSent = true
    // With both directions over, close() sends the FIN.
    if (this.#finSeen) this.#tear()
    else this.#loop.libc.shutdown(this.#fd, sock.SHUT_WR)
  }

  close (): void {
    if (this.#closed) return
    this.#closed = true
    if (this.#broken) {
      this.#error = undefined
      this.#tear()
      return
    }
    this.#linger = new Linger(this)
    wheel.arm(this.#linger, LINGER_MS)
    this.#defer()
    this.end()
  }

  abort (): void {
    this.#closed = true
    this.#ended = true
    if (this.#tearing) return
    this.#error = undefined
    this.#reset()
  }

  #reset (): void {
    this.#loop.options.resetOnClose(this.#fd)
    this.#tear()
  }

  /** The peer had its time; a reset tells it when bytes were lost. */
  onLingerOver (): void {
    if (this.#tearing) return
    if (this.queued > 0) this.#reset()
    else this.#tear()
  }

  #fail (error: LinkError): void {
    if (!this.#closed) this.#error ??= error
    this.#tear()
  }

  /** Give the descriptor back, when nothing in flight uses it. */
  #tear (): void {
    if (this.#tearing) return
    this.#tearing = true
    this.#closed = true
    this.#loop.secondLook.forget(this)
    this.#ended = true
    if (this.#receiving !== undefined || this.#sending > 0) {
      this.#cancels++
      this.#operations++
      this.#loop.cancelAll(this.#fd, this.#slot, CANCEL)
    }
    this.#closeWhenQuiet()
  }

  #closeWhenQuiet (): void {
    if (this.#operations > 0 || this.#closing) return
    this.#closing = true
    this.#queue?.clear()
    this.#loop.submit(abi.OP_CLOSE, 0, 0, this.#fd, 0, 0, 0, this.#slot, CLOSE, 0)
  }

  #gone (): void {
    if (this.#linger !== undefined) wheel.cancel(this.#linger)
    this.queued = 0
    this.#forgetEarly()
    this.#loop.slots.release(this.#slot)
    this.#loop.discharge()
    this.sink.onClosed(this.#error)
    this.sink = nobody
  }

  // ── the loop ─────────────────────────────────────────────────────────────

  onCompletion (kind: number, result: number, flags: number): void {
    switch (kind) {
      case RECV:
        this.#onReceived(result, flags)
        break
      case SEND:
        this.#operations--
        this.#onSent(result)
        break
      case CANCEL:
        if (this.#cancels === 0) throw lost(`a cancellation (result ${result}) is complete that nobody began`)
        this.#cancels--
        this.#operations--
        break
      case CLOSE:
        if (!this.#closing) throw lost(`the close of a descriptor (result ${result}) is complete that nobody began`)
        this.#gone()
        return
      default:
        throw lost(`a completion (result ${result}) of a link's operation ${kind}, which there is not`)
    }
    if (this.#tearing) this.#closeWhenQuiet()
  }

  onFault (error: unknown): void { this.sink.onFault(error) }

  #defer (): void {
    if (this.#deferred || this.#tearing) return
    this.#deferred = true
    this.#loop.defer(this)
  }

  onTurn (): void {
    this.#deferred = false
    if (this.#tearing) return
    if (this.#sending === 0) this.#sendQueued()
    if (!this.#reads) return
    this.#deliverEarly()
    this.#read()
  }
}
