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

const byteAt = (bytes: Uint8Array, at: number): number => {
  const byte = bytes[at]
  if (byte === undefined) throw new RangeError('an element is cut off')
  return byte
}
