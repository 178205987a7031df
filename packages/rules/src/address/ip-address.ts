import { isIP } from 'node:net'

/** The largest number of 32 bits. */
export const WORD = 0xffff_ffff

/**
 * An IP address as numbers. Of version 4: `d` alone. Of version 6: the words `a` to `d`, the first first. An IPv4
 * address that is written as IPv6 (`::ffff:192.0.2.1`, RFC 4291 §2.5.5.2) is the IPv4 address.
 */
export class IpAddress {
  readonly version: 4 | 6
  readonly a: number
  readonly b: number
  readonly c: number
  readonly d: number

  constructor (version: 4 | 6, a: number, b: number, c: number, d: number) {
    this.version = version
    this.a = a
    this.b = b
    this.c = c
    this.d = d
  }

  equals (other: IpAddress): boolean {
    return this.d === other.d && this.c === other.c && this.b === other.b && this.a === other.a &&
      this.version === other.version
  }

  /** Negative, 0 or positive: this is before, equal to, or behind the other, of the same version. */
  compare (other: IpAddress): number {
    return this.a - other.a || this.b - other.b || this.c - other.c || this.d - other.d
  }

  /** Returns the first, or the last, address with the same `prefix` bits. */
  masked (prefix: number, last: boolean): IpAddress {
    if (this.version === 4) return new IpAddress(4, 0, 0, 0, maskWord(this.d, prefix, last))
    return new IpAddress(
      6,
      maskWord(this.a, prefix, last),
      maskWord(this.b, prefix - 32, last),
      maskWord(this.c, prefix - 64, last),
      maskWord(this.d, prefix - 96, last)
    )
  }

  /** The address behind this one; undefined: this is the last. */
  next (): IpAddress | undefined {
    if (this.version === 4) return this.d === WORD ? undefined : new IpAddress(4, 0, 0, 0, this.d + 1)
    if (this.d < WORD) return new IpAddress(6, this.a, this.b, this.c, this.d + 1)
    if (this.c < WORD) return new IpAddress(6, this.a, this.b, this.c + 1, 0)
    if (this.b < WORD) return new IpAddress(6, this.a, this.b + 1, 0, 0)
    return this.a < WORD ? new IpAddress(6, this.a + 1, 0, 0, 0) : undefined
  }

  /** The address as text: of version 4 in decimals, of version 6 as eight groups. */
  toString (): string {
    if (this.version === 4) return [this.d >>> 24, this.d >>> 16 & 255, this.d >>> 8 & 255, this.d & 255].join('.')
    return [this.a, this.b, this.c, this.d].flatMap(word => [word >>> 16, word & 0xffff]).map(group =>
      group.toString(16)
    ).join(':')
  }
}

const maskWord = (word: number, bits: number, last: boolean): number => {
  if (bits >= 32) return word
  const hosts = bits <= 0 ? WORD : WORD >>> bits
  return last ? (word | hosts) >>> 0 : (word & ~hosts) >>> 0
}

const quad = (text: string): number => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)

const groupsOf = (part: string): number[] => part === '' ? [] : part.split(':').flatMap(group => {
  if (!group.includes('.')) return [parseInt(group, 16)]
  const word = quad(group)
  return [word >>> 16, word & 0xffff]
})

const ZERO = 48
const DOT = 46

/**
 * Parses an IPv4 address as net.isIPv4 takes it; -1 for other text. Each client's address is parsed, and each of a long
 * list.
 */
const parseQuad = (text: string): number => {
  let word = 0
  let part = 0
  let digits = 0
  let dots = 0
  for (let n = 0; n < text.length; n++) {
    const letter = text.charCodeAt(n)
    if (letter === DOT) {
      if (digits === 0 || ++dots > 3) return -1
      word = word * 256 + part
      part = digits = 0
      continue
    }
    const digit = letter - ZERO
    if (digit < 0 || digit > 9 || (digits > 0 && part === 0)) return -1
    part = part * 10 + digit
    digits++
    if (part > 255) return -1
  }
  return dots === 3 && digits > 0 ? word * 256 + part : -1
}

/** Parses an address; its zone (`%eth0`) is left out. Undefined for other text. */
export const parseIp = (text: string): IpAddress | undefined => {
  const word4 = parseQuad(text)
  if (word4 >= 0) return new IpAddress(4, 0, 0, 0, word4)
  if (isIP(text) !== 6) return undefined
  const [head, tail] = text.split('%', 1)[0]!.split('::')
  const first = groupsOf(head!)
  const last = tail === undefined ? [] : groupsOf(tail)
  const groups = [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last]
  const word = (n: number): number => (groups[2 * n]! * 65536 + groups[2 * n + 1]!)
  if (word(0) === 0 && word(1) === 0 && word(2) === 0xffff) return new IpAddress(4, 0, 0, 0, word(3))
  return new IpAddress(6, word(0), word(1), word(2), word(3))
}

/** Returns the number of bits that a prefix may have at most. */
export const bitsOf = (version: 4 | 6): number => version === 4 ? 32 : 128
