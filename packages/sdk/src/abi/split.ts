// What the verdict `split` says, in one piece of bytes: whole numbers of four bytes, and behind them the bytes.
import { readList, writeList } from './lists.ts'

/** In place of a service's number: all of them. */
export const EVERY = -1

/**
 * What a message for several servers is made of. Ranges are places in the client's message: where one begins, and where
 * it ends.
 */
export interface SplitShape {
  /** The number of a service among all, or EVERY. Undefined: the message goes where its tokens go. */
  readonly to: number | undefined
  /** With `to`: replaces the message. */
  readonly bytes: Uint8Array | undefined
  /** The tokens, where they are not ranges. */
  readonly tokens: readonly Uint8Array[] | undefined
  readonly tokenRanges: ArrayLike<number> | undefined
  /** How a part is made. Undefined: the guest makes it. */
  readonly pieces: ShapedPieces | undefined
  /** The elements of all replies become the one reply, or else these bytes. Undefined: the guest makes the reply. */
  readonly tooLarge: Uint8Array | undefined
}

/**
 * A part: `head`, with a number of `times` × keys + `plus` before byte `at` unless that is -1, the items of its keys,
 * and `tail`.
 */
export interface ShapedPieces {
  readonly head: Uint8Array
  readonly at: number
  readonly times: number
  readonly plus: number
  readonly items: ArrayLike<number>
  readonly tail: Uint8Array
}

const Flag = { to: 1, bytes: 2, tokenRanges: 4, pieces: 8, tooLarge: 16 } as const

// Words:
const FLAGS = 0
/** The number of tokens, or of the service. */
const COUNT = 1
const AT = 2
const TIMES = 3
const PLUS = 4
/** Bytes of the head, or of what replaces the message. */
const HEAD_LENGTH = 5
const TAIL_LENGTH = 6
const TOO_LARGE_LENGTH = 7
const WORDS = 8

const NOTHING: Uint8Array = new Uint8Array(0)

// Used again and again: in the sandbox, memory of its own for each costs more than writing it.
let numbers = new Int32Array(1024)
let all = new Uint8Array(numbers.buffer)

/** Write what a split says. Valid until the next one is written. */
export const writeSplit = ({ to, bytes, tokens, tokenRanges, pieces, tooLarge }: SplitShape): Uint8Array => {
  const list = tokens === undefined ? undefined : writeList(tokens)
  const head = bytes ?? pieces?.head ?? NOTHING
  const tail = pieces?.tail ?? NOTHING
  const otherwise = tooLarge ?? NOTHING
  const itemsFrom = WORDS + (tokenRanges?.length ?? 0)
  const headFrom = 4 * (itemsFrom + (pieces?.items.length ?? 0))
  const tailFrom = headFrom + head.length
  const tooLargeFrom = tailFrom + tail.length
  const listFrom = tooLargeFrom + otherwise.length
  const length = listFrom + (list?.length ?? 0)
  if (length > all.length) {
    numbers = new Int32Array(length + 3 >> 2)
    all = new Uint8Array(numbers.buffer)
  }
  numbers[FLAGS] = (to === undefined ? 0 : Flag.to) | (bytes === undefined ? 0 : Flag.bytes) |
    (tokenRanges === undefined ? 0 : Flag.tokenRanges) |
    (pieces === undefined ? 0 : Flag.pieces) | (tooLarge === undefined ? 0 : Flag.tooLarge)
  numbers[COUNT] = to ?? tokens?.length ?? tokenRanges!.length >> 1
  numbers[HEAD_LENGTH] = head.length
  numbers[TAIL_LENGTH] = tail.length
  numbers[TOO_LARGE_LENGTH] = otherwise.length
  if (tokenRanges !== undefined) numbers.set(tokenRanges, WORDS)
  if (pieces !== undefined) {
    numbers[AT] = pieces.at
    numbers[TIMES] = pieces.times
    numbers[PLUS] = pieces.plus
    numbers.set(pieces.items, itemsFrom)
  }
  all.set(head, headFrom)
  all.set(tail, tailFrom)
  all.set(otherwise, tooLargeFrom)
  if (list !== undefined) all.set(list, listFrom)
  return all.subarray(0, length)
}

/** Read what a split says; entries are views. Undefined: it was not written by `writeSplit`. */
export const readSplit = (given: Uint8Array): SplitShape | undefined => {
  const bytes = given.byteOffset % 4 === 0 ? given : given.slice()
  if (bytes.length < WORDS * 4) return undefined
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)
  const flags = words[FLAGS]!
  const count = words[COUNT]!
  const has = (flag: number): boolean => (flags & flag) !== 0
  const keys = has(Flag.to) ? 0 : count
  const [headLength, tailLength, tooLargeLength] = [words[HEAD_LENGTH]!, words[TAIL_LENGTH]!, words[TOO_LARGE_LENGTH]!]
  if (count < (has(Flag.to) ? EVERY : 1) || headLength < 0 || tailLength < 0 || tooLargeLength < 0) return undefined
  const itemsFrom = WORDS + (has(Flag.tokenRanges) ? 2 * keys : 0)
  const itemsTo = itemsFrom + (has(Flag.pieces) ? 2 * keys : 0)
  const tailFrom = 4 * itemsTo + headLength
  const tooLargeFrom = tailFrom + tailLength
  const listFrom = tooLargeFrom + tooLargeLength
  if (listFrom > bytes.length) return undefined
  const tokens = has(Flag.to) || has(Flag.tokenRanges) ? undefined : readList(bytes.subarray(listFrom))
  if (!has(Flag.to) && !has(Flag.tokenRanges) && tokens?.length !== count) return undefined
  const head = bytes.subarray(4 * itemsTo, tailFrom)
  return {
    to: has(Flag.to) ? count : undefined,
    bytes: has(Flag.bytes) ? head : undefined,
    tokens,
    tokenRanges: has(Flag.tokenRanges) ? words.subarray(WORDS, itemsFrom) : undefined,
    pieces: has(Flag.pieces)
      ? {
        head,
        at: words[AT]!,
        times: words[TIMES]!,
        plus: words[PLUS]!,
        items: words.subarray(itemsFrom, itemsTo),
        tail: bytes.subarray(tailFrom, tooLargeFrom)
      }
      : undefined,
    tooLarge: has(Flag.tooLarge) ? bytes.subarray(tooLargeFrom, listFrom) : undefined
  }
}
