/** Counts the MQTT packets in a stream, however it is cut. */
export class PacketCounter {
  /** Bytes of the current packet's body that are still to come; -1 while its header is read. */
  #left = -1
  /** -1: the type byte is next. Else the shift of the next length byte. */
  #shift = -1
  #length = 0

  /** How many packets end within these bytes. */
  count (bytes: Uint8Array, end: number): number {
    let whole = 0
    let at = 0
    while (at < end) {
      if (this.#left >= 0) {
        const step = Math.min(this.#left, end - at)
        at += step
        this.#left -= step
      } else if (this.#shift < 0) {
        at++
        this.#shift = 0
        this.#length = 0
      } else {
        const byte = bytes[at++]!
        this.#length |= (byte & 127) << this.#shift
        this.#shift += 7
        if (byte < 128) {
          this.#left = this.#length
          this.#shift = -1
        }
      }
      if (this.#left === 0) {
        whole++
        this.#left = -1
      }
    }
    return whole
  }
}
