/** How what was typed is read. */
export type Notation = 'hex' | 'text'

/** Most bytes that the API explains at once. */
export const MAX_BYTES = 1024 * 1024

const named: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, 0: 0, '\\': 92 }
const encoder = new TextEncoder()

/** Returns the bytes of a text in UTF-8, with `\r`, `\n`, `\t`, `\0`, `\\` and `\x1f` for those that have no key. */
export const bytesOfText = (text: string): Uint8Array => {
  const parts = text.split(/\\(x[0-9a-fA-F]{2}|[nrt0\\])/).map((part, index) =>
    index % 2 === 0
      ? encoder.encode(part)
      : Uint8Array.of(part.length === 3 ? Number.parseInt(part.slice(1), 16) : named[part]!)
  )
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/**
 * Returns the bytes of hex. What is none is left out: the API is asked with the text as it is, and says where it is
 * wrong.
 */
export const bytesOfHex = (hex: string): Uint8Array => {
  const digits = hex.replace(/\s+/g, '')
  return Uint8Array.from({ length: digits.length >> 1 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16))
}

const digits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Returns bytes as hex, two digits each. */
export const hexOf = (bytes: Uint8Array, between = ''): string => Array.from(bytes, byte => digits[byte]!).join(between)

/** Returns bytes as people read them: printable ASCII as it is, `·` for the rest. */
export const asciiOf = (bytes: Uint8Array): string =>
  Array.from(bytes, byte => byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·').join('')
