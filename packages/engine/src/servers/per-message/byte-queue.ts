import type { WriteBatch } from '../../direction/write-batch.ts'
import { copyBytes } from '../../framing/copy-bytes.ts'

/** Room of a new queue: the replies of a few commands. */
const ROOM = 512
/** Empty queues that are kept for the next bytes. */
const SPARE = 256

const spare: ByteQueue[] = []

/** Bytes that wait for their turn, oldest first, in memory that grows with them. */
export class ByteQueue {
  #bytes = new Uint8Array(ROOM)
  #from = 0
  #to = 0

  static take (): ByteQueue { return spare.pop() ?? new ByteQueue() }

  get empty (): boolean { return this.#from === this.#to }

  /** Add `bytes[from..to)`, which may be changed afterwards. */
  add (bytes: Uint8Array, from: number, to: number): void {
    const length = to - from
    if (this.#to + length > this.#bytes.length) this.#makeRoom(length)
    copyBytes(bytes, from, to, this.#bytes, this.#to)
    this.#to += length
  }

  #makeRoom (length: number): void {
    const held = this.#to - this.#from
    const before = this.#bytes
    // Moved at most once for as many bytes as it has room for.
    if (2 * (held + length) > before.length) this.#bytes = new Uint8Array(2 * (held + length))
    this.#bytes.set(before.subarray(this.#from, this.#to))
    this.#from = 0
    this.#to = held
  }

  /** Move the oldest bytes to a batch. */
  moveTo (batch: WriteBatch, length: number): void {
    batch.add(this.#bytes, this.#from, this.#from + length, false)
    this.#from += length
  }

  /** It is empty, and not needed for now. */
  release (): void {
    this.#from = this.#to = 0
    if (this.#bytes.length === ROOM && spare.length < SPARE) spare.push(this)
  }
}
