import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { WeirError } from '@weirlb/model'

const CIPHER = 'aes-256-gcm'
const KEY_BYTES = 32
const IV_BYTES = 12
const TAG_BYTES = 16
/** A sealed text: `weir-sealed-1 ID BASE64`, where the bytes are vector, tag, and what was encrypted. */
const SEALED = /^weir-sealed-1 ([0-9a-f]{8}) ([A-Za-z0-9+/=]+)$/
/** A line of the file of keys that lets texts be read that are not sealed. */
const PLAINTEXT = 'plaintext'

interface Key { readonly id: string, readonly bytes: Buffer }

/** Why a text could not be opened. `damaged`: no node has written it. */
export type OpenFault = { readonly damaged: boolean, readonly why: string }

/**
 * The keys that seal what is secret in the shared store: AES-256-GCM. The first one seals; each of them opens. A sealed
 * text opens only as what it was sealed as, so that none can be put in the place of another.
 */
export class ClusterKeys {
  readonly #keys: readonly Key[]
  readonly #plaintext: boolean

  private constructor (keys: readonly Key[], plaintext: boolean) {
    this.#keys = keys
    this.#plaintext = plaintext
  }

  /**
   * Read the text of a file of keys: on each line 32 bytes as 64 hexadecimal digits or as base64, or `plaintext`; empty
   * lines and those after `#` are skipped. Undefined: no keys, so texts stay as they are. Throws `config-invalid`,
   * whose message has no key.
   */
  static parse (text: string | undefined): ClusterKeys {
    const keys: Key[] = []
    let plaintext = text === undefined
    for (const [i, line] of (text ?? '').split('\n').entries()) {
      const word = line.replace(/#.*/, '').trim()
      if (word === '') continue
      if (word === PLAINTEXT) {
        plaintext = true
        continue
      }
      const bytes = /^[0-9a-fA-F]{64}$/.test(word)
        ? Buffer.from(word, 'hex')
        : /^[A-Za-z0-9+/]{43}=?$/.test(word)
        ? Buffer.from(word, 'base64')
        : undefined
      if (bytes?.length !== KEY_BYTES)
        throw new WeirError(
          'config-invalid',
          `cluster: line ${
            i + 1
          } of the keys is no key; expected 64 hexadecimal digits, base64 of ${KEY_BYTES} bytes, or ${PLAINTEXT}. Make one with: openssl rand -hex ${KEY_BYTES}`
        )
      keys.push({ id: createHash('sha256').update('weir cluster key ').update(bytes).digest('hex').slice(0, 8), bytes })
    }
    if (text !== undefined && keys.length === 0)
      throw new WeirError(
        'config-invalid',
        `cluster: the file of keys has none. Make one with: openssl rand -hex ${KEY_BYTES}`
      )
    return new ClusterKeys(keys, plaintext)
  }

  /** Whether texts are sealed. */
  get seal (): boolean { return this.#keys.length > 0 }

  /** Returns a text as it may stand in the store. `as` says what it is. */
  sealed (text: string, as: string): string {
    const [key] = this.#keys
    if (key === undefined) return text
    const iv = randomBytes(IV_BYTES)
    const cipher = createCipheriv(CIPHER, key.bytes, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(as))
    const bytes = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return `weir-sealed-1 ${key.id} ${Buffer.concat([iv, cipher.getAuthTag(), bytes]).toString('base64')}`
  }

  /** Returns a text of the store as it was before it was sealed, or why there is none. */
  opened (stored: string, as: string): string | OpenFault {
    const found = SEALED.exec(stored)
    if (found === null) return this.#plaintext ? stored : { damaged: false, why: `is not encrypted, and this node takes only what its keys have encrypted. A line '${PLAINTEXT}' in the file of keys lets it be read, until all nodes have a key` }
    const key = this.#keys.find(({ id }) => id === found[1])
    if (key === undefined)
      return {
        damaged: false,
        why: `is encrypted with key ${found[1]!}, and this node has ${
          this.#keys.length === 0 ? 'none: give --cluster-keys FILE' : this.#keys.map(({ id }) => id).join(', ')
        }`
      }
    const bytes = Buffer.from(found[2]!, 'base64')
    try {
      const decipher = createDecipheriv(CIPHER, key.bytes, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
      decipher.setAAD(Buffer.from(as)).setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
      return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8')
    } catch {
      return { damaged: true, why: 'was changed by somebody who has not the key' }
    }
  }

  /** Whether a text of the store is as `sealed` would have it now. */
  isCurrent (stored: string): boolean { return SEALED.exec(stored)?.[1] === this.#keys[0]?.id }
}
