import { NEED_MORE, Progress } from './measure.ts'
import { seenBytes, UNSEEN } from './seen.ts'
import type { MessageSpec } from './spec.ts'

/** One frame of a stream that is evaluated as a whole. */
export interface CutFrame {
  readonly offset: number
  /** Its true length. */
  readonly length: number
  /** Why the frame is inspected, or not. */
  readonly why: 'handler' | 'no-handler' | 'only'
  /** How many of its bytes enter the sandbox: 0 when it is not seen. */
  readonly entry: number
}

/** The frames, and where and why the framing stopped; `broken` is the cutter's error code. */
export interface Cut {
  readonly frames: readonly CutFrame[]
  readonly end: number
  readonly limited: boolean
  readonly broken: number
}

/**
 * Cut bytes as a stream that has only begun: what is not complete waits. At most `most` frames. `wide`: a rule reads a
 * field that needs more.
 */
export const cut = (spec: MessageSpec, bytes: Uint8Array, most: number, wide = false): Cut => {
  const frames: CutFrame[] = []
  let offset = 0
  while (offset < bytes.length) {
    if (frames.length === most) return { frames, end: offset, limited: true, broken: 0 }
    const length = spec.cutter.measure(bytes, offset, bytes.length, new Progress())
    if (length === NEED_MORE) break
    if (length < 0) return { frames, end: offset, limited: false, broken: length }
    const frame = decide(spec, bytes, offset, length, wide)
    if (frame === undefined) break
    frames.push(frame)
    offset += length
  }
  return { frames, end: Math.min(offset, bytes.length), limited: false, broken: 0 }
}

/** Undefined: too little of the frame has arrived to inspect it. */
const decide = (
  spec: MessageSpec,
  bytes: Uint8Array,
  offset: number,
  length: number,
  wide: boolean
): CutFrame | undefined => {
  const entry = seenBytes(spec, bytes, offset, bytes.length, length, wide)
  if (entry === NEED_MORE) return undefined
  return entry === UNSEEN
    ? { offset, length, why: spec.handler ? 'only' : 'no-handler', entry: 0 }
    : { offset, length, why: 'handler', entry }
}
