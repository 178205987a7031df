/** Longest identity and key that OpenSSL takes, in bytes. */
const MAX_IDENTITY = 256
const MAX_KEY = 256

/** Pre-shared keys by identity; or the fault of the text, by line and without its contents. */
export type PskReading = { readonly keys: ReadonlyMap<string, Uint8Array> } | { readonly fault: string }

/**
 * Read pre-shared keys: one `identity:hexadecimal key` a line, as mosquitto's `psk_file` has them. Empty lines and
 * lines that begin with `#` are left out.
 */
export const readPsk = (text: string): PskReading => {
  const keys = new Map<string, Uint8Array>()
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const fault = (what: string): PskReading => ({ fault: `line ${i + 1} ${what}` })
    const colon = line.lastIndexOf(':')
    if (colon < 1) return fault('is not `identity:hexadecimal key`')
    const identity = line.slice(0, colon)
    const hex = line.slice(colon + 1).trim()
    if (!/^(?:[0-9a-f]{2})+$/i.test(hex)) return fault('has a key that is not hexadecimal')
    if (hex.length / 2 > MAX_KEY) return fault(`has a key of ${hex.length / 2} bytes; at most ${MAX_KEY} can be`)
    if (Buffer.byteLength(identity) > MAX_IDENTITY) return fault(`has an identity of more than ${MAX_IDENTITY} bytes`)
    if (keys.has(identity)) return fault('has an identity that stands above')
    keys.set(identity, Buffer.from(hex, 'hex'))
  }
  return keys.size === 0 ? { fault: 'holds no key' } : { keys }
}
