import { clientText, Event, goodbyeReasons, Op, TRACED, type Declaration, type Guest, type GuestFailure } from '@weirlb/sdk/abi'
import { emptyRecord, WeirError } from '@weirlb/model'
import { AnswerReader } from '../extension/answer.ts'
import { toldInOneLine } from '../extension/ask-guest.ts'
import { Batch } from '../extension/batch.ts'
import type { GoodbyeReason } from '../connection/goodbye-reason.ts'
import { storedKey } from '../persistence/session-key.ts'
import { shownAnswer, shownBytes } from '../trace/shown-answer.ts'
import type { ExplainedAnswer, ExplainedClient } from '../trace/shown.ts'

const NO_BYTES = new Uint8Array(0)
const SLOT = 0

/** One answer with the keys as the balancing takes them. */
export interface Rehearsed extends ExplainedAnswer {
  readonly op: number
  readonly then: number
  /** Of a stream: bytes that are needed beyond those shown. */
  readonly needed: number
  readonly tokenKey: string | undefined
  readonly sessionKey: string | undefined
}

/** A message to ask about: `bytes[from..to)` of a frame of `length`. */
export interface Asked { readonly from: number, readonly to: number, readonly length: number }

/** A guest that plays one connection for nobody: it is asked as a worker asks, and what it answers is told and not done. */
export class Rehearsal {
  readonly #guest: Guest
  readonly #declaration: Declaration
  readonly #reader: AnswerReader
  readonly #until: number
  crossings = 0
  /** Why nothing more is answered: a request was cut, or the guest is dead. */
  #cut: WeirError | undefined
  /** It was asked about the client, or about something of its. */
  asked = false
  /** What the extension has counted. */
  readonly counters = emptyRecord<number>()

  /** `until`: on `performance.now()`'s clock; after it nothing more is asked. */
  constructor (guest: Guest, until: number) {
    this.#guest = guest
    this.#declaration = guest.declaration
    this.#reader = new AnswerReader(guest.memory)
    this.#until = until
  }

  get late (): boolean { return performance.now() > this.#until }

  /** Tell of the vserver and of the client; answers what `onConnect` said. */
  async open (vserver: Uint8Array, client: ExplainedClient): Promise<Rehearsed | undefined> {
    const batch = new Batch(this.#guest.memory, 0)
    const who = Buffer.from(clientText(client))
    batch.add(undefined, Event.vserver, 0, 0, vserver, 0, vserver.length, 0, 0, 0)
    batch.add(undefined, Event.open, SLOT, 0, who, 0, who.length, 0, 0, client.port)
    const { connect } = this.#declaration.hooks
    this.asked = connect
    const answers = await this.#run(batch, [1])
    return connect ? answers[0] : undefined
  }

  /** Ask about messages in one crossing, or as many as there is room for; answers fewer when there was none. */
  async messages (bytes: Uint8Array, side: number, asked: readonly Asked[]): Promise<readonly Rehearsed[]> {
    this.asked = true
    const batch = new Batch(this.#guest.memory, 0)
    for (const { from, to, length } of asked) {
      if (!batch.hasRoom(1, to - from)) break
      batch.add(undefined, Event.message, SLOT, side, bytes, from, to, length, 0, side)
    }
    return await this.#run(batch, Array.from({ length: batch.count }, (_, i) => i))
  }

  /** Ask about undecided bytes of a stream. */
  async data (bytes: Uint8Array, side: number, from: number, to: number): Promise<Rehearsed> {
    this.asked = true
    const batch = new Batch(this.#guest.memory, 0)
    batch.add(undefined, Event.data, SLOT, side, bytes, from, to, 0, 0, side)
    return (await this.#run(batch, [0]))[0]!
  }

  /** The protocol's last words, if any; `answered`: a server has said something before. */
  async goodbye (reason: GoodbyeReason, answered: boolean): Promise<string | undefined> {
    if (!this.#declaration.hooks.goodbye || this.late) return undefined
    const batch = new Batch(this.#guest.memory, 0)
    batch.add(undefined, Event.goodbye, SLOT, 0, NO_BYTES, 0, 0, 0, goodbyeReasons.indexOf(reason), answered ? 1 : 0)
    // A guest that dies of it has said nothing, and the connection ends all the same.
    this.#cut = undefined
    const said = await this.#cross(batch).then(() => true, () => false)
    if (!said || !this.#reader.read(0, 0) || this.#reader.op !== Op.forward) return undefined
    const { bytes } = this.#reader
    return bytes === undefined || bytes.length === 0 ? undefined : shownBytes(bytes)
  }

  async #run (batch: Batch, indices: readonly number[]): Promise<Rehearsed[]> {
    const processed = await this.#cross(batch)
    const known = this.#cut !== undefined || this.#reader.readCounts(0, (name, by) => { this.counters[name] = (this.counters[name] ?? 0) + by })
    if (!known) throw new WeirError('extension-failed', 'the extension wrote into the memory of its counters')
    const answered = indices.filter(i => i < processed)
    if (answered.length === 0 && this.#cut !== undefined) throw this.#cut
    return answered.map(i => this.#answer(i))
  }

  /** Rejects, as `extension-failed`, when the first request is cut or kills the guest; of a later one, when it is asked about again. */
  async #cross (batch: Batch): Promise<number> {
    if (this.#cut !== undefined) throw this.#cut
    this.crossings++
    return await new Promise((resolve, reject) => {
      const failed = ({ kind, message }: GuestFailure, processed: number): void => {
        this.#cut = new WeirError('extension-failed', `the extension could not say: ${toldInOneLine(message, this.#guest)} (${kind})`)
        if (processed > 0) resolve(processed)
        else reject(this.#cut)
      }
      this.#guest.run(TRACED, batch.count, {
        batchDone: (_bank, processed) => { resolve(processed) },
        batchCut: (_bank, processed, { message }) => { failed({ kind: 'timeout', message }, processed) },
        batchFailed: (_bank, failure, processed) => { failed(failure, processed) }
      })
    })
  }

  #answer (index: number): Rehearsed {
    const reader = this.#reader
    const shown = reader.read(0, index) ? shownAnswer(reader, this.#declaration, stack => this.#guest.mapStack(stack)) : undefined
    if (shown === undefined) throw new WeirError('extension-failed', 'the extension wrote into the memory of its answers')
    const { op, then, token, session, count } = reader
    return { ...shown, op, then, needed: count, tokenKey: token, sessionKey: session === undefined ? undefined : storedKey(session) }
  }
}
