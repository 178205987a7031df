import { Op, ThenIndex } from '@weirlb/sdk/abi'
import type { ByteLink } from '@weirlb/link'
import type { AnswerReader } from '../extension/answer.ts'
import { BoundaryCounter } from '../framing/boundary-counter.ts'
import { NEED_MORE, Progress } from '../framing/measure.ts'
import { seenBytes, UNSEEN } from '../framing/seen.ts'
import type { KeyTable } from '../framing/key-table.ts'
import type { MessageSpec } from '../framing/spec.ts'
import { whyBroken } from '../framing/why-broken.ts'
import type { Owner } from './owner.ts'
import { CLIENT, SERVER, type Side } from './side.ts'
import { JudgedInlet } from './judged-inlet.ts'

/** Room beside one whole entry, so that a full buffer always has a frame to decide on. */
const MARGIN = 64 * 1024

/** Undecided frames whose room is kept when they are decided. */
const BURST = 64
/**
 * Number of decided frames before the queue is shifted. If a stream sends faster than verdicts arrive, it always has
 * an undecided frame, and its queue never empties by itself.
 */
const MOVE_UP = 1024

// Most reads end with a whole frame: they share this one, and a connection at rest has no progress of its own (72
// bytes per side).
let shared: Progress | undefined = new Progress()

/**
 * One direction of messages:
 *
 *            start        ready                 scan          end
 *   buffer    │  decided   │  framed, undecided  │  not framed │
 *
 * `queue[head..tail)` has the lengths of the frames between ready and scan, negative for uninspected frames that only
 * wait for earlier ones. The last frame may reach beyond `end`: its head sufficed to inspect it.
 */
export class MessageInlet extends JudgedInlet {
  readonly #spec: MessageSpec
  #scan = 0
  /** Length of the frame at `scan` if it is known, else 0. */
  #need = 0
  /** State of the incomplete frame at `scan`. */
  #progress: Progress | undefined
  // Never truncated, except after a burst: setting an array's length is a call into V8's runtime, and the next push
  // allocates again. Room for two: most have one.
  #queue: number[] = [0, 0]
  #head = 0
  #tail = 0
  /**
   * Reason why the rest cannot be framed; reported once all earlier frames are decided, because a verdict may make it
   * irrelevant.
   */
  #broken = 0
  /** Frames before the one at `scan`. */
  #frames = 0
  /** The extension had no room for the frame at `scan`, or a rate limit. */
  #blocked = false
  /** A rate limit lets the frame at `scan` wait. */
  #waits = false

  constructor (owner: Owner, side: Side, link: ByteLink, spec: MessageSpec, bufferedBytes: number) {
    super(
      owner,
      side,
      link,
      Math.max(
        bufferedBytes,
        spec.handler ? spec.entry.largest + MARGIN : 0,
        spec.cutter.knownWithin + (spec.closings?.reach ?? 0)
      ),
      spec.beginning
    )
    this.#spec = spec
  }

  onEnd (): void {
    this.ended = true
    this.finishIfDone()
  }

  protected ask (): void {
    this.#blocked = false
    this.#waits = false
    if (this.#broken === 0 && this.#scan < this.end) this.#cut()
    if (this.#waits) this.holdForRate()
    else this.releaseForRate()
  }

  #cut (): void {
    const spec = this.#spec
    const progress = this.#progress ?? shared ?? new Progress()
    // Calls made meanwhile may frame another direction.
    if (progress === shared) shared = undefined
    while (this.#scan < this.end && !this.owner.ending) {
      if (this.#need === 0) {
        const length = spec.cutter.measure(this.buffer, this.#scan, this.end, progress)
        if (length === NEED_MORE) {
          progress.seen = this.end - this.#scan
          break
        }
        if (length < 0) {
          this.#broken = length
          break
        }
        this.#need = length
      }
      const length = this.#need
      if (!this.#take(length)) break
      this.#frames++
      progress.next(length)
    }
    if (this.#scan < this.end) {
      this.#progress = progress
      return
    }
    this.#progress = undefined
    progress.forget()
    shared = progress
  }

  /** Deal with the frame at `scan`; false when it has to wait for more bytes or for room. */
  #take (length: number): boolean {
    const spec = this.#spec
    if (!this.owner.onward.mayTake(this, this.undecided)) {
      this.#blocked = true
      return false
    }
    if (this.side === CLIENT && !this.owner.mayAsk(this.undecided)) {
      this.#blocked = this.#waits = true
      return false
    }
    let entry = seenBytes(spec, this.buffer, this.#scan, this.end, length, this.owner.isWide(this.side))
    if (entry === NEED_MORE) return false
    if (entry !== UNSEEN && this.side === SERVER && this.owner.onward.mayAnswerGreeting(this, this.undecided)) {
      // Whether it replies to a greeting is known once the earlier frames are decided: a dropped message does not
      // count as a reply.
      if (this.undecided > 0) {
        this.#blocked = true
        return false
      }
      entry = UNSEEN
    }
    if (entry === UNSEEN) {
      if (this.undecided === 0 && !this.owner.opening) {
        this.owner.onward.begin(this, undefined, length)
        if (this.owner.ending) return false
        this.#go(length)
      } else {
        this.#queue[this.#tail++] = -length
      }
    } else if (spec.keys !== undefined && this.#byKeys(spec.keys, this.#scan + entry, length)) {
      if (this.owner.ending) return false
    } else {
      if (!this.owner.ask(this, this.buffer, this.#scan, this.#scan + entry, length)) {
        this.#blocked = true
        return false
      }
      this.#queue[this.#tail++] = length
    }
    this.#scan += length
    this.#need = 0
    return true
  }

  /** Forward the frame at `scan` by the key that is declared of it, if no earlier one may change what it means. */
  #byKeys (keys: KeyTable, to: number, length: number): boolean {
    const { owner } = this
    if (this.undecided > 0 || this.inspectsAll || owner.opening || owner.ruled) return false
    if (!keys.find(this.buffer, this.#scan, to)) return false
    owner.judgedByKeys(keys, this.buffer, length)
    owner.onward.beginByKey(this, keys, this.buffer, length)
    if (!owner.ending) this.#go(length)
    return true
  }

  /** True if this token is the declared key of the oldest message that is not passed, of so many bytes. */
  override isKeyed (token: string | undefined, length: number): boolean {
    const { keys } = this.#spec
    return keys?.find(this.buffer, this.ready, Math.min(this.end, this.ready + length)) === true &&
      keys.tokenIn(this.buffer) === token
  }

  /** Frames that wait for a verdict, or for one before them. */
  get undecided (): number { return this.#tail - this.#head }

  /** The extension's word on the oldest undecided frame. */
  protected decided (answer: AnswerReader): void {
    if (this.undecided === 0) return
    const length = this.#queue[this.#head++]!
    if (answer.op === Op.forward) {
      this.owner.onward.begin(this, answer, answer.bytes === undefined ? length : answer.bytes.length)
      if (this.owner.ending) return
    }
    if (answer.op === Op.split) {
      this.owner.onward.split(
        this,
        answer,
        this.buffer.subarray(this.ready, Math.min(this.end, this.ready + length)),
        length
      )
      if (this.owner.ending) return
    }
    if (answer.op === Op.drop) this.owner.onward.onDropped(this)
    if (answer.op === Op.drop || answer.op === Op.split) this.replace(length, undefined)
    else if (answer.bytes !== undefined) this.#goes(length, answer.bytes)
    else this.#go(length)
    this.#passUnasked()
    if (answer.op === Op.forward && answer.then !== ThenIndex.continue) this.pipe(answer.then === ThenIndex.tunnel)
  }

  get judgedLength (): number { return this.#queue[this.#head]! }
  get behind (): number { return this.end - this.ready - this.#queue[this.#head]! }

  /** Uninspected messages may be forwarded. */
  opened (): void {
    this.#passUnasked()
    this.batchEnd()
  }

  #passUnasked (): void {
    while (this.#head < this.#tail && this.#queue[this.#head]! < 0) {
      const length = -this.#queue[this.#head++]!
      this.owner.onward.begin(this, undefined, length)
      if (this.owner.ending) return
      this.#go(length)
    }
    if (this.#head === this.#tail) this.#forgetQueue()
    else if (this.#head >= MOVE_UP) {
      this.#queue = this.#queue.slice(this.#head, this.#tail)
      this.#tail -= this.#head
      this.#head = 0
    }
  }

  /** Forward the oldest undecided frame. */
  #go (length: number): void {
    const { closings } = this.#spec
    if (closings !== undefined && closings.has(this.buffer, this.ready, length)) this.closed = true
    this.ready += length
  }

  /** Forward these bytes, perhaps several frames, instead of the oldest undecided frame. */
  #goes (length: number, bytes: Uint8Array): void {
    const { closings, cutter } = this.#spec
    if (closings !== undefined) {
      const counter = new BoundaryCounter(cutter, closings)
      counter.feed(bytes)
      if (counter.saidLast) this.closed = true
    }
    this.replace(length, bytes)
  }

  #forgetQueue (): void {
    this.#head = 0
    this.#tail = 0
    if (this.#queue.length > BURST) this.#queue = [0, 0]
  }

  pipe (tunnel: boolean): void {
    if (this.piped) return
    this.piped = true
    this.#forgetQueue()
    this.#broken = 0
    this.counter = this.owner.boundaryCounter(this.side, tunnel)
    // A decided frame may reach beyond what is here; otherwise everything here is ready, and may end inside a frame.
    if (this.ready >= this.end) return
    this.counter?.feed(this.buffer.subarray(this.ready, this.end))
    this.ready = this.end
  }

  override get openFrame (): number {
    return this.end > this.#scan && !this.piped && !this.#blocked && this.#broken === 0 ? this.#frames : -1
  }

  override incomplete (which: string): string | undefined {
    const held = this.end - this.#scan
    if (held <= 0 || this.piped || this.#blocked || this.#broken !== 0) return undefined
    if (this.#need > 0) return `${held} of ${this.#need} bytes of ${which}`
    return `${held} ${held === 1 ? 'byte' : 'bytes'} of ${which}, whose ${
      this.#spec.cutter.choose(this.buffer[this.#scan]!).headerBytes === undefined ? 'end' : 'length'
    } has not come`
  }

  get asks (): boolean { return this.undecided > 0 }
  protected moved (by: number): void { this.#scan -= by }

  protected emptied (): void {
    this.#scan = 0
    this.#progress = undefined
  }


  protected finishIfDone (): void {
    if (this.undecided > 0) return
    if (this.#broken !== 0 && !this.piped) {
      this.owner.onBroken(this, whyBroken(this.#broken, this.#spec.framing, this.buffer, this.#scan, this.end))
      return
    }
    if (!this.ended) return
    const rest = this.end - this.#scan
    if (rest > 0 && !this.piped) {
      if (this.#need === 0 && this.#spec.cutter.choose(this.buffer[this.#scan]!).atEnd === 'message') {
        // The last line may end with the stream.
        if (!this.#take(rest)) return
        this.passDecided()
        this.owner.onward.flush()
        if (this.undecided > 0) return
      } else if (this.#blocked) {
        return
      }
    }
    this.ended = false
    this.owner.onSideEnded(this)
  }
}
