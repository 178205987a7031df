import { BufferGroup, type Keeper } from './buffer-group.ts'
import type { Libc } from './abi/libc.ts'
import { mapAnonymous, type Shared } from './memory.ts'
import type { Ring } from './ring.ts'

/** Between two buffers, an odd number of cache lines: what arrives is short and stands at the start of a buffer, and starts that are a power of two apart share one place in the cache. */
const STAGGER = 5 * 64

/** Bytes of a short and of a long buffer. */
export interface BufferSizes { readonly short: number, readonly long: number }

/**
 * Buffers for what arrives. Short ones are for links that receive one message after another: a receive that goes on by itself may fill dozens of them before
 * it can be stopped, and whoever reads slowly should have no megabytes here for that. Long ones are for links that receive much, one receive at a time.
 *
 *   with the kernel ──► completion names it: delivering (1 holder) ──┬─► onBytes returns, nobody else holds it ──► with the kernel
 *                                                                    ├─► sent from in place: one more holder, until that send's completion
 *                                                                    └─► kept: one more holder, until a paused link reads on, or what is in it is judged
 *
 * A send from here never waits (MSG_DONTWAIT), so it is over within a turn. Paused links keep at most a quarter of the buffers of either size between them,
 * what is judged another quarter, and beyond that they copy: slow readers and slow extensions leave the others half of the buffers whatever they do.
 */
export class Buffers {
  readonly short: BufferGroup
  readonly long: BufferGroup
  /** Where the buffers are; what was received is a view of this memory. */
  readonly memory: ArrayBuffer
  readonly #shared: Shared
  readonly #longOffset: number

  /** `count` of either size: a power of two, at most 32768. Throws an Error that says what the kernel refused. */
  constructor (libc: Libc, ring: Ring, count: number, sizes: BufferSizes) {
    const shortStride = sizes.short + STAGGER
    const longStride = sizes.long + STAGGER
    this.#longOffset = count * shortStride
    this.#shared = mapAnonymous(libc, count * (shortStride + longStride))
    this.memory = this.#shared.memory
    this.short = new BufferGroup(libc, ring, this.#shared, { number: 1, first: 0, count, size: sizes.short, stride: shortStride, offset: 0 })
    this.long = new BufferGroup(libc, ring, this.#shared, { number: 2, first: count, count, size: sizes.long, stride: longStride, offset: this.#longOffset })
  }

  /** Buffers of both sizes that were with the kernel and are not now: between turns, those that are kept. */
  get out (): number { return this.short.out + this.long.out }

  /** The buffer that bytes of the memory lie in. */
  idOf (bytes: Uint8Array): number { return (bytes.byteOffset < this.#longOffset ? this.short : this.long).at(bytes.byteOffset) }

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
