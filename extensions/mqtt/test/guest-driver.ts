// Drives a protocol through the guest loop, as the host does: requests written into shared memory, answers read back
// from it.
import {
  ANSWERS_AT, Answer, EFFECTS_AT, EFFECT_WORDS, Effect, EffectKind, Event, Op, Request, SideIndex, ThenIndex,
  allocate, goodbyeReasons, MAX_SLICE_MS, runArgument, type SharedMemory
} from '@weirlb/sdk/abi'
import { guestProgram } from '@weirlb/sdk/guest'
import type { Reason } from '@weirlb/sdk'

const ORIGINATED = 256 * 1024

export interface Effects {
  session?: Buffer
  idleMs?: number
  fields: Record<string, string>
}

/** What the protocol answered to one message. */
export interface Outcome extends Effects {
  readonly op: keyof typeof Op
  readonly then: keyof typeof ThenIndex
  readonly token: Buffer | undefined
  readonly pinned: Buffer | undefined
  readonly reply: Buffer | undefined
  readonly text: string
}

const nameOf = <T extends Record<string, number>>(table: T, value: number): keyof T =>
  Object.keys(table).find(key => table[key] === value)!

/** One connection of a protocol, in one guest. */
export class GuestDriver {
  readonly #memory: SharedMemory
  readonly #run: (argument: number) => number
  readonly #declared: readonly (readonly [name: string, type: string])[]

  constructor (protocol: object & { fields?: object }, params: Record<string, unknown> = {}) {
    const defaults = Object.fromEntries(
      Object.entries((protocol as { params?: Record<string, { default: unknown }> }).params ?? {}).map((
        [name, p]
      ) => [name, p.default])
    )
    const layout = { inBytes: 1024 * 1024, outBytes: 1024 * 1024 }
    this.#memory = allocate(layout)
    this.#declared = Object.entries((protocol.fields ?? {}) as Record<string, string>)
    this.#run = guestProgram(protocol).start(
      this.#memory.control,
      this.#memory.arena,
      layout.inBytes,
      layout.outBytes,
      ORIGINATED
    )
    this.#ask(Event.vserver, 0, Buffer.from(JSON.stringify({ name: 'test', params: { ...defaults, ...params } })))
    this.reopen()
  }

  /** A new connection in place of the old one. */
  reopen (): void { this.#ask(Event.open, 0, Buffer.from('192.0.2.1'), 0, 49152) }

  /** A frame from the client. */
  client (bytes: Uint8Array): Outcome { return this.#ask(Event.message, SideIndex.client, bytes) }
  /** A frame from the server. */
  server (bytes: Uint8Array): Outcome { return this.#ask(Event.message, SideIndex.server, bytes) }
  /** The goodbye for a reason. */
  goodbye (reason: Reason, answered: boolean): Buffer | undefined {
    return this.#ask(Event.goodbye, 0, new Uint8Array(0), goodbyeReasons.indexOf(reason), answered ? 1 : 0).reply
  }

  #ask (event: number, side: number, bytes: Uint8Array, arg = 0, arg2 = 0): Outcome {
    const { control, arena } = this.#memory
    arena.set(bytes, 0)
    control[Request.event] = event
    control[Request.slot] = 0
    control[Request.side] = side
    control[Request.offset] = 0
    control[Request.length] = bytes.length
    control[Request.frameLength] = bytes.length
    control[Request.arg] = arg
    control[Request.arg2] = arg2
    this.#run(runArgument(0, 1, MAX_SLICE_MS))
    return this.#outcome()
  }

  #out (offset: number, length: number): Buffer | undefined {
    if (length < 0) return undefined
    const from = this.#memory.layout.inBytes + offset
    return Buffer.from(this.#memory.arena.slice(from, from + length))
  }

  #outcome (): Outcome {
    const { control } = this.#memory
    const word = (at: number): number => control[ANSWERS_AT + at]!
    const bytes = (offset: number): Buffer | undefined => this.#out(word(offset), word(offset + 1))
    return {
      op: nameOf(Op, word(Answer.op)),
      then: nameOf(ThenIndex, word(Answer.then)),
      token: bytes(Answer.tokenOffset),
      pinned: bytes(Answer.sessionOffset),
      reply: bytes(Answer.bytesOffset),
      text: bytes(Answer.textOffset)?.toString() ?? '',
      ...this.#effects(word(Answer.effectsFrom), word(Answer.effectsCount))
    }
  }

  #effects (from: number, count: number): Effects {
    const { control } = this.#memory
    const effects: Effects = { fields: {} }
    for (let i = from; i < from + count; i++) {
      const word = (at: number): number => control[EFFECTS_AT + i * EFFECT_WORDS + at]!
      const bytes = this.#out(word(Effect.offset), word(Effect.length))!
      if (word(Effect.kind) === EffectKind.idleTimeout) effects.idleMs = word(Effect.a)
      else if (word(Effect.kind) === EffectKind.pin) effects.session = bytes
      else if (word(Effect.kind) === EffectKind.set)
        effects.fields[this.#declared[word(Effect.a)]![0]] = bytes.toString()
      else if (word(Effect.kind) === EffectKind.setNumber) {
        const [name, type] = this.#declared[word(Effect.a)]!
        effects.fields[name] = type === 'bool' ? String(word(Effect.b) >> 1 === 1) : String(word(Effect.b) >> 1)
      }
    }
    return effects
  }
}

