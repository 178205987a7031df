import type { ByteLink, LinkError, LinkSink } from '@weirlb/link'
import type { Direction, Owner } from './owner.ts'
import type { Side } from './side.ts'

// Why a side is not read, one bit for each reason.
/** The other side takes no more. */
const FOR_OTHER = 1
/** This side does not take what is said to it in reply. */
const FOR_OWN = 2
/** Too much of this side waits for verdicts. */
const FOR_ROOM = 4

/** Where one side's bytes come in. A connection has one per side and swaps it when its decision is made. */
export abstract class Inlet implements LinkSink, Direction {
  readonly owner: Owner
  readonly side: Side
  readonly link: ByteLink
  /** Why the link is paused. */
  #pauses = 0
  /** A frame has gone through behind which its sender says nothing more. */
  protected closed = false

  constructor (owner: Owner, side: Side, link: ByteLink) {
    this.owner = owner
    this.side = side
    this.link = link
  }

  abstract onBytes (bytes: Uint8Array): void
  abstract onEnd (): void
  /** True when what went through so far ends between two frames, or nothing is known of frames. */
  abstract readonly atBoundary: boolean
  /** True when `atBoundary` is knowledge. */
  abstract readonly knowsBoundaries: boolean
  /** A frame has gone through, or is on its way, behind which its sender says nothing more: nothing of ours may follow it. */
  get saidLast (): boolean { return this.closed }

  #pause (why: number): void {
    if (this.#pauses === 0) this.link.pause()
    this.#pauses |= why
  }

  #resume (why: number): void {
    if ((this.#pauses & why) === 0) return
    this.#pauses &= ~why
    if (this.#pauses === 0) this.link.resume()
  }

  /** The other side is full: stop reading this one. */
  holdForOther (): void { this.#pause(FOR_OTHER) }
  /** The other side has room again. */
  releaseForOther (): void { this.#resume(FOR_OTHER) }
  /** This side asks for more than it takes: an extension's replies fill it. Until it has taken all, it is not read. */
  holdForOwn (): void { this.#pause(FOR_OWN) }
  /** Too much of this side waits for verdicts: stop reading it. */
  protected holdForRoom (): void { this.#pause(FOR_ROOM) }
  /** What waits for verdicts has room again, or nothing of this side waits for verdicts any more. */
  releaseForRoom (): void { this.#resume(FOR_ROOM) }

  /** Go on in place of another inlet, with the pauses it has asked for. */
  takeOver (from: Inlet): void {
    this.#pauses = from.#pauses
    this.closed = from.closed
  }

  /** Another inlet takes over, or the connection is gone: give back what is held here. */
  dispose (): void {}

  /** This side's link has sent all it had, so both sides may go on. */
  onDrained (): void {
    this.#resume(FOR_OWN)
    this.owner.onward.onDrained(this)
  }

  onClosed (error: LinkError | undefined): void { this.owner.onLinkClosed(this, error) }
  onFault (error: unknown): void { this.owner.onFault(error) }
}
