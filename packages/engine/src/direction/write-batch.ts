import type { ByteLink } from '@weirlb/link'
import { copyBytes, kept } from '../framing/copy-bytes.ts'

/** Parts that are larger go out by themselves: to copy one costs more than a write of its own. */
const LARGE = 16 * 1024
/** Up to this, bytes are copied behind the others: an array of their own costs more, and most of all the collector. */
const SMALL = 1024
const BLOCK = 4 * 1024
/** Empty blocks that are kept for the next batch. */
const SPARE = 64

/** Shared by all batches: one has a block only from the first bytes of a turn to their write. */
const spare: Uint8Array[] = []

/** Bytes for one link, gathered so that the messages of one read are sent in one write. Order is kept. */
export class WriteBatch {
  /** What precedes the block; undefined: nothing. */
  #parts: Uint8Array[] | undefined
  #bytes = 0
  #block: Uint8Array | undefined
  /** Bytes in the block. */
  #filled = 0

  get empty (): boolean { return this.#block === undefined && this.#parts === undefined }

  /** Add `bytes[from..to)`; `owned`: they will not be changed. */
  add (bytes: Uint8Array, from: number, to: number, owned: boolean): void {
    const length = to - from
    if (length > SMALL) {
      this.#addPart(bytes, from, to, owned)
      return
    }
    if (this.#block !== undefined && this.#filled + length > BLOCK) this.#seal()
    const block = this.#block ??= spare.pop() ?? new Uint8Array(BLOCK)
    copyBytes(bytes, from, to, block, this.#filled)
    this.#filled += length
  }

  #addPart (bytes: Uint8Array, from: number, to: number, owned: boolean): void {
    if (this.#block !== undefined) this.#seal()
    this.#push(kept(bytes, from, to, owned))
  }

  /** The block is full, or a part follows it. */
  #seal (): void {
    this.#push(this.#block!.subarray(0, this.#filled))
    this.#block = undefined
    this.#filled = 0
  }

  #push (part: Uint8Array): void {
    if (this.#parts === undefined) this.#parts = [part]
    else this.#parts.push(part)
    this.#bytes += part.length
  }

  /** Write what is here; false: the link is full. */
  writeTo (link: ByteLink): boolean {
    const block = this.#block
    if (this.#parts !== undefined) return this.#writeParts(link, this.#parts)
    if (block === undefined) return true
    const bytes = block.subarray(0, this.#filled)
    this.#block = undefined
    this.#filled = 0
    const room = link.write(bytes)
    if (spare.length < SPARE) spare.push(block)
    return room
  }

  #writeParts (link: ByteLink, parts: readonly Uint8Array[]): boolean {
    if (this.#block !== undefined) this.#seal()
    const bytes = this.#bytes
    this.#parts = undefined
    this.#bytes = 0
    if (parts.length === 1) return link.writeOwned(parts[0]!)
    if (bytes <= parts.length * LARGE) return link.writeOwned(Buffer.concat(parts, bytes))
    let room = true
    for (const part of parts) room = link.writeOwned(part)
    return room
  }
}
