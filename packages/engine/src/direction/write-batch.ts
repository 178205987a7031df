import type { ByteLink } from '@weirlb/link'

/** WriteBatch that are larger go out by themselves: to copy one costs more than a write of its own. */
const LARGE = 16 * 1024

/** Bytes for one link, gathered so that the messages of one read are sent in one write. Order is kept. */
export class WriteBatch {
  #parts: Uint8Array[] = []
  #bytes = 0

  get empty (): boolean { return this.#parts.length === 0 }

  /** Add bytes that will not be changed. */
  add (bytes: Uint8Array): void {
    this.#parts.push(bytes)
    this.#bytes += bytes.length
  }

  /** Write what is here; false: the link is full. */
  writeTo (link: ByteLink): boolean {
    const parts = this.#parts
    if (parts.length === 0) return true
    let room: boolean
    if (parts.length === 1) room = link.writeOwned(parts[0]!)
    else if (this.#bytes > parts.length * LARGE) room = this.#writeEach(link)
    else room = link.writeOwned(Buffer.concat(parts, this.#bytes))
    this.clear()
    return room
  }

  #writeEach (link: ByteLink): boolean {
    let room = true
    for (const part of this.#parts) room = link.writeOwned(part)
    return room
  }

  clear (): void {
    this.#parts = []
    this.#bytes = 0
  }
}
