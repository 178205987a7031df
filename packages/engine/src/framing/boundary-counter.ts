import type { Closings } from './closings.ts'
import { isHeard, type ProtocolSpec } from './spec.ts'
import { type Cutter, NEED_MORE, Progress } from './measure.ts'

/** For frames that are measured in one go, which nearly all are: there is a counter for each tunnel. */
const inOneGo = new Progress()

/**
 * Tracks frame boundaries in a tunnelled stream, without buffering it: a goodbye may only be sent between two frames.
 *
 *   left > 0           inside a frame whose end is known
 *   headerLength > 0   inside a header that arrived in parts
 *   neither            between two frames
 *
 * If frames close their stream (`closings`), it detects the start of one as soon as the deciding byte has passed.
 */
export class BoundaryCounter {
  readonly #cutter: Cutter
  #left = 0
  /** Cutter of the frame whose header arrives in parts. */
  #current: Cutter
  #header: Uint8Array | undefined
  #headerLength = 0
  /** The last bytes of the frame whose end is searched: its end may have begun there. */
  #tail: Uint8Array | undefined
  /** How far the frame was measured whose end is searched and was not there. */
  #progress: Progress | undefined
  /** The stream violated its framing; from then on no boundary is known. */
  #lost = false
  readonly #closings: Closings | undefined
  /** Bytes of the frame before the one that decides whether it closes; -1: nothing is to be decided. */
  #decidesIn = -1
  #first = 0
  /** A frame has begun after which its sender sends nothing more. */
  saidLast = false

  constructor (cutter: Cutter, closings?: Closings) {
    this.#cutter = cutter
    this.#current = cutter
    this.#closings = closings
  }

  /** True between two frames. */
  get atBoundary (): boolean { return this.#left === 0 && this.#headerLength === 0 && !this.#lost }

  /** Count bytes that pass. */
  feed (bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.length) at = this.#step(bytes, at)
  }

  /** Count up to the next boundary. Returns the number of bytes before it: all, if it is not in them. */
  feedToBoundary (bytes: Uint8Array): number {
    let at = 0
    while (at < bytes.length && !this.atBoundary) at = this.#step(bytes, at)
    return at
  }

  /**
   * Count from `at` up to the end of the frame there. Returns the position after it: `bytes.length`, if it goes on or
   * is invalid, and then `atBoundary` is false.
   */
  feedFrame (bytes: Uint8Array, at: number): number {
    let next = this.#step(bytes, at)
    while (next < bytes.length && !this.atBoundary) next = this.#step(bytes, next)
    return next
  }

  /** True if the stream violated its framing. */
  get lost (): boolean { return this.#lost }

  /** Process one part of one frame from `at` on. Returns the position after it. */
  #step (bytes: Uint8Array, at: number): number {
    const end = bytes.length
    if (this.#lost) return end
    if (this.#left > 0) {
      const take = Math.min(this.#left, end - at)
      if (this.#decidesIn >= 0) this.#decide(bytes, at, take)
      this.#left -= take
      return at + take
    }
    if (this.#headerLength > 0) return this.#continueHeader(bytes, at)
    inOneGo.reset()
    const length = this.#cutter.measure(bytes, at, end, inOneGo)
    if (length > 0) {
      if (this.#closings !== undefined) this.#watch(this.#closings, bytes, at, length, 0)
      this.#left = length
      return at
    }
    return this.#open(bytes, at, length)
  }

  /** A frame begins whose length is not known yet, or which is invalid. */
  #open (bytes: Uint8Array, at: number, measured: number): number {
    const end = bytes.length
    if (measured !== NEED_MORE) {
      this.#lost = true
      return end
    }
    this.#current = this.#cutter.choose(bytes[at]!)
    if (this.#closings?.always(bytes[at]!) === true) this.saidLast = true
    const room = this.#current.headerBytes
    if (this.#current.resumes) {
      this.#progress = new Progress()
      this.#current.measure(bytes, at, end, this.#progress)
    }
    if (room === undefined) {
      // The end of this frame is searched: it is open until a chunk has its end. A delimiter split between chunks is
      // found in the second one.
      this.#headerLength = this.#current.resumes ? end - at : 1
      this.#keepTail(bytes, at)
      return end
    }
    if (this.#header === undefined || this.#header.length < room) this.#header = new Uint8Array(room)
    this.#header.set(bytes.subarray(at))
    this.#headerLength = end - at
    return end
  }

  #continueHeader (bytes: Uint8Array, at: number): number {
    if (this.#progress !== undefined) {
      // Earlier chunks are gone, and are not read again.
      const length = this.#current.measure(bytes, at - this.#headerLength, bytes.length, this.#progress)
      if (length <= 0) {
        this.#lost = length !== NEED_MORE
        this.#headerLength += bytes.length - at
        return bytes.length
      }
      this.#progress = undefined
      this.#left = length - this.#headerLength
      this.#headerLength = 0
      return at
    }
    inOneGo.reset()
    if (this.#current.headerBytes === undefined) {
      const over = this.#endOver(bytes, at)
      if (over > 0) {
        this.#headerLength = 0
        this.#tail = undefined
        return at + over
      }
      inOneGo.reset()
      const length = this.#current.measure(bytes, at, bytes.length, inOneGo)
      if (length <= 0) {
        this.#keepTail(bytes, at)
        return bytes.length
      }
      this.#tail = undefined
      this.#headerLength = 0
      return at + length
    }
    const header = this.#header!
    header[this.#headerLength++] = bytes[at]!
    const length = this.#current.measure(header, 0, this.#headerLength, inOneGo)
    if (length > 0) {
      if (this.#closings !== undefined) this.#watch(this.#closings, header, 0, length, this.#headerLength)
      this.#left = length - this.#headerLength
      this.#headerLength = 0
    } else if (length !== NEED_MORE || this.#headerLength === header.length) {
      this.#lost = true
    }
    return at + 1
  }

  #keepTail (bytes: Uint8Array, at: number): void {
    const overlap = this.#current.overlap ?? 0
    if (overlap === 0) return
    const all = Buffer.concat([this.#tail ?? new Uint8Array(0), bytes.subarray(Math.max(at, bytes.length - overlap))])
    this.#tail = all.subarray(Math.max(0, all.length - overlap))
  }

  /** How many bytes from `at` on end the frame, with some before them; 0: none do. */
  #endOver (bytes: Uint8Array, at: number): number {
    const tail = this.#tail
    if (tail === undefined) return 0
    const both = Buffer.concat([tail, bytes.subarray(at, at + this.#current.overlap!)])
    const length = this.#current.measure(both, 0, both.length, inOneGo)
    return length > 0 ? length - tail.length : 0
  }

  /** A frame begins whose header is at `bytes[at]`; `passed` bytes of it have gone by. */
  #watch (closings: Closings, bytes: Uint8Array, at: number, length: number, passed: number): void {
    const needed = closings.needed(bytes, at, length)
    if (needed === 1) this.saidLast = true
    else if (needed > 1) {
      this.#first = bytes[at]!
      this.#decidesIn = needed - 1 - passed
    }
  }

  /** `take` bytes of the frame pass, and the one that decides may be among them. */
  #decide (bytes: Uint8Array, at: number, take: number): void {
    if (this.#decidesIn >= take) {
      this.#decidesIn -= take
      return
    }
    if (this.#closings!.decides(this.#first, bytes[at + this.#decidesIn]!)) this.saidLast = true
    this.#decidesIn = -1
  }
}

/**
 * Returns a counter for the frames of a side that is no longer inspected; undefined: its frames are unknown, or no
 * originated bytes will join its stream. `tunnel`: the other side is not inspected either. `mayEndWithWords`: a goodbye
 * may join it even then.
 */
export const counterFor = (
  { client, server }: ProtocolSpec,
  side: 0 | 1,
  tunnel: boolean,
  mayEndWithWords: boolean
): BoundaryCounter | undefined => {
  const [piped, other] = side === 0 ? [client, server] : [server, client]
  if (piped?.kind !== 'messages' || !(mayEndWithWords || (!tunnel && isHeard(other)))) return undefined
  return new BoundaryCounter(piped.cutter, piped.closings)
}
