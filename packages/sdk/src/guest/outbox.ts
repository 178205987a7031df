// Where the guest writes what it originates: keys, replies, field values, texts. One region per bank, filled from the
// start for each batch.
import { COUNT_UNIT, EFFECT_WORDS, Effect, EffectKind, MAX_EFFECTS, MAX_MESSAGE_EFFECTS } from '../abi/layout.ts'
import type { Bytes } from '../bytes.ts'
import { checkBytes, checkKey } from '../check-verdict.ts'
import { encodeUtf8Into } from '../utf8.ts'

/** One message originated more than it may. */
export class OverBudget extends RangeError {
  constructor () { super('one message originated more bytes than its limit (originatedBytes)') }
}

export class Outbox {
  readonly #arena: Uint8Array
  readonly #control: Int32Array
  #base = 0
  #end = 0
  #at = 0
  #messageEnd = 0
  /** How long the message itself is: a replacement of it may be so long beside what may be originated. */
  #own = 0
  #messageEffects = 0
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

  /**
   * Start a message of `own` bytes that may originate `budget` beside them; false when this batch has no room for so
   * much.
   */
  beginMessage (budget: number, own: number): boolean {
    if (budget + own > this.#end - this.#at || this.effects + MAX_MESSAGE_EFFECTS + 1 > MAX_EFFECTS) return false
    this.#messageEnd = this.#at + budget
    this.#own = own
    this.#messageEffects = this.effects + MAX_MESSAGE_EFFECTS
    return true
  }

  /** End a message: a context that outlives its handler can record nothing more. */
  endMessage (): void {
    this.#messageEnd = 0
    this.#messageEffects = 0
  }

  mark (): number { return this.#at }

  /** Forget everything since a mark. */
  rollback (mark: number, effects: number): void {
    this.#at = mark
    this.effects = effects
  }

  /**
   * Write a text that a run before has written, before any message; false when such texts would take more than
   * `budget`, which is room that one message leaves.
   */
  again (text: string, budget: number): boolean {
    const written = encodeUtf8Into(text, this.#arena, this.#at, this.#base + budget)
    if (written < 0) return false
    this.#wrote(written)
    return true
  }

  /** Write a key or a text; `what` names it in an error. */
  put (value: string | Bytes, what: string): void {
    if (typeof value !== 'string') {
      if (!(value instanceof Uint8Array)) checkKey(what, value ?? null)
      this.putBytes(value, what)
      return
    }
    // A UTF-16 unit encodes to at least one byte, so a string that is certainly too long is not encoded.
    const written = value.length > this.#messageEnd - this.#at
      ? -1
      : encodeUtf8Into(value, this.#arena, this.#at, this.#messageEnd)
    if (written < 0) throw new OverBudget()
    this.#wrote(written)
  }

  putBytes (value: Bytes, what: string): void {
    if (!(value instanceof Uint8Array)) checkBytes(what, value)
    const length = value.length
    if (!(length <= this.#messageEnd - this.#at)) throw new OverBudget()
    this.#arena.set(value, this.#at)
    this.#wrote(length)
  }

  /** Write bytes that replace the message: only their excess over it is originated. */
  putReplacement (value: Bytes): void {
    if (value instanceof Uint8Array) {
      this.#messageEnd += Math.min(this.#own, value.length)
      this.#own = 0
    }
    this.putBytes(value, 'bytes')
  }

  #wrote (length: number): void {
    this.offset = this.#at - this.#base
    this.length = length
    this.#at += length
  }

  /** Record an effect with a key or a text. */
  effect (kind: number, a: number, value: string | Bytes, what = '', b = 0): void {
    this.#room()
    this.put(value, what)
    this.#record(kind, a, b)
  }

  /** Record an effect that is a number. */
  effectNumber (kind: number, a: number, b: number): void {
    this.#room()
    this.offset = this.#at - this.#base
    this.length = 0
    this.#record(kind, a, b)
  }

  /** Record an effect with bytes. */
  effectBytes (kind: number, value: Bytes, what: string): void {
    this.#room()
    this.putBytes(value, what)
    this.#record(kind, 0, 0)
  }

  /** Record where something was done, if there is room: a trace must change nothing. */
  site (a: number, stack: string): void {
    if (stack === '') return
    try { this.effect(EffectKind.site, a, stack) } catch { /* the message has used up what it may originate */ }
  }

  /**
   * Record a count of a stream's bytes; a neighbour of the same kind, from effect `first` on, takes it up. The room for
   * it was kept by `beginMessage`.
   */
  run (kind: number, count: number, first: number): void {
    const control = this.#control
    const last = this.#effectsBase + (this.effects - 1) * EFFECT_WORDS
    let total = count
    let at = last
    if (this.effects > first && control[last + Effect.kind] === kind)
      total += control[last + Effect.a]! * COUNT_UNIT + control[last + Effect.b]!
    if (total === count || total > Number.MAX_SAFE_INTEGER) {
      total = count
      at += EFFECT_WORDS
      this.effects++
    }
    control[at + Effect.kind] = kind
    control[at + Effect.a] = Math.floor(total / COUNT_UNIT)
    control[at + Effect.b] = total % COUNT_UNIT
    control[at + Effect.offset] = 0
    control[at + Effect.length] = 0
  }

  #room (): void {
    if (this.effects < this.#messageEffects) return
    if (this.#messageEffects === 0) throw new Error('the context was used after its handler had returned')
    throw new RangeError(`one message recorded more than ${MAX_MESSAGE_EFFECTS} effects`)
  }

  #record (kind: number, a: number, b: number): void {
    const at = this.#effectsBase + this.effects * EFFECT_WORDS
    this.#control[at + Effect.kind] = kind
    this.#control[at + Effect.a] = a
    this.#control[at + Effect.b] = b
    this.#control[at + Effect.offset] = this.offset
    this.#control[at + Effect.length] = this.length
    this.effects++
  }
}
