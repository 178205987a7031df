import type { DelimiterFraming } from '@weirlb/sdk/abi'
import { bounded, type Cutter, FORBIDDEN, NEED_MORE, type Progress, TOO_LARGE } from './measure.ts'

const matches = (bytes: Uint8Array, at: number, wanted: Uint8Array): boolean => {
  for (let i = 1; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false
  return true
}

/** Frames that end with certain bytes, and may be refused for others. */
export class DelimiterCutter implements Cutter {
  readonly resumes = false
  readonly atEnd: 'message' | 'drop'
  readonly headerBytes = undefined
  get overlap (): number { return this.#bytes.length - 1 }
  get knownWithin (): number { return this.#max }
  readonly #bytes: Uint8Array
  readonly #never: Uint8Array | undefined
  readonly #max: number

  constructor ({ bytes, never, max, atEnd }: DelimiterFraming) {
    this.#bytes = Uint8Array.from(bytes)
    this.#never = never.length === 0 ? undefined : Uint8Array.from(never)
    this.#max = max
    this.atEnd = atEnd
  }

  measure (bytes: Uint8Array, from: number, to: number, progress: Progress): number {
    const end = this.#endOf(bytes, from, to, progress.seen)
    if (
      this.#never !== undefined &&
      this.#holds(this.#never, bytes, from, to, Math.min(end === NEED_MORE ? to : end, from + this.#max), progress)
    ) return FORBIDDEN
    if (end !== NEED_MORE) return bounded(end - from, 0, this.#max)
    // One byte more than there may be, and no end in it.
    return to - from >= this.#max ? TOO_LARGE : NEED_MORE
  }

  #endOf (bytes: Uint8Array, from: number, to: number, seen: number): number {
    const wanted = this.#bytes
    // The delimiter may have begun in what was already seen.
    let at = from + Math.max(0, seen - wanted.length + 1)
    while (at < to) {
      at = bytes.indexOf(wanted[0]!, at)
      if (at < 0 || at + wanted.length > to) break
      if (matches(bytes, at, wanted)) return at + wanted.length
      at++
    }
    return NEED_MORE
  }

  /**
   * True if a forbidden byte precedes `end`. The search covers all available bytes, and its result is kept: a
   * separate search per frame would cost their square.
   */
  #holds (never: Uint8Array, bytes: Uint8Array, from: number, to: number, end: number, progress: Progress): boolean {
    const last = to - never.length
    let at = from + progress.clear
    while (at <= last) {
      const found = bytes.indexOf(never[0]!, at)
      if (found < 0 || found > last) {
        at = last + 1
        break
      }
      at = found
      if (matches(bytes, at, never)) break
      at++
    }
    progress.clear = Math.max(progress.clear, at - from)
    return at <= last && at + never.length <= end
  }

  choose (): Cutter { return this }
}
