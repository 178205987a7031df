// Where the guest writes what it originates: keys, replies, field values, texts. One region per bank, filled from the start for each batch.
import { EFFECT_WORDS, Effect, MAX_EFFECTS } from '../abi/layout.ts'
import type { Bytes } from '../bytes.ts'
import { encodeUtf8Into } from '../utf8.ts'

/** Thrown when the out region or the effect table of this batch is full; the batch is cut before the message that met it. */
export class OutboxFull extends Error {
  override readonly name = 'OutboxFull'
}

export class Outbox {
  readonly #arena: Uint8Array
  readonly #control: Int32Array
  #base = 0
  #end = 0
  #at = 0
  #effectsBase = 0
  /** Effects recorded in this batch. */
  effects = 0

  /** Where the last `put` wrote, counted from the start of the out region, and how much. */
  offset = 0
  length = 0

  constructor (control: Int32Array, arena: Uint8Array) {
    this.#control = control
    this.#arena = arena
  }

  /** Start a batch: the out region is `arena[base..end)`, effects begin at word `effectsBase`. */
  begin (base: number, end: number, effectsBase: number): void {
    this.#base = base
    this.#end = end
    this.#at = base
    this.#effectsBase = effectsBase
    this.effects = 0
  }

  mark (): number { return this.#at }

  /** Forget everything since a mark. */
  rollback (mark: number, effects: number): void {
    this.#at = mark
    this.effects = effects
  }

  put (value: string | Bytes): void {
    const room = this.#end - this.#at
    if (typeof value === 'string') {
      const written = value.length > room ? -1 : encodeUtf8Into(value, this.#arena, this.#at, this.#end)
      if (written < 0) throw new OutboxFull('the extension originated too many bytes')
      this.length = written
    } else {
      if (!(value instanceof Uint8Array)) throw new TypeError(`expected a string or bytes, got ${typeof value}`)
      if (value.length > room) throw new OutboxFull('the extension originated too many bytes')
      this.#arena.set(value, this.#at)
      this.length = value.length
    }
    this.offset = this.#at - this.#base
    this.#at += this.length
  }

  /** Record an effect; `value` may be absent. */
  effect (kind: number, a: number, value: string | Bytes): void {
    if (this.effects >= MAX_EFFECTS) throw new OutboxFull('the extension recorded too many effects')
    this.put(value)
    const at = this.#effectsBase + this.effects * EFFECT_WORDS
    this.#control[at + Effect.kind] = kind
    this.#control[at + Effect.a] = a
    this.#control[at + Effect.offset] = this.offset
    this.#control[at + Effect.length] = this.length
    this.effects++
  }
}
