const UTC_TIME = 0x17
const GENERALIZED_TIME = 0x18

/** One element of DER (X.690 §8.1): its tag, and the position of its contents. */
export interface DerElement { readonly tag: number, readonly from: number, readonly to: number }

/** The element at `at`. Throws RangeError where the bytes end before it does. */
export const derElement = (bytes: Uint8Array, at: number): DerElement => {
  const first = byteAt(bytes, at + 1)
  let from = at + 2
  let length = first
  if (first > 0x80) {
    length = 0
    for (let n = first & 0x7f; n > 0; n--) length = length * 256 + byteAt(bytes, from++)
  }
  const to = from + length
  if (to > bytes.length) throw new RangeError('an element is longer than the bytes')
  return { tag: byteAt(bytes, at), from, to }
}

/** The elements inside of one. Throws RangeError where the bytes end before they do. */
export const derElements = (bytes: Uint8Array, { from, to }: DerElement): DerElement[] => {
  const inside: DerElement[] = []
  for (let at = from; at < to; at = inside.at(-1)!.to) inside.push(derElement(bytes, at))
  return inside
}

/**
 * Milliseconds since 1970; undefined for what is no time. Years of two digits are 1950 to 2049 (RFC 5280 §4.1.2.5.1).
 */
export const derTime = (der: Uint8Array, { tag, from, to }: DerElement): number | undefined => {
  const text = Buffer.from(der.subarray(from, to)).toString('latin1')
  const digits = tag === UTC_TIME
    ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}`
    : tag === GENERALIZED_TIME
    ? text
    : undefined
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits ?? '') ?? []
  if (parts.length === 0) return undefined
  const [year, month, day, hour, minute, second] = parts.map(Number) as [number, number, number, number, number, number]
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

const byteAt = (bytes: Uint8Array, at: number): number => {
  const byte = bytes[at]
  if (byte === undefined) throw new RangeError('an element is cut off')
  return byte
}
