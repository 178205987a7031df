import { BufferGroup, type Keeper } from './buffer-group.ts'
import type { Libc } from './abi/libc.ts'
import { mapAnonymous, type Shared } from './memory.ts'
import type { Ring } from './ring.ts'

/**
 * Distance between two buffers, an odd number of cache lines. Received bytes are short and start a buffer, and starts
 * at a power-of-two distance share one cache set.
 */
const STAGGER = 5 * 64

/** Bytes of a short and of a long buffer. */
export interface BufferSizes { readonly short: number, readonly long: number }

/**
 * Receive buffers. Short ones are for links that receive one message after another. A multishot receive may fill
 * dozens of them before it can be stopped, and a slow reader should not occupy megabytes. Long ones are for links
 * that receive much, one receive at a time.
 *
 *   with the kernel ──► completion names it: delivering (1 holder) ──┬─► onBytes returns, no other holder ──► with the
 * kernel ├─► sent in place: one more holder, until that send's completion └─► kept: one more holder, until a paused
 * link resumes, or a verdict
 *
 * A send from here never waits (MSG_DONTWAIT), so it ends within a turn. Paused links keep at most a quarter of the
 * buffers of either size between them, bytes under inspection another quarter, and beyond that they are copied. So
 * slow readers and slow extensions always leave half of the buffers to others.
 */
export class Buffers {
  readonly short: BufferGroup
  readonly long: BufferGroup
  /** Where the buffers are; what was received is a view of this memory. */
  readonly memory: ArrayBuffer
  readonly #shared: Shared
  readonly #longOffset: number

  /** `count` of either size: a power of two, at most 32768. Throws an Error with the kernel's refusal. */
  constructor (libc: Libc, ring: Ring, count: number, sizes: BufferSizes) {
    const shortStride = sizes.short + STAGGER
    const longStride = sizes.long + STAGGER
    this.#longOffset = count * shortStride
    this.#shared = mapAnonymous(libc, count * (shortStride + longStride))
    this.memory = this.#shared.memory
    this.short = new BufferGroup(libc, ring, this.#shared, {
      number: 1,
      first: 0,
      count,
      size: sizes.short,
      stride: shortStride,
      offset: 0
    })
    this.long = new BufferGroup(libc, ring, this.#shared, {
      number: 2,
      first: count,
      count,
      size: sizes.long,
      stride: longStride,
      offset: this.#longOffset
    })
  }

  /** Buffers of both sizes that were with the kernel and are not now: between turns, those that are kept. */
  get out (): number { return this.short.out + this.long.out }

  /** The buffer that bytes of the memory lie in. */
  idOf (bytes: Uint8Array): number {
    return (bytes.byteOffset < this.#longOffset ? this.short : this.long).at(bytes.byteOffset)
  }

  #of (id: number): BufferGroup { return id < this.long.first ? this.short : this.long }

  // As a group has them.
  hold (id: number): void { this.#of(id).hold(id) }
  release (id: number): void { this.#of(id).release(id) }
  keep (id: number, keeper: Keeper): boolean { return this.#of(id).keep(id, keeper) }
  letGo (id: number, keeper: Keeper): void { this.#of(id).letGo(id, keeper) }

  /** Address of a byte of the memory. */
  addressAt (offset: number): number { return this.#shared.address + offset }

  publish (): void {
    this.short.publish()
    this.long.publish()
  }
}
