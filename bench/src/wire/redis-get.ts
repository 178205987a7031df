import { commandOf, ELEMENT } from './redis-messages.ts'

/** Keys that the commands take in turn. */
const KEYS = 128

/** GET of one key each, all of one length. */
export const redisGets: readonly Buffer[] = Array.from(
  { length: KEYS },
  (_, i) => Buffer.from(commandOf('GET', `key:${String(i).padStart(3, '0')}`))
)
/** What servers reply to each. */
export const redisReply: Buffer = Buffer.from(ELEMENT)
export const GET_BYTES: number = redisGets[0]!.length
export const REPLY_BYTES: number = redisReply.length
