import type { ExtensionLimits } from '@weirlb/model'
import { Event, Op, type Guest, type LoadOptions, type Runtime } from '@weirlb/sdk/abi'
import { JudgedInlet } from '../direction/judged-inlet.ts'
import { CLIENT, type Side } from '../direction/side.ts'
import type { AnswerReader } from '../extension/answer.ts'
import type { Asker } from '../extension/asker.ts'
import type { Batch } from '../extension/batch.ts'
import { ExtensionHost } from '../extension/extension-host.ts'
import type { GuestClient } from '../extension/guest-client.ts'
import type { Observed, Observer } from '../extension/observer.ts'
import { quiet } from './quiet.ts'
import type { Ticks } from './ticks.ts'
import type { Judgement, Transcript } from './transcript.ts'

/** The properties of an extension host that a rehearsal depends on. */
export interface RehearsedExtension {
  /** Name of the extension. */
  readonly name: string
  readonly options: LoadOptions
  readonly failOpen: boolean
  /** Limit of bytes that wait for its verdicts, for each direction. */
  readonly maxHeldBytes: number
  /** Verdicts carry their place in the author's code. */
  readonly wantsSites: boolean
}

/** A guest that fails in rehearsals never puts the extension out of service. */
const STRIKES = { failures: Infinity, windowSeconds: 1, downSeconds: 1 }
/** A dead guest is not rebuilt. */
const noOther: Runtime = { load: () => new Promise(() => {}) }

/** Records a verdict when its inlet receives it. */
class Recorder implements Asker {
  readonly #inlet: JudgedInlet
  readonly #write: (answer: AnswerReader) => Judgement<unknown>

  constructor (inlet: JudgedInlet, write: (answer: AnswerReader) => Judgement<unknown>) {
    this.#inlet = inlet
    this.#write = write
  }

  get side (): Side { return this.#inlet.side }

  onVerdict (answer: AnswerReader): void {
    const inlet = this.#inlet
    const judgement = inlet.ignores(answer) ? undefined : this.#write(answer)
    inlet.onVerdict(answer)
    if (judgement !== undefined) judgement.ends = inlet.owner.ending
  }
}

/** The extension host in rehearsals: the real one, with a loop that is turned by hand, and a record of every answer. */
export class RehearsedHost extends ExtensionHost implements Observer {
  readonly wantsSites: boolean
  /** Of the current rehearsal. */
  transcript: Transcript<unknown> | undefined

  constructor (extension: RehearsedExtension, guest: Guest, ticks: Ticks) {
    const limits: ExtensionLimits = { ...extension.options, heldBytes: extension.maxHeldBytes }
    const version = { version: 1, bundle: { name: extension.name, code: '', map: '' }, mode: extension.options.mode }
    super(
      { ...version, name: extension.name, limits, strikes: STRIKES, failOpen: extension.failOpen },
      version,
      guest,
      noOther,
      quiet,
      () => {},
      ticks.soon
    )
    this.wantsSites = extension.wantsSites
    this.showTo(this)
  }

  override submitMessage (
    client: GuestClient,
    asker: Asker,
    source: Uint8Array,
    from: number,
    to: number,
    frameLength: number,
    answered: boolean
  ): boolean {
    return super.submitMessage(
      client,
      this.#writing(asker, 'message', to - from),
      source,
      from,
      to,
      frameLength,
      answered
    )
  }

  override submitData (
    client: GuestClient,
    asker: Asker,
    source: Uint8Array,
    from: number,
    to: number,
    last: boolean,
    answered: boolean
  ): boolean {
    return super.submitData(client, this.#writing(asker, 'data', to - from), source, from, to, last, answered)
  }

  #writing (asker: Asker, call: 'message' | 'data', entered: number): Asker {
    return asker instanceof JudgedInlet
      ? new Recorder(asker, answer => this.transcript!.judge(call, asker.side, entered, answer))
      : asker
  }

  override release (client: GuestClient, why: string): void {
    // Without a reason the connection lives on and needs no guest.
    if (why === '') this.forget(client)
  }

  /** Ends the rehearsal. Until then the guest has the connection, so a goodbye can be requested after the close. */
  letGo (client: GuestClient): void {
    this.forget(client)
    this.transcript = undefined
  }

  // Answers without an inlet: to onConnect, and goodbyes.
  take (_host: Observed, batch: Batch, answer: AnswerReader, processed: number): void {
    const { transcript } = this
    if (transcript === undefined) return
    for (let i = 0; i < processed; i++) {
      const event = batch.events[i]
      if (
        batch.clients[i] === undefined || (event !== Event.open && event !== Event.goodbye) ||
        !answer.read(batch.bank, i)
      ) continue
      if (event === Event.goodbye)
        transcript.goodbye = answer.op === Op.forward && answer.bytes !== undefined && answer.bytes.length > 0
          ? answer.bytes
          : undefined
      else if (this.declaration.hooks.connect)
        transcript.judge('connect', CLIENT, 0, answer).ends = answer.op === Op.reject || answer.op === Op.threw ||
          answer.op === Op.malformed
    }
  }

  judgedByKeys (_host: Observed, _client: GuestClient, answer: AnswerReader): void {
    this.transcript?.judge('keys', CLIENT, 0, answer)
  }
  failed (): void {}
}
