// SCAN goes from server to server, in the order of their names. Its cursor has all that is needed to go on:
//
//   cursor = (server's cursor × 4096 + number of the server) × 1024 + a hash of all servers' names
//
// A cursor of a server with fewer than 2^31 keys is below 2^53, for clients that read it as a floating-point number.
import { decodeUtf8, encodeUtf8, Malformed, split, type Bytes, type ServiceReply, type Verdict } from '@weirlb/sdk'
import { Refused } from './refused.ts'
import { array, bulk, bulkOf, error, isError, joined, TOO_LARGE } from './reply.ts'
import type { Request } from './request.ts'
import { missing, serverError } from './server-error.ts'

const SERVERS = 4096n
const HASHES = 1024n
/** Cursors have 64 bits. */
const MOST = 1n << 64n

const SCAN = bulk(encodeUtf8('SCAN'))
const OTHERS = error({
  code: 'ERR',
  message: 'the servers have changed since this scan began, or the cursor is none: begin again with cursor 0'
})

/** Where a scan is. */
interface Place { readonly cursor: bigint, readonly server: number, readonly hash: bigint }

/** FNV-1a, folded. */
const hashOf = (names: readonly string[]): bigint => {
  let hash = 0x811c9dc5
  for (const name of names) for (const byte of encodeUtf8(`${name}\n`)) hash = Math.imul(hash ^ byte, 0x01000193)
  return BigInt((hash ^ hash >>> 20 ^ hash >>> 10) & 1023)
}

const read = (text: string): Place => {
  if (!/^\d{1,20}$/.test(text) || BigInt(text) >= MOST) throw new Refused('invalid cursor')
  const all = BigInt(text)
  return { cursor: all / HASHES / SERVERS, server: Number(all / HASHES % SERVERS), hash: all % HASHES }
}

/** The reply with the client's cursor in place of the server's. */
const reply = (bytes: Bytes, place: Place, services: readonly string[]): Bytes => {
  const [text, at] = bulkOf(bytes, 4)
  const digits = decodeUtf8(text)
  if (!/^\d{1,20}$/.test(digits)) throw new Malformed('a reply to SCAN with a cursor that is none')
  const cursor = BigInt(digits)
  const server = cursor > 0n ? place.server : place.server + 1
  const next = server === services.length ? 0n : (cursor * SERVERS + BigInt(server)) * HASHES + hashOf(services)
  if (next >= MOST)
    return error({ code: 'ERR', message: `server '${services[place.server]!}' has a cursor that is too large` })
  return joined([array(2), bulk(encodeUtf8(String(next))), bytes.subarray(at)])
}

const gather = (
  replies: readonly ServiceReply[] | undefined,
  services: readonly string[],
  place: Place,
  began: boolean
): Bytes => {
  if (replies === undefined) return TOO_LARGE
  if (replies.length === 0 || (began && place.hash !== hashOf(services))) return OTHERS
  const { bytes } = replies[0]!
  if (bytes === undefined) return missing(replies)!
  if (isError(bytes)) return serverError(replies)!
  if (decodeUtf8(bytes, 0, 5) !== '*2\r\n$') throw new Malformed('a reply to SCAN that is none')
  return reply(bytes, place, services)
}

/** Ask the server that the cursor names. */
export const scan = (request: Request): Verdict => {
  const text = decodeUtf8(request.arg(1))
  const place = read(text)
  const rest: Bytes[] = []
  for (let i = 2; i < request.count; i++) rest.push(bulk(request.arg(i)))
  return split({
    to: place.server,
    bytes: joined([array(2 + rest.length), SCAN, bulk(encodeUtf8(String(place.cursor))), ...rest]),
    gather: (replies, services) => gather(replies, services, place, text !== '0')
  })
}
