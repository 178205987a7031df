// Commands of Redis, and what servers reply to them.
import { Buffer } from 'node:buffer'

/** The value of every key. */
export const VALUE = 'v'.repeat(16)
/** That as a server writes it. */
export const ELEMENT = `$${VALUE.length}\r\n${VALUE}\r\n`
const STAR = 0x2a
const CR = 0x0d

/** A command as clients write it. */
export const commandOf = (...words: readonly string[]): string =>
  `*${words.length}\r\n${words.map(word => `$${word.length}\r\n${word}\r\n`).join('')}`

export const mgetOf = (keys: readonly string[]): Buffer => Buffer.from(commandOf('MGET', ...keys))

/** A server's reply to an MGET of so many keys, all of which have the same value. */
export const valuesOf = (keys: number): Buffer => Buffer.from(`*${keys}\r\n${ELEMENT.repeat(keys)}`)

const replies = new Map<number, Buffer>()

/** A server's reply to an MGET. The same one each time. */
export const valuesFor = (mget: Uint8Array): Buffer => {
  if (mget[0] !== STAR) throw new Error(`no command: ${Buffer.from(mget).toString('latin1')}`)
  let words = 0
  for (let i = 1; mget[i] !== CR; i++) words = 10 * words + mget[i]! - 0x30
  let reply = replies.get(words - 1)
  if (reply === undefined) replies.set(words - 1, reply = valuesOf(words - 1))
  return reply
}
