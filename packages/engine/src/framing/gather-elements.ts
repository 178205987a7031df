import type { ElementsCutter } from './elements-cutter.ts'
import { Progress } from './measure.ts'

const CR = 13
const ZERO = 48
const NINE = 57

/** A group, and the keys that its elements belong to, in order. */
export interface KeyedGroup { readonly keys: readonly number[], readonly bytes: Uint8Array }

const progress = new Progress()
/** For each key: its group, and where its element begins and ends there. */
let places = new Int32Array(0)

/**
 * Returns one group of the elements of all `count` keys, in their order. If one of `groups` is something else, such as
 * an error, the first such one is returned.
 */
export const gatherElements = (cutter: ElementsCutter, groups: readonly KeyedGroup[], count: number): Uint8Array => {
  if (places.length < 3 * count) places = new Int32Array(3 * count)
  const first = groups[0]!.bytes[0]!
  let length = 0
  for (let n = 0; n < groups.length; n++) {
    const elements = groups[n]!.bytes[0] === first ? findElements(cutter, groups[n]!, n) : -1
    if (elements < 0) return groups[n]!.bytes
    length += elements
  }
  const head = `${String.fromCharCode(first)}${count}\r\n`
  const all = Buffer.allocUnsafe(head.length + length)
  let at = all.write(head, 'latin1')
  for (let key = 0; key < count; key++) {
    const { bytes } = groups[places[3 * key]!]!
    const to = places[3 * key + 2]!
    for (let i = places[3 * key + 1]!; i < to; i++) all[at++] = bytes[i]!
  }
  return all
}

/** Find the elements of a group. Returns the number of their bytes, or -1 if there is not one for each key. */
const findElements = (cutter: ElementsCutter, { keys, bytes }: KeyedGroup, n: number): number => {
  if (!cutter.isList(bytes[0]!)) return -1
  let count = 0
  let at = 1
  for (; bytes[at] !== CR; at++) {
    const byte = bytes[at]!
    // A null group has a minus here.
    if (!(byte >= ZERO && byte <= NINE)) return -1
    count = count * 10 + byte - ZERO
  }
  if (count !== keys.length) return -1
  const from = at += 2
  for (let i = 0; i < count; i++) {
    progress.next(0)
    const length = cutter.measure(bytes, at, bytes.length, progress)
    if (length <= 0 || at + length > bytes.length) return -1
    const key = keys[i]!
    places[3 * key] = n
    places[3 * key + 1] = at
    places[3 * key + 2] = at += length
  }
  return at === bytes.length ? at - from : -1
}
