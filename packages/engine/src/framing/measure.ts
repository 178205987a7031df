/** What `measure` answers when it cannot answer a length. */
export const NEED_MORE = 0
export const MALFORMED = -1
export const TOO_LARGE = -2
export const FORBIDDEN = -3

const reasons = ['the stream does not follow its framing', 'a frame is larger than its maximum', 'a frame holds bytes that its framing refuses']

/** What a negative answer of `measure` means, in words. */
export const whyBroken = (measured: number): string => reasons[-measured - 1]!

/** The length of a frame, if it may have it. */
export const bounded = (length: number, header: number, max: number): number =>
  length < header ? MALFORMED : length > max ? TOO_LARGE : length

/** How far a frame was measured in vain: kept by whoever cuts, from one try to the next, and reset for every frame. */
export class Progress {
  /** Bytes that were there at the last try. Whoever cuts says so. */
  seen = 0
  // What a cutter that resumes writes down:
  /** Where it goes on, from the beginning of the frame. It may be beyond what is there. */
  at = 0
  part = 0
  firstByte = 0
  value = 0
  elements = 0
  /** So many bytes, from the beginning of the frame, begin nothing that is refused: what one search has found holds for the frames behind this one. */
  clear = 0

  reset (): void { this.next(this.clear) }

  /** The frame, of this length, is cut: go on with the one behind it. */
  next (length: number): void {
    this.seen = 0
    this.at = 0
    this.part = 0
    this.clear = Math.max(0, this.clear - length)
  }
}

/** Knows where a frame ends. It has no state of its own: whoever cuts keeps the bytes of an unfinished frame together, and its progress. */
export interface Cutter {
  /**
   * Length of the frame that begins at `bytes[from]`, header included, as far as `bytes[from..to)` tells: it may be longer than what is there.
   * Returns NEED_MORE, MALFORMED, TOO_LARGE or FORBIDDEN otherwise.
   */
  measure (bytes: Uint8Array, from: number, to: number, progress: Progress): number
  /** What an unfinished frame is when the stream ends. */
  readonly atEnd: 'message' | 'drop'
  /** Most bytes that `measure` can look at in vain; undefined when a frame's end is searched, not computed. */
  readonly headerBytes: number | undefined
  /** True when `measure` looks at no byte twice, so that `from` may lie before what is still there. */
  readonly resumes: boolean
  /** Most bytes of a frame that have to be together before its length is known. */
  readonly knownWithin: number
  /** The cutter of a frame that begins with this byte. */
  choose (firstByte: number): Cutter
}
