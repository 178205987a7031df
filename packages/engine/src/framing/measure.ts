/** Results of `measure` other than a length. */
export const NEED_MORE = 0
export const MALFORMED = -1
export const TOO_LARGE = -2
export const FORBIDDEN = -3

/** The length of a frame, if it may have it. */
export const bounded = (length: number, header: number, max: number): number =>
  length < header ? MALFORMED : length > max ? TOO_LARGE : length

/**
 * The state of an incomplete frame's measurement: kept by the caller from one try to the next, and reset for every
 * frame.
 */
export class Progress {
  /** Bytes available at the last try; set by the caller. */
  seen = 0
  // State of a cutter that resumes:
  /** Where it resumes, from the start of the frame. It may be beyond the available bytes. */
  at = 0
  part = 0
  firstByte = 0
  value = 0
  elements = 0
  /**
   * This many bytes, from the start of the frame, begin no forbidden bytes: one search also serves the frames after
   * this one.
   */
  clear = 0

  reset (): void { this.next(this.clear) }

  /** Nothing is left of the stream that was measured: another one may be. */
  forget (): void {
    this.reset()
    this.firstByte = 0
    this.value = 0
    this.elements = 0
  }

  /** The frame, of this length, is complete: continue with the next one. */
  next (length: number): void {
    this.seen = 0
    this.at = 0
    this.part = 0
    this.clear = Math.max(0, this.clear - length)
  }
}

/**
 * Finds the end of a frame. It has no state of its own: the caller keeps the bytes of an incomplete frame together,
 * and its progress.
 */
export interface Cutter {
  /**
   * Returns the length of the frame that begins at `bytes[from]`, header included, as far as `bytes[from..to)` shows:
   * it may exceed the available bytes. Otherwise returns NEED_MORE, MALFORMED, TOO_LARGE or FORBIDDEN.
   */
  measure (bytes: Uint8Array, from: number, to: number, progress: Progress): number
  /** The treatment of an incomplete frame when the stream ends. */
  readonly atEnd: 'message' | 'drop'
  /** Maximum bytes that `measure` may scan without a result; undefined if a frame's end is searched, not computed. */
  readonly headerBytes: number | undefined
  /** Bytes before others that may be the beginning of a frame's end in both; undefined: 0. */
  readonly overlap?: number
  /** True if `measure` scans no byte twice, so that `from` may precede the available bytes. */
  readonly resumes: boolean
  /** Maximum bytes of a frame that must be together before its length is known. */
  readonly knownWithin: number
  /** The cutter of a frame that begins with this byte. */
  choose (firstByte: number): Cutter
}
