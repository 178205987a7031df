// Where the keys of a command are: https://redis.io/docs/latest/commands/, "key specifications".
import { decodeUtf8, type Bytes } from '@weirlb/sdk'
import { ONE_DATABASE, Refused } from './refused.ts'
import type { Request } from './request.ts'

/** Finds the keys of a command: at least one. */
export type KeyRule = (request: Request) => Bytes[]

/** Arguments from `from` on, every `step`-th, up to `to`. */
const range = (request: Request, from: number, to: number, step = 1): Bytes[] => {
  const keys = [request.arg(from)]
  for (let i = from + step; i < to; i += step) keys.push(request.arg(i))
  return keys
}

/** One key, at this place. */
export const keyAt = (index: number): KeyRule => request => [request.arg(index)]

/** All arguments from here on, every `step`-th. */
export const keysFrom = (from: number, step = 1): KeyRule => request => range(request, from, request.count, step)

/** All arguments but the last `but`. */
export const keysBefore = (but: number): KeyRule => request => range(request, 1, request.count - but)

/** The first two arguments. */
export const twoKeys: KeyRule = request => [request.arg(1), request.arg(2)]

/** COPY source destination [DB destination-db] [REPLACE]. */
export const copied: KeyRule = request => {
  for (let i = 3; i < request.count - 1; i++)
    if (request.word(i) === 'DB' && request.word(++i) !== '0') throw new Refused(ONE_DATABASE)
  return twoKeys(request)
}

/** The number at `at` counts the keys after it; `also` is a key too. */
export const counted = (at: number, also?: number): KeyRule => request => {
  const many = Number(decodeUtf8(request.arg(at)))
  if (!Number.isInteger(many) || many < 0) throw new Refused('value is not an integer or out of range')
  if (many === 0) throw new Refused(`'${request.name.toLowerCase()}' needs a key here: it decides the server`)
  if (many > request.count - at - 1) throw new Refused('Number of keys can\'t be greater than number of args')
  const keys = range(request, at + 1, at + 1 + many)
  return also === undefined ? keys : [request.arg(also), ...keys]
}

/** `SUBCOMMAND key`, of these subcommands. */
export const keyOf = (...subcommands: readonly string[]): KeyRule => request => {
  const subcommand = request.word(1)
  if (!subcommands.includes(subcommand))
    throw new Refused(`'${request.name.toLowerCase()}' is taken with ${subcommands.join(', ')}`)
  return [request.arg(2)]
}

/** A key, and another after one of these words, from `from` on. */
export const keyAndBehind = (from: number, ...words: readonly string[]): KeyRule => request => {
  const keys = [request.arg(1)]
  for (let i = from; i < request.count - 1; i++) if (words.includes(request.word(i))) keys.push(request.arg(++i))
  return keys
}

const STAR = 0x2a

/** SORT key [BY pattern] [LIMIT offset count] [GET pattern …] [ASC | DESC] [ALPHA] [STORE destination]. */
export const sorted: KeyRule = request => {
  const keys = [request.arg(1)]
  for (let i = 2; i < request.count; i++) {
    const word = request.word(i)
    if (word === 'LIMIT') i += 2
    else if (word === 'STORE') keys.push(request.arg(++i))
    else if ((word === 'BY' || word === 'GET') && request.arg(++i).includes(STAR))
      throw new Refused(`${word} with a pattern names keys of other servers`)
  }
  return keys
}

/** … STREAMS key … id …, as many of these as of those. */
export const streams: KeyRule = request => {
  for (let i = 1; i < request.count; i++) {
    const word = request.word(i)
    if (word === 'STREAMS') {
      const rest = request.count - i - 1
      if (rest === 0 || rest % 2 === 1) throw new Refused("Unbalanced list of streams: for each stream key an ID, '+', '>' or '$' must be specified")
      return range(request, i + 1, i + 1 + rest / 2)
    }
    i += word === 'GROUP' ? 2 : word === 'COUNT' || word === 'CLAIM' || word === 'BLOCK' ? 1 : 0
  }
  throw new Refused('syntax error')
}
