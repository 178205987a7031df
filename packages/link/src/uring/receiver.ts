import { wheel } from '../timers/wheel.ts'
import { EAGAIN, ECANCELED, ENOBUFS } from './abi/errno.ts'
import { CQE_BUFFER, CQE_BUFFER_SHIFT, CQE_MORE, OP_RECV, RECV_MULTISHOT, SQE_BUFFER_SELECT } from './abi/io-uring.ts'
import { Keeper, type BufferGroup } from './buffer-group.ts'
import { lost } from './lost.ts'
import { CANCEL, NONE, RECV, type RingSocket } from './ring-socket.ts'
import { UNHEARD, type Heard } from './second-look.ts'

/** Chunks that wait in a pause before the receive is cancelled: a pause is often over within the turn. */
const MAX_EARLY = 4

/**
 * Chunks in a row that would have had room in a short buffer, after which a link that received much has only messages
 * again.
 */
const SHORT_AGAIN = 8

/** A copy in memory of its own: `slice` of a Buffer is a view of the ring's. */
const copyOf = (bytes: Uint8Array): Uint8Array => Uint8Array.prototype.slice.call(bytes)

/** Bytes that came in a pause: in a buffer of the ring that is kept for them, or a copy (`id` NONE). */
interface Early { readonly bytes: Uint8Array, readonly id: number }

/** The receiver's interface of its link. */
export interface ReceivingSocket extends RingSocket {
  /** The peer's FIN was seen. */
  readonly finSeen: boolean
  /**
   * Nothing comes any more: `result` is 0 at the end of the stream, or a negative errno. All bytes before it are
   * delivered.
   */
  onReadEnd (result: number): void
}

/**
 * Receives on a socket of the ring.
 *
 *   idle ──► receiving ──► end of stream, or an error
 *     ▲            │ paused while bytes come: they wait in `early`; if they are several, the receive is cancelled
 *     └────────────┘ it was a single one, or cancelled, or the kernel had no buffer: armed again when reading resumes
 *   messages:  multishot, into short buffers ──── one was filled: cancelled ────► much:  one receive at a time,
 *                            ▲                                                          into long buffers
 *                            └────────── several that would fit a short one ────────────────┘
 */
export class Receiver implements Heard {
  readonly #socket: ReceivingSocket
  bytesRead = 0
  bytesSeen = 0
  heardAt = UNHEARD
  #pauses = 0
  /** Tick of the wheel at which the last pause was over. */
  #resumed = 0
  /** The buffers that the receive in flight takes. */
  #into: BufferGroup | undefined = undefined
  /** Much arrives: one receive at a time. */
  #much = false
  /** Number of consecutive short chunks, while receiving much. */
  #short = 0
  /** Bytes that arrived while reading was paused. */
  #early: Early[] | undefined = undefined
  /** End of the peer's stream, while that waits behind `early`: 0, or a negative errno. */
  #earlyEnd: number | undefined = undefined

  constructor (socket: ReceivingSocket) { this.#socket = socket }

  /** A receive is in flight. */
  get active (): boolean { return this.#into !== undefined }

  /** We have stopped reading. */
  get paused (): boolean { return this.#pauses > 0 }
  get readFor (): number { return this.#pauses > 0 ? 0 : wheel.since(this.#resumed) }

  pause (): void { this.#pauses++ }

  resume (): void {
    if (this.#pauses === 0 || --this.#pauses > 0) return
    this.#resumed = wheel.tick
    // Never from inside: a resume and a pause in one turn let nothing through.
    if (this.#early !== undefined || this.#earlyEnd !== undefined || this.#into === undefined) this.#socket.defer()
  }

  /** See `RawLink.unread`. */
  unread (rest: Uint8Array): void {
    this.bytesRead = 0
    if (rest.length === 0) return
    // In front of what came in a pause within the same turn, of which there is nothing while bytes are delivered, or
    // which they are a part of.
    ;(this.#early ??= []).unshift({ bytes: copyOf(rest), id: NONE })
    this.#socket.defer()
  }

  get #reads (): boolean { return this.#pauses === 0 || this.#socket.closed }

  /** Receive, unless that is so already, or reading is paused or over. */
  read (): void {
    const socket = this.#socket
    if (this.#into !== undefined || socket.finSeen || socket.tearing || this.#earlyEnd !== undefined || !this.#reads)
      return
    const { buffers } = socket.loop
    const into = this.#much ? buffers.long : buffers.short
    this.#into = into
    socket.operations++
    socket.loop.submit(
      OP_RECV,
      SQE_BUFFER_SELECT,
      this.#much ? 0 : RECV_MULTISHOT,
      socket.fd,
      0,
      0,
      0,
      socket.slot,
      RECV,
      into.number
    )
  }

  /** A completion of the receive in flight; `result` is a number of bytes or a negative errno. */
  onReceived (result: number, flags: number): void {
    const socket = this.#socket
    const from = this.#into
    if (from === undefined) throw lost(`a receive (result ${result}) is complete that nobody began`)
    if (result > 0 && (flags & CQE_BUFFER) === 0) throw lost(`${result} bytes were received into no buffer`)
    if ((flags & CQE_MORE) === 0) {
      this.#into = undefined
      socket.operations--
    }
    if (result > 0) {
      const id = flags >>> CQE_BUFFER_SHIFT
      const bytes = from.take(id, result)
      this.#measure(result, from)
      try {
        this.#deliver(bytes, id)
      } finally {
        from.release(id)
      }
    } else {
      if ((flags & CQE_BUFFER) !== 0) {
        const id = flags >>> CQE_BUFFER_SHIFT
        from.take(id, 0)
        from.release(id)
      }
      if (result === ENOBUFS) from.more()
      if (result === 0 || (result !== ECANCELED && result !== ENOBUFS && result !== EAGAIN)) this.#deliverEnd(result)
    }
    // Single, or cancelled, or all buffers were in use: those are back when this turn's sends are done.
    if (this.#into === undefined && !socket.tearing) this.read()
  }

  /**
   * A multishot receive repeats dozens of times before its first completion reaches us, so it gets little room each
   * time, and is not for links that receive much.
   */
  #measure (length: number, from: BufferGroup): void {
    const { short } = this.#socket.loop.buffers
    if (from === short) {
      if (length < short.size || this.#much) return
      this.#much = true
      this.#short = 0
      this.#cancelReceive()
    } else if (length > short.size) this.#short = 0
    else if (++this.#short === SHORT_AGAIN) this.#much = false
  }

  #deliver (bytes: Uint8Array, id: number): void {
    const socket = this.#socket
    if (this.heardAt === UNHEARD && !socket.tearing) socket.loop.secondLook.note(this)
    if (socket.closed) return
    if (this.#pauses > 0 || this.#early !== undefined) {
      const early = this.#early ??= []
      early.push(socket.loop.buffers.keep(id, Keeper.paused) ? { bytes, id } : { bytes: copyOf(bytes), id: NONE })
      if (early.length >= MAX_EARLY) this.#cancelReceive()
      return
    }
    this.bytesRead += bytes.length
    socket.meter.read += bytes.length
    socket.sink.onBytes(bytes)
  }

  #deliverEnd (result: number): void {
    const socket = this.#socket
    if (socket.tearing) return
    if (!socket.closed && (this.#pauses > 0 || this.#early !== undefined)) this.#earlyEnd = result
    else socket.onReadEnd(result)
  }

  // A cancelled receive is submitted again, unless reading is paused.
  lookAgain (): void { this.#cancelReceive() }

  /** A pause costs nothing until something arrives in it. */
  #cancelReceive (): void {
    const socket = this.#socket
    if (this.#into === undefined || socket.cancels > 0) return
    socket.cancels++
    socket.operations++
    socket.loop.cancel(socket.slot, RECV, CANCEL)
  }

  /** Once a turn, when requested: deliver the bytes of a pause, and continue. */
  onTurn (): void {
    if (!this.#reads) return
    this.#deliverEarly()
    this.read()
  }

  #deliverEarly (): void {
    const socket = this.#socket
    const early = this.#early
    if (early !== undefined) {
      while (early.length > 0 && this.#reads) {
        const { bytes, id } = early.shift()!
        try {
          if (socket.closed) continue
          this.bytesRead += bytes.length
          socket.meter.read += bytes.length
          socket.sink.onBytes(bytes)
        } finally {
          if (id !== NONE) socket.loop.buffers.letGo(id, Keeper.paused)
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

  /** The link is gone: bytes of a pause are discarded. */
  forget (): void {
    if (this.#early === undefined) return
    for (const { id } of this.#early) if (id !== NONE) this.#socket.loop.buffers.letGo(id, Keeper.paused)
    this.#early = undefined
  }
}
