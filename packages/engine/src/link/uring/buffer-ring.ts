import { WeirError } from '@weir/model'
import * as abi from './abi/io-uring.ts'
import { describeError } from './abi/errno.ts'
import type { Libc } from './abi/libc.ts'
import { lost } from './lost.ts'
import { mapAnonymous } from './memory.ts'
import type { Ring } from './ring.ts'

/** The one group of buffers. */
export const BUFFER_GROUP = 1

/** What for a buffer is kept beyond its delivery: its link is paused, or somebody judges what is in it. */
export const Keeper = { paused: 0, judged: 1 } as const
export type Keeper = typeof Keeper[keyof typeof Keeper]

/** Held by the kernel, which may fill it at any time. */
const WITH_KERNEL = -1
/** Not needed so far: the kernel was never given it. */
const IN_RESERVE = -2

/** Buffers that the kernel is given at first. It fills them in turn, so few of them stay in the processor's cache where many would not. */
const FIRST = 64
/** Between two buffers, an odd number of cache lines: what arrives is short and stands at the start of a buffer, and starts that are a power of two apart share one place in the cache. */
const STAGGER = 5 * 64

/**
 * Buffers for what arrives, provided to the kernel in a ring that all receives of a transport share.
 *
 *   with the kernel ──► completion names it: delivering (1 holder) ──┬─► onBytes returns, nobody else holds it ──► with the kernel
 *                                                                    ├─► sent from in place: one more holder, until that send's completion
 *                                                                    └─► kept: one more holder, until a paused link reads on, or what is in it is judged
 *
 * A send from here never waits (MSG_DONTWAIT), so it is over within a turn. Paused links keep at most a quarter of the buffers between them, what is judged
 * another quarter, and beyond that they copy: slow readers and slow extensions leave the others half of the buffers whatever they do.
 */
export class BufferRing {
  readonly count: number
  readonly size: number
  /** Where the buffers are; what was received is a view of this memory. */
  readonly memory: ArrayBuffer
  readonly #address: number
  readonly #words: Int32Array
  readonly #halfwords: Uint16Array
  /** Holders of each buffer, or WITH_KERNEL. A buffer has as many holders as messages that are judged in it. */
  readonly #holders: Int32Array
  readonly #mask: number
  readonly #stride: number
  #used = 0
  #grown = false
  #tail = 0
  #given = 0
  /** Of those, buffers that the kernel does not have. */
  #out = 0
  /** Buffers that are kept, by Keeper. */
  readonly #kept = new Int32Array(2)

  /** `count` is a power of two, at most 32768. Throws an Error that says what the kernel refused. */
  constructor (libc: Libc, ring: Ring, count: number, size: number) {
    this.count = count
    this.size = size
    this.#mask = count - 1
    this.#stride = size + STAGGER
    this.#holders = new Int32Array(count).fill(IN_RESERVE)
    const { address, memory } = mapAnonymous(libc, count * this.#stride)
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
    this.more()
    this.publish()
  }

  /** The kernel had no buffer for what arrived: give it twice as many, up to all, once a turn. */
  more (): void {
    if (this.#grown) return
    this.#grown = true
    const to = Math.min(this.count, Math.max(FIRST, 2 * this.#used))
    this.#out += to - this.#used
    while (this.#used < to) this.#give(this.#used++)
  }

  /** Buffers that are not in reserve. */
  get used (): number { return this.#used }

  /** Buffers that were with the kernel and are not now: between turns, those that are kept. */
  get out (): number { return this.#out }

  /** The buffer that bytes of the memory lie in. */
  idOf (bytes: Uint8Array): number { return bytes.byteOffset / this.#stride | 0 }

  /** Take the buffer that a completion names, as its holder. Throws when there cannot be such a completion: to go on would be to read memory that is not ours. */
  take (id: number, length: number): Uint8Array {
    if (id >= this.count) throw lost(`a completion names buffer ${id} of ${this.count}`)
    if (length > this.size) throw lost(`a completion says ${length} bytes in a buffer of ${this.size}`)
    if (this.#holders[id] !== WITH_KERNEL) throw lost(`a completion names buffer ${id}, which the kernel does not have`)
    this.#holders[id] = 1
    this.#out++
    return new Uint8Array(this.memory, id * this.#stride, length)
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

  /** Hold a buffer beyond its delivery; false: copy, too many are kept. */
  keep (id: number, keeper: Keeper): boolean {
    if (this.#kept[keeper]! >= this.count >> 2) return false
    this.#kept[keeper]!++
    this.hold(id)
    return true
  }

  /** What was kept is delivered, judged, or not wanted any more. */
  letGo (id: number, keeper: Keeper): void {
    this.#kept[keeper]!--
    this.release(id)
  }

  /** Address of a byte of the memory. */
  addressAt (offset: number): number { return this.#address + offset }

  #give (id: number): void {
    this.#holders[id] = WITH_KERNEL
    this.#out--
    const words = this.#words
    const at = (this.#tail & this.#mask) * abi.BUF_WORDS
    const address = this.#address + id * this.#stride
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
    this.#grown = false
    Atomics.store(this.#halfwords, abi.BUF_TAIL_HALFWORD, this.#tail)
  }
}
