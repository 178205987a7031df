import { decodeUtf8, encodeUtf8 } from '@weirlb/sdk'

type Buffers = ArrayBuffer | SharedArrayBuffer | ArrayBufferView

/** The bytes of a buffer, or of a view of one. */
export const bytesOf = (data: Buffers): Uint8Array =>
  ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data)

/** True for what has bytes. */
export const isBuffers = (value: unknown): value is Buffers =>
  ArrayBuffer.isView(value) || value instanceof ArrayBuffer ||
  (typeof SharedArrayBuffer === 'function' && value instanceof SharedArrayBuffer)

/** UTF-8 (https://encoding.spec.whatwg.org). */
export class TextEncoder {
  get encoding (): string { return 'utf-8' }
  encode (text = ''): Uint8Array { return encodeUtf8(String(text)) }
}

/** UTF-8 alone, and no streams. */
export class TextDecoder {
  readonly #fatal: boolean
  readonly #keepsMark: boolean

  constructor (
    label = 'utf-8',
    { fatal = false, ignoreBOM = false }: { readonly fatal?: boolean, readonly ignoreBOM?: boolean } = {}
  ) {
    if (!['utf-8', 'utf8', 'unicode-1-1-utf-8'].includes(String(label).trim().toLowerCase()))
      throw new RangeError(`TextDecoder: ${label} is not there; there is: utf-8`)
    this.#fatal = fatal
    this.#keepsMark = ignoreBOM
  }

  get encoding (): string { return 'utf-8' }
  get fatal (): boolean { return this.#fatal }
  get ignoreBOM (): boolean { return this.#keepsMark }

  decode (data: Buffers = new Uint8Array()): string {
    const bytes = bytesOf(data)
    const text = decodeUtf8(bytes)
    if (this.#fatal && text.includes('\ufffd') && !sameBytes(encodeUtf8(text), bytes))
      throw new TypeError('TextDecoder: the bytes are no UTF-8')
    return !this.#keepsMark && text.startsWith('\ufeff') ? text.slice(1) : text
  }
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])
