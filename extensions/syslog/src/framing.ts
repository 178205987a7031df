import { frame, KiB } from '@weirlb/sdk'

/** The largest message. RFC 5425 §4.3.1 asks for 2 KiB and recommends 8 KiB; what is sent in the field is larger, and a frame is not held whole. */
const LARGEST = 64 * KiB

/** `65536 `: the longest count, which stands before its message. */
const COUNT = 6

const NUL = 0x00
const PRIORITY = 0x3c

/**
 * Both framings of RFC 6587, told apart by the first byte of each frame: a count begins with `1` to `9` (§3.4.1), anything else is a line (§3.4.2), which may
 * follow a count and be followed by one. The last line may end with the stream. A line in which NUL stands before the next priority is one of a sender that ends
 * its messages with NUL: collectors that take LF would be sent one message without an end.
 */
export const framing = frame.byFirstByte(
  [{ from: 0x31, to: 0x39, use: frame.counted({ max: LARGEST + COUNT }) }],
  frame.lines({ max: LARGEST + 1, never: [NUL, PRIORITY] })
)
