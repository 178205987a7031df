import type { ByteLink } from '@weirlb/link'
import type { BoundaryCounter } from '../framing/boundary-counter.ts'
import type { Owner } from './owner.ts'
import { Inlet } from './inlet.ts'
import type { Side } from './side.ts'

/**
 * One side of a tunnel: bytes go straight to the other side. Frames are only counted, and only if originated bytes
 * may have to be sent between them.
 */
export class PipeInlet extends Inlet {
  readonly #to: ByteLink
  readonly #counter: BoundaryCounter | undefined

  constructor (owner: Owner, side: Side, link: ByteLink, to: ByteLink, counter: BoundaryCounter | undefined) {
    super(owner, side, link)
    this.#to = to
    this.#counter = counter
  }

  get atBoundary (): boolean { return this.#counter === undefined || this.#counter.atBoundary }
  override get saidLast (): boolean { return this.closed || this.#counter?.saidLast === true }
  get knowsBoundaries (): boolean { return this.#counter !== undefined }

  onBytes (bytes: Uint8Array): void {
    const { owner } = this
    owner.onActivity(this.side)
    if (this.#counter !== undefined) {
      if (owner.onward.ownWaits(this)) {
        this.#toBoundary(bytes, this.#counter)
        return
      }
      this.#counter.feed(bytes)
    }
    if (!this.#to.write(bytes)) this.holdForOther()
  }

  #toBoundary (bytes: Uint8Array, counter: BoundaryCounter): void {
    const before = counter.feedToBoundary(bytes)
    if (!this.#to.write(before === bytes.length ? bytes : bytes.subarray(0, before))) this.holdForOther()
    if (!counter.atBoundary) return
    this.owner.onward.onBoundary(this)
    if (before < bytes.length && !this.owner.ending) this.onBytes(bytes.subarray(before))
  }

  onEnd (): void { this.owner.onSideEnded(this) }
}
