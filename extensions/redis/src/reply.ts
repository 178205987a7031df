import { decodeUtf8, encodeUtf8, Malformed, type Bytes } from '@weirlb/sdk'

const CRLF = encodeUtf8('\r\n')

const CR = 0x0d
const MINUS = 0x2d
const EXCLAMATION = 0x21
const STAR = 0x2a
const COLON = 0x3a
const DOLLAR = 0x24
const UNDERSCORE = 0x5f

export const OK = encodeUtf8('+OK\r\n')
export const PONG = encodeUtf8('+PONG\r\n')

export const QUEUED = encodeUtf8('+QUEUED\r\n')
export const NO_COMMANDS = encodeUtf8('*0\r\n')

/** The beginning of an array of so many elements. */
export const array = (count: number): Bytes => encodeUtf8(`*${count}\r\n`)

/** An integer. */
export const integer = (value: number): Bytes => encodeUtf8(`:${value}\r\n`)

/** A command in the form that servers take. */
export const command = (...words: readonly string[]): Bytes =>
  encodeUtf8(`*${words.length}\r\n${words.map(word => `$${word.length}\r\n${word}\r\n`).join('')}`)

/** Several in one. */
export const joined = (parts: readonly Bytes[]): Bytes => {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** A bulk string. */
export const bulk = (value: Bytes): Bytes => {
  const head = encodeUtf8(`$${value.length}\r\n`)
  const all = new Uint8Array(head.length + value.length + 2)
  all.set(head)
  all.set(value, head.length)
  all.set(CRLF, head.length + value.length)
  return all
}

/** An error, on one line whatever the text quotes. */
export const error = ({ code, message }: { readonly code: string, readonly message: string }): Bytes =>
  encodeUtf8(`-${code} ${message.replace(/[^ -~]/g, '?')}\r\n`)

/** What a command answers when its servers have said too much together. */
export const TOO_LARGE = error({
  code: 'ERR',
  message: 'the servers answer with more than 1 MiB together: ask for fewer keys'
})

// ── what servers reply ─────────────────────────────────────────────────────

/** The number in a line that begins at `at`, and where the next line begins. */
const numberAt = (bytes: Bytes, at: number, type: number): [number, number] => {
  if (bytes[at] !== type) throw new Malformed('a reply of another type')
  let value = 0
  let i = at + 1
  const sign = bytes[i] === MINUS ? -1 : 1
  if (sign < 0) i++
  const digits = i
  for (; bytes[i] !== CR; i++) {
    const digit = (bytes[i] ?? 0) - 0x30
    if (!(digit >= 0 && digit <= 9)) throw new Malformed('a reply with a number that is none')
    value = value * 10 + digit
  }
  if (i === digits || value > Number.MAX_SAFE_INTEGER) throw new Malformed('a reply with a number that is none')
  return [sign * value, i + 2]
}

/** The length that a bulk string or an array states, and where the next line begins; null has none. */
const lengthAt = (bytes: Bytes, at: number, type: number): [number, number] => {
  const found = numberAt(bytes, at, type)
  if (found[0] < 0) throw new Malformed('a reply that is null')
  return found
}

/** True for an error, on a line or as a bulk string (RESP3). */
export const isError = (bytes: Bytes): boolean => bytes[0] === MINUS || bytes[0] === EXCLAMATION

/** The text of an error, its first word included. */
export const errorText = (bytes: Bytes): string => {
  if (bytes[0] === MINUS) return decodeUtf8(bytes, 1, bytes.indexOf(CR))
  const [text] = blobAt(bytes, 0, EXCLAMATION)
  return decodeUtf8(text)
}

/** True for no value, in either protocol. */
export const isNull = (bytes: Bytes): boolean => bytes[0] === UNDERSCORE || (bytes[0] === DOLLAR && bytes[1] === MINUS)

/** The value of an integer. */
export const numberIn = (bytes: Bytes): number => numberAt(bytes, 0, COLON)[0]

/** How many elements an array has, and these. */
export const arrayOf = (bytes: Bytes): { readonly count: number, readonly elements: Bytes } => {
  const [count, at] = lengthAt(bytes, 0, STAR)
  return { count, elements: bytes.subarray(at) }
}

/** The values of an array of integers. */
export const numbersIn = (bytes: Bytes): number[] => {
  const [count, begin] = lengthAt(bytes, 0, STAR)
  let at = begin
  const numbers: number[] = []
  while (numbers.length < count) {
    const [value, next] = numberAt(bytes, at, COLON)
    numbers.push(value)
    at = next
  }
  return numbers
}

/** Bytes of a stated length that begin at `at`, and where they end. */
const blobAt = (bytes: Bytes, at: number, type: number): [Bytes, number] => {
  const [length, from] = lengthAt(bytes, at, type)
  return [bytes.subarray(from, from + length), from + length + 2]
}

/** The bulk string that begins at `at`, and where it ends. */
export const bulkOf = (bytes: Bytes, at: number): [Bytes, number] => blobAt(bytes, at, DOLLAR)
