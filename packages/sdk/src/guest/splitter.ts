import { Event, Op } from '../abi/layout.ts'
import { readList, writeList } from '../abi/lists.ts'
import type { Bytes } from '../bytes.ts'
import { encodeUtf8 } from '../utf8.ts'
import type { Key, Split } from '../verdict.ts'
import type { AnswerWriter } from './answer-writer.ts'
import type { Slot } from './context.ts'
import { show } from './show.ts'

const keyBytes = (key: Key): Bytes => typeof key === 'string' ? encodeUtf8(key) : key

const checkBytes = (value: unknown, what: string): Bytes => {
  if (value instanceof Uint8Array) return value
  throw new TypeError(`${what} answered ${show(value)}; expected bytes (a Uint8Array)`)
}

/** The keys of one server: their places, two bytes each. */
const placesOf = (bytes: Bytes): number[] => Array.from({ length: bytes.length >> 1 }, (_, i) => bytes[2 * i]! | bytes[2 * i + 1]! << 8)

/** Most keys of one message: a place has two bytes. */
const MAX_KEYS = 0xffff

/** Answer a message by splitting it. */
export const writeSplit = (slot: Slot, verdict: Split, writer: AnswerWriter): void => {
  const { tokens } = verdict
  if (!Array.isArray(tokens) || tokens.length < 1 || tokens.length > MAX_KEYS) throw new RangeError(`split({ tokens }): expected 1 to ${MAX_KEYS} keys`)
  if (typeof verdict.part !== 'function' || typeof verdict.gather !== 'function') throw new TypeError('split({ part, gather }): expected functions')
  writer.op(Op.split)
  writer.keys({ via: verdict.via })
  writer.replacement(writeList(tokens.map(keyBytes)))
  slot.splits.set(slot.nextSplit++, { split: verdict, keys: [] })
}

/** Ask a split for its parts, or for its one reply. `bytes` are valid during the call only. */
export const answerSplit = (event: number, slot: Slot, number: number, discarded: boolean, bytes: Bytes, writer: AnswerWriter): void => {
  const pending = slot.splits.get(number)
  if (pending === undefined) {
    writer.op(Op.skipped)
    return
  }
  const entries = readList(bytes) ?? []
  writer.op(Op.forward)
  if (event === Event.part) {
    pending.keys = entries.map(placesOf)
    writer.replacement(writeList(pending.keys.map(keys => checkBytes(pending.split.part(keys), 'part'))))
    return
  }
  slot.splits.delete(number)
  const replies = discarded ? undefined : entries.map((reply, i) => ({ keys: pending.keys[i]!, bytes: reply }))
  writer.replacement(checkBytes(pending.split.gather(replies), 'gather'))
}
