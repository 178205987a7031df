import * as abi from './abi/io-uring.ts'
import { describeError, EAGAIN, EBUSY, EINTR } from './abi/errno.ts'
import type { Libc } from './abi/libc.ts'
import { MAP_SHARED_POPULATE, PROT_READ_WRITE } from './abi/socket.ts'
import { lost } from './lost.ts'

/** The receiver of every completion: the two words of user_data, the result and the flags. */
export interface Completions { onCompletion (low: number, high: number, result: number, flags: number): void }

export interface RingSize {
  /** Submissions that fit before they must be handed over. */
  readonly submissions: number
  /** Completions that fit; more than fit are kept by the kernel, at a price. */
  readonly completions: number
}

const NEEDED = abi.FEAT_SINGLE_MMAP | abi.FEAT_NODROP

/**
 * One io_uring: both rings mapped as typed arrays, so that a submission is a few integer stores and a completion four
 * loads.
 *
 *   submission ring (ours: tail)                    completion ring (ours: head)
 *      head ─► [ e e e ] ◄─ tail                       head ─► [ c c c c ] ◄─ tail
 *      kernel takes     we write                       we read          kernel writes
 *      └── enter() ──────────► kernel ──────────────────────► completions
 *
 * The kernel touches heads, tails and entries only inside `enter` (SINGLE_ISSUER, DEFER_TASKRUN), on our thread;
 * io_uring(7) requires atomic accesses nevertheless. It sets the flags of the submission ring whenever there is work.
 */
export class Ring {
  readonly fd: number
  readonly #libc: Libc
  readonly #rings: Int32Array
  readonly #entries: Int32Array
  readonly #submissions: number
  readonly #sqTail: number
  readonly #sqMask: number
  readonly #sqFlags: number
  readonly #cqHead: number
  readonly #cqTail: number
  readonly #cqMask: number
  readonly #cqFlags: number
  readonly #cqes: number
  /** Our copy of the submission ring's tail, and the number of entries not yet submitted. */
  #tail: number
  #pending = 0

  /** Throws an Error with the kernel's refusal. */
  constructor (libc: Libc, size: RingSize) {
    this.#libc = libc
    const params = Buffer.alloc(abi.PARAMS_BYTES)
    params.writeUInt32LE(size.completions, abi.PARAMS_CQ_ENTRIES)
    params.writeUInt32LE(
      abi.SETUP_CQSIZE | abi.SETUP_SUBMIT_ALL | abi.SETUP_TASKRUN_FLAG | abi.SETUP_SINGLE_ISSUER |
        abi.SETUP_DEFER_TASKRUN,
      abi.PARAMS_FLAGS
    )
    const fd = libc.io_uring_setup(size.submissions, params)
    if (fd < 0) throw new Error(describeError('io_uring_setup', fd))
    this.fd = fd
    try {
      const features = params.readUInt32LE(abi.PARAMS_FEATURES)
      if ((features & NEEDED) !== NEEDED)
        throw new Error(
          `the kernel's io_uring has features 0x${features.toString(16)}, and not all of 0x${NEEDED.toString(16)}`
        )
      const entries = params.readUInt32LE(abi.PARAMS_SQ_ENTRIES)
      const length = Math.max(params.readUInt32LE(abi.SQ_OFF_ARRAY) + entries * 4,
        params.readUInt32LE(abi.CQ_OFF_CQES) + params.readUInt32LE(abi.PARAMS_CQ_ENTRIES) * abi.CQE_WORDS * 4)
      this.#submissions = entries
      this.#rings = this.#map(length, abi.MAP_RINGS)
      this.#entries = this.#map(entries * abi.SQE_WORDS * 4, abi.MAP_ENTRIES)
      const word = (at: number): number => params.readUInt32LE(at) >> 2
      this.#sqTail = word(abi.SQ_OFF_TAIL)
      this.#sqMask = this.#rings[word(abi.SQ_OFF_MASK)]!
      this.#sqFlags = word(abi.SQ_OFF_FLAGS)
      this.#cqHead = word(abi.CQ_OFF_HEAD)
      this.#cqTail = word(abi.CQ_OFF_TAIL)
      this.#cqMask = this.#rings[word(abi.CQ_OFF_MASK)]!
      this.#cqFlags = word(abi.CQ_OFF_FLAGS)
      this.#cqes = word(abi.CQ_OFF_CQES)
      // The indirection between ring and entries is not used: each place of the ring has its own entry for good.
      const array = word(abi.SQ_OFF_ARRAY)
      for (let i = 0; i < entries; i++) this.#rings[array + i] = i
      this.#tail = this.#rings[this.#sqTail]!
    } catch (error) {
      libc.close(fd)
      throw error
    }
  }

  #map (length: number, offset: number): Int32Array {
    const address = this.#libc.mmap(length, PROT_READ_WRITE, MAP_SHARED_POPULATE, this.fd, offset)
    if (address < 0) throw new Error(`${describeError('mmap of the ring', address)} (${length} bytes)`)
    return new Int32Array(this.#libc.view(address, length))
  }

  /** Entries not yet submitted. */
  get pending (): number { return this.#pending }

  /**
   * Write one submission; hands over what is there when the ring is full. `low` and `high` come back with its
   * completion.
   */
  submit (
    opcode: number,
    flags: number,
    priority: number,
    fd: number,
    address: number,
    length: number,
    operationFlags: number,
    low: number,
    high: number,
    group: number
  ): void {
    if (this.#pending === this.#submissions) this.#handOver()
    const entries = this.#entries
    const at = (this.#tail & this.#sqMask) * abi.SQE_WORDS
    entries[at] = opcode | flags << 8 | priority << 16
    entries[at + 1] = fd
    entries[at + 2] = 0
    entries[at + 3] = 0
    entries[at + 4] = address | 0
    entries[at + 5] = Math.floor(address / 0x1_0000_0000)
    entries[at + 6] = length
    entries[at + 7] = operationFlags
    entries[at + 8] = low
    entries[at + 9] = high
    entries[at + 10] = group
    entries[at + 11] = 0
    entries[at + 12] = 0
    entries[at + 13] = 0
    this.#tail = this.#tail + 1 | 0
    this.#pending++
  }

  /** Set the `off` of the last submission; `accept` has an address there. */
  withOffset (offset: number): void {
    const at = (this.#tail - 1 & this.#sqMask) * abi.SQE_WORDS
    this.#entries[at + 2] = offset | 0
    this.#entries[at + 3] = Math.floor(offset / 0x1_0000_0000)
  }

  /** Set the `addr` of the last submission to the user_data of another one. */
  withTarget (low: number, high: number): void {
    const at = (this.#tail - 1 & this.#sqMask) * abi.SQE_WORDS
    this.#entries[at + 4] = low
    this.#entries[at + 5] = high
  }

  /**
   * The kernel takes all submissions, runs what is due and posts completions; does not wait. Throws when the ring is
   * broken.
   */
  enter (): void { this.#enter(abi.ENTER_GETEVENTS) }

  #enter (flags: number): void {
    Atomics.store(this.#rings, this.#sqTail, this.#tail)
    const taken = this.#libc.io_uring_enter(this.fd, this.#pending, 0, flags)
    if (taken >= 0) this.#pending -= taken
    // Interrupted, out of memory for a moment, or completions to be taken first: the entries stay, and the next turn
    // hands them over.
    else if (taken !== EINTR && taken !== EAGAIN && taken !== EBUSY) throw lost(describeError('io_uring_enter', taken))
  }

  #handOver (): void {
    for (let attempt = 0; attempt < 1000; attempt++) {
      this.#enter(0)
      if (this.#pending < this.#submissions) return
    }
    throw lost(`the kernel takes none of ${this.#pending} submissions`)
  }

  /** True when a completion is there, or is only waiting for `enter`. */
  get ready (): boolean {
    return Atomics.load(this.#rings, this.#cqTail) !== this.#rings[this.#cqHead] ||
      (Atomics.load(this.#rings, this.#sqFlags) & (abi.SQ_TASKRUN | abi.SQ_CQ_OVERFLOW)) !== 0
  }

  /** Signal the eventfd for completions, or not. */
  set signals (on: boolean) { Atomics.store(this.#rings, this.#cqFlags, on ? 0 : abi.CQ_EVENTFD_DISABLED) }

  /**
   * Report every completion that is there now. Returns their number. One whose handling throws is not reported again.
   */
  drain (to: Completions): number {
    const rings = this.#rings
    const mask = this.#cqMask
    const first = rings[this.#cqHead]!
    const tail = Atomics.load(rings, this.#cqTail)
    let head = first
    try {
      while (head !== tail) {
        const at = this.#cqes + (head & mask) * abi.CQE_WORDS
        head = head + 1 | 0
        to.onCompletion(rings[at]!, rings[at + 1]!, rings[at + 2]!, rings[at + 3]!)
      }
    } finally {
      Atomics.store(rings, this.#cqHead, head)
    }
    return tail - first | 0
  }

  /** Register with the ring. Returns a negative errno if the kernel refuses. */
  register (operation: number, argument: ArrayBufferView, count: number): number {
    return this.#libc.io_uring_register(this.fd, operation, argument, count)
  }

  /** Throws an Error that names the first of our operations that this kernel has not, or a policy has taken out. */
  requireOperations (): void {
    const count = Math.max(...Object.values(abi.OPERATIONS)) + 1
    const probe = Buffer.alloc(abi.PROBE_BYTES + count * abi.PROBE_OP_BYTES)
    const refused = this.register(abi.REGISTER_PROBE, probe, count)
    if (refused < 0) throw new Error(describeError('io_uring_register of a probe', refused))
    for (const [name, operation] of Object.entries(abi.OPERATIONS)) {
      const flags = probe.readUInt16LE(abi.PROBE_BYTES + operation * abi.PROBE_OP_BYTES + abi.PROBE_OP_FLAGS)
      if ((flags & abi.PROBE_OP_SUPPORTED) === 0) throw new Error(`the kernel's io_uring has no IORING_OP_${name}`)
    }
  }

  /**
   * Give the ring back; operations in flight are cancelled by the kernel. The mappings stay, for views of them may
   * live.
   */
  close (): void { this.#libc.close(this.fd) }
}
