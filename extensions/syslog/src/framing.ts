import { frame, KiB } from '@weirlb/sdk'

/** RFC 5425 §4.3.1 asks for 2 KiB and recommends 8 KiB; what is sent in the field is larger, and a frame is not held whole. */
const max = 64 * KiB

/**
 * Both framings of RFC 6587, told apart by their first byte: a count begins with `1` to `9` (§3.4.1), anything else is a line (§3.4.2). The last line may end
 * with the stream.
 */
export const framing = frame.byFirstByte([{ from: 0x31, to: 0x39, use: frame.counted({ max }) }], frame.lines({ max }))
