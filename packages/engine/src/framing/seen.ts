import { NEED_MORE } from './measure.ts'
import type { MessageSpec } from './spec.ts'

/** What `seenBytes` returns for a frame that passes without the extension. */
export const UNSEEN = -1

/**
 * How many bytes of the frame of `length` bytes at `bytes[from]` enter the sandbox, as far as `bytes[from..to)` tells. Returns UNSEEN for a frame that the extension
 * is not asked about, and NEED_MORE while too little of it has arrived to ask, or to say whether it is the last of its sender.
 */
export const seenBytes = (spec: MessageSpec, bytes: Uint8Array, from: number, to: number, length: number): number => {
  const here = to - from
  // Whether it closes is known when it goes on.
  if (spec.closings !== undefined && here < spec.closings.needed(bytes, from, length)) return NEED_MORE
  if (!spec.handler) return UNSEEN
  const { onlyAt } = spec
  if (onlyAt >= 0) {
    if (length <= onlyAt) return UNSEEN
    if (here <= onlyAt) return NEED_MORE
    if (spec.onlySeen[bytes[from + onlyAt]!] !== 1) return UNSEEN
  }
  const entry = spec.entry.sizeOf(bytes, from, to, length)
  return here < entry ? NEED_MORE : entry
}
