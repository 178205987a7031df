/** Length of a block: what one read of a link brings at most. */
export const BLOCK = 64 * 1024
/** Shorter chunks come from Node's own pool, which is as cheap. */
const SHORT = 4 * 1024
/** Empty blocks that are kept for the next chunk. */
const SPARE = 64

/**
 * Memory for long chunks that wait for a verdict, used again and again: a Buffer of its own for each costs more than to
 * copy what is in it twice (16 KB messages, each inspected: 0.7 of the CPU time).
 */
class Blocks {
  readonly #spare: Uint8Array[] = []

  suit (length: number): boolean { return length >= SHORT && length <= BLOCK }
  take (): Uint8Array { return this.#spare.pop() ?? Buffer.allocUnsafeSlow(BLOCK) }

  release (block: Uint8Array): void {
    if (this.#spare.length < SPARE) this.#spare.push(block)
  }
}

/** Shared by all directions of this process. */
export const blocks: Blocks = new Blocks()
