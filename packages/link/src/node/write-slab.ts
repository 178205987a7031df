const SLAB = 32 * 1024
/** Chunks over this do not share a slab with others: one slow peer would keep all of it alive. */
const LARGE = 8 * 1024

/**
 * Memory for outgoing bytes. A transport reads every socket into the same buffer, so written bytes must be copied
 * first.
 *
 * The kernel accepts most writes before `socket.write` returns. The copy is then dead, and `reclaim` reuses its room:
 * in the steady state a forwarded chunk costs a memcpy and a view, and no allocation.
 */
export class WriteSlab {
  #slab: Buffer = Buffer.allocUnsafeSlow(SLAB)
  #used = 0
  /** One spare block for large chunks; given away if the kernel does not accept the whole chunk at once. */
  #spare: Buffer | undefined

  /** Returns a copy of `bytes`. `queues` means that it will wait behind others, so no `reclaim` is expected. */
  copy (bytes: Uint8Array, queues: boolean): Buffer {
    const length = bytes.length
    if (length > LARGE) return this.#copyLarge(bytes, queues)
    if (this.#used + length > SLAB) {
      this.#slab = Buffer.allocUnsafeSlow(SLAB)
      this.#used = 0
    }
    const piece = this.#slab.subarray(this.#used, this.#used + length)
    piece.set(bytes)
    this.#used += length
    return piece
  }

  /** The piece that the last `copy` returned has left the process. */
  reclaim (piece: Buffer): void {
    if (piece.length <= LARGE) this.#used -= piece.length
    else this.#spare ??= Buffer.from(piece.buffer)
  }

  #copyLarge (bytes: Uint8Array, queues: boolean): Buffer {
    const spare = this.#spare
    if (queues || spare === undefined || spare.length < bytes.length) {
      // Written at once, the block is as long as a read can be, so that it serves the next chunk too.
      const block = Buffer.allocUnsafeSlow(queues ? bytes.length : Math.max(bytes.length, 2 * SLAB))
      const piece = block.subarray(0, bytes.length)
      piece.set(bytes)
      return piece
    }
    this.#spare = undefined
    const piece = spare.subarray(0, bytes.length)
    piece.set(bytes)
    return piece
  }
}
