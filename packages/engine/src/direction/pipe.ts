import type { ByteLink } from '@weirlb/link'
import type { BoundaryCounter } from '../framing/boundary-counter.ts'
import type { Connection } from '../connection/connection.ts'
import { Inlet, type Side } from './inlet.ts'

/** One side of a tunnel: bytes go straight to the other side. Where frames end is only counted, and only when last words may have to stand there. */
export class Pipe extends Inlet {
  readonly #to: ByteLink
  readonly #counter: BoundaryCounter | undefined

  constructor (connection: Connection, side: Side, link: ByteLink, to: ByteLink, counter: BoundaryCounter | undefined) {
    super(connection, side, link)
    this.#to = to
    this.#counter = counter
  }

  get atBoundary (): boolean { return this.#counter === undefined || this.#counter.atBoundary }
  get knowsBoundaries (): boolean { return this.#counter !== undefined }

  onBytes (bytes: Uint8Array): void {
    const connection = this.connection
    connection.onActivity(this.side)
    if (this.#counter !== undefined) {
      if (connection.upstream.waitsForBoundary(this.side)) {
        this.#toBoundary(bytes, this.#counter)
        return
      }
      this.#counter.feed(bytes)
    }
    if (!this.#to.write(bytes)) this.hold()
  }

  #toBoundary (bytes: Uint8Array, counter: BoundaryCounter): void {
    const before = counter.feedToBoundary(bytes)
    if (!this.#to.write(before === bytes.length ? bytes : bytes.subarray(0, before))) this.hold()
    if (!counter.atBoundary) return
    this.connection.upstream.onBoundary(this)
    if (before < bytes.length && !this.connection.ending) this.onBytes(bytes.subarray(before))
  }

  onEnd (): void { this.connection.onSideEnded(this) }
}
