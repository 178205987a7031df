import type { ByteLink } from '@weirlb/link'

/** What the client says to its server before that is there. The client is not read while it is too much. */
export class FirstBytes {
  readonly #client: ByteLink
  readonly #cap: number
  /** Length of the first message; -1: not known. Bytes of ours may stand before it. */
  firstLength = -1
  #chunks: Uint8Array[] = []
  #bytes = 0
  #paused = false

  constructor (client: ByteLink, cap: number) {
    this.#client = client
    this.#cap = cap
  }

  get empty (): boolean { return this.#chunks.length === 0 }
  /** These are the first message and no more. */
  get isFirstMessage (): boolean { return !this.empty && this.#bytes === this.firstLength }

  /** Keep bytes that nobody will change. */
  add (bytes: Uint8Array): void {
    this.#chunks.push(bytes)
    this.#bytes += bytes.length
    if (this.#paused || this.#bytes <= this.#cap) return
    this.#paused = true
    this.#client.pause()
  }

  /** Write all to the server, which is there now. Returns false if its link is full. */
  writeTo (link: ByteLink): boolean {
    let room = true
    for (const bytes of this.#chunks) room = link.writeOwned(bytes)
    if (this.#paused) {
      this.#paused = false
      this.#client.resume()
    }
    return room
  }
}
