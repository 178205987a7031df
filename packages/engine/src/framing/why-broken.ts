import type { Framing } from '@weirlb/sdk/abi'
import { compileFraming } from './cutter.ts'
import { FORBIDDEN, NEED_MORE, Progress, TOO_LARGE } from './measure.ts'

type Simple = Exclude<Framing, { kind: 'byFirstByte' }>

/**
 * Returns the meaning of a negative result of `measure` for the frame that begins at `bytes[from]`, as text: the same
 * wherever the stream was split.
 */
export const whyBroken = (measured: number, framing: Framing, bytes: Uint8Array, from: number, to: number): string => {
  if (measured === FORBIDDEN) return 'a frame holds bytes that its framing refuses'
  return measured === TOO_LARGE
    ? whyTooLarge(ofFirstByte(framing, bytes[from]!), bytes, from, to)
    : 'the stream does not follow its framing'
}

const ofFirstByte = (framing: Framing, first: number): Simple => {
  if (framing.kind !== 'byFirstByte') return framing
  return ofFirstByte(framing.cases.find(one => first >= one.from && first <= one.to)?.use ?? framing.otherwise, first)
}

const whyTooLarge = (framing: Simple, bytes: Uint8Array, from: number, to: number): string => {
  switch (framing.kind) {
    case 'varint':
    case 'length':
    case 'counted': {
      const length = declaredLength(framing, bytes, from, to)
      return length > 0 ? `a frame of ${length} bytes is ${TOO_LONG} ${framing.max}` : larger(framing.max)
    }
    case 'elements': return `${larger(framing.max)}, or its length is not known within its first ${framing.within}`
    case 'delimiter': return larger(framing.max)
    case 'fixed': return larger(framing.size)
  }
}

/** Part of the text about each frame that is too large. */
export const TOO_LONG = 'larger than its maximum of'

const larger = (max: number): string => `a frame is ${TOO_LONG} ${max} bytes`

/**
 * The length that a header states which was refused, or NEED_MORE if that took only a part of it. What has arrived
 * behind that part depends on how the stream was split.
 */
const declaredLength = (
  framing: Extract<Framing, { kind: 'varint' | 'length' | 'counted' }>,
  bytes: Uint8Array,
  from: number,
  to: number
): number => {
  const cutter = compileFraming(framing)
  const progress = new Progress()
  let end = from + 1
  while (end < to && cutter.measure(bytes, from, end, progress) === NEED_MORE) end++
  return compileFraming({ ...framing, max: Number.MAX_SAFE_INTEGER }).measure(bytes, from, end, progress)
}
