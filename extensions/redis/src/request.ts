// A command is an array of bulk strings
//
//   *2\r\n  $3\r\nGET\r\n  $5\r\nhello\r\n
//
// or a line of words (inline command). Only the needed parts are parsed, and only the head of a long command is here.
import { decodeUtf8, Malformed, type Bytes, type Message } from '@weirlb/sdk'
import { HEAD } from './framing.ts'
import { placeIn } from './place.ts'
import { Refused } from './refused.ts'

const CR = 0x0d
const STAR = 0x2a
const DASH = 0x2d
const DOLLAR = 0x24
const ZERO = 0x30
/** Bytes of a count and its line end: Redis takes at most 2^31. */
const MAX_DIGITS = 10

/** Longest name that is looked up; no command has a longer one. */
const LONGEST_NAME = 32

/** One command. Its arguments are views that are valid during the handler's call only. */
export class Request {
  /** Arguments, the command's name included. */
  readonly count: number
  /** In capital letters. */
  readonly name: string
  readonly #bytes: Bytes
  #at: number
  readonly #args: Bytes[]

  constructor (bytes: Bytes, at: number, count: number, args: Bytes[]) {
    this.#bytes = bytes
    this.#at = at
    this.count = count
    this.#args = args
    this.name = decodeUtf8(this.arg(0).subarray(0, LONGEST_NAME)).toUpperCase()
  }

  /** An argument. Refused when the command has no such, or when it is not in the head. */
  arg (index: number): Bytes {
    if (index >= this.count) throw new Refused(`wrong number of arguments for '${this.name.toLowerCase()}' command`)
    while (this.#args.length <= index) this.#args.push(this.#next())
    return this.#args[index]!
  }

  /** An argument that is a word, in capital letters. */
  word (index: number): string {
    const arg = this.arg(index)
    return arg.length > LONGEST_NAME ? '' : decodeUtf8(arg).toUpperCase()
  }

  /**
   * Returns where the keys are, if every argument is one with the `step - 1` after it; without an object for each.
   * Undefined: there is an argument too many, or the message does not have a key as a server has it, because the
   * command is inline or the key is empty.
   */
  keyRanges (step: 1 | 2): KeyRanges | undefined {
    const bytes = this.#bytes
    const arguments_ = this.count - 1
    if (bytes[0] !== STAR || arguments_ < step || arguments_ % step > 0 || this.#args.length > 1) return undefined
    const length = 2 * arguments_ / step
    if (places.length < length) {
      places = new Int32Array(length)
      items = new Int32Array(length)
    }
    let at = this.#at
    let end = 0
    for (let n = 0; n < arguments_; n++) {
      const begin = at
      if (bytes[at] !== DOLLAR)
        throw at < bytes.length
          ? new Malformed('an argument that is not a bulk string')
          : beyondHead()
      let size = 0
      let digit = bytes[++at]! - ZERO
      for (; digit >= 0 && digit <= 9; digit = bytes[++at]! - ZERO) size = size * 10 + digit
      if (bytes[at] !== CR) throw at < bytes.length ? new Malformed('an argument that is null') : beyondHead()
      const from = at + 2
      const to = from + size
      at = to + 2
      if (at > bytes.length) throw beyondHead()
      if (n % step > 0) {
        items[end - 1] = at
        continue
      }
      if (size === 0) return undefined
      placeIn(bytes, from, to, places, end)
      items[end++] = begin
      items[end++] = at
    }
    return { places: places.subarray(0, end), items: items.subarray(0, end) }
  }

  #next (): Bytes {
    const bytes = this.#bytes
    if (this.#at >= bytes.length) throw beyondHead()
    if (bytes[this.#at] !== DOLLAR) throw new Malformed('an argument that is not a bulk string')
    const [length, from] = count(bytes, this.#at + 1)
    if (length < 0) throw new Malformed('an argument that is null')
    const to = from + length
    if (to > bytes.length) throw beyondHead()
    this.#at = to + 2
    return bytes.subarray(from, to)
  }
}

/** Where the keys of a command are in its message; valid until the next command is looked at. */
export interface KeyRanges {
  /** Of each key, what selects its server: where it begins and ends. */
  readonly places: Int32Array
  /** Of each key, the arguments that belong to it. */
  readonly items: Int32Array
}

// Used again for every command: memory of its own for each costs more than finding the keys.
let places = new Int32Array(256)
let items = new Int32Array(256)

const beyondHead = (): Refused => new Refused(`the keys have to be in the first ${HEAD} bytes of a command`)

/** Returns the number at a position, and the end of its line. The framing has validated it. */
const count = (bytes: Bytes, at: number): [number, number] => {
  if (bytes[at] === DASH) return [-1, at + 4]
  let value = 0
  let i = at
  for (; bytes[i] !== CR; i++) {
    if (i >= bytes.length || i - at === MAX_DIGITS) throw beyondHead()
    value = value * 10 + bytes[i]! - ZERO
  }
  return [value, i + 2]
}

/** Parse a client's message; undefined: an empty one, which Redis does not answer. */
export const readRequest = ({ bytes, length }: Message): Request | undefined => {
  if (bytes[0] === STAR) {
    const [arguments_, at] = count(bytes, 1)
    return arguments_ > 0 ? new Request(bytes, at, arguments_, []) : undefined
  }
  if (bytes[0] === DOLLAR) throw new Malformed('a bulk string outside of a command')
  if (length > bytes.length) throw new Malformed('an inline command that is too long')
  const words = splitWords(bytes)
  return words.length > 0 ? new Request(bytes, bytes.length, words.length, words) : undefined
}

const isSpace = (byte: number): boolean => byte === 0x20 || byte >= 0x09 && byte <= 0x0d

/**
 * Returns the words of an inline command. Quotes are refused: quoted text would have to be parsed exactly as the
 * server does.
 */
const splitWords = (bytes: Bytes): Bytes[] => {
  const words: Bytes[] = []
  let from = -1
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (byte === 0x22 || byte === 0x27 || byte === 0) throw new Refused('inline commands are taken without quotes only')
    if (isSpace(byte)) {
      if (from >= 0) words.push(bytes.subarray(from, i))
      from = -1
    } else if (from < 0) {
      from = i
    }
  }
  return words
}
