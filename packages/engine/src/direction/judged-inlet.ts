// Imported: the global is a getter, which each chunk would call.
import { Buffer } from 'node:buffer'
import type { ByteLink } from '@weirlb/link'
import { Op, ThenIndex } from '@weirlb/sdk/abi'
import type { AnswerReader } from '../extension/answer.ts'
import type { Beginning } from '../framing/beginning.ts'
import type { BoundaryCounter } from '../framing/boundary-counter.ts'
import { blocks } from './blocks.ts'
import type { Judged, Owner } from './owner.ts'
import { Inlet } from './inlet.ts'
import type { Side } from './side.ts'

const EMPTY: Uint8Array = new Uint8Array(0)

/**
 * A direction that the extension inspects. Bytes wait here for its verdict and are forwarded in order:
 *
 *            start        ready                     end
 *   buffer    │  decided   │      not decided       │
 *             └─ forwarded at the end of a batch     └─ more arrives here
 *
 * Decided bytes may reach beyond `end`: the rest is `credit`, which is forwarded or dropped on arrival.
 */
export abstract class JudgedInlet extends Inlet implements Judged {
  protected buffer: Uint8Array = EMPTY
  /**
   * The buffer's owner: the link that keeps it, or the blocks. Undefined: it is ours, or belongs to the link that it
   * was forwarded to.
   */
  #lender: { release (bytes: Uint8Array): void } | undefined = undefined
  protected start = 0
  protected ready = 0
  protected end = 0
  /** Bytes to come that are decided. */
  #credit = 0
  #dropCredit = false
  /** Maximum bytes that wait here before the link is paused. */
  protected readonly cap: number
  #advancing = false
  #again = false
  /** The stream has ended, and the end is not forwarded yet. */
  protected ended = false
  /** This direction is not inspected any more: it waits to be swapped for a pipe. */
  piped = false
  /** Its server was abandoned: later verdicts have no effect. */
  deaf = false
  /**
   * Frame boundaries of uninspected bytes, from the moment the direction is piped, if originated bytes may have to be
   * sent there.
   */
  counter: BoundaryCounter | undefined = undefined
  /** The allowed first bytes, until the first one has arrived. */
  #beginning: Beginning | undefined

  constructor (owner: Owner, side: Side, link: ByteLink, cap: number, beginning: Beginning | undefined) {
    super(owner, side, link)
    this.cap = cap
    this.#beginning = beginning
  }

  /**
   * Inspect and forward as much as possible. Called again when there is room: for the extension's next batch, or for
   * more messages. Forwarding may make that room, so this is called from inside itself; a stack that grows with the
   * client's bytes could be exhausted by the client.
   */
  advance (): void {
    if (this.#advancing) {
      this.#again = true
      return
    }
    this.#advancing = true
    do {
      this.#again = false
      if (this.piped || this.owner.ending) break
      this.ask()
      this.passDecided()
      this.owner.onward.flush()
      this.finishIfDone()
      this.balance()
    } while (this.#again)
    this.#advancing = false
  }

  /** Inspect the available bytes, as far as there is room. */
  protected abstract ask (): void
  /**
   * The one place where a verdict is read. Bytes need not be forwarded before `batchEnd`, so that adjacent messages
   * are sent in one write.
   */
  onVerdict (answer: AnswerReader): void {
    const { owner } = this
    if (this.ignores(answer)) return
    if (owner.ruled) {
      if (!owner.applyRuled(answer, this)) return
    } else if (answer.effectsCount > 0 && !owner.apply(answer, this)) return
    switch (answer.op) {
      case Op.forward:
      case Op.pipe:
        if (answer.then !== ThenIndex.continue && !owner.onward.mayPipe) {
          owner.extensionFailed(
            `then: '${answer.then === ThenIndex.tunnel ? 'tunnel' : 'pipe'}' needs balance 'per-connection'`
          )
          return
        }
        this.decided(answer)
        if (answer.then === ThenIndex.tunnel && !owner.ending) owner.onward.onTunnel()
        return
      case Op.drop:
      case Op.split:
      case Op.more:
        this.decided(answer)
        return
      default:
        owner.refuse(answer, this)
    }
  }

  /** True if this verdict has no effect: its bytes have been decided, or have no receiver. */
  ignores (answer: AnswerReader): boolean {
    return this.owner.ending || this.deaf || this.piped || answer.op === Op.skipped
  }

  /** The verdict forwards bytes, drops them, or needs more of them. */
  protected abstract decided (answer: AnswerReader): void
  /** The extension agreed to the client. */
  abstract opened (): void
  /**
   * All that is here and all that comes passes unseen from now on; `tunnel`: so does what comes from the other side.
   */
  abstract pipe (tunnel: boolean): void
  abstract readonly behind: number
  abstract readonly judgedLength: number
  /** Report what had to wait until everything earlier was decided: a broken stream, or its end. */
  protected abstract finishIfDone (): void
  /** The bytes have moved `by` to the front of the buffer. */
  protected abstract moved (by: number): void
  /** No bytes are buffered any more. */
  protected abstract emptied (): void
  /** True while bytes of this direction are in the sandbox. */
  abstract readonly asks: boolean

  /** Only messages have declared keys. */
  isKeyed (_token: string | undefined, _length: number): boolean { return false }

  /** Only a stream is decided by counts. */
  decide (_answer: AnswerReader, _passes: boolean): boolean { return false }

  /** Bytes that wait here. */
  get waitingBytes (): number { return this.end - this.start }
  /** Nothing that is decided is still to come. */
  protected get settled (): boolean { return this.#credit === 0 && this.ready <= this.end }
  get atBoundary (): boolean { return this.settled && (this.counter === undefined || this.counter.atBoundary) }
  override get saidLast (): boolean { return this.closed || this.counter?.saidLast === true }
  get knowsBoundaries (): boolean { return !this.piped || this.counter !== undefined }
  /** True if a pipe can take over: nothing here is inspected any more, and no decided bytes are still arriving. */
  get isPipe (): boolean { return this.piped && this.#credit === 0 }
  /** The stream has ended, and something before its end is not decided. */
  get endWaits (): boolean { return this.ended }

  onBytes (bytes: Uint8Array): void {
    const { owner } = this
    owner.onActivity(this.side)
    if (this.#beginning !== undefined && !this.#begin(this.#beginning, bytes)) return
    let at = 0
    if (this.#credit > 0) {
      at = Math.min(this.#credit, bytes.length)
      this.#credit -= at
      if (!this.#dropCredit) {
        if (!owner.onward.pass(this, bytes, 0, at, false)) this.holdForOther()
        owner.onward.flush()
      }
      if (this.#credit > 0) return
      this.#dropCredit = false
      owner.onward.onBoundary(this)
    }
    if (owner.ending) return
    if (this.piped) {
      if (at < bytes.length) {
        const rest = at === 0 ? bytes : bytes.subarray(at)
        this.counter?.feed(rest)
        if (!owner.onward.pass(this, bytes, at, bytes.length, false)) this.holdForOther()
      }
      owner.onward.onPiped()
      return
    }
    if (at === bytes.length) return
    this.#append(bytes, at)
    this.advance()
    this.#returnSoon()
  }

  /** Look at the first byte there is; false when no client begins with it. */
  #begin (beginning: Beginning, bytes: Uint8Array): boolean {
    if (bytes.length === 0) return true
    this.#beginning = undefined
    const refusal = this.piped ? undefined : beginning.refusal(bytes[0]!)
    if (refusal === undefined) return true
    this.owner.onStranger(refusal)
    return false
  }

  batchEnd (): void {
    // This is usual for the side without a verdict.
    if (this.start === this.end && !this.ended && !this.piped) {
      this.releaseForRoom()
      return
    }
    this.passDecided()
    if (!this.piped) {
      // Bytes that waited for this verdict may be inspected now.
      this.advance()
      this.#returnSoon()
      return
    }
    this.finishIfDone()
    this.balance()
  }

  /** A verdict comes soon; the rest of a message may never come, and nothing that is lent waits for that. */
  #returnSoon (): void {
    if (this.#lender !== undefined && !this.asks) this.#move(this.end - this.start)
  }

  override dispose (): void {
    if (this.end > this.start) this.owner.onHeld(this.start - this.end, 0)
    this.#giveBack()
    this.buffer = EMPTY
    this.start = this.ready = this.end = 0
  }

  /** Forward `bytes`, or nothing, instead of the next `length` bytes; earlier decided bytes precede them. */
  protected replace (length: number, bytes: Uint8Array | undefined): void {
    this.passDecided()
    const here = Math.min(length, this.end - this.start)
    this.start += here
    this.ready = this.start
    this.owner.onHeld(-here, this.end - this.start)
    if (here < length) {
      this.#credit = length - here
      this.#dropCredit = true
    }
    if (bytes !== undefined && bytes.length > 0 && !this.owner.onward.pass(this, bytes, 0, bytes.length, true))
      this.holdForOther()
    this.#reset()
  }

  /**
   * Forward the decided bytes: at the end of a batch, before bytes that must follow them, and before the connection
   * ends.
   */
  passDecided (): void {
    const to = Math.min(this.ready, this.end)
    if (to > this.start) {
      const from = this.start
      this.start = to
      this.owner.onHeld(from - to, this.end - to)
      if (this.ready > this.end) {
        this.#credit = this.ready - this.end
        this.ready = this.end
      }
      if (!this.owner.onward.pass(this, this.buffer, from, to, this.#lender === undefined)) this.holdForOther()
      this.#reset()
    }
  }

  #reset (): void {
    if (this.start !== this.end) return
    this.#giveBack()
    this.buffer = EMPTY
    this.start = this.ready = this.end = 0
    this.emptied()
  }

  #append (bytes: Uint8Array, from: number): void {
    const added = bytes.length - from
    const held = this.end - this.start
    if (held === 0) {
      this.start = this.ready = this.end = 0
      this.emptied()
      if (this.link.keep(bytes)) {
        this.#lender = this.link
        this.buffer = from === 0 ? bytes : bytes.subarray(from)
        this.#holds(added)
        return
      }
      if (blocks.suit(added)) {
        this.#lender = blocks
        this.buffer = blocks.take()
      } else this.buffer = Buffer.allocUnsafe(added)
    } else if (this.end + added > this.buffer.length) {
      // With room to grow, so that many small reads stay linear. The room follows what has arrived, never what a header
      // announces: that costs its sender nothing.
      this.#move(Math.max(held + added, Math.min(2 * held + added, this.cap)))
    }
    this.buffer.set(from === 0 ? bytes : bytes.subarray(from), this.end)
    this.#holds(added)
  }

  #holds (added: number): void {
    this.end += added
    this.owner.onHeld(added, this.end - this.start)
  }

  /**
   * The rest moves to a new buffer: the other link now owns the forwarded part of the old one, or all of it returns
   * to this link.
   */
  #move (room: number): void {
    const held = this.end - this.start
    const buffer = Buffer.allocUnsafe(room)
    buffer.set(this.buffer.subarray(this.start, this.end))
    this.#giveBack()
    this.buffer = buffer
    this.ready -= this.start
    this.moved(this.start)
    this.end = held
    this.start = 0
  }

  #giveBack (): void {
    const lender = this.#lender
    if (lender === undefined) return
    this.#lender = undefined
    lender.release(this.buffer)
  }

  /** Stop reading while too much waits here, and resume afterwards. */
  protected balance (): void {
    if (this.end - this.start > this.cap) this.holdForRoom()
    else this.releaseForRoom()
  }
}
