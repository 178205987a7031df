// Commands whose keys are each for themselves: one command for each server, and one reply of theirs.
import {
  encodeUtf8,
  split,
  type Bytes,
  type Message,
  type PartReply,
  type SplitByKeys,
  type Verdict
} from '@weirlb/sdk'
import { HEAD } from './framing.ts'
import type { KeyRule } from './keys.ts'
import { areOnePlace, haveOnePlace, placeOf } from './place.ts'
import { Refused } from './refused.ts'
import { bulk, integer, isError, joined, numberIn, OK, TOO_LARGE } from './reply.ts'
import type { Request } from './request.ts'

/** The first error among the replies. */
const errorIn = (replies: readonly PartReply[]): Bytes | undefined => replies.find(({ bytes }) => isError(bytes))?.bytes

/** The sum of all numbers. */
const sum = (replies: readonly PartReply[]): Bytes =>
  integer(replies.reduce((total, { bytes }) => total + numberIn(bytes), 0))

/** What a command consists of that is split. */
interface Rule {
  /** How many arguments a key has with it, itself included. */
  readonly step: 1 | 2
  /** The command without its count and its arguments. */
  readonly head: Bytes
  readonly gather: SplitByKeys['gather']
}

const rule = (name: string, step: 1 | 2, gather: SplitByKeys['gather']): [string, Rule] =>
  [name, { step, head: encodeUtf8(`*\r\n$${name.length}\r\n${name}\r\n`), gather }]

/** The replies become one, or the first error of theirs is the reply. */
const gathered =
  (gather: (replies: readonly PartReply[]) => Bytes) => (replies: readonly PartReply[] | undefined): Bytes =>
    replies === undefined ? TOO_LARGE : errorIn(replies) ?? gather(replies)

/** Commands that may be split, by name. MSET is not atomic then. */
export const splitting: ReadonlyMap<string, Rule> = new Map([
  rule('MGET', 1, { elements: 'in-order', tooLarge: TOO_LARGE }),
  rule('MSET', 2, gathered(() => OK)),
  ...['DEL', 'UNLINK', 'EXISTS', 'TOUCH'].map(name => rule(name, 1, gathered(sum)))
])

/** Send a command to the servers of its keys. Undefined: they have one place. */
export const splitCommand = (
  request: Request,
  message: Message,
  keys: KeyRule,
  { step, head, gather }: Rule
): Verdict | undefined => {
  if (request.count <= 1 + step) return undefined
  const { bytes, length } = message
  if (length > bytes.length) {
    if (haveOnePlace(keys(request))) return undefined
    throw new Refused(`a command for several servers has at most ${HEAD} bytes`)
  }
  const ranges = request.keyRanges(step)
  if (ranges === undefined) return splitWords(request, keys, head, step, gather)
  const { places, items } = ranges
  return areOnePlace(bytes, places)
    ? undefined
    : split({ tokens: places, part: { head, count: { at: 1, times: step, plus: 1 }, items }, gather })
}

/** The same for a command that servers would not understand in pieces: it is inline, or has an empty key. */
const splitWords = (
  request: Request,
  keys: KeyRule,
  head: Bytes,
  step: 1 | 2,
  gather: Rule['gather']
): Verdict | undefined => {
  if ((request.count - 1) % step > 0)
    throw new Refused(`wrong number of arguments for '${request.name.toLowerCase()}' command`)
  const found = keys(request)
  if (haveOnePlace(found)) return undefined
  // Copies: the servers are known later.
  const words = Array.from({ length: request.count - 1 }, (_, i) => bulk(request.arg(i + 1)))
  return split({
    tokens: found.map(key => placeOf(key).slice()),
    part: of =>
      joined([
        encodeUtf8(`*${1 + of.length * step}`),
        head.subarray(1),
        ...of.flatMap(key => words.slice(key * step, (key + 1) * step))
      ]),
    gather
  })
}
