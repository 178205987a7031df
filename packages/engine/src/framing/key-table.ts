// Imported: the global is a getter, which each message would call.
import { Buffer } from 'node:buffer'
import type { DeclaredKeys, Framing } from '@weirlb/sdk/abi'

/** Maximum bytes of the part of a key that counts. */
const LONGEST_KEY = 512
const LONGEST_NAME = 32

const CR = 13
const LF = 10
const SPACE = 32
const ZERO = 48
const QUOTE = 34
const APOSTROPHE = 39
const BACKSLASH = 92
const LAST_PRINTABLE = 126
/** The bit by which ASCII letters differ in case. */
const CASE = 0x20
const LOWER_A = 97
const LOWER_Z = 122

/** Where the commands of one table row have their key. */
interface Row { readonly element: number, /** 0: any number that has the key. */ readonly elements: number }

/** Commands by name, looked up in the bytes of a message. */
class Names {
  /**
   * Slots of a hash table, a power of two: the first byte of a name in `#bytes`, its length, its row. Length 0: free.
   */
  readonly #slots: Int32Array
  readonly #bytes: Uint8Array
  readonly #mask: number

  constructor (names: readonly { readonly name: string, readonly row: number }[]) {
    const size = 2 ** Math.ceil(Math.log2(2 * names.length + 1))
    this.#mask = size - 1
    this.#slots = new Int32Array(3 * size)
    this.#bytes = Buffer.from(names.map(({ name }) => name).join(''), 'latin1')
    let at = 0
    for (const { name, row } of names) {
      let slot = this.#hash(this.#bytes, at, at + name.length)
      while (this.#slots[3 * slot + 1] !== 0) slot = slot + 1 & this.#mask
      this.#slots.set([at, name.length, row], 3 * slot)
      at += name.length
    }
  }

  /** The row of a name in any case; -1: it is not declared. */
  find (bytes: Uint8Array, from: number, to: number): number {
    const length = to - from
    if (length > LONGEST_NAME) return -1
    const slots = this.#slots
    for (let slot = 3 * this.#hash(bytes, from, to); slots[slot + 1] !== 0; slot = 3 * (slot / 3 + 1 & this.#mask)) {
      if (slots[slot + 1] === length && this.#is(slots[slot]!, bytes, from, length)) return slots[slot + 2]!
    }
    return -1
  }

  #is (at: number, bytes: Uint8Array, from: number, length: number): boolean {
    for (let n = 0; n < length; n++) {
      const byte = bytes[from + n]!
      if (this.#bytes[at + n] !== (byte >= LOWER_A && byte <= LOWER_Z ? byte - CASE : byte)) return false
    }
    return true
  }

  /** The same for both cases of a letter. */
  #hash (bytes: Uint8Array, from: number, to: number): number {
    let hash = to - from
    for (let n = from; n < to; n++) hash = Math.imul(hash, 31) + (bytes[n]! & ~CASE) | 0
    return (hash ^ hash >>> 7) & this.#mask
  }
}

/** Judges messages by what an extension declares of them, without asking it. Compiled once per loaded extension. */
export abstract class KeyTable {
  readonly #names: Names
  readonly #rows: readonly Row[]
  /** The bytes around the part of a key that counts; -1: all of it does. */
  readonly #open: number
  readonly #close: number
  /** Counter of the extension to add 1 to; undefined: none. */
  readonly counter: string | undefined
  /** Where the key is that was found last. */
  protected keyFrom = 0
  protected keyTo = 0
  /** Where the token is that was found last. */
  tokenFrom = 0
  tokenTo = 0

  constructor ({ commands, hashTag, count }: DeclaredKeys) {
    this.#names = new Names(commands.flatMap(({ names }, row) => names.map(name => ({ name, row }))))
    this.#rows = commands.map(({ key, elements = 0 }) => ({ element: key.element, elements }))
    this.#open = hashTag?.charCodeAt(0) ?? -1
    this.#close = hashTag?.charCodeAt(1) ?? -1
    this.counter = count
  }

  /**
   * Find the token of the message whose first bytes are `bytes[from..to)`: `tokenFrom` and `tokenTo` say where it is
   * then. False: the extension is asked.
   */
  find (bytes: Uint8Array, from: number, to: number): boolean {
    if (!this.findKey(bytes, from, to)) return false
    let begin = this.keyFrom
    let end = this.keyTo
    if (this.#open >= 0) {
      let open = begin
      while (open < end && bytes[open] !== this.#open) open++
      let close = open + 1
      while (close < end && bytes[close] !== this.#close) close++
      if (close < end && close > open + 1) {
        begin = open + 1
        end = close
      }
    }
    this.tokenFrom = begin
    this.tokenTo = end
    return end > begin && end - begin <= LONGEST_KEY
  }

  /** The token that was found last, in the same bytes, as a byte string. */
  tokenIn (bytes: Uint8Array): string {
    return Buffer.prototype.latin1Slice.call(bytes, this.tokenFrom, this.tokenTo)
  }

  /** Find the key of a message; false: what is declared does not decide. */
  protected abstract findKey (bytes: Uint8Array, from: number, to: number): boolean

  /** The row of a command with so many elements; undefined: the extension is asked. */
  protected rowOf (bytes: Uint8Array, from: number, to: number, elements: number): Row | undefined {
    const row = this.#rows[this.#names.find(bytes, from, to)]
    return row === undefined || elements <= row.element || (row.elements !== 0 && row.elements !== elements)
      ? undefined
      : row
  }
}

/** Messages that are a list of bodies: `*2 $3 GET $1 k`. The framing has validated their counts and line ends. */
class ElementKeys extends KeyTable {
  readonly #lists = new Uint8Array(256)
  readonly #bodies = new Uint8Array(256)
  /** Behind the count that was read last. */
  #at = 0

  constructor (keys: DeclaredKeys, framing: Framing & { kind: 'elements' }) {
    super(keys)
    for (const { first, times, plus } of framing.groups) this.#lists[first] = times === 1 && plus === 0 ? 1 : 0
    for (const first of framing.bodies) this.#bodies[first] = 1
  }

  protected findKey (bytes: Uint8Array, from: number, to: number): boolean {
    if (this.#lists[bytes[from]!] !== 1) return false
    const elements = this.#count(bytes, from + 1, to)
    if (elements <= 0 || !this.#body(bytes, to)) return false
    const row = this.rowOf(bytes, this.keyFrom, this.keyTo, elements)
    if (row === undefined) return false
    for (let n = row.element; n > 0; n--) if (!this.#body(bytes, to)) return false
    const { keyFrom, keyTo } = this
    // Servers end a connection where a command has anything else, and others may share it.
    for (let n = elements - row.element - 1; n > 0 && this.#at < to; n--)
      if (!this.#body(bytes, to) && (this.keyTo <= to || this.keyTo < this.keyFrom)) return false
    this.keyFrom = keyFrom
    this.keyTo = keyTo
    return true
  }

  /** Find the next element, which is to be a body that is here. */
  #body (bytes: Uint8Array, to: number): boolean {
    const at = this.#at
    if (at >= to || this.#bodies[bytes[at]!] !== 1) return false
    const length = this.#count(bytes, at + 1, to)
    this.keyFrom = this.#at
    this.keyTo = this.#at + length
    this.#at = this.keyTo + 2
    return length >= 0 && this.keyTo <= to
  }

  /** The count at `at`; -1: there is none, or not all of it is here. */
  #count (bytes: Uint8Array, at: number, to: number): number {
    let value = 0
    let i = at
    for (; i < to; i++) {
      const digit = bytes[i]! - ZERO
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
    }
    if (i === at || i + 1 >= to || bytes[i] !== CR) return -1
    this.#at = i + 2
    return value
  }
}

/** Messages that are one line: words between single spaces. Any other line is not judged here. */
class LineKeys extends KeyTable {
  readonly #end: Uint8Array

  constructor (keys: DeclaredKeys, framing: Framing & { kind: 'delimiter' }) {
    super(keys)
    this.#end = Uint8Array.from(framing.bytes)
  }

  protected findKey (bytes: Uint8Array, from: number, to: number): boolean {
    const end = this.#lineEnd(bytes, from, to)
    let words = 1
    let command = end
    for (let i = from; i < end; i++) {
      const byte = bytes[i]!
      if (byte > SPACE && byte <= LAST_PRINTABLE && byte !== QUOTE && byte !== APOSTROPHE && byte !== BACKSLASH)
        continue
      // Another space, or no word before or behind it.
      if (byte !== SPACE || i === from || i + 1 === end || bytes[i + 1] === SPACE) return false
      if (words++ === 1) command = i
    }
    const row = end <= from ? undefined : this.rowOf(bytes, from, command, words)
    if (row === undefined) return false
    let at = command
    for (let n = row.element; n > 1; n--) at = bytes.indexOf(SPACE, at + 1)
    const next = bytes.indexOf(SPACE, at + 1)
    this.keyFrom = at + 1
    this.keyTo = next < 0 || next > end ? end : next
    return true
  }

  /** Where the line ends; `from`: not all of it is here. */
  #lineEnd (bytes: Uint8Array, from: number, to: number): number {
    const end = to - this.#end.length
    for (let n = 0; n < this.#end.length; n++) if (end < from || bytes[end + n] !== this.#end[n]) return from
    return this.#end[0] === LF && end > from && bytes[end - 1] === CR ? end - 1 : end
  }
}

/** Compile the keys of a side; undefined: it has none. */
export const compileKeys = (keys: DeclaredKeys | undefined, framing: Framing): KeyTable | undefined =>
  keys === undefined ? undefined
    : framing.kind === 'elements' ? new ElementKeys(keys, framing)
      : framing.kind === 'delimiter' ? new LineKeys(keys, framing) : undefined
