import type { Peer } from '../client-facts.ts'

/** A power of two. */
const PLACES = 1024

/** The texts of addresses that were asked for last, each in the one place that it can have. */
const known = new Int32Array(PLACES)
const texts = Array.from({ length: PLACES }, () => '0.0.0.0')

const textOf = (bits: number): string => `${bits >>> 24}.${bits >>> 16 & 255}.${bits >>> 8 & 255}.${bits & 255}`

/**
 * An IPv4 client: its address is four bytes until it is read as text. A connection is asked for it about eight times in
 * its first and last moments, by floods, rules and records. Between these it keeps no text.
 */
export class Ipv4Peer implements Peer {
  readonly port: number
  readonly #address: number

  constructor (address: number, port: number) {
    this.#address = address
    this.port = port
  }

  get address (): string {
    const bits = this.#address
    // Neighbours differ in the last bits, and networks in the first ones.
    const place = (bits ^ bits >>> 10 ^ bits >>> 20) & PLACES - 1
    if (known[place] !== bits) {
      known[place] = bits
      texts[place] = textOf(bits)
    }
    return texts[place]!
  }
}
