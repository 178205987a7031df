import { NEED_MORE, type SideSpec } from '@weir/engine/framing'

const NOTHING = new Uint8Array(0)

/** A frame as far as it has arrived. */
export interface Frame {
  readonly bytes: Uint8Array
  /** Its true length, which may be more than has arrived. */
  readonly length: number
  /** What of it enters the sandbox; undefined when it passes unseen. */
  readonly entry: Uint8Array | undefined
}

/** One direction of a connection, cut with the real framing and held together the simplest way there is. */
export class Direction {
  readonly #spec: SideSpec | undefined
  #rest = NOTHING
  /** Bytes to come that belong to a frame whose fate is known. */
  #credit = 0
  #dropCredit = false
  /** Nothing here is looked at any more. */
  piped: boolean
  /** What the cutter said when the stream could not be cut any further, else 0. */
  broken = 0

  constructor (spec: SideSpec | undefined) {
    this.#spec = spec
    this.piped = spec === undefined
  }

  get atBoundary (): boolean { return this.#credit === 0 }

  /** The head of these bytes that belongs to a frame whose fate is known: `passed` goes on, `rest` is to be cut. */
  takeCredit (bytes: Uint8Array): { readonly passed: Uint8Array, readonly rest: Uint8Array } {
    const n = Math.min(this.#credit, bytes.length)
    this.#credit -= n
    const passed = this.#dropCredit ? NOTHING : bytes.subarray(0, n)
    if (this.#credit === 0) this.#dropCredit = false
    return { passed, rest: bytes.subarray(n) }
  }

  /** The frames in what waits and these bytes; what is left waits for more. */
  cut (bytes: Uint8Array): Frame[] {
    const spec = this.#spec!
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    const frames: Frame[] = []
    let at = 0
    while (at < all.length && this.broken === 0) {
      const length = spec.cutter.measure(all, at, all.length, 0)
      if (length === NEED_MORE) break
      if (length < 0) {
        this.broken = length
        break
      }
      const frame = this.#frame(spec, all, at, length)
      if (frame === undefined) break
      frames.push(frame)
      at += length
    }
    this.#rest = at < all.length ? Uint8Array.from(all.subarray(at)) : NOTHING
    return frames
  }

  /** The last frame of a stream that has ended, where its framing has one. */
  cutLast (): Frame[] {
    const rest = this.takeRest()
    if (rest.length === 0 || this.#spec?.cutter.atEnd !== 'message') return []
    const frame = this.#frame(this.#spec, rest, 0, rest.length)
    return frame === undefined ? [] : [frame]
  }

  /** Undefined: not enough of it is here to say whether it is seen, or to show it. */
  #frame (spec: SideSpec, all: Uint8Array, at: number, length: number): Frame | undefined {
    const here = all.length - at
    const bytes = all.subarray(at, Math.min(all.length, at + length))
    let seen = spec.handler
    if (seen && spec.onlyAt >= 0) {
      if (length <= spec.onlyAt) seen = false
      else if (here <= spec.onlyAt) return undefined
      else seen = spec.onlySeen[all[at + spec.onlyAt]!] === 1
    }
    if (!seen) return { bytes, length, entry: undefined }
    const entry = spec.entry.sizeOf(all, at, all.length, length)
    return entry === NEED_MORE || here < entry ? undefined : { bytes, length, entry: all.subarray(at, at + entry) }
  }

  /** What has arrived and was not cut. */
  takeRest (): Uint8Array {
    const rest = this.#rest
    this.#rest = NOTHING
    return rest
  }

  /** The fate of a frame is known; whatever of it is still to come shares it. */
  settle (frame: Frame, dropped: boolean): void {
    this.#credit = frame.length - frame.bytes.length
    this.#dropCredit = dropped && this.#credit > 0
  }
}
