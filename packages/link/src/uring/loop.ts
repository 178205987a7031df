import { CANCEL_ALL, CANCEL_FD, OP_ASYNC_CANCEL, REGISTER_EVENTFD } from './abi/io-uring.ts'
import { describeError } from './abi/errno.ts'
import type { Libc } from './abi/libc.ts'
import { Buffers } from './buffers.ts'
import { LateKeepAlive } from './late-keep-alive.ts'
import { isLost } from './lost.ts'
import { Ring } from './ring.ts'
import type { Completions } from './ring.ts'
import { SecondLook } from './second-look.ts'
import { SendBlocks } from './send-queue.ts'
import { Slots } from './slots.ts'
import { SocketOptions } from './socket-options.ts'
import { Wake } from './wake.ts'

/** How large the parts are; the defaults serve ten thousand connections. */
export interface UringSizes {
  /** Submissions and completions of one turn. */
  readonly submissions: number
  readonly completions: number
  /** Buffers of either size for what arrives in one turn, and their sizes. */
  readonly buffers: number
  readonly shortBytes: number
  readonly longBytes: number
}

const defaults: UringSizes = {
  submissions: 4096,
  completions: 16 * 1024,
  buffers: 512,
  shortBytes: 4 * 1024,
  longBytes: 64 * 1024
}

/** System calls in a row before Node's loop has its turn. */
const SPINS = 4

/** Work that is done once a turn, however often it was requested. */
export interface Deferred {
  onTurn (): void
  /** `onTurn` threw, and it was not the ring that is lost. */
  onFault (error: unknown): void
}

/**
 * One ring and its place in Node's loop. Node's loop is never blocked by the ring and never polls for it:
 *
 *   idle     Node waits in its own epoll; the ring signals an eventfd that is in it
 *   working  a turn: deferred work ─► enter (submit all, run what is due) ─► completions ─► sinks ─► new submissions ─┐
 *            ▲                                                                                                        │
 *            └── again at once, a few times, then at setImmediate, with timers, IPC and other sockets in between ◄────┘
 *            until nothing is to be submitted and nothing is ready; then come the calls that waited for that (`soon`),
 *            and what they write leaves in the same turn
 */
export class UringLoop implements Completions {
  readonly libc: Libc
  readonly ring: Ring
  readonly buffers: Buffers
  readonly blocks: SendBlocks
  readonly options: SocketOptions
  readonly slots = new Slots()
  readonly secondLook = new SecondLook()
  readonly keepAlives: LateKeepAlive
  readonly #wake: Wake
  readonly #immediate = (): void => {
    this.#scheduled = false
    this.#work()
  }
  #deferred: Deferred[] = []
  #turning: Deferred[] = []
  #calls: (() => void)[] = []
  #calling: (() => void)[] = []
  #scheduled = false
  #working = false
  #users = 0
  #turns = 0
  #broken = false

  /** Throws an Error with the kernel's refusal. */
  constructor (libc: Libc, sizes: Partial<UringSizes> = {}) {
    const { submissions, completions, buffers, shortBytes, longBytes } = { ...defaults, ...sizes }
    this.libc = libc
    this.blocks = new SendBlocks(libc)
    this.options = new SocketOptions(libc)
    this.keepAlives = new LateKeepAlive(this.slots, this.options)
    this.ring = new Ring(libc, { submissions, completions })
    try {
      this.ring.requireOperations()
      this.buffers = new Buffers(libc, this.ring, buffers, { short: shortBytes, long: longBytes })
      this.#wake = new Wake(libc, () => { this.#onWake() })
    } catch (error) {
      this.ring.close()
      throw error
    }
    const refused = this.ring.register(REGISTER_EVENTFD, new Int32Array([this.#wake.fd]), 1)
    if (refused < 0) {
      this.close()
      throw new Error(describeError('io_uring_register of an eventfd', refused))
    }
  }

  /** How often the ring was entered. */
  get turns (): number { return this.#turns }
  /** Listeners, links and dials that live. */
  get users (): number { return this.#users }

  /** Listeners, links and dials: while there are any, the process lives. */
  enlist (): void { if (this.#users++ === 0) this.#wake.holdsProcess = true }
  discharge (): void { if (--this.#users === 0) this.#wake.holdsProcess = false }

  /** Submit an operation of the owner of `slot`. */
  submit (
    opcode: number,
    flags: number,
    priority: number,
    fd: number,
    address: number,
    length: number,
    operationFlags: number,
    slot: number,
    kind: number,
    group: number
  ): void {
    this.ring.submit(
      opcode,
      flags,
      priority,
      fd,
      address,
      length,
      operationFlags,
      Slots.low(slot, kind),
      this.slots.generation(slot),
      group
    )
    this.#schedule()
  }

  /** Cancel the owner's operation of one kind; `kind` is that of the cancellation. */
  cancel (slot: number, target: number, kind: number): void {
    this.submit(OP_ASYNC_CANCEL, 0, 0, -1, 0, 0, 0, slot, kind, 0)
    this.ring.withTarget(Slots.low(slot, target), this.slots.generation(slot))
  }

  /** Cancel all that is in flight on a descriptor. */
  cancelAll (fd: number, slot: number, kind: number): void {
    this.submit(OP_ASYNC_CANCEL, 0, 0, fd, 0, 0, CANCEL_ALL | CANCEL_FD, slot, kind, 0)
  }

  /** Call `onTurn` before the next submissions are handed over. */
  defer (what: Deferred): void {
    this.#deferred.push(what)
    this.#schedule()
  }

  /** See `Transport.soon`. */
  soon (call: () => void): void {
    if (this.#working) this.#calls.push(call)
    else setImmediate(call)
  }

  #schedule (): void {
    if (this.#scheduled || this.#working) return
    this.#scheduled = true
    setImmediate(this.#immediate)
  }

  onCompletion (low: number, high: number, result: number, flags: number): void {
    this.slots.complete(low, high, result, flags)
  }

  #onWake (): void {
    if (!this.#scheduled && !this.#working) this.#work()
  }

  #work (): void {
    if (this.#broken) return
    const { ring, buffers } = this
    this.#working = true
    ring.signals = false
    let failed = true
    try {
      for (let spin = 0; spin < SPINS; spin++) {
        if (this.#deferred.length > 0) this.#runDeferred()
        buffers.publish()
        this.#turns++
        ring.enter()
        ring.drain(this)
        if (this.#busy) continue
        if (this.#calls.length === 0) break
        this.#runCalls()
        if (!this.#busy && this.#calls.length === 0) break
      }
      if (this.#calls.length > 0) this.#runCalls()
      buffers.publish()
      failed = false
    } catch (error) {
      if (isLost(error)) this.#broken = true
      throw error
    } finally {
      this.#working = false
      if (failed || ring.pending > 0 || this.#deferred.length > 0 || this.#calls.length > 0) this.#schedule()
      else this.#rest()
    }
  }

  /** There is something to submit or to complete now. */
  get #busy (): boolean { return this.ring.pending > 0 || this.#deferred.length > 0 || this.ring.ready }

  #runCalls (): void {
    const calls = this.#calls
    this.#calls = this.#calling
    this.#calling = calls
    let done = 0
    try {
      while (done < calls.length) calls[done++]!()
    } finally {
      // One that throws takes none with it.
      while (done < calls.length) setImmediate(calls[done++]!)
      calls.length = 0
    }
  }

  /** Nothing to submit: let the eventfd wake us, unless something came before it was on. */
  #rest (): void {
    const { ring } = this
    ring.signals = true
    if (ring.ready) this.#schedule()
  }

  #runDeferred (): void {
    const turning = this.#deferred
    this.#deferred = this.#turning
    this.#turning = turning
    for (let i = 0; i < turning.length; i++) {
      try {
        turning[i]!.onTurn()
      } catch (error) {
        if (isLost(error)) throw error
        turning[i]!.onFault(error)
      }
    }
    turning.length = 0
  }

  close (): void {
    this.#broken = true
    this.secondLook.stop()
    this.keepAlives.stop()
    this.#wake.close()
    this.ring.close()
  }
}
