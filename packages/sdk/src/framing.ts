/**
 * How messages are cut from a stream: data, not code. The host compiles it and runs it outside the sandbox.
 * `max` is the largest frame in bytes, header included; a larger one is refused from its header, before it is buffered.
 */
export type Framing =
  | VarintFraming
  | LengthFraming
  | { readonly kind: 'fixed', readonly size: number }
  | DelimiterFraming
  | { readonly kind: 'counted', readonly max: number }
  | ElementsFraming
  | ByFirstByteFraming

/** `at` bytes, then a variable-length integer of at most four bytes that counts what follows it. */
export interface VarintFraming { readonly kind: 'varint', readonly at: number, readonly max: number }

/** `at` bytes, then an unsigned integer of `size` bytes; the frame ends `value + plus` bytes after that integer. */
export interface LengthFraming {
  readonly kind: 'length'
  readonly at: number
  readonly size: 1 | 2 | 4
  readonly plus: number
  readonly littleEndian: boolean
  readonly max: number
}

/** A frame ends with `bytes`, and holds the bytes of `never` nowhere in a row: with them the stream is refused, as soon as they are here. Empty: anything goes. */
export interface DelimiterFraming {
  readonly kind: 'delimiter'
  readonly bytes: readonly number[]
  readonly never: readonly number[]
  readonly max: number
  readonly atEnd: 'message' | 'drop'
}

/**
 * A frame is one element, and its first byte says what it is: one line, a line that counts the bytes of a body, or a line that counts the elements that belong to it.
 * Lines end with LF. A count is decimal, between the first byte and CR LF; `-1` announces nothing. CR LF follows a body.
 */
export interface ElementsFraming {
  readonly kind: 'elements'
  /** First bytes of elements that are one line. */
  readonly lines: readonly number[]
  /** First bytes of elements with a body. */
  readonly bodies: readonly number[]
  readonly groups: readonly GroupElement[]
  /** A frame that begins with any other byte. */
  readonly otherwise: 'line' | 'refuse'
  /** Every line of a frame, and every body but the last, ends within so many bytes. They are held until its length is known: `max` is not. */
  readonly within: number
  readonly max: number
}
/** A count of `n` announces `n * times + plus` elements. */
export interface GroupElement { readonly first: number, readonly times: number, readonly plus: number }

/** The first byte of a frame chooses its framing. */
export interface ByFirstByteFraming {
  readonly kind: 'byFirstByte'
  readonly cases: readonly FirstByteCase[]
  readonly otherwise: Framing
}
export interface FirstByteCase { readonly from: number, readonly to: number, readonly use: Framing }

export const KiB = 1024
export const MiB = 1024 * 1024

const codes = (text: string): number[] => Array.from(text, character => character.charCodeAt(0))

/** The framings an author chooses from. */
export const frame = {
  /** MQTT: `frame.varint({ at: 1, max: 256 * KiB })`. */
  varint: (o: { at: number, max: number }): Framing => ({ kind: 'varint', at: o.at, max: o.max }),
  /** A length field; give `plus: -n` when it counts `n` header bytes too. */
  length: (o: { at: number, size: 1 | 2 | 4, plus?: number, littleEndian?: boolean, max: number }): Framing =>
    ({ kind: 'length', at: o.at, size: o.size, plus: o.plus ?? 0, littleEndian: o.littleEndian ?? false, max: o.max }),
  /** Every frame has the same size. */
  fixed: (o: { size: number }): Framing => ({ kind: 'fixed', size: o.size }),
  /**
   * Frames end with these bytes, which belong to the frame. At the end of the stream an unfinished frame is a message or dropped. `never`: bytes that show that the
   * sender frames in another way, such as the beginning of its next message.
   */
  delimiter: (o: { bytes: readonly number[], never?: readonly number[], max: number, atEnd?: 'message' | 'drop' }): Framing =>
    ({ kind: 'delimiter', bytes: [...o.bytes], never: [...o.never ?? []], max: o.max, atEnd: o.atEnd ?? 'message' }),
  /** Lines that end with LF. */
  lines: (o: { never?: readonly number[], max: number, atEnd?: 'message' | 'drop' }): Framing => frame.delimiter({ bytes: [10], ...o }),
  /** A decimal length, a space, then that many bytes: octet counting (RFC 6587 §3.4.1). */
  counted: (o: { max: number }): Framing => ({ kind: 'counted', max: o.max }),
  /**
   * Elements that hold elements, by their first bytes: `lines` and `bodies` name them in one string, `groups` says how many elements each unit of its count announces,
   * and a `prefixes` group has another element, which it belongs to, behind its own. RESP2: `frame.elements({ lines: '+-:', bodies: '$', groups: { '*': 1 }, … })`.
   */
  elements: (o: {
    lines?: string
    bodies?: string
    groups?: Readonly<Record<string, number>>
    prefixes?: Readonly<Record<string, number>>
    otherwise?: 'line' | 'refuse'
    within: number
    max: number
  }): Framing => ({
    kind: 'elements',
    lines: codes(o.lines ?? ''),
    bodies: codes(o.bodies ?? ''),
    groups: [
      ...Object.entries(o.groups ?? {}).map(([first, times]) => ({ first: first.charCodeAt(0), times, plus: 0 })),
      ...Object.entries(o.prefixes ?? {}).map(([first, times]) => ({ first: first.charCodeAt(0), times, plus: 1 }))
    ],
    otherwise: o.otherwise ?? 'refuse',
    within: o.within,
    max: o.max
  }),
  byFirstByte: (cases: readonly FirstByteCase[], otherwise: Framing): Framing => ({ kind: 'byFirstByte', cases: [...cases], otherwise })
}

/** `frame[at] & mask` must be one of `in`; frames that do not match are forwarded without entering the sandbox. */
export interface Match { readonly at: number, readonly mask: number, readonly in: readonly number[] }

/** First bytes, from one to the other, both included. */
export interface ByteRange { readonly from: number, readonly to: number }

/**
 * Frames behind which their sender says nothing more: those that begin with `from` to `to`. With `where`, only those of which the byte `at`, counted from the end
 * of the frame's header, is `from` to `to` (a CONNACK of MQTT that refuses).
 */
export interface ClosingFrames extends ByteRange { readonly where?: { readonly at: number, readonly from: number, readonly to: number } | undefined }

/** How much of a frame enters the sandbox, by the frame's first byte. */
export interface PeekByFirstByte { readonly cases: readonly PeekCase[], readonly otherwise: number }

/**
 * Of frames that begin with `from` to `to`, the first `bytes` enter. With `field`, a field whose big-endian length has that many bytes stands right behind
 * the frame's header and enters whole, and `bytes` counts from its end.
 */
export interface PeekCase { readonly from: number, readonly to: number, readonly bytes: number, readonly field?: 1 | 2 | undefined }
