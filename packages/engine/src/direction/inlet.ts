import type { ByteLink, LinkError, LinkSink } from '@weirlb/link'
import type { Direction, Owner } from './owner.ts'
import type { Side } from './side.ts'

// Why a side is not read, one bit for each reason.
/** The other side takes no more. */
const FOR_OTHER = 1
/** This side does not read the replies sent to it. */
const FOR_OWN = 2
/** Too much of this side waits for verdicts. */
const FOR_ROOM = 4
/** A rate limit lets the client wait. */
const FOR_RATE = 8

/** Where one side's bytes come in. A connection has one per side and swaps it when its decision is made. */
export abstract class Inlet implements LinkSink, Direction {
  readonly owner: Owner
  readonly side: Side
  readonly link: ByteLink
  /** Why the link is paused. */
  #pauses = 0
  /** The extension inspects every message, also those that its declared keys would decide. */
  inspectsAll = false
  /** A frame has passed after which its sender sends nothing more. */
  protected closed = false

  constructor (owner: Owner, side: Side, link: ByteLink) {
    this.owner = owner
    this.side = side
    this.link = link
  }

  /**
   * Returns how much of an incomplete frame waits here, in words: `8 of 12 bytes of a frame`; undefined if none does.
   * `which` names the frame.
   */
  incomplete (_which: string): string | undefined { return undefined }

  /** Number of the frame of which a part waits here; -1: none does, or frames are unknown. */
  get openFrame (): number { return -1 }

  abstract onBytes (bytes: Uint8Array): void
  abstract onEnd (): void
  /** True if the passed bytes end between two frames, or frames are unknown. */
  abstract readonly atBoundary: boolean
  /** True when `atBoundary` is knowledge. */
  abstract readonly knowsBoundaries: boolean
  /** True if a closing frame has passed, or is in transit: no originated bytes may follow it. */
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
  /**
   * This side requests more than it reads: an extension's replies fill it. It is not read until it has read them all.
   */
  holdForOwn (): void { this.#pause(FOR_OWN) }
  /** Too much of this side waits for verdicts: stop reading it. */
  protected holdForRoom (): void { this.#pause(FOR_ROOM) }
  /** Bytes waiting for verdicts have room again, or this side has none any more. */
  releaseForRoom (): void { this.#resume(FOR_ROOM) }

  /** A rate limit lets the client wait: stop reading it. */
  protected holdForRate (): void { this.#pause(FOR_RATE) }
  /** It waits no longer. */
  releaseForRate (): void { this.#resume(FOR_RATE) }

  /** Replace another inlet, with its pauses. */
  takeOver (from: Inlet): void {
    this.#pauses = from.#pauses
    this.closed = from.closed
  }

  /** Another inlet replaces this one, or the connection is gone: release the buffers. */
  dispose (): void {}

  /** This side's link has sent all its bytes, so both sides may continue. */
  onDrained (): void {
    this.#resume(FOR_OWN)
    this.owner.onward.onDrained(this)
  }

  onClosed (error: LinkError | undefined): void { this.owner.onLinkClosed(this, error) }
  onFault (error: unknown): void { this.owner.onFault(error) }
}
