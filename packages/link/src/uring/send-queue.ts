import type { Libc } from './abi/libc.ts'

/**
 * A block, and the first one of a queue that has little to send: of many clients that connect at once, each has a
 * message waiting.
 */
const BLOCK = 16 * 1024
const SMALL = 1024
/**
 * Bytes of empty blocks of either size that are kept for the next writes. In one turn hundreds of links may have a
 * message each, and memory for a block that is not kept costs more than all else of its write.
 */
const MAX_SPARE = 1024 * 1024

/** Outgoing memory, from `from` to `to`. The kernel reads it during a send, so the owner of that send holds it. */
export class SendBlock {
  readonly bytes: Buffer
  readonly #address: number
  from = 0
  to = 0
  next: SendBlock | undefined = undefined

  constructor (bytes: Buffer, address: number) {
    this.bytes = bytes
    this.#address = address
  }

  /** Address of the first byte to send. */
  get address (): number { return this.#address + this.from }
  get length (): number { return this.to - this.from }
}

/** Reusable blocks of two sizes: their addresses are queried once. */
export class SendBlocks {
  readonly #libc: Libc
  readonly #spare = new Map<number, SendBlock[]>([[SMALL, []], [BLOCK, []]])

  constructor (libc: Libc) { this.#libc = libc }

  /**
   * A block with room for at least one byte, or for all of `length` when that is more than a block; `first`: nothing
   * else waits.
   */
  take (length: number, first: boolean): SendBlock {
    const size = first && length <= SMALL ? SMALL : Math.max(length, BLOCK)
    const spare = this.#spare.get(size)?.pop()
    if (spare !== undefined) return spare
    const bytes = Buffer.allocUnsafeSlow(size)
    return new SendBlock(bytes, this.#libc.addressOf(bytes))
  }

  /** Return a block that is no longer read. */
  give (block: SendBlock): void {
    const spare = this.#spare.get(block.bytes.length)
    if (spare === undefined || spare.length * block.bytes.length >= MAX_SPARE) return
    block.from = 0
    block.to = 0
    block.next = undefined
    spare.push(block)
  }
}

/** Copies of what a link has to send, in order. */
export class SendQueue {
  readonly #blocks: SendBlocks
  #head: SendBlock | undefined = undefined
  #tail: SendBlock | undefined = undefined

  constructor (blocks: SendBlocks) { this.#blocks = blocks }

  /** The next block to send. More may be appended to it meanwhile. */
  get head (): SendBlock | undefined { return this.#head }

  append (bytes: Uint8Array): void {
    let at = 0
    const tail = this.#tail
    if (tail !== undefined && tail.to < tail.bytes.length) {
      at = Math.min(bytes.length, tail.bytes.length - tail.to)
      tail.bytes.set(at === bytes.length ? bytes : bytes.subarray(0, at), tail.to)
      tail.to += at
      if (at === bytes.length) return
    }
    const block = this.#blocks.take(bytes.length - at, tail === undefined)
    block.bytes.set(at === 0 ? bytes : bytes.subarray(at), 0)
    block.to = bytes.length - at
    if (tail === undefined) this.#head = block
    else tail.next = block
    this.#tail = block
  }

  /** Append all of another queue, which is then empty, to this one. */
  takeOver (later: SendQueue): void {
    if (later.#head === undefined) return
    if (this.#tail === undefined) this.#head = later.#head
    else this.#tail.next = later.#head
    this.#tail = later.#tail
    later.#head = undefined
    later.#tail = undefined
  }

  /** Bytes of the head were sent. */
  sent (length: number): void {
    const head = this.#head!
    head.from += length
    if (head.from < head.to) return
    this.#head = head.next
    if (this.#head === undefined) this.#tail = undefined
    this.#blocks.give(head)
  }

  /** Forget everything; nothing of it may be in flight. */
  clear (): void {
    let block = this.#head
    this.#head = undefined
    this.#tail = undefined
    while (block !== undefined) {
      const { next } = block
      this.#blocks.give(block)
      block = next
    }
  }
}
