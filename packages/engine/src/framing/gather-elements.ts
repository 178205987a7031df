import { copyBytes } from './copy-bytes.ts'
import type { ElementsCutter } from './elements-cutter.ts'
import { Progress } from './measure.ts'

const CR = 13
const ZERO = 48
const NINE = 57

const progress = new Progress()
/** Of each group: how many keys have their elements there, and where the next element begins. */
let wanted = new Int32Array(16)
let next = new Int32Array(16)

/**
 * Returns one group of the elements of all keys, in their order. `groupOf`: the number of the group that has each key's
 * element; groups have them in the order of the keys. If one of `groups` is something else, such as an error, the first
 * such one is returned.
 */
export const gatherElements = (
  cutter: ElementsCutter,
  groups: readonly Uint8Array[],
  groupOf: readonly number[]
): Uint8Array => {
  count(groupOf, groups.length)
  const first = groups[0]![0]!
  let length = 0
  for (let n = 0; n < groups.length; n++) {
    const group = groups[n]!
    const from = group[0] === first ? elementsFrom(cutter, group, wanted[n]!) : -1
    if (from < 0) return group
    next[n] = from
    length += group.length - from
  }
  const head = `${String.fromCharCode(first)}${groupOf.length}\r\n`
  const all = Buffer.allocUnsafe(head.length + length)
  let at = all.write(head, 'latin1')
  for (let key = 0; key < groupOf.length; key++) {
    const n = groupOf[key]!
    const group = groups[n]!
    const from = next[n]!
    const size = cutter.wholeBody(group, from, group.length) || measured(cutter, group, from)
    const to = from + size
    if (size <= 0 || to > group.length) return group
    copyBytes(group, from, to, all, at)
    at += size
    next[n] = to
  }
  for (let n = 0; n < groups.length; n++) if (next[n] !== groups[n]!.length) return groups[n]!
  return all
}

const measured = (cutter: ElementsCutter, group: Uint8Array, from: number): number => {
  progress.next(0)
  return cutter.measure(group, from, group.length, progress)
}

/** Count the keys of each group. */
const count = (groupOf: readonly number[], groups: number): void => {
  if (wanted.length < groups) {
    wanted = new Int32Array(groups)
    next = new Int32Array(groups)
  }
  for (let n = 0; n < groups; n++) wanted[n] = 0
  for (let key = 0; key < groupOf.length; key++) wanted[groupOf[key]!]!++
}

/** Returns where the elements of a group begin, or -1 if it does not count so many. */
const elementsFrom = (cutter: ElementsCutter, group: Uint8Array, elements: number): number => {
  if (!cutter.isList(group[0]!)) return -1
  let count = 0
  let at = 1
  for (; group[at] !== CR; at++) {
    const byte = group[at]!
    // A null group has a minus here.
    if (!(byte >= ZERO && byte <= NINE)) return -1
    count = count * 10 + byte - ZERO
  }
  return count === elements ? at + 2 : -1
}
