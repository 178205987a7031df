import type { ByteRange } from '@weirlb/sdk/abi'

const hex = (byte: number): string => `0x${byte.toString(16).padStart(2, '0')}`
/** A byte, with its character where it has one. */
const shown = (byte: number): string =>
  byte > 0x20 && byte < 0x7f ? `${hex(byte)} ('${String.fromCharCode(byte)}')` : hex(byte)

/** The allowed first bytes of a client. */
export class Beginning {
  readonly #ranges: readonly ByteRange[]

  constructor (ranges: readonly ByteRange[]) { this.#ranges = ranges }

  /** Undefined for a first byte that is allowed, or why it is not. */
  refusal (first: number): string | undefined {
    const ranges = this.#ranges
    if (ranges.some(({ from, to }) => first >= from && first <= to)) return undefined
    return `the first byte is ${shown(first)}; a client begins with ${
      ranges.map(({ from, to }) => from === to ? shown(from) : `${shown(from)} to ${shown(to)}`).join(', ')
    }`
  }
}
