/**
 * How a stream is divided into messages: data, not code. The host compiles it and runs it outside the sandbox.
 * `max` is the largest frame in bytes, header included. A larger one is refused by its header, before it is buffered.
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

/**
 * A frame ends with `bytes`, and holds the bytes of `never` nowhere in a row: with them the stream is refused, as soon
 * as they are here. Empty: anything goes.
 */
export interface DelimiterFraming {
  readonly kind: 'delimiter'
  readonly bytes: readonly number[]
  readonly never: readonly number[]
  readonly max: number
  readonly atEnd: 'message' | 'drop'
}

/**
 * A frame is one element, whose first byte gives its kind: one line, a line that counts the bytes of a body, or a
 * line that counts further elements.
 * Lines end with LF. A count is decimal, between the first byte and CR LF; `-1` announces nothing. CR LF follows a
 * body.
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
  /**
   * Every line of a frame, and every body but the last, must end within this many bytes. They are buffered until the
   * frame's length is known.
   */
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
/** Frames that begin with `from` to `to`, both included, are cut by `use`. */
export interface FirstByteCase { readonly from: number, readonly to: number, readonly use: Framing }

/** Bytes in a kibibyte: `max: 256 * KiB`. */
export const KiB = 1024
/** Bytes in a mebibyte: `max: 2 * MiB`. */
export const MiB = 1024 * 1024

const codes = (text: string): number[] => Array.from(text, character => character.charCodeAt(0))

/** The framings an author chooses from. */
export const frame = {
  /**
   * `at` bytes, then a length as unsigned LEB128 of at most four bytes, which counts what follows it. MQTT:
   * `frame.varint({ at: 1, max: 256 * KiB })`.
   */
  varint: (o: { at: number, max: number }): Framing => ({ kind: 'varint', at: o.at, max: o.max }),
  /** A length field; give `plus: -n` when it counts `n` header bytes too. */
  length: (o: { at: number, size: 1 | 2 | 4, plus?: number, littleEndian?: boolean, max: number }): Framing =>
    ({ kind: 'length', at: o.at, size: o.size, plus: o.plus ?? 0, littleEndian: o.littleEndian ?? false, max: o.max }),
  /** Every frame has the same size. */
  fixed: (o: { size: number }): Framing => ({ kind: 'fixed', size: o.size }),
  /**
   * Frames end with these bytes, which belong to the frame. At the end of the stream an unfinished frame is a message
   * or dropped. `never`: bytes that show that the sender frames in another way, such as the beginning of its next
   * message.
   */
  delimiter: (
    o: { bytes: readonly number[], never?: readonly number[], max: number, atEnd?: 'message' | 'drop' }
  ): Framing => ({
    kind: 'delimiter',
    bytes: [...o.bytes],
    never: [...o.never ?? []],
    max: o.max,
    atEnd: o.atEnd ?? 'message'
  }),
  /** Lines that end with LF. */
  lines: (o: { never?: readonly number[], max: number, atEnd?: 'message' | 'drop' }): Framing =>
    frame.delimiter({ bytes: [10], ...o }),
  /** A decimal length, a space, then that many bytes: octet counting (RFC 6587 §3.4.1). */
  counted: (o: { max: number }): Framing => ({ kind: 'counted', max: o.max }),
  /**
   * Elements that hold elements, by their first bytes. `lines` and `bodies` list theirs in one string. `groups` gives
   * the number of elements that each unit of a count announces. A `prefixes` group is followed by its own elements
   * and then by the element that it belongs to.
   * RESP2: `frame.elements({ lines: '+-:', bodies: '$', groups: { '*': 1 }, … })`.
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
  /**
   * The first byte of a frame chooses its framing. MQTT, where a CONNECT may be larger than other packets:
   * `frame.byFirstByte([{ from: 0x10, to: 0x1f, use: frame.varint({ at: 1, max: MiB }) }], frame.varint({ at: 1, max:
   * 64 * KiB }))`.
   */
  byFirstByte: (cases: readonly FirstByteCase[], otherwise: Framing): Framing => ({
    kind: 'byFirstByte',
    cases: [...cases],
    otherwise
  })
}

/**
 * `frame[at] & mask` must be one of `in`; frames that do not match are forwarded without entering the sandbox.
 * CONNECT and PUBLISH of MQTT, whose type is in the upper half of the first byte: `only: { at: 0, mask: 0xf0, in:
 * [0x10, 0x30] }`.
 */
export interface Match { readonly at: number, readonly mask: number, readonly in: readonly number[] }

/** First bytes, from one to the other, both included. */
export interface ByteRange { readonly from: number, readonly to: number }

/**
 * Frames after which their sender sends nothing more: those that begin with `from` to `to`. With `where`, the byte
 * `at`, counted from the end of the frame's header, must also be `from` to `to` (a CONNACK of MQTT that refuses).
 */
export interface ClosingFrames extends ByteRange {
  readonly where?: { readonly at: number, readonly from: number, readonly to: number } | undefined
}

/**
 * How much of a frame enters the sandbox, by the frame's first byte. `wideFor`: declared fields; while a rule of the
 * user vserver reads one of these, `wide` of a case is in place of its `bytes`.
 */
export interface PeekByFirstByte {
  readonly cases: readonly PeekCase[]
  readonly otherwise: number
  readonly wideFor?: readonly string[] | undefined
}

/**
 * For frames that begin with `from` to `to`, the first `bytes` enter the sandbox. With `field`, a field with a
 * big-endian length of that many bytes follows the frame's header. It enters whole, and `bytes` counts from its end.
 * For PUBLISH the topic and 64 bytes, for all else 16:
 * `peek: { cases: [{ from: 0x30, to: 0x3f, bytes: 64, field: 2 }], otherwise: 16 }`.
 */
export interface PeekCase {
  readonly from: number
  readonly to: number
  readonly bytes: number
  readonly field?: 1 | 2 | undefined
  readonly wide?: number | undefined
}
