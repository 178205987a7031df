import { Event, Op } from '../abi/layout.ts'
import { readList, writeList } from '../abi/lists.ts'
import { EVERY, writeSplit, type ShapedPieces } from '../abi/split.ts'
import type { Bytes } from '../bytes.ts'
import type { Protocol } from '../protocol.ts'
import { decodeUtf8, encodeUtf8 } from '../utf8.ts'
import type { Key, Pieces, Ranges, Split, SplitByKeys, SplitToServices } from '../verdict.ts'
import type { AnswerWriter } from './answer-writer.ts'
import type { GuestMessage, Slot } from './context.ts'
import type { PendingSplit } from './pending-split.ts'
import { show } from './show.ts'

const NOTHING: Bytes = new Uint8Array(0)

const keyBytes = (key: Key): Bytes => typeof key === 'string' ? encodeUtf8(key) : key

const checkBytes = (value: unknown, what: string): Bytes => {
  if (value instanceof Uint8Array) return value
  throw new TypeError(`${what}: ${show(value)}; expected bytes (a Uint8Array)`)
}

/** The keys of one server: their places, two bytes each. */
const placesOf = (bytes: Bytes): number[] =>
  Array.from({ length: bytes.length >> 1 }, (_, i) => bytes[2 * i]! | bytes[2 * i + 1]! << 8)

/** Most keys of one message: a place has two bytes. */
const MAX_KEYS = 0xffff
/** Most services of an LB vserver, and larger than any count of elements of a key. */
const MAX_NUMBER = 0xffff

const isNumber = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_NUMBER

/** Throws where something is no place in the message. */
const checkRanges = (ranges: Ranges, what: string, length: number): Ranges => {
  for (let i = 0; i < ranges.length; i += 2) {
    const from = ranges[i]!
    const to = ranges[i + 1]!
    // Comparisons with anything but numbers are false.
    if (!(from >= 0 && from <= to && to <= length))
      throw new RangeError(`split({ ${what} }): ${show(from)} to ${show(to)}; the message has bytes 0 to ${length}`)
  }
  return ranges
}

const shaped = ({ head, count, items, tail = NOTHING }: Pieces, keys: number, length: number): ShapedPieces => {
  checkBytes(head, 'split({ part: { head } })')
  checkBytes(tail, 'split({ part: { tail } })')
  if (!(Array.isArray(items) || items instanceof Int32Array) || items.length !== 2 * keys)
    throw new RangeError(`split({ part: { items } }): expected ${keys} ranges, one for each token`)
  const { at = -1, times = 0, plus = 0 } = count ?? {}
  if (count !== undefined && !(isNumber(at) && at <= head.length && isNumber(times) && isNumber(plus))) {
    throw new RangeError(
      `split({ part: { count } }): ${
        JSON.stringify(count)
      }; expected a place in the head, and whole numbers up to ${MAX_NUMBER}`
    )
  }
  return { head, at, times, plus, items: checkRanges(items, 'part: { items }', length), tail }
}

/** Returns the written split, and whether the guest is called for it later. */
const byKeys = (
  { tokens, part, gather }: SplitByKeys,
  length: number,
  protocol: Protocol<unknown>
): [Uint8Array, boolean] => {
  const isList = Array.isArray(tokens) || tokens instanceof Int32Array
  const ranges = isList && typeof tokens[0] === 'number'
  const count = ranges ? tokens.length / 2 : tokens.length
  if (!isList || count < 1 || count > MAX_KEYS || !Number.isInteger(count))
    throw new RangeError(`split({ tokens }): expected 1 to ${MAX_KEYS} keys, or two numbers for each`)
  const asked = typeof part === 'function'
  if (!asked && (part === null || typeof part !== 'object'))
    throw new TypeError('split({ part }): expected a function, or { head, items }')
  const gathered = typeof gather === 'function'
  if (!gathered && gather?.elements !== 'in-order') throw new TypeError("split({ gather }): expected a function, or { elements: 'in-order', tooLarge }")
  if (!gathered && protocol.server?.framing?.kind !== 'elements') throw new TypeError('split({ gather: { elements } }) needs server: { framing: frame.elements(…) }')
  return [writeSplit({
    to: undefined,
    bytes: undefined,
    tokens: ranges ? undefined : (tokens as readonly Key[]).map(keyBytes),
    tokenRanges: ranges ? checkRanges(tokens as Ranges, 'tokens', length) : undefined,
    pieces: asked ? undefined : shaped(part, count, length),
    tooLarge: gathered ? undefined : checkBytes(gather.tooLarge, 'split({ gather: { tooLarge } })')
  }), asked || gathered]
}

const toServices = ({ to, bytes, gather }: SplitToServices, { seen, length }: GuestMessage): Uint8Array => {
  if (to !== 'all' && !isNumber(to))
    throw new RangeError(`split({ to }): ${show(to)}; expected 'all', or the number of a service`)
  if (typeof gather !== 'function') throw new TypeError('split({ gather }): expected a function')
  if (bytes === undefined && seen < length)
    throw new RangeError(
      `split({ to }): ${seen} of ${length} bytes of the message are here; it needs bytes, or a larger peek`
    )
  return writeSplit({
    to: to === 'all' ? EVERY : to,
    bytes: bytes === undefined ? undefined : checkBytes(bytes, 'split({ bytes })'),
    tokens: undefined,
    tokenRanges: undefined,
    pieces: undefined,
    tooLarge: undefined
  })
}

class ByKeys implements PendingSplit {
  readonly #split: SplitByKeys
  constructor (split: SplitByKeys) { this.#split = split }

  parts (keys: number[][]): Bytes[] {
    const { part } = this.#split
    return typeof part === 'function' ? keys.map(of => checkBytes(part.call(this.#split, of), 'part')) : []
  }

  gather (entries: readonly Bytes[], discarded: boolean): Bytes {
    const { gather } = this.#split
    const replies = discarded
      ? undefined
      : Array.from(
        { length: entries.length >> 1 },
        (_, i) => ({ keys: placesOf(entries[2 * i + 1]!.subarray(1)), bytes: entries[2 * i + 2]! })
      )
    return checkBytes(typeof gather === 'function' ? gather.call(this.#split, replies) : undefined, 'gather')
  }
}

class ToServices implements PendingSplit {
  readonly #split: SplitToServices
  constructor (split: SplitToServices) { this.#split = split }

  parts (): Bytes[] { return [] }

  gather (entries: readonly Bytes[], discarded: boolean): Bytes {
    const services = readList(entries[0]!)!.map(name => decodeUtf8(name))
    const replies = Array.from({ length: entries.length >> 1 }, (_, i) => {
      const named = entries[2 * i + 1]!
      return { service: decodeUtf8(named, 1), bytes: named[0] === 0 ? undefined : entries[2 * i + 2]! }
    })
    return checkBytes(this.#split.gather(discarded ? undefined : replies, services), 'gather')
  }
}

/** Answer a message by splitting it. */
export const answerWithSplit = (
  slot: Slot,
  verdict: Split,
  message: GuestMessage,
  protocol: Protocol<unknown>,
  writer: AnswerWriter
): void => {
  const [bytes, later] = verdict.to === undefined
    ? byKeys(verdict, message.seen, protocol)
    : [toServices(verdict, message), true]
  writer.op(Op.split)
  writer.keys({ via: verdict.via })
  writer.replacement(bytes)
  const number = slot.nextSplit++
  if (later) slot.splits.set(number, verdict.to === undefined ? new ByKeys(verdict) : new ToServices(verdict))
}

/** Ask a split for its parts, or for its one reply. `bytes` are valid during the call only. */
export const answerSplit = (
  event: number,
  slot: Slot,
  number: number,
  discarded: boolean,
  bytes: Bytes,
  writer: AnswerWriter
): void => {
  const pending = slot.splits.get(number)
  if (pending === undefined) {
    writer.op(Op.skipped)
    return
  }
  const entries = readList(bytes) ?? []
  writer.op(Op.forward)
  if (event === Event.part) {
    writer.replacement(writeList(pending.parts(entries.map(placesOf))))
    return
  }
  slot.splits.delete(number)
  writer.replacement(pending.gather(entries, discarded))
}
