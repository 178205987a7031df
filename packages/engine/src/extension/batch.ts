import { BANK_WORDS, Event, MAX_BATCH, NO_SLOT, REQUEST_WORDS, Request, type SharedMemory } from '@weirlb/sdk/abi'
import type { Asker } from './asker.ts'
import type { GuestClient } from './guest-client.ts'
import type { Question } from './question.ts'

const { copy } = Buffer.prototype

/**
 * One bank of the shared memory, as the host sees it: requests for the next crossing, and the receivers of their
 * answers.
 */
export class Batch {
  readonly bank: number
  readonly #control: Int32Array
  readonly #arena: Uint8Array
  readonly #words: number
  readonly #bytes: number
  readonly #inBytes: number
  /** Requests gathered. */
  count = 0
  #used = 0
  /** The receiver and the event of each request: the host's own copy, never read back from shared memory. */
  readonly clients: (GuestClient | undefined)[] = new Array<GuestClient | undefined>(MAX_BATCH).fill(undefined)
  /** The receiver of the verdict on each request with bytes. */
  readonly askers: (Asker | undefined)[] = new Array<Asker | undefined>(MAX_BATCH).fill(undefined)
  readonly events = new Uint8Array(MAX_BATCH)
  readonly sides = new Uint8Array(MAX_BATCH)

  constructor (memory: SharedMemory, bank: number) {
    this.bank = bank
    this.#control = memory.control
    this.#arena = memory.arena
    this.#words = bank * BANK_WORDS
    this.#inBytes = memory.layout.inBytes
    this.#bytes = bank * (memory.layout.inBytes + memory.layout.outBytes)
  }

  /** True when `requests` more with `bytes` in all still fit. */
  hasRoom (requests: number, bytes: number): boolean {
    return this.count + requests <= MAX_BATCH && this.#used + bytes <= this.#inBytes
  }

  // Every `add…`: the caller has checked that there is room.

  /** Add a vserver's description: JSON `{ name, params }`. */
  addVserver (index: number, info: Uint8Array): void {
    this.#add(undefined, Event.vserver, index, 0, info, 0, info.length, 0, 0, 0)
  }

  /** Add a connection that has its slot. `who`: the facts about its client, in the form of `clientText`. */
  addOpen (client: GuestClient, who: Uint8Array): void {
    this.#add(client, Event.open, client.slot, 0, who, 0, who.length, 0, client.vserverIndex, client.facts.port)
  }

  /** Add what is known of a connection's client now. */
  addFacts (client: GuestClient, who: Uint8Array): void {
    this.#add(undefined, Event.facts, client.slot, 0, who, 0, who.length, 0, 0, client.facts.port)
  }

  /**
   * Add one frame, of which `source[from..to)` enters the sandbox. `answered`: server bytes have gone to the client
   * before.
   */
  addMessage (
    client: GuestClient,
    asker: Asker,
    source: Uint8Array,
    from: number,
    to: number,
    frameLength: number,
    answered: boolean
  ): void {
    this.askers[this.count] = asker
    this.#add(client, Event.message, client.slot, asker.side, source, from, to, frameLength, 0, answered ? 1 : 0)
  }

  /** Add undecided bytes of a stream; `last`: it ends with them. */
  addData (
    client: GuestClient,
    asker: Asker,
    source: Uint8Array,
    from: number,
    to: number,
    last: boolean,
    answered: boolean
  ): void {
    this.askers[this.count] = asker
    this.#add(client, Event.data, client.slot, asker.side, source, from, to, 0, last ? 1 : 0, answered ? 1 : 0)
  }

  /** Add a request again. */
  addQuestion ({ client, event, bytes, frameLength, arg, answered }: Question, asker: Asker): void {
    this.askers[this.count] = asker
    this.#add(client, event, client.slot, asker.side, bytes, 0, bytes.length, frameLength, arg, answered ? 1 : 0)
  }

  /** Add a call about the connection as a whole. */
  addCallAbout (
    client: GuestClient,
    asker: Asker | undefined,
    event: number,
    arg: number,
    answered: boolean,
    bytes: Uint8Array
  ): void {
    this.askers[this.count] = asker
    this.#add(client, event, client.slot, asker?.side ?? 0, bytes, 0, bytes.length, 0, arg, answered ? 1 : 0)
  }

  /** Add the end of a slot's connection; `client` receives the answer. */
  addClose (client: GuestClient | undefined, slot: number, why: Uint8Array): void {
    this.#add(client, Event.close, slot, 0, why, 0, why.length, 0, 0, 0)
  }

  /**
   * Add a call that belongs to no connection, such as a probe's reply; `length`: the full length of the data that
   * `bytes` begin.
   */
  addCall (event: number, bytes: Uint8Array, length: number): void {
    this.#add(undefined, event, NO_SLOT, 0, bytes, 0, bytes.length, length, 0, 0)
  }

  /** Add a request whose bytes are `source[from..to)`. */
  #add (
    client: GuestClient | undefined,
    event: number,
    slot: number,
    side: number,
    source: Uint8Array,
    from: number,
    to: number,
    frameLength: number,
    arg: number,
    arg2: number
  ): void {
    const i = this.count++
    const control = this.#control
    const at = this.#words + i * REQUEST_WORDS
    const offset = this.#used
    const length = to - from
    control[at + Request.event] = event
    control[at + Request.slot] = slot
    control[at + Request.side] = side
    control[at + Request.offset] = offset
    control[at + Request.length] = length
    control[at + Request.frameLength] = frameLength
    control[at + Request.arg] = arg
    control[at + Request.arg2] = arg2
    if (length > 0) {
      // measured: a loop wins up to about 32 bytes; beyond, Buffer's copy takes half of the time of subarray and set.
      const target = this.#bytes + offset
      if (length <= 32) for (let n = 0; n < length; n++) this.#arena[target + n] = source[from + n]!
      else copy.call(source, this.#arena, target, from, to)
      this.#used = offset + length
    }
    this.clients[i] = client
    this.events[i] = event
    this.sides[i] = side
  }

  /** Keep only the requests from `processed` on, which the guest did not reach; their bytes stay where they are. */
  keepFrom (processed: number): void {
    const rest = this.count - processed
    this.#control.copyWithin(
      this.#words,
      this.#words + processed * REQUEST_WORDS,
      this.#words + this.count * REQUEST_WORDS
    )
    for (let i = 0; i < rest; i++) {
      this.clients[i] = this.clients[processed + i]
      this.askers[i] = this.askers[processed + i]
    }
    this.#forgetFrom(rest)
    this.events.copyWithin(0, processed, this.count)
    this.sides.copyWithin(0, processed, this.count)
    this.count = rest
  }

  /**
   * Returns a request in its original form, read back from shared memory: only the extension sees what the guest has
   * made of it.
   */
  question (index: number, client: GuestClient): Question {
    const control = this.#control
    const at = this.#words + index * REQUEST_WORDS
    const offset = Math.max(0, Math.min(this.#inBytes, control[at + Request.offset]!))
    const length = Math.max(0, Math.min(this.#inBytes - offset, control[at + Request.length]!))
    return {
      client,
      asker: this.askers[index],
      event: this.events[index]!,
      bytes: this.#arena.slice(this.#bytes + offset, this.#bytes + offset + length),
      frameLength: control[at + Request.frameLength]!,
      arg: control[at + Request.arg]!,
      answered: control[at + Request.arg2] === 1
    }
  }

  /** Length of the frame that a request is about. Read back from shared memory: for people, not for decisions. */
  frameLength (index: number): number {
    return this.#control[this.#words + index * REQUEST_WORDS + Request.frameLength]!
  }

  /** Bytes that entered with a request; like `frameLength`, for people. */
  entered (index: number): number { return this.#control[this.#words + index * REQUEST_WORDS + Request.length]! }

  /** The answer may be as long as the request, beside what may be originated. */
  enlarges (index: number): boolean {
    const event = this.events[index]
    return event === Event.message || event === Event.part || event === Event.gather
  }

  clear (): void {
    this.#forgetFrom(0)
    this.count = 0
    this.#used = 0
  }

  /** measured: for the few of a batch, a loop costs less than two calls of fill. */
  #forgetFrom (first: number): void {
    const { clients, askers, count } = this
    for (let i = first; i < count; i++) {
      clients[i] = undefined
      askers[i] = undefined
    }
  }
}
