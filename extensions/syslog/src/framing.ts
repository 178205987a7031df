import { frame, KiB } from '@weirlb/sdk'

/**
 * The largest message. RFC 5425 §4.3.1 requires 2 KiB and recommends 8 KiB; real messages are larger, and a frame is
 * not buffered whole.
 */
const LARGEST = 64 * KiB

/** `65536 `: the longest count, which precedes its message. */
const COUNT = 6

const NUL = 0x00
const PRIORITY = 0x3c

/**
 * Both framings of RFC 6587, distinguished by the first byte of each frame. A count begins with `1` to `9` (§3.4.1);
 * anything else is a line (§3.4.2). Either may follow the other. The last line may end with the stream. NUL before
 * the next priority in a line shows a sender that ends its messages with NUL: collectors that expect LF would get one
 * endless message.
 */
export const framing = frame.byFirstByte(
  [{ from: 0x31, to: 0x39, use: frame.counted({ max: LARGEST + COUNT }) }],
  frame.lines({ max: LARGEST + 1, never: [NUL, PRIORITY] })
)
