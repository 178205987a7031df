import { NEED_MORE } from './measure.ts'
import type { MessageSpec } from './spec.ts'

/** Result of `seenBytes` for a frame that is not inspected. */
export const UNSEEN = -1

/**
 * Returns how many bytes of the frame of `length` bytes at `bytes[from]` enter the sandbox, as far as
 * `bytes[from..to)` shows. Returns UNSEEN for a frame that is not inspected, and NEED_MORE while too little has
 * arrived to inspect it, or to recognise a closing frame. `wide`: a rule reads a field that needs more.
 */
export const seenBytes = (
  spec: MessageSpec,
  bytes: Uint8Array,
  from: number,
  to: number,
  length: number,
  wide: boolean
): number => {
  const here = to - from
  // Closing frames are recognised when they are forwarded.
  if (spec.closings !== undefined && here < spec.closings.needed(bytes, from, length)) return NEED_MORE
  if (!spec.handler) return UNSEEN
  const { onlyAt } = spec
  if (onlyAt >= 0) {
    if (length <= onlyAt) return UNSEEN
    if (here <= onlyAt) return NEED_MORE
    if (spec.onlySeen[bytes[from + onlyAt]!] !== 1) return UNSEEN
  }
  const entry = (wide ? spec.wideEntry : spec.entry).sizeOf(bytes, from, to, length)
  return here < entry ? NEED_MORE : entry
}
