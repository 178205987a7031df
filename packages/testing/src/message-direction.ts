import { NEED_MORE, Progress, type MessageSpec } from '@weirlb/engine/framing'
import { Direction } from './direction.ts'

/** A frame as far as it has arrived. */
export interface Frame {
  readonly bytes: Uint8Array
  /** Its true length, which may be more than has arrived. */
  readonly length: number
  /** What of it enters the sandbox; undefined when it passes unseen. */
  readonly entry: Uint8Array | undefined
}

/** A direction that is cut with the real framing. */
export class MessageDirection extends Direction {
  readonly #spec: MessageSpec
  /** What the cutter said when the stream could not be cut any further, else 0. */
  broken = 0

  constructor (spec: MessageSpec) {
    super()
    this.#spec = spec
  }

  /** The frames in what waits and these bytes; what is left waits for more. */
  cut (bytes: Uint8Array): Frame[] {
    const spec = this.#spec
    const all = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes])
    const frames: Frame[] = []
    let at = 0
    while (at < all.length && this.broken === 0) {
      const length = spec.cutter.measure(all, at, all.length, new Progress())
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
    this.rest = Uint8Array.from(all.subarray(at))
    return frames
  }

  /** The last frame of a stream that has ended, where its framing has one. */
  cutLast (): Frame[] {
    const rest = this.takeRest()
    if (rest.length === 0 || this.#spec.cutter.choose(rest[0]!).atEnd !== 'message') return []
    const frame = this.#frame(this.#spec, rest, 0, rest.length)
    return frame === undefined ? [] : [frame]
  }

  /** Undefined: not enough of it is here to say whether it is seen, or to show it. */
  #frame (spec: MessageSpec, all: Uint8Array, at: number, length: number): Frame | undefined {
    const here = all.length - at
    const bytes = all.subarray(at, Math.min(all.length, at + length))
    if (spec.closings !== undefined && here < spec.closings.needed(all, at, length)) return undefined
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

  /** Nothing follows this frame. */
  closes ({ bytes, length }: Frame): boolean { return this.#spec.closings?.has(bytes, 0, length) === true }

  /** The fate of a frame is known; whatever of it is still to come shares it. */
  settle (frame: Frame, dropped: boolean): void {
    this.owe(frame.length - frame.bytes.length, dropped)
  }
}
