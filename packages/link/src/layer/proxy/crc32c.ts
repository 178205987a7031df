const POLYNOMIAL = 0x82f63b78

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 0 ? crc >>> 1 : crc >>> 1 ^ POLYNOMIAL
  return crc
})

/**
 * CRC-32C (RFC 4960, appendix B) of some bytes, those in `[zeroFrom, zeroTo)` counted as zeros. Node has CRC-32 only,
 * which is another polynomial.
 */
export const crc32c = (bytes: Uint8Array, zeroFrom = 0, zeroTo = 0): number => {
  let crc = 0xffffffff
  for (let i = 0; i < bytes.length; i++)
    crc = crc >>> 8 ^ table[(crc ^ (i >= zeroFrom && i < zeroTo ? 0 : bytes[i]!)) & 0xff]!
  return (crc ^ 0xffffffff) >>> 0
}
