import type { Inlet } from './inlet.ts'
import { JudgedInlet } from './judged-inlet.ts'
import type { Outlet } from './outlet.ts'

/** Overhead of waiting originated bytes, in bytes. */
export const OWN_COST = 256

/**
 * The outlet of a stream that continues one other peer's. The stream's owner creates it for the first originated
 * bytes: most connections have none.
 */
export abstract class PlainOutlet implements Outlet {
  #waiting: Uint8Array[] | undefined
  /** Cost of the waiting bytes. */
  #cost = 0
  /** A direction was refused for lack of room. */
  #gated = false

  /** Where the bytes come in that this stream carries on; undefined: none do now. */
  protected abstract readonly source: Inlet | undefined
  /** Queue bytes at the link, after all forwarded ones. */
  protected abstract put (bytes: Uint8Array): void
  /** All that waited has been put. */
  protected abstract onPut (): void
  /** Maximum waiting bytes. */
  protected abstract readonly cap: number
  /** There is room again for messages that may cause more originated bytes. */
  protected abstract onRoom (): void

  get waits (): boolean { return this.#waiting !== undefined }

  /** True if there is room for one more message that may cause originated bytes. False: `onRoom` follows. */
  get hasRoom (): boolean {
    if (this.#cost <= this.cap) return true
    this.#gated = true
    return false
  }

  get knowsBoundaries (): boolean { return this.source?.knowsBoundaries === true }

  get saidLast (): boolean {
    const { source } = this
    return source?.saidLast === true && source.atBoundary
  }

  own (bytes: Uint8Array): void {
    const { source } = this
    if (this.#waiting === undefined && (source === undefined || source.atBoundary)) {
      if (source?.saidLast === true) return
      if (source instanceof JudgedInlet) source.passDecided()
      this.put(bytes)
      return
    }
    this.#cost += bytes.length + OWN_COST
    if (this.#waiting === undefined) this.#waiting = [bytes]
    else this.#waiting.push(bytes)
  }

  goodbye (bytes: Uint8Array): void { this.own(bytes) }

  awaitBoundary (): boolean {
    if (this.#waiting === undefined && this.source?.atBoundary !== false) return false
    this.#waiting ??= []
    return true
  }

  /** The source is between two messages. */
  onBoundary (): void {
    const waiting = this.#waiting
    if (waiting === undefined) return
    this.#waiting = undefined
    this.#cost = 0
    if (this.source?.saidLast !== true) for (const bytes of waiting) this.put(bytes)
    this.onPut()
    if (!this.#gated) return
    this.#gated = false
    this.onRoom()
  }
}
