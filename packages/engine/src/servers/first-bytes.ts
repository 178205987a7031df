import type { ByteLink } from '@weirlb/link'

/** The client's bytes for its server, before that is connected. The client is not read while they are too many. */
export class FirstBytes {
  readonly #connection: { readonly client: ByteLink }
  readonly #cap: number
  /** Length of the first message; -1: unknown. Originated bytes may precede it. */
  firstLength = -1
  #chunks: Uint8Array[] = []
  #bytes = 0
  #paused = false

  constructor (connection: { readonly client: ByteLink }, cap: number) {
    this.#connection = connection
    this.#cap = cap
  }

  get empty (): boolean { return this.#chunks.length === 0 }
  /** These are the first message and no more. */
  get isFirstMessage (): boolean { return !this.empty && this.#bytes === this.firstLength }

  /** Keep bytes that will not be changed. */
  add (bytes: Uint8Array): void {
    this.#chunks.push(bytes)
    this.#bytes += bytes.length
    if (this.#paused || this.#bytes <= this.#cap) return
    this.#paused = true
    this.#connection.client.pause()
  }

  /** Write all to the server, which is there now. Returns false if its link is full. */
  writeTo (link: ByteLink): boolean {
    let room = true
    for (const bytes of this.#chunks) room = link.writeOwned(bytes)
    if (this.#paused) {
      this.#paused = false
      this.#connection.client.resume()
    }
    return room
  }
}
