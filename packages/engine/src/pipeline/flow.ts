import { Op, ThenIndex } from '@weir/sdk/abi'
import type { AnswerReader } from '../extension/answer.ts'
import type { BoundaryCounter } from '../framing/boundary-counter.ts'
import { MALFORMED, NEED_MORE } from '../framing/cutter.ts'
import type { SideSpec } from '../framing/spec.ts'
import type { ByteLink } from '../link/byte-link.ts'
import type { Connection } from './connection.ts'
import { CLIENT, Inlet, type Side } from './inlet.ts'

const EMPTY = new Uint8Array(0)
/** Room beside one whole entry, so that a full buffer always has a frame to decide on. */
const MARGIN = 64 * 1024

/**
 * One direction while it is cut and judged. Bytes wait here for their verdict and are passed on in order:
 *
 *            start        ready                 scan          end
 *   buffer    │  decided   │  cut, undecided     │  not cut    │
 *             └─ passed on at the end of a batch ┘             └─ more arrives here
 *
 * `queue` has the lengths of the frames between ready and scan, negative for frames that nobody asks about and that only wait for the ones before.
 * The last frame may reach beyond `end`: its head was enough to ask about it. Once such a frame is decided, the rest of it is `credit`.
 */
export class Flow extends Inlet {
  readonly #spec: SideSpec
  readonly #cap: number
  #buffer = EMPTY
  #start = 0
  #ready = 0
  #scan = 0
  #end = 0
  /** Length of the frame at `scan` where it is known, else 0. */
  #need = 0
  /** Bytes at `scan` that were measured in vain. */
  #seen = 0
  #queue: number[] = []
  #head = 0
  /** Bytes to come that belong to a decided frame. */
  #credit = 0
  #dropCredit = false
  /** Why the rest cannot be cut; said when all before it is decided, for a verdict may make it irrelevant. */
  #broken = 0
  #full = false
  #ended = false
  /** The extension had no room for the frame at `scan`. */
  #blocked = false
  /** This direction is not looked at any more: it waits to be swapped for a pipe. */
  piped = false
  /** Where frames end in what passes unseen, from the moment the direction is piped, when last words may have to stand there. */
  counter: BoundaryCounter | undefined

  constructor (connection: Connection, side: Side, link: ByteLink, spec: SideSpec, bufferedBytes: number) {
    super(connection, side, link)
    this.#spec = spec
    this.#cap = Math.max(bufferedBytes, spec.handler ? spec.entry.largest + MARGIN : 0, spec.cutter.knownWithin)
  }

  /** Bytes that wait here. */
  get waitingBytes (): number { return this.#end - this.#start }
  get atBoundary (): boolean { return this.#credit === 0 && (this.counter === undefined || this.counter.atBoundary) }
  /** A pipe can take over: nothing here is looked at any more, and no decided frame is still arriving. */
  get isPipe (): boolean { return this.piped && this.#credit === 0 }
  /** The stream has ended, and something before its end is not decided. */
  get endWaits (): boolean { return this.#ended }

  onBytes (bytes: Uint8Array): void {
    const connection = this.connection
    connection.onActivity(this.side)
    let at = 0
    if (this.#credit > 0) {
      at = Math.min(this.#credit, bytes.length)
      this.#credit -= at
      if (!this.#dropCredit) {
        if (!connection.passOn(this, at === bytes.length ? bytes : bytes.subarray(0, at), false)) this.hold()
        connection.upstream.flush()
      }
      if (this.#credit > 0) return
      this.#dropCredit = false
      connection.upstream.onBoundary(this)
    }
    if (connection.ending) return
    if (this.piped) {
      if (at < bytes.length) {
        const rest = at === 0 ? bytes : bytes.subarray(at)
        this.counter?.feed(rest)
        if (!connection.passOn(this, rest, false)) this.hold()
      }
      connection.upstream.onPiped()
      return
    }
    if (at === bytes.length) return
    this.#append(bytes, at)
    this.advance()
  }

  onEnd (): void {
    this.#ended = true
    this.#finishIfDone()
  }

  /** Cut what is here and ask about it. Called again when the extension has room. */
  advance (): void {
    if (this.piped || this.connection.ending) return
    this.#blocked = false
    if (this.#broken === 0) this.#cut()
    this.passDecided()
    this.connection.upstream.flush()
    this.#finishIfDone()
    this.#balance()
  }

  #cut (): void {
    const spec = this.#spec
    while (this.#scan < this.#end && !this.connection.ending) {
      if (this.#need === 0) {
        const length = spec.cutter.measure(this.#buffer, this.#scan, this.#end, this.#seen)
        if (length === NEED_MORE) {
          this.#seen = this.#end - this.#scan
          break
        }
        if (length < 0) {
          this.#broken = length
          break
        }
        this.#need = length
      }
      if (!this.#take(this.#need)) break
    }
  }

  /** Deal with the frame at `scan`; false when it has to wait for more bytes or for room. */
  #take (length: number): boolean {
    const spec = this.#spec
    const here = this.#end - this.#scan
    if (this.side === CLIENT && !this.connection.upstream.mayTake(this.#undecided)) {
      this.#blocked = true
      return false
    }
    let seen = spec.handler
    if (seen && spec.onlyAt >= 0) {
      if (length <= spec.onlyAt) seen = false
      else if (here <= spec.onlyAt) return false
      else seen = spec.onlySeen[this.#buffer[this.#scan + spec.onlyAt]!] === 1
    }
    if (!seen) {
      if (this.#undecided === 0 && !this.connection.opening) {
        this.connection.upstream.onForward(this, undefined, length)
        this.#ready += length
      } else {
        this.#queue.push(-length)
      }
    } else {
      const entry = spec.entry.sizeOf(this.#buffer, this.#scan, this.#end, length)
      if (entry === NEED_MORE || here < entry) return false
      if (!this.connection.submit(this, this.#buffer, this.#scan, this.#scan + entry, length)) {
        this.#blocked = true
        return false
      }
      this.#queue.push(length)
    }
    this.#scan += length
    this.#need = 0
    this.#seen = 0
    return true
  }

  get #undecided (): number { return this.#queue.length - this.#head }

  /** The extension's word on the oldest undecided frame. Nothing is passed on before `batchEnd`, so that neighbours go out in one write. */
  onVerdict (answer: AnswerReader): void {
    if (this.piped) return
    const length = this.#queue[this.#head++]
    if (length === undefined) return
    if (answer.op === Op.forward) {
      this.connection.upstream.onForward(this, answer, answer.bytes === undefined ? length : answer.bytes.length)
      if (this.connection.ending) return
    }
    if (answer.op === Op.drop) this.#replace(length, undefined)
    else if (answer.bytes !== undefined) this.#replace(length, answer.bytes)
    else this.#ready += length
    this.#passUnasked()
    if (answer.op === Op.forward && answer.then !== ThenIndex.continue) this.pipe()
  }

  /** The extension agreed to the client: what nobody asks about may go on. */
  opened (): void {
    this.#passUnasked()
    this.batchEnd()
  }

  #passUnasked (): void {
    while (this.#head < this.#queue.length && this.#queue[this.#head]! < 0) {
      const length = -this.#queue[this.#head++]!
      this.connection.upstream.onForward(this, undefined, length)
      this.#ready += length
    }
    if (this.#head < this.#queue.length) return
    this.#queue.length = 0
    this.#head = 0
  }

  /** All that is here and all that comes passes unseen from now on. */
  pipe (): void {
    if (this.piped) return
    this.piped = true
    this.#queue.length = 0
    this.#head = 0
    this.#broken = 0
    this.counter = this.connection.boundaryCounter(this.side)
    // A decided frame may reach beyond what is here; otherwise everything here is ready, and may end inside a frame.
    if (this.#ready >= this.#end) return
    this.#ready = this.#end
    if (this.#scan > this.#end) this.counter?.startInside(this.#scan - this.#end)
    else this.counter?.feed(this.#buffer.subarray(this.#scan, this.#end))
  }

  batchEnd (): void {
    this.passDecided()
    if (!this.piped) {
      // Frames that waited for this verdict may be cut now.
      this.advance()
      return
    }
    this.#finishIfDone()
    this.#balance()
  }

  /** Another inlet takes over: give back what this one alone asked for. */
  retire (): void {
    if (this.#full) this.link.resume()
    this.#full = false
  }

  /** Pass on `bytes`, or nothing, in place of the oldest frame. */
  #replace (length: number, bytes: Uint8Array | undefined): void {
    this.passDecided()
    const here = Math.min(length, this.#end - this.#start)
    this.#start += here
    this.#ready = this.#start
    if (here < length) {
      this.#credit = length - here
      this.#dropCredit = true
      this.#scan = this.#end
    }
    if (bytes !== undefined && bytes.length > 0 && !this.connection.passOn(this, bytes, true)) this.hold()
    this.#reset()
  }

  /** Pass on what is decided: at the end of a batch, before something that is to stand behind it, and before the connection ends. */
  passDecided (): void {
    const to = Math.min(this.#ready, this.#end)
    if (to > this.#start) {
      const whole = this.#start === 0 && to === this.#buffer.length
      const part = whole ? this.#buffer : this.#buffer.subarray(this.#start, to)
      this.#start = to
      if (this.#ready > this.#end) {
        this.#credit = this.#ready - this.#end
        this.#ready = this.#end
        this.#scan = this.#end
      }
      if (!this.connection.passOn(this, part, true)) this.hold()
      this.#reset()
    }
  }

  #reset (): void {
    if (this.#start !== this.#end) return
    this.#buffer = EMPTY
    this.#start = this.#ready = this.#scan = this.#end = 0
  }

  #append (bytes: Uint8Array, from: number): void {
    const added = bytes.length - from
    const held = this.#end - this.#start
    if (held === 0) {
      this.#buffer = Buffer.allocUnsafe(added)
      this.#start = this.#ready = this.#scan = 0
      this.#end = 0
    } else if (this.#end + added > this.#buffer.length) {
      // What was passed on is owned by the link now; what is left moves to a new buffer, with room to grow so that many small reads stay linear.
      // The room follows what has arrived, never what a header announces: that costs its sender nothing.
      const room = Math.max(held + added, Math.min(2 * held + added, this.#cap))
      const larger = Buffer.allocUnsafe(room)
      larger.set(this.#buffer.subarray(this.#start, this.#end))
      this.#buffer = larger
      this.#ready -= this.#start
      this.#scan -= this.#start
      this.#end = held
      this.#start = 0
    }
    this.#buffer.set(from === 0 ? bytes : bytes.subarray(from), this.#end)
    this.#end += added
    this.connection.host.holds(this.#end - this.#start)
  }

  /** Stop reading while too much waits here, go on when it does not. */
  #balance (): void {
    const full = this.#end - this.#start > this.#cap
    if (full === this.#full) return
    this.#full = full
    if (full) this.link.pause()
    else this.link.resume()
  }

  /** Say what had to wait until everything before it was decided: a broken stream, or its end. */
  #finishIfDone (): void {
    if (this.#undecided > 0) return
    if (this.#broken !== 0 && !this.piped) {
      this.connection.onBroken(this.side, this.#broken === MALFORMED ? 'the stream does not follow its framing' : 'a frame is larger than its maximum')
      return
    }
    if (!this.#ended) return
    const rest = this.#end - this.#scan
    if (rest > 0 && !this.piped) {
      if (this.#need === 0 && this.#spec.cutter.choose(this.#buffer[this.#scan]!).atEnd === 'message') {
        // The last line may end with the stream.
        if (!this.#take(rest)) return
        this.passDecided()
        this.connection.upstream.flush()
        if (this.#undecided > 0) return
      } else if (this.#blocked) {
        return
      }
    }
    this.#ended = false
    this.connection.onSideEnded(this)
  }
}
