/**
 * A thorough mix of 32 bits: every bit of the input changes about half of the output (the finalizer of MurmurHash3).
 */
export const mix = (bits: number): number => {
  let h = bits
  h = Math.imul(h ^ h >>> 16, 0x85ebca6b)
  h = Math.imul(h ^ h >>> 13, 0xc2b2ae35)
  return h ^ h >>> 16
}

/** The `stringHash` of a byte string that stands in these bytes: no string is made for it. */
export const bytesHash = (bytes: Uint8Array, from: number, to: number, seed: number): number => {
  let h = 0x811c9dc5 ^ mix(seed)
  for (let i = from; i < to; i++) h = Math.imul(h ^ bytes[i]!, 0x01000193)
  return mix(h ^ to - from)
}

/**
 * 32 bits of a string of any characters; another seed gives an unrelated hash (FNV-1a over the character codes, then
 * mixed).
 */
export const stringHash = (text: string, seed: number): number => {
  let h = 0x811c9dc5 ^ mix(seed)
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return mix(h ^ text.length)
}
