import { WeirError } from '@weirlb/model'
import * as abi from './abi/io-uring.ts'
import { describeError } from './abi/errno.ts'
import type { Libc } from './abi/libc.ts'
import { lost } from './lost.ts'
import { mapAnonymous, type Shared } from './memory.ts'
import type { Ring } from './ring.ts'

/** The reason for keeping a buffer beyond its delivery: its link is paused, or its bytes wait for a verdict. */
export const Keeper = { paused: 0, judged: 1 } as const
export type Keeper = typeof Keeper[keyof typeof Keeper]

/** Held by the kernel, which may fill it at any time. */
const WITH_KERNEL = -1
/** Not needed so far: the kernel was never given it. */
const IN_RESERVE = -2

/**
 * Buffers that the kernel is given at first. It fills them in turn, so few of them stay in the processor's cache where
 * many would not.
 */
const FIRST = 64

/** Which buffers a group has: their numbers, and where they are in the memory of all groups. */
export interface GroupPlan {
  /** The kernel's number of the group. */
  readonly number: number
  /** Number of its first buffer. */
  readonly first: number
  /** A power of two, at most 32768. */
  readonly count: number
  readonly size: number
  /** From one buffer to the next. */
  readonly stride: number
  /** Of the first buffer. */
  readonly offset: number
}

/** Buffers of one size, provided to the kernel in a ring that all receives of their kind share. */
export class BufferGroup {
  readonly number: number
  readonly first: number
  readonly count: number
  readonly size: number
  readonly #shared: Shared
  readonly #offset: number
  readonly #stride: number
  readonly #words: Int32Array
  readonly #halfwords: Uint16Array
  /** Holders of each buffer, WITH_KERNEL or IN_RESERVE. */
  readonly #holders: Int32Array
  readonly #mask: number
  #used = 0
  #grown = false
  #tail = 0
  #given = 0
  /** Used buffers that the kernel does not have. */
  #out = 0
  /** Buffers that are kept, by Keeper. */
  readonly #kept = new Int32Array(2)

  /** Throws an Error with the kernel's refusal. */
  constructor (libc: Libc, ring: Ring, shared: Shared, { number, first, count, size, stride, offset }: GroupPlan) {
    this.number = number
    this.first = first
    this.count = count
    this.size = size
    this.#shared = shared
    this.#stride = stride
    this.#offset = offset
    this.#mask = count - 1
    this.#holders = new Int32Array(count).fill(IN_RESERVE)
    const entries = mapAnonymous(libc, count * abi.BUF_WORDS * 4)
    this.#words = new Int32Array(entries.memory)
    this.#halfwords = new Uint16Array(entries.memory)
    const registration = Buffer.alloc(abi.PBUF_REG_BYTES)
    registration.writeBigUInt64LE(BigInt(entries.address), 0)
    registration.writeUInt32LE(count, 8)
    registration.writeUInt16LE(number, 12)
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

  /** The buffer that the byte at an offset of the memory lies in. */
  at (offset: number): number { return this.first + ((offset - this.#offset) / this.#stride | 0) }

  /**
   * Take the buffer that a completion names, as its holder. Throws for an impossible completion: continuing would
   * mean reading memory that is not ours.
   */
  take (id: number, length: number): Uint8Array {
    const at = id - this.first
    if (at < 0 || at >= this.count)
      throw lost(`a completion names buffer ${id}, where there are ${this.first} to ${this.first + this.count - 1}`)
    if (length > this.size) throw lost(`a completion says ${length} bytes in a buffer of ${this.size}`)
    if (this.#holders[at] !== WITH_KERNEL) throw lost(`a completion names buffer ${id}, which the kernel does not have`)
    this.#holders[at] = 1
    this.#out++
    return new Uint8Array(this.#shared.memory, this.#offset + at * this.#stride, length)
  }

  /** Add a holder. Throws if there is none: received bytes are gone once onBytes has returned. */
  hold (id: number): void {
    const holders = this.#holders[id - this.first]!
    if (holders <= 0) throw new WeirError('internal', `bytes of buffer ${id} are written after their delivery`)
    this.#holders[id - this.first] = holders + 1
  }

  /** One holder less; the last one gives the buffer back to the kernel. */
  release (id: number): void {
    const at = id - this.first
    const left = this.#holders[at]! - 1
    if (left < 0) throw new WeirError('internal', `buffer ${id} is released twice`)
    if (left === 0) this.#give(at)
    else this.#holders[at] = left
  }

  /** Hold a buffer beyond its delivery; false: copy, too many are kept. */
  keep (id: number, keeper: Keeper): boolean {
    if (this.#kept[keeper]! >= this.count >> 2) return false
    this.#kept[keeper]!++
    this.hold(id)
    return true
  }

  /** Release a kept buffer: its bytes were delivered, decided, or discarded. */
  letGo (id: number, keeper: Keeper): void {
    this.#kept[keeper]!--
    this.release(id)
  }

  #give (at: number): void {
    this.#holders[at] = WITH_KERNEL
    this.#out--
    const words = this.#words
    const entry = (this.#tail & this.#mask) * abi.BUF_WORDS
    const address = this.#shared.address + this.#offset + at * this.#stride
    words[entry] = address | 0
    words[entry + 1] = Math.floor(address / 0x1_0000_0000)
    words[entry + 2] = this.size
    this.#halfwords[entry * 2 + 6] = this.first + at
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
