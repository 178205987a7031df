import { readSplit, type ShapedPieces, type SplitShape } from '@weirlb/sdk/abi'
import type { ByToken } from '../../balancing/balancer.ts'
import type { ServiceRuntime } from '../../balancing/service.ts'

/** True if these are places in a message of so many bytes. */
const areRanges = (ranges: ArrayLike<number> | undefined, length: number): boolean => {
  if (ranges === undefined) return true
  for (let i = 0; i < ranges.length; i += 2) {
    const from = ranges[i]!
    const to = ranges[i + 1]!
    if (from < 0 || from > to || to > length) return false
  }
  return true
}

/** Of each part: how many keys it has, and where its next item goes; before, the length of its items. */
let counts = new Int32Array(16)
let places = new Int32Array(16)

/** Where a message goes that has several servers, and what each gets. */
export class SplitPlan {
  #shape: SplitShape
  readonly #written: Uint8Array
  #message: Buffer
  /** The reply if those of the servers are too large. Undefined: the extension makes the one reply. */
  readonly tooLarge: Uint8Array | undefined
  /** The message as a byte string. */
  #text: string | undefined

  private constructor (written: Uint8Array, shape: SplitShape, message: Buffer) {
    this.#written = written
    this.#shape = shape
    this.#message = message
    // It is needed when the servers have replied.
    this.tooLarge = shape.tooLarge && Buffer.from(shape.tooLarge)
  }

  /**
   * Read what the guest wrote about a message of this length, of which these bytes are here: both are valid during the
   * call that takes the verdict, unless they are kept. Undefined: it is nothing that the guest loop writes.
   */
  static read (written: Uint8Array, message: Uint8Array, length: number): SplitPlan | undefined {
    const shape = readSplit(written)
    if (shape === undefined || (shape.to !== undefined && shape.bytes === undefined && message.length < length))
      return undefined
    const { tokenRanges, pieces } = shape
    if (
      !areRanges(tokenRanges, message.length) || !areRanges(pieces?.items, message.length) ||
      (pieces !== undefined && pieces.at > pieces.head.length)
    ) return undefined
    return new SplitPlan(written, shape, Buffer.from(message.buffer, message.byteOffset, message.length))
  }

  /** The number of a service, or EVERY. Undefined: the message goes where its tokens go. */
  get to (): number | undefined { return this.#shape.to }
  get keys (): number { return this.#shape.tokens?.length ?? this.#shape.tokenRanges!.length >> 1 }
  /** The extension has stated what parts consist of. */
  get makesParts (): boolean { return this.#shape.pieces !== undefined }

  /** What each service gets, where all get the same. */
  get wholeMessage (): Uint8Array { return Uint8Array.prototype.slice.call(this.#shape.bytes ?? this.#message) }

  /** Its parts are made later: other bytes will stand where it and the message do. */
  keep (): void {
    this.#shape = readSplit(Buffer.from(this.#written))!
    this.#message = Buffer.from(this.#message)
  }

  /** A key's token as a byte string. */
  token (key: number): string {
    const { tokens, tokenRanges } = this.#shape
    if (tokens !== undefined) return Buffer.from(tokens[key]!).toString('latin1')
    // measured: one string for all tokens takes a tenth of the time of one from bytes for each.
    this.#text ??= this.#message.toString('latin1')
    return this.#text.slice(tokenRanges![2 * key], tokenRanges![2 * key + 1])
  }

  /** Returns the service of a key, if its token alone decides. */
  serviceFor (byToken: ByToken, key: number): ServiceRuntime | undefined {
    const { tokens, tokenRanges } = this.#shape
    if (tokens === undefined)
      return byToken.serviceFor(this.#message, tokenRanges![2 * key]!, tokenRanges![2 * key + 1]!)
    const token = tokens[key]!
    return byToken.serviceFor(token, 0, token.length)
  }

  /** Make the messages of so many parts; `partOf`: the number of each key's part. */
  makeParts (partOf: readonly number[], parts: number): Uint8Array[] {
    const { head, at, times, plus, items, tail } = this.#shape.pieces as ShapedPieces
    this.#measure(partOf, parts, items)
    const messages: Buffer[] = []
    for (let n = 0; n < parts; n++) {
      const count = at < 0 ? '' : String(times * counts[n]! + plus)
      const part = Buffer.allocUnsafe(head.length + count.length + places[n]! + tail.length)
      let i = 0
      while (i < at) part[i] = head[i++]!
      for (let digit = 0; digit < count.length; digit++) part[i++] = count.charCodeAt(digit)
      for (let rest = Math.max(0, at); rest < head.length; rest++) part[i++] = head[rest]!
      places[n] = i
      if (tail.length > 0) part.set(tail, part.length - tail.length)
      messages.push(part)
    }
    const message = this.#message
    for (let key = 0; key < partOf.length; key++) {
      const n = partOf[key]!
      const part = messages[n]!
      let i = places[n]!
      const to = items[2 * key + 1]!
      // measured: most items are short, and a call to copy one costs more than this.
      for (let from = items[2 * key]!; from < to; from++) part[i++] = message[from]!
      places[n] = i
    }
    return messages
  }

  /** Count the keys of each part, and the bytes of their items. */
  #measure (partOf: readonly number[], parts: number, items: ArrayLike<number>): void {
    if (counts.length < parts) {
      counts = new Int32Array(parts)
      places = new Int32Array(parts)
    }
    for (let n = 0; n < parts; n++) counts[n] = places[n] = 0
    for (let key = 0; key < partOf.length; key++) {
      const n = partOf[key]!
      counts[n]!++
      places[n]! += items[2 * key + 1]! - items[2 * key]!
    }
  }
}
