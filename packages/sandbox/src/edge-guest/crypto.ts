import { hmac } from '@noble/hashes/hmac.js'
import { sha1 } from '@noble/hashes/legacy.js'
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import type { Randomness } from './randomness.ts'
import { bytesOf, isBuffers } from './text-coding.ts'

type Buffers = Parameters<typeof bytesOf>[0]
type Named = string | { readonly name: string, readonly hash?: Named }

const hashes = { 'SHA-1': sha1, 'SHA-256': sha256, 'SHA-384': sha384, 'SHA-512': sha512 } as const
type HashName = keyof typeof hashes

const nameOf = (algorithm: Named | undefined): string =>
  String(typeof algorithm === 'object' ? algorithm.name : algorithm).toUpperCase()

const hashOf = (algorithm: Named | undefined): HashName => {
  const name = nameOf(algorithm)
  if (Object.hasOwn(hashes, name)) return name as HashName
  throw notSupported(`the hash ${name} is not there; there are: ${Object.keys(hashes).join(', ')}`)
}

const notSupported = (message: string): Error => Object.assign(new Error(message), { name: 'NotSupportedError' })
const invalid = (message: string): Error => Object.assign(new Error(message), { name: 'InvalidAccessError' })

const given = (data: unknown, what: string): Uint8Array => {
  if (!isBuffers(data)) throw new TypeError(`${what}: expected an ArrayBuffer or a view of one`)
  return bytesOf(data)
}

const bufferOf = (bytes: Uint8Array): ArrayBuffer => bytes.slice().buffer as ArrayBuffer

/** A key for HMAC; its bytes leave it if it is extractable. */
export class CryptoKey {
  readonly #secret: Uint8Array
  readonly type = 'secret'
  readonly extractable: boolean
  readonly algorithm: { readonly name: 'HMAC', readonly hash: { readonly name: HashName }, readonly length: number }
  readonly usages: readonly string[]

  constructor (secret: Uint8Array, hash: HashName, extractable: boolean, usages: readonly string[]) {
    this.#secret = secret
    this.extractable = extractable
    this.algorithm = Object.freeze({ name: 'HMAC', hash: Object.freeze({ name: hash }), length: secret.length * 8 })
    this.usages = Object.freeze([...usages])
  }

  static secretOf (key: unknown, usage: string): Uint8Array {
    if (!(key instanceof CryptoKey)) throw new TypeError('expected a CryptoKey of crypto.subtle.importKey')
    if (!key.usages.includes(usage)) throw invalid(`the key is not for ${usage}`)
    return key.#secret
  }

  static exported (key: CryptoKey): Uint8Array {
    if (!key.extractable) throw invalid('the key is not extractable')
    return key.#secret.slice()
  }
}

const mac = (algorithm: Named, key: unknown, data: unknown, usage: string): Uint8Array => {
  if (nameOf(algorithm) !== 'HMAC')
    throw notSupported(`${usage} with ${nameOf(algorithm)} is not there; there is: HMAC`)
  const secret = CryptoKey.secretOf(key, usage)
  return hmac(hashes[(key as CryptoKey).algorithm.hash.name], secret, given(data, usage))
}

/** True for equal bytes; the time does not depend on where they differ. */
const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false
  let differ = 0
  for (let i = 0; i < a.length; i++) differ |= a[i]! ^ b[i]!
  return differ === 0
}

/** Hashes and HMAC of https://w3c.github.io/webcrypto; the result is there when the call returns, as a promise. */
class SubtleCrypto {
  readonly #random: Randomness
  constructor (random: Randomness) { this.#random = random }

  async digest (algorithm: Named, data: Buffers): Promise<ArrayBuffer> {
    return bufferOf(hashes[hashOf(algorithm)](given(data, 'digest')))
  }
  async sign (algorithm: Named, key: CryptoKey, data: Buffers): Promise<ArrayBuffer> {
    return bufferOf(mac(algorithm, key, data, 'sign'))
  }
  async verify (algorithm: Named, key: CryptoKey, signature: Buffers, data: Buffers): Promise<boolean> {
    return equalBytes(mac(algorithm, key, data, 'verify'), given(signature, 'verify'))
  }

  async importKey (
    format: string,
    data: Buffers,
    algorithm: Named,
    extractable: boolean,
    usages: readonly string[]
  ): Promise<CryptoKey> {
    if (format !== 'raw') throw notSupported(`importKey: format ${format} is not there; there is: raw`)
    if (nameOf(algorithm) !== 'HMAC') throw notSupported(`importKey: ${nameOf(algorithm)} is not there; there is: HMAC`)
    return new CryptoKey(
      given(data, 'importKey').slice(),
      hashOf(typeof algorithm === 'object' ? algorithm.hash : undefined),
      extractable,
      usages
    )
  }

  async exportKey (format: string, key: CryptoKey): Promise<ArrayBuffer> {
    if (format !== 'raw') throw notSupported(`exportKey: format ${format} is not there; there is: raw`)
    return bufferOf(CryptoKey.exported(key))
  }

  async generateKey (algorithm: Named, extractable: boolean, usages: readonly string[]): Promise<CryptoKey> {
    if (nameOf(algorithm) !== 'HMAC')
      throw notSupported(`generateKey: ${nameOf(algorithm)} is not there; there is: HMAC`)
    const hash = hashOf(typeof algorithm === 'object' ? algorithm.hash : undefined)
    const secret = new Uint8Array(hashes[hash].blockLen)
    this.#random.draw(secret)
    return new CryptoKey(secret, hash, extractable, usages)
  }

  /** Cloudflare's: compares in a time that does not depend on the contents. */
  timingSafeEqual (a: Buffers, b: Buffers): boolean {
    const [one, other] = [given(a, 'timingSafeEqual'), given(b, 'timingSafeEqual')]
    if (one.length !== other.length) throw new TypeError('Input buffers must have the same byte length')
    return equalBytes(one, other)
  }
}

/** Maximum bytes of one call of `getRandomValues` (https://w3c.github.io/webcrypto/#Crypto-method-getRandomValues). */
const MAX_RANDOM = 65_536

/** The global `crypto`. */
export class Crypto {
  readonly subtle: SubtleCrypto
  readonly #random: Randomness

  constructor (random: Randomness) {
    this.#random = random
    this.subtle = new SubtleCrypto(random)
  }

  getRandomValues<T extends ArrayBufferView> (view: T): T {
    if (
      !ArrayBuffer.isView(view) || view instanceof Float32Array || view instanceof Float64Array ||
      view instanceof DataView
    ) throw new TypeError('getRandomValues: expected an array of integers')
    if (view.byteLength > MAX_RANDOM)
      throw Object.assign(new Error(`getRandomValues: more than ${MAX_RANDOM} bytes`), { name: 'QuotaExceededError' })
    this.#random.draw(bytesOf(view))
    return view
  }

  randomUUID (): string {
    const bytes = new Uint8Array(16)
    this.#random.draw(bytes)
    // RFC 9562 §5.4.
    bytes[6] = bytes[6]! & 0x0f | 0x40
    bytes[8] = bytes[8]! & 0x3f | 0x80
    const hex = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
  }
}
