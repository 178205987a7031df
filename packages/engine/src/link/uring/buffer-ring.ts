import { WeirError } from '@weir/model'
import * as abi from './abi/io-uring.ts'
import { describeError } from './abi/errno.ts'
import type { Libc } from './abi/libc.ts'
import { mapAnonymous } from './memory.ts'
import type { Ring } from './ring.ts'

/** The one group of buffers. */
export const BUFFER_GROUP = 1

/** Held by the kernel, which may fill it at any time. */
const WITH_KERNEL = -1

/**
 * Buffers for what arrives, provided to the kernel in a ring that all receives of a transport share.
 *
 *   with the kernel ──► completion names it: delivering (1 holder) ──┬─► onBytes returns, nobody else holds it ──► with the kernel
 *                                                                    ├─► sent from in place: one more holder, until that send's completion
 *                                                                    └─► kept for a link that is paused: one more holder, until it reads on
 *
 * A send from here never waits (MSG_DONTWAIT), so it is over within a turn. Paused links keep at most a quarter of the buffers between them, and copy beyond
 * that: slow readers leave the others three quarters whatever they do.
 */
export class BufferRing {
  readonly count: number
  readonly size: number
  /** Where the buffers are; what was received is a view of this memory. */
  readonly memory: ArrayBuffer
  readonly #address: number
  readonly #words: Int32Array
  readonly #halfwords: Uint16Array
  /** Holders of each buffer, or WITH_KERNEL. */
  readonly #holders: Int8Array
  readonly #mask: number
  #tail = 0
  #given = 0
  /** Buffers that are not with the kernel. */
  #out: number
  #kept = 0

  /** `count` is a power of two, at most 32768. Throws an Error that says what the kernel refused. */
  constructor (libc: Libc, ring: Ring, count: number, size: number) {
    this.count = count
    this.size = size
    this.#mask = count - 1
    this.#holders = new Int8Array(count)
    const { address, memory } = mapAnonymous(libc, count * size)
    this.#address = address
    this.memory = memory
    const entries = mapAnonymous(libc, count * abi.BUF_WORDS * 4)
    this.#words = new Int32Array(entries.memory)
    this.#halfwords = new Uint16Array(entries.memory)
    const registration = Buffer.alloc(abi.PBUF_REG_BYTES)
    registration.writeBigUInt64LE(BigInt(entries.address), 0)
    registration.writeUInt32LE(count, 8)
    registration.writeUInt16LE(BUFFER_GROUP, 12)
    const refused = ring.register(abi.REGISTER_PBUF_RING, registration, 1)
    if (refused < 0) throw new Error(describeError('io_uring_register of provided buffers', refused))
    this.#out = count
    for (let id = 0; id < count; id++) this.#give(id)
    this.publish()
  }

  /** Buffers that are not with the kernel: Those that are kept for paused links, between turns. */
  get out (): number { return this.#out }

  /** Take the buffer that a completion names, as its holder. Throws when there cannot be such a completion: to go on would be to read memory that is not ours. */
  take (id: number, length: number): Uint8Array {
    if (id >= this.count) throw new WeirError('internal', `io_uring is lost: a completion names buffer ${id} of ${this.count}`)
    if (length > this.size) throw new WeirError('internal', `io_uring is lost: a completion says ${length} bytes in a buffer of ${this.size}`)
    if (this.#holders[id] !== WITH_KERNEL) throw new WeirError('internal', `io_uring is lost: a completion names buffer ${id}, which the kernel does not have`)
    this.#holders[id] = 1
    this.#out++
    return new Uint8Array(this.memory, id * this.size, length)
  }

  /** One more holder. Throws when nobody holds it: what was received is gone when onBytes has returned. */
  hold (id: number): void {
    const holders = this.#holders[id]!
    if (holders <= 0) throw new WeirError('internal', `bytes of buffer ${id} are written after their delivery`)
    this.#holders[id] = holders + 1
  }

  /** One holder less; the last one gives the buffer back to the kernel. */
  release (id: number): void {
    const left = this.#holders[id]! - 1
    if (left < 0) throw new WeirError('internal', `buffer ${id} is released twice`)
    if (left === 0) this.#give(id)
    else this.#holders[id] = left
  }

  /** Hold a buffer for a link that is paused; false: copy, too many are kept. */
  keep (id: number): boolean {
    if (this.#kept >= this.count >> 2) return false
    this.#kept++
    this.hold(id)
    return true
  }

  /** What was kept is delivered, or not wanted any more. */
  letGo (id: number): void {
    this.#kept--
    this.release(id)
  }

  /** Address of a byte of the memory. */
  addressAt (offset: number): number { return this.#address + offset }

  #give (id: number): void {
    this.#holders[id] = WITH_KERNEL
    this.#out--
    const words = this.#words
    const at = (this.#tail & this.#mask) * abi.BUF_WORDS
    const address = this.#address + id * this.size
    words[at] = address | 0
    words[at + 1] = Math.floor(address / 0x1_0000_0000)
    words[at + 2] = this.size
    this.#halfwords[at * 2 + 6] = id
    this.#tail = this.#tail + 1 & 0xffff
    this.#given++
  }

  /** Let the kernel see what was given back since the last time. */
  publish (): void {
    if (this.#given === 0) return
    this.#given = 0
    Atomics.store(this.#halfwords, abi.BUF_TAIL_HALFWORD, this.#tail)
  }
}
