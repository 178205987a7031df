import { Event, Op, type Declaration } from '@weir/sdk/abi'
import type { AnswerReader } from '../extension/answer.ts'
import type { Batch } from '../extension/batch.ts'
import type { GuestClient } from '../extension/guest-client.ts'
import { shownAnswer, shownKey } from './shown-answer.ts'
import type { TraceRecord, TraceSpec } from './trace.ts'

/** Most records that one process reports; what comes beyond is counted. */
const MOST_PER_SECOND = 1000

/** Where a batch was answered. */
export interface Traced {
  readonly version: number
  readonly declaration: Declaration
  mapStack (stack: string): string
}

const calls: Readonly<Record<number, TraceRecord['call']>> = { [Event.open]: 'connect', [Event.message]: 'message', [Event.data]: 'data', [Event.goodbye]: 'goodbye', [Event.close]: 'close' }
/** Calls that answer no verdict. */
const speechless: readonly TraceRecord['call'][] = ['goodbye', 'close']

/** Makes records of answered batches and reports them together, once a turn of the event loop. */
export class Tracer {
  readonly spec: TraceSpec
  readonly #report: (records: TraceRecord[], dropped: number) => void
  #records: TraceRecord[] = []
  #dropped = 0
  #second = 0
  #inSecond = 0
  #scheduled = false

  constructor (spec: TraceSpec, report: (records: TraceRecord[], dropped: number) => void) {
    this.spec = spec
    this.#report = report
  }

  /** A batch was answered, and nobody has been given an answer of it yet. */
  take (host: Traced, batch: Batch, answer: AnswerReader, processed: number, milliseconds: number): void {
    const crossing = { calls: processed, microseconds: Math.round(milliseconds * 1000) }
    const connects = host.declaration.hooks.connect
    for (let i = 0; i < processed; i++) {
      const client = batch.clients[i]
      const call = calls[batch.events[i]!]
      if (client === undefined || call === undefined || (call === 'connect' && !connects)) continue
      if (!this.#meantClient(client) || !answer.read(batch.bank, i) || answer.op === Op.skipped || !this.#meantSession(client, answer)) continue
      if (!this.#hasRoom()) continue
      this.#records.push(this.#record(host, client, call, batch, i, answer, crossing))
    }
    if (this.#scheduled || (this.#records.length === 0 && this.#dropped === 0)) return
    this.#scheduled = true
    setImmediate(this.#flush)
  }

  #meantClient ({ clientAddress, clientPort }: GuestClient): boolean {
    const { client } = this.spec.filter
    return client === undefined || client === clientAddress || client === `${clientAddress}:${clientPort}`
  }

  #meantSession (client: GuestClient, answer: AnswerReader): boolean {
    const { session } = this.spec.filter
    return session === undefined || client.holdsSession(session) || (answer.session !== undefined && session === shownKey(answer.session))
  }

  #hasRoom (): boolean {
    const second = Math.floor(performance.now() / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#inSecond = 0
    }
    if (++this.#inSecond <= MOST_PER_SECOND) return true
    this.#dropped++
    return false
  }

  #record (host: Traced, client: GuestClient, call: TraceRecord['call'], batch: Batch, index: number, answer: AnswerReader, crossing: TraceRecord['crossing']): TraceRecord {
    const sided = call === 'message' || call === 'data'
    const failed = answer.op === Op.threw || answer.op === Op.malformed
    const all = this.spec.level === 'verdicts'
    const session = answer.session === undefined ? client.session : shownKey(answer.session)
    const shown = failed || (all && call !== 'goodbye') ? shownAnswer(answer, host.declaration, stack => host.mapStack(stack)) : undefined
    return {
      time: Date.now(),
      version: host.version,
      userVserver: client.vserverName,
      connection: client.id,
      client: `${client.clientAddress}:${client.clientPort}`,
      session,
      call,
      side: sided ? (batch.sides[index] === 0 ? 'client' : 'server') : undefined,
      frameLength: call === 'message' ? batch.frameLength(index) : call === 'data' ? batch.entered(index) : undefined,
      crossing,
      verdict: failed || !speechless.includes(call) ? shown?.verdict : undefined,
      effects: all ? shown?.effects : undefined
    }
  }

  readonly #flush = (): void => {
    this.#scheduled = false
    const records = this.#records
    const dropped = this.#dropped
    this.#records = []
    this.#dropped = 0
    this.#report(records, dropped)
  }
}
