// Commands whose keys are each for themselves: one command for each server, and one reply of theirs.
import { encodeUtf8, Malformed, split, type Bytes, type Message, type PartReply, type Verdict } from '@weirlb/sdk'
import { placeOf } from './place.ts'
import { Refused } from './refused.ts'
import { bulk, error, integer, joined, OK } from './reply.ts'
import type { Request } from './request.ts'

const MINUS = 0x2d
const STAR = 0x2a
const COLON = 0x3a
const DOLLAR = 0x24
const CR = 0x0d

/** What a command answers when its servers have said too much together. */
const TOO_LARGE = error({ code: 'ERR', message: 'the servers answer with more than 1 MiB together: ask for fewer keys' })

/** The number in a line that begins at `at`, and where the next begins. */
const line = (bytes: Bytes, at: number): [number, number] => {
  let value = 0
  let i = at + 1
  const sign = bytes[i] === MINUS ? -1 : 1
  if (sign < 0) i++
  for (; bytes[i] !== CR; i++) {
    if (i >= bytes.length) throw new Malformed('a reply that ends in a line')
    value = value * 10 + bytes[i]! - 0x30
  }
  return [sign * value, i + 2]
}

/** Where the element at `at` ends: a bulk string, or a line. */
const elementEnd = (bytes: Bytes, at: number): number => {
  if (bytes[at] === DOLLAR) {
    const [length, from] = line(bytes, at)
    return length < 0 ? from : from + length + 2
  }
  const end = bytes.indexOf(CR, at)
  return end < 0 ? bytes.length : end + 2
}

/** The first error among the replies. */
const errorIn = (replies: readonly PartReply[]): Bytes | undefined => replies.find(({ bytes }) => bytes[0] === MINUS)?.bytes

/** The elements of all arrays, in the order of the keys. */
const inOrder = (replies: readonly PartReply[], count: number): Bytes => {
  const elements = new Array<Bytes | undefined>(count)
  for (const { keys, bytes } of replies) {
    if (bytes[0] !== STAR) throw new Malformed('a reply to MGET that is no array')
    let at = line(bytes, 0)[1]
    for (const key of keys) {
      const end = elementEnd(bytes, at)
      elements[key] = bytes.subarray(at, end)
      at = end
    }
  }
  return joined([encodeUtf8(`*${count}\r\n`), ...elements.map(element => element ?? encodeUtf8('$-1\r\n'))])
}

/** The sum of all numbers. */
const sum = (replies: readonly PartReply[]): Bytes => {
  let total = 0
  for (const { bytes } of replies) {
    if (bytes[0] !== COLON) throw new Malformed('a reply that is no number')
    total += line(bytes, 0)[0]
  }
  return integer(total)
}

/** How many arguments a key has with it, itself included, and what becomes of the replies. */
interface Rule { readonly step: 1 | 2, readonly gather: (replies: readonly PartReply[], count: number) => Bytes }
const summed: Rule = { step: 1, gather: sum }

/** Commands that may be split, by name. MSET is not atomic then. */
export const splitting: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['MGET', { step: 1, gather: inOrder }],
  ['MSET', { step: 2, gather: () => OK }],
  ['DEL', summed],
  ['UNLINK', summed],
  ['EXISTS', summed],
  ['TOUCH', summed]
])

/** Send a command to the servers of its keys. */
export const splitCommand = (request: Request, { bytes, length }: Message, { step, gather }: Rule): Verdict => {
  if (length > bytes.length) throw new Refused(`a command for several servers has at most ${64 * 1024} bytes`)
  const count = (request.count - 1) / step
  if (!Number.isInteger(count) || count < 1) throw new Refused(`wrong number of arguments for '${request.name.toLowerCase()}' command`)
  const words: Bytes[] = []
  // Copies: the servers are known later.
  for (let i = 1; i < request.count; i++) words.push(request.arg(i).slice())
  const name = bulk(encodeUtf8(request.name))
  return split({
    tokens: Array.from({ length: count }, (_, key) => placeOf(words[key * step]!)),
    part: keys => joined([encodeUtf8(`*${1 + keys.length * step}\r\n`), name, ...keys.flatMap(key => words.slice(key * step, (key + 1) * step).map(bulk))]),
    gather: replies => replies === undefined ? TOO_LARGE : errorIn(replies) ?? gather(replies, count)
  })
}
