import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { cookieValue } from '@weirlb/link'

/** How long each key makes clearances, in milliseconds: by the day on which they end. */
const KEY_MS = 86_400_000
/** How long a puzzle may be worked on. */
const PUZZLE_MS = 300_000
/** How far clocks of processes, or one before and after a jump, may be apart. */
const SKEW_MS = 60_000
const MAC_BYTES = 18

/** Whom a clearance is for: a network of a user vserver. */
export interface Cleared { readonly userVserver: string, readonly address: string }

/**
 * Returns the network that a clearance is bound to: /24 of IPv4, /64 of IPv6. A browser's address may change within it.
 * `source`: the address as tables have it.
 */
export const clearanceNetwork = (source: string): string =>
  source.includes(':') ? source : source.slice(0, source.lastIndexOf('.'))

/** The cookie of a user vserver's clearances: browsers do not tell ports apart. */
export const clearanceCookie = (userVserver: string): string =>
  `weir-clearance-${createHash('sha256').update(userVserver).digest('hex').slice(0, 8)}`

/**
 * Makes puzzles and clearances, and recognises them: nothing is kept of either. All processes with the same secret take
 * each other's. Keys are made from the secret by the day, so that a lost key is of use for a day.
 */
export class Clearances {
  #secret: Buffer = randomBytes(32)

  /** Use this secret, in base64, which other processes have, too. */
  use (secret: string): void { this.#secret = Buffer.from(secret, 'base64') }

  /**
   * Returns a puzzle: a text that a number has to be found for, so that the SHA-256 of both begins with `bits` zeros.
   */
  puzzle (whom: Cleared, bits: number, now = Date.now()): string {
    const end = now + PUZZLE_MS
    const text = `${end.toString(36)}.${randomBytes(9).toString('base64url')}.${bits}`
    return `${text}.${this.#mac('puzzle', whom, text, end)}`
  }

  /** Returns true if `found` solves a puzzle that was made for this client. */
  solves (whom: Cleared, puzzle: string, found: string, now = Date.now()): boolean {
    const parts = puzzle.split('.')
    if (parts.length !== 4 || puzzle.length > 128 || !/^\d{1,15}$/.test(found)) return false
    const [endText, random, bitsText, mac] = parts as [string, string, string, string]
    const end = Number.parseInt(endText, 36)
    if (!(end > now && end <= now + PUZZLE_MS + SKEW_MS)) return false
    if (!isMac(mac, this.#mac('puzzle', whom, `${endText}.${random}.${bitsText}`, end))) return false
    const first = createHash('sha256').update(`${puzzle}:${found}`).digest().readUInt32BE(0)
    return Math.clz32(first) >= Number(bitsText)
  }

  /** Returns the value of a cookie that clears a client for so many seconds. */
  issue (whom: Cleared, seconds: number, now = Date.now()): string {
    const end = now + seconds * 1000
    const text = end.toString(36)
    return `${text}.${this.#mac('clearance', whom, text, end)}`
  }

  /** Returns true if a Cookie header clears a client; `seconds`: for how long clearances are given now. */
  clears (whom: Cleared, header: string | undefined, seconds: number, now = Date.now()): boolean {
    const value = cookieValue(header, clearanceCookie(whom.userVserver))
    if (value === undefined || value.length > 64) return false
    const dot = value.indexOf('.')
    const text = value.slice(0, dot)
    const end = Number.parseInt(text, 36)
    if (dot < 1 || !(end > now && end <= now + seconds * 1000 + SKEW_MS)) return false
    return isMac(value.slice(dot + 1), this.#mac('clearance', whom, text, end))
  }

  #mac (what: 'puzzle' | 'clearance', { userVserver, address }: Cleared, text: string, end: number): string {
    const key = createHmac('sha256', this.#secret).update(`challenge\0${Math.floor(end / KEY_MS)}`).digest()
    const mac = createHmac('sha256', key).update(`${what}\0${userVserver}\0${clearanceNetwork(address)}\0${text}`)
      .digest()
    return mac.subarray(0, MAC_BYTES).toString('base64url')
  }
}

const isMac = (given: string, right: string): boolean => {
  const [one, other] = [Buffer.from(given), Buffer.from(right)]
  return one.length === other.length && timingSafeEqual(one, other)
}
