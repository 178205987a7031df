import type { StreamSpec } from '@weirlb/engine/framing'
import { Direction } from './direction.ts'

/** A direction that the extension cuts itself. */
export class StreamDirection extends Direction {
  readonly #most: number
  #need = 1
  /** The stream ends with what was shown. */
  #told = false
  #shown = 0

  constructor (spec: StreamSpec) {
    super()
    this.#most = spec.entryBytes
  }

  append (bytes: Uint8Array): void {
    this.rest = this.rest.length === 0 ? Uint8Array.from(bytes) : Buffer.concat([this.rest, bytes])
  }

  /** What the extension is to be shown now; `ended`: no more will come. */
  show (ended: boolean): { readonly bytes: Uint8Array, readonly last: boolean } | undefined {
    const undecided = this.rest.length
    if (undecided === 0 || (undecided < this.#need && !ended)) return undefined
    const bytes = this.rest.subarray(0, this.#most)
    this.#shown = bytes.length
    this.#told = ended && bytes.length === undecided
    this.#need = 1
    return { bytes, last: this.#told }
  }

  /** The next `n` bytes are decided; answers those of them that are here. */
  decide (n: number, dropped: boolean): Uint8Array {
    const here = this.rest.subarray(0, n)
    this.rest = this.rest.subarray(here.length)
    this.#shown = Math.max(0, this.#shown - n)
    this.owe(n - here.length, dropped)
    return here
  }

  /** Nothing can be said before `count` bytes more than were shown are here. Answers what is wrong with that. */
  wait (count: number): string | undefined {
    const left = this.#shown
    if (count === 0 || left === 0) return undefined
    if (left + count > this.#most) return `the extension needs ${left + count} bytes at once; at most ${this.#most} may wait (bufferedBytes, heldBytes)`
    if (this.#told) return `the stream ended ${count} bytes before the extension could judge its last ${left}`
    this.#need = left + count
    return undefined
  }
}
