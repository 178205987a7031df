import { sha512 } from '@noble/hashes/sha2.js'

/** Bytes of the state, and of each block. */
const HALF = 32

/**
 * Random bytes from a seed of the host: SHA-512 of the state gives the next state and a block of bytes, so that no
 * state leads back to earlier bytes.
 */
export class Randomness {
  #state = new Uint8Array()
  #block = new Uint8Array()

  /**
   * Until then there are no random bytes: those of a module that is being loaded would be drawn before anybody needs
   * them.
   */
  seed (seed: Uint8Array): void { this.#state = seed.slice() }

  draw (bytes: Uint8Array): void {
    if (this.#state.length === 0)
      throw new Error('there are no random numbers while the module is loaded; draw them in a handler')
    for (let at = 0; at < bytes.length;) {
      if (this.#block.length === 0) {
        const next = sha512(this.#state)
        this.#state = next.slice(0, HALF)
        this.#block = next.slice(HALF)
      }
      const part = this.#block.subarray(0, bytes.length - at)
      bytes.set(part, at)
      at += part.length
      this.#block = this.#block.slice(part.length)
    }
  }
}
