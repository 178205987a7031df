import { createHash } from 'node:crypto'
import type { HelloFacts } from '../../client-facts.ts'
import { bodyOf } from './client-hello.ts'

const SERVER_NAME = 0x0000
const SUPPORTED_GROUPS = 0x000a
const POINT_FORMATS = 0x000b
const SIGNATURE_ALGORITHMS = 0x000d
const ALPN = 0x0010
const SUPPORTED_VERSIONS = 0x002b

/** Returns true for values that clients add to be ignored (RFC 8701): `0a0a`, `1a1a` … `fafa`. */
const isGrease = (value: number): boolean => (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 255)

const hex4 = (value: number): string => value.toString(16).padStart(4, '0')

const NONE = new Uint16Array(0)
const MAX_PROTOCOLS = 256

/** Versions as clients offer them, by the names that Node gives them. */
const versionNames: Readonly<Record<number, string>> = {
  0x0304: 'TLSv1.3',
  0x0303: 'TLSv1.2',
  0x0302: 'TLSv1.1',
  0x0301: 'TLSv1',
  0x0300: 'SSLv3'
}

/** Their short forms in JA4. */
const ja4Versions: Readonly<Record<number, string>> = {
  0x0304: '13',
  0x0303: '12',
  0x0302: '11',
  0x0301: '10',
  0x0300: 's3',
  0x0002: 's2'
}

/**
 * A ClientHello in its parts (RFC 8446 §4.1.2), which stay as long as the client: they take no more than the hello
 * itself, apart from two fingerprints. Values are in the client's order, GREASE left out.
 */
export class HelloDetails implements HelloFacts {
  serverName = ''
  readonly alpn: string[] = []
  readonly #legacyVersion: number
  #versions: Uint16Array = NONE
  readonly #ciphers: Uint16Array
  readonly #extensions: Uint16Array
  #groups: Uint16Array = NONE
  #pointFormats: Uint16Array = NONE
  #signatureAlgorithms: Uint16Array = NONE
  #ja4: string | undefined
  #ja3: string | undefined

  /** `body`: of the handshake message. Throws RangeError where a length leads beyond it. */
  constructor (body: Uint8Array) {
    const view = new DataView(body.buffer, body.byteOffset, body.length)
    this.#legacyVersion = view.getUint16(0)
    let at = 2 + 32
    at += 1 + view.getUint8(at)
    const ciphers = view.getUint16(at)
    this.#ciphers = wordsIn(view, at + 2, ciphers)
    at += 2 + ciphers
    at += 1 + view.getUint8(at)
    const extensions: number[] = []
    const end = at === body.length ? at : at + 2 + view.getUint16(at)
    if (end > body.length) throw new RangeError('extensions lead beyond the hello')
    at += 2
    while (at < end) {
      const type = view.getUint16(at)
      const length = view.getUint16(at + 2)
      if (!isGrease(type)) extensions.push(type)
      this.#read(type, view, at + 4, length)
      at += 4 + length
    }
    this.#extensions = Uint16Array.from(extensions)
  }

  /** Versions that it offers: `TLSv1.3`; of others their number. */
  get versions (): readonly string[] {
    return Array.from(
      this.#versions.length > 0 ? this.#versions : [this.#legacyVersion],
      version => versionNames[version] ?? hex4(version)
    )
  }

  /** Cipher suites that it offers, as four hexadecimal digits: `1301`. */
  get ciphers (): readonly string[] { return Array.from(this.#ciphers, hex4) }

  /** JA4 of FoxIO: what the client offers, whatever the order of ciphers and extensions. */
  get ja4 (): string { return this.#ja4 ??= this.#fingerprint() }

  /** JA3: the older one, as a hash of what it offers in its order. */
  get ja3 (): string {
    return this.#ja3 ??= createHash('md5').update([
      String(this.#legacyVersion),
      ...[this.#ciphers, this.#extensions, this.#groups, this.#pointFormats].map(values => values.join('-'))
    ].join(',')).digest('hex')
  }

  #fingerprint (): string {
    const extensions = this.#extensions
    const version = this.#versions.length > 0 ? Math.max(...this.#versions) : this.#legacyVersion
    const head = [
      't', ja4Versions[version] ?? '00', extensions.includes(SERVER_NAME) ? 'd' : 'i',
      twoDigits(this.#ciphers.length), twoDigits(extensions.length), alpnMark(this.alpn[0])
    ].join('')
    const sorted = (values: Uint16Array): string => Array.from(values, hex4).sort().join(',')
    const signatures = Array.from(this.#signatureAlgorithms, hex4).join(',')
    const others = sorted(extensions.filter(type => type !== SERVER_NAME && type !== ALPN))
    return `${head}_${this.#ciphers.length === 0 ? NO_HASH : hash12(sorted(this.#ciphers))}_${
      others === '' ? NO_HASH : hash12(signatures === '' ? others : `${others}_${signatures}`)
    }`
  }

  #read (type: number, view: DataView, at: number, length: number): void {
    if (at + length > view.byteLength) throw new RangeError('an extension leads beyond the hello')
    if (length < 1) return
    switch (type) {
      case SERVER_NAME:
        // A list with one entry: length 2, type 1, length 2, name (RFC 6066 §3).
        if (length >= 5) this.serverName = textIn(view, at + 5, Math.min(view.getUint16(at + 3), length - 5))
        break
      case SUPPORTED_GROUPS: this.#groups = wordsIn(view, at + 2, length - 2); break
      case SIGNATURE_ALGORITHMS: this.#signatureAlgorithms = wordsIn(view, at + 2, length - 2); break
      case SUPPORTED_VERSIONS: this.#versions = wordsIn(view, at + 1, length - 1); break
      case POINT_FORMATS: this.#pointFormats = Uint16Array.from({ length: length - 1 }, (_, n) => view.getUint8(at + 1 + n)); break
      case ALPN: this.#readProtocols(view, at + 2, at + length); break
      default:
    }
  }

  /** Names of length 1 each (RFC 7301 §3.1), none of them empty; nor are there more of them than any client offers. */
  #readProtocols (view: DataView, from: number, end: number): void {
    for (let at = from; at < end;) {
      const length = view.getUint8(at)
      if (length === 0 || at + 1 + length > end || this.alpn.length === MAX_PROTOCOLS)
        throw new RangeError('no list of protocols')
      if (length !== 2 || !isGrease(view.getUint16(at + 1))) this.alpn.push(textIn(view, at + 1, length))
      at += 1 + length
    }
  }
}

const wordsIn = (view: DataView, at: number, length: number): Uint16Array => {
  const words: number[] = []
  for (let n = at; n + 1 < at + length; n += 2) {
    const word = view.getUint16(n)
    if (!isGrease(word)) words.push(word)
  }
  return Uint16Array.from(words)
}

const textIn = (view: DataView, at: number, length: number): string =>
  Buffer.from(view.buffer, view.byteOffset + at, length).toString('latin1')

const NO_HASH = '000000000000'
const hash12 = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12)
const twoDigits = (count: number): string => String(Math.min(count, 99)).padStart(2, '0')

/**
 * First and last character of the first protocol; of one that is not written in letters and digits, of its hexadecimal
 * form.
 */
const alpnMark = (protocol: string | undefined): string => {
  if (protocol === undefined || protocol === '') return '00'
  const marked = /^[0-9A-Za-z](?:.*[0-9A-Za-z])?$/s.test(protocol)
    ? protocol
    : Buffer.from(protocol, 'latin1').toString('hex')
  return marked[0]! + marked.at(-1)!
}

/** Returns the parts of a hello that `readHello` has read; undefined for one that it left unread. `bytes`: the same. */
export const helloDetails = (bytes: Uint8Array): HelloDetails | undefined => {
  const body = bodyOf(bytes)
  if (body === undefined) return undefined
  try {
    return new HelloDetails(body)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
