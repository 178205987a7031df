import {
  ANSWERS_AT,
  ANSWER_WORDS,
  Answer,
  BANK_WORDS,
  COUNTS_AT,
  COUNT_UNIT,
  COUNT_WORDS,
  Count,
  EFFECTS_AT,
  EFFECT_WORDS,
  Effect,
  EffectKind,
  Event,
  Extra,
  goodbyeReasons,
  MAX_EFFECTS,
  NO_SLOT,
  Op,
  REQUEST_WORDS,
  Request,
  SideIndex,
  ThenIndex,
  type BatchSink,
  type Guest,
  type GuestFailure,
  type SharedMemory
} from '@weirlb/sdk/abi'

/** The name that a table of the contract gives to a number. */
export const nameOf = (table: Readonly<Record<string, number>>, value: number): string =>
  Object.keys(table).find(key => table[key] === value) ?? `unknown ${value}`

/** An effect as the host finds it: its kind, its number, the count of bytes that a stream's verdict is, its bytes. */
export interface EffectRecord {
  readonly kind: string
  readonly a: number
  readonly count: number
  readonly bytes: Buffer
}

/** An answer as the host reads it; absent parts are undefined. */
export interface AnswerRecord {
  readonly op: string
  readonly then: string
  readonly token: Buffer | undefined
  readonly session: Buffer | undefined
  readonly via: string | undefined
  readonly bytes: Buffer | undefined
  readonly text: string | undefined
  /** Number of replies to a forwarded message. */
  readonly replies: number
  /** The key that matches a request with its reply. */
  readonly match: Buffer | undefined
  /** Messages of the server that come before the replies, and are discarded. */
  readonly swallow: number
  readonly known: boolean
  /** The server has state of the client, or no longer; undefined: as before. */
  readonly keep: boolean | undefined
  /** The server sends messages that reply to nothing from now on. */
  readonly unasked: boolean
  /** For a stream: further bytes needed beyond those shown. */
  readonly count: number
  readonly effects: readonly EffectRecord[]
}

/** One batch as the host writes and reads it: requests into a bank of the shared memory, answers out of it. */
export class Batch {
  readonly bank: number
  readonly #memory: SharedMemory
  readonly #in: number
  readonly #out: number
  readonly #words: number
  #at = 0
  count = 0

  constructor (memory: SharedMemory, bank = 0) {
    this.bank = bank
    this.#memory = memory
    this.#in = bank * (memory.layout.inBytes + memory.layout.outBytes)
    this.#out = this.#in + memory.layout.inBytes
    this.#words = bank * BANK_WORDS
  }

  vserver (index: number, name: string, params: object = {}): this { return this.#add(Event.vserver, index, JSON.stringify({ name, params })) }
  open (slot: number, vserver = 0, client = '127.0.0.1', port = 1883): this { return this.#add(Event.open, slot, client, { arg: vserver, arg2: port }) }

  message (slot: number, bytes: Uint8Array | string, o: { side?: 'client' | 'server', frameLength?: number, answered?: boolean } = {}): this {
    return this.#add(Event.message, slot, bytes, { side: SideIndex[o.side ?? 'client'], frameLength: o.frameLength, arg2: o.answered === true ? 1 : 0 })
  }

  data (slot: number, bytes: Uint8Array | string, o: { side?: 'client' | 'server', last?: boolean, answered?: boolean } = {}): this {
    return this.#add(Event.data, slot, bytes, { side: SideIndex[o.side ?? 'client'], arg: o.last === true ? 1 : 0, arg2: o.answered === true ? 1 : 0 })
  }

  goodbye (slot: number, reason: typeof goodbyeReasons[number], answered = false): this {
    return this.#add(Event.goodbye, slot, '', { arg: goodbyeReasons.indexOf(reason), arg2: answered ? 1 : 0 })
  }

  checkParams (params: object): this { return this.#add(Event.checkParams, NO_SLOT, JSON.stringify(params)) }
  close (slot: number, reason: string): this { return this.#add(Event.close, slot, reason) }

  #add (
    event: number,
    slot: number,
    content: Uint8Array | string,
    o: { side?: number, frameLength?: number | undefined, arg?: number, arg2?: number } = {}
  ): this {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content
    this.#memory.arena.set(bytes, this.#in + this.#at)
    const control = this.#memory.control
    const at = this.#words + this.count++ * REQUEST_WORDS
    control[at + Request.event] = event
    control[at + Request.slot] = slot
    control[at + Request.side] = o.side ?? 0
    control[at + Request.offset] = this.#at
    control[at + Request.length] = bytes.length
    control[at + Request.frameLength] = o.frameLength ?? bytes.length
    control[at + Request.arg] = o.arg ?? 0
    control[at + Request.arg2] = o.arg2 ?? 0
    this.#at += bytes.length
    return this
  }

  /** Returns the answer to a request. */
  answer (index: number): AnswerRecord {
    const control = this.#memory.control
    const at = this.#words + ANSWERS_AT + index * ANSWER_WORDS
    const part = (word: number): Buffer | undefined =>
      control[at + word + 1]! < 0 ? undefined : this.#bytes(control[at + word]!, control[at + word + 1]!)
    const first = control[at + Answer.effectsFrom]!
    const count = control[at + Answer.effectsCount]!
    if (first < 0 || count < 0 || first > MAX_EFFECTS || count > MAX_EFFECTS - first)
      throw new RangeError(`the guest answered effects ${first} to ${first + count}; there are ${MAX_EFFECTS}`)
    return {
      op: nameOf(Op, control[at + Answer.op]!),
      then: nameOf(ThenIndex, control[at + Answer.then]!),
      token: part(Answer.tokenOffset),
      session: part(Answer.sessionOffset),
      via: part(Answer.viaOffset)?.toString(),
      bytes: part(Answer.bytesOffset),
      text: part(Answer.textOffset)?.toString(),
      replies: control[at + Answer.replies]!,
      match: (control[at + Answer.extras]! & Extra.match) === 0 ? undefined : part(Answer.matchOffset),
      swallow: (control[at + Answer.extras]! & Extra.swallow) === 0 ? 0 : control[at + Answer.swallow]!,
      keep: (control[at + Answer.extras]! & Extra.keep) !== 0
        ? true
        : (control[at + Answer.extras]! & Extra.letGo) !== 0
        ? false
        : undefined,
      unasked: (control[at + Answer.extras]! & Extra.unasked) !== 0,
      known: (control[at + Answer.extras]! & Extra.known) !== 0,
      count: control[at + Answer.count]!,
      effects: Array.from({ length: count }, (_, i) => this.#effect(first + i))
    }
  }

  #effect (index: number): EffectRecord {
    const control = this.#memory.control
    const at = this.#words + EFFECTS_AT + index * EFFECT_WORDS
    return {
      kind: nameOf(EffectKind, control[at + Effect.kind]!),
      a: control[at + Effect.a]!,
      count: control[at + Effect.a]! * COUNT_UNIT + control[at + Effect.b]!,
      bytes: this.#bytes(control[at + Effect.offset]!, control[at + Effect.length]!)
    }
  }

  /** Returns the counters of the whole batch. */
  counts (): Readonly<Record<string, number>> {
    const control = this.#memory.control
    const from = this.#words + COUNTS_AT
    const counts: Record<string, number> = {}
    for (let n = 0; n < control[from]!; n++) {
      const at = from + 1 + n * COUNT_WORDS
      counts[this.#bytes(control[at + Count.offset]!, control[at + Count.length]!).toString()] =
        control[at + Count.high]! * 0x80000000 + control[at + Count.low]!
    }
    return counts
  }

  /** A copy: the bank is written again by the next batch. */
  #bytes (offset: number, length: number): Buffer {
    return Buffer.from(this.#memory.arena.slice(this.#out + offset, this.#out + offset + length))
  }
}

/** How a batch ended. */
export type BatchEnd = { readonly processed: number, readonly failure?: undefined } | {
  readonly processed?: undefined
  readonly failure: GuestFailure
}

/** Run a batch and wait for its end. */
export const runBatch = (guest: Guest, batch: Batch): Promise<BatchEnd> => new Promise(resolve => {
  const sink: BatchSink = {
    batchDone: (_bank, processed) => { resolve({ processed }) },
    batchCut: (_bank, _processed, { message }) => { resolve({ failure: { kind: 'timeout', message } }) },
    batchFailed: (_bank, failure) => { resolve({ failure }) }
  }
  guest.run(batch.bank, batch.count, sink)
})
