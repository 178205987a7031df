import type { ByteLink, LinkError, LinkSink } from '@weirlb/link'
import type { Direction, Owner } from './owner.ts'
import type { Side } from './side.ts'

/** Where one side's bytes come in. A connection has one per side and swaps it when its decision is made. */
export abstract class Inlet implements LinkSink, Direction {
  readonly owner: Owner
  readonly side: Side
  readonly link: ByteLink
  /** Paused because the other side takes no more. */
  held = false
  /** Paused because this side does not take what is said to it in reply. */
  stuffed = false
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

  /** The other side is full. */
  hold (): void {
    if (this.held) return
    this.held = true
    this.link.pause()
  }

  /** The other side has room again. */
  release (): void {
    if (!this.held) return
    this.held = false
    this.link.resume()
  }

  /** This side asks for more than it takes: an extension's replies fill it. */
  stuff (): void {
    if (this.stuffed) return
    this.stuffed = true
    this.link.pause()
  }

  /** Go on in place of another inlet, with the pauses it has asked for. */
  takeOver (from: Inlet): void {
    this.held = from.held
    this.stuffed = from.stuffed
    this.closed = from.closed
  }

  /** Another inlet takes over, or the connection is gone: give back what is held here. */
  dispose (): void {}

  /** This side's link has sent all it had, so both sides may go on. */
  onDrained (): void {
    if (this.stuffed) {
      this.stuffed = false
      this.link.resume()
    }
    this.owner.onward.onDrained(this)
  }

  onClosed (error: LinkError | undefined): void { this.owner.onLinkClosed(this, error) }
  onFault (error: unknown): void { this.owner.onFault(error) }
}
