import { type Endpoint, parseEndpoint } from '@weirlb/model'
import { Event, Op } from '@weirlb/sdk/abi'
import { BoundedReport } from '../bounded-report.ts'
import type { AnswerReader } from '../extension/answer.ts'
import type { Batch } from '../extension/batch.ts'
import { clientView } from '../client-view.ts'
import type { GuestClient } from '../extension/guest-client.ts'
import type { Observed, Observer } from '../extension/observer.ts'
import { shownAnswer, shownKey } from './shown-answer.ts'
import type { TraceFailure, TraceRecord, TraceSpec } from './trace.ts'

const calls: Readonly<Record<number, TraceRecord['call']>> = {
  [Event.open]: 'connect',
  [Event.message]: 'message',
  [Event.data]: 'data',
  [Event.goodbye]: 'goodbye',
  [Event.close]: 'close',
  [Event.unanswered]: 'unanswered'
}
/** Calls without a verdict. */
const speechless: readonly TraceRecord['call'][] = ['goodbye', 'close', 'unanswered']

const NOBODY: Endpoint = { address: '', port: undefined }

/**
 * Shared by the records of a crossing, whose calls are counted while those are made: requests that call none of the
 * author's code are none.
 */
const crossed = (milliseconds: number): { calls: number, readonly microseconds: number } => ({
  calls: 0,
  microseconds: Math.round(milliseconds * 1000)
})

/** Which of the author's functions a request calls, if it calls one. */
const callOf = ({ declaration }: Observed, batch: Batch, index: number): TraceRecord['call'] | undefined => {
  const call = batch.clients[index] === undefined ? undefined : calls[batch.events[index]!]
  return call === 'connect' && !declaration.hooks.connect ? undefined : call
}

const about = ({ version }: Observed, client: GuestClient) => ({
  time: Date.now(),
  version,
  userVserver: client.vserverName,
  connection: client.id,
  client: clientView(client.facts).client
})

/** Returns the part of a record that does not depend on the call's result. */
const asked = (host: Observed, client: GuestClient, call: TraceRecord['call'], batch: Batch, index: number) => ({
  ...about(host, client),
  call,
  side: call !== 'message' && call !== 'data'
    ? undefined
    : batch.sides[index] === 0
    ? 'client' as const
    : 'server' as const,
  frameLength: call === 'message' ? batch.frameLength(index) : call === 'data' ? batch.entered(index) : undefined
})

/** Makes records of batches. */
export class Tracer implements Observer {
  readonly spec: TraceSpec
  readonly wantsSites: boolean
  readonly #client: Endpoint | undefined
  readonly #report: BoundedReport<TraceRecord>

  constructor (spec: TraceSpec, report: (records: readonly TraceRecord[], dropped: number) => void) {
    this.spec = spec
    this.wantsSites = spec.level === 'verdicts'
    // An invalid endpoint matches no client: the control side has refused it.
    this.#client = spec.filter.client === undefined ? undefined : parseEndpoint(spec.filter.client) ?? NOBODY
    this.#report = new BoundedReport(report)
  }

  take (host: Observed, batch: Batch, answer: AnswerReader, processed: number, milliseconds: number): void {
    const crossing = crossed(milliseconds)
    for (let i = 0; i < processed; i++) {
      const call = callOf(host, batch, i)
      if (call === undefined || !answer.read(batch.bank, i) || answer.op === Op.skipped) continue
      crossing.calls++
      const client = batch.clients[i]!
      if (this.#meantClient(client) && this.#meantSession(client, answer) && this.#report.take())
        this.#report.add(this.#answered(host, client, call, batch, i, answer, crossing))
    }
  }

  failed (host: Observed, batch: Batch, first: number, end: number, failure: TraceFailure, milliseconds: number): void {
    const crossing = crossed(milliseconds)
    for (let i = first; i < end; i++) {
      const call = callOf(host, batch, i)
      if (call === undefined) continue
      crossing.calls++
      const client = batch.clients[i]!
      if (this.#meantClient(client) && this.#meantSession(client, undefined) && this.#report.take())
        this.#report.add({
          ...asked(host, client, call, batch, i),
          session: client.session,
          crossing,
          verdict: undefined,
          effects: undefined,
          failure
        })
    }
  }

  judgedByKeys (host: Observed, client: GuestClient, answer: AnswerReader, frameLength: number): void {
    if (!this.#meantClient(client) || !this.#meantSession(client, undefined) || !this.#report.take()) return
    const shown = this.spec.level === 'verdicts' ? shownAnswer(answer, host.declaration, stack => stack) : undefined
    this.#report.add({
      ...about(host, client),
      session: client.session,
      call: 'keys',
      side: 'client',
      frameLength,
      crossing: crossed(0),
      verdict: shown?.verdict,
      effects: shown?.effects,
      failure: undefined
    })
  }

  #meantClient ({ facts }: GuestClient): boolean {
    const client = this.#client
    return client === undefined ||
      (client.address === facts.address && (client.port === undefined || client.port === facts.port))
  }

  #meantSession (client: GuestClient, answer: AnswerReader | undefined): boolean {
    const { session } = this.spec.filter
    return session === undefined || client.holdsSession(session) ||
      (answer?.session !== undefined && session === shownKey(answer.session))
  }

  #answered (
    host: Observed,
    client: GuestClient,
    call: TraceRecord['call'],
    batch: Batch,
    index: number,
    answer: AnswerReader,
    crossing: TraceRecord['crossing']
  ): TraceRecord {
    const threw = answer.op === Op.threw || answer.op === Op.malformed
    const all = this.spec.level === 'verdicts'
    const session = answer.session === undefined ? client.session : shownKey(answer.session)
    const shown = threw || (all && call !== 'goodbye')
      ? shownAnswer(answer, host.declaration, stack => host.mapStack(stack))
      : undefined
    return {
      ...asked(host, client, call, batch, index),
      session,
      crossing,
      verdict: threw || !speechless.includes(call) ? shown?.verdict : undefined,
      effects: all ? shown?.effects : undefined,
      failure: undefined
    }
  }
}
